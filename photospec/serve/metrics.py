"""What a service counts, for Prometheus: photos, verdicts and seconds, never whose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from photospec.serve.work import Answer

if TYPE_CHECKING:
    from photospec.serve.workers import Workers

__all__ = ["Metrics"]

SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60)


class Metrics:
    """The counters of one application, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self.requests = Counter("photospec_requests", "Requests answered", ["route", "status"], registry=registry)
        self.request_seconds = Histogram(
            "photospec_request_seconds",
            "From the request's head to the end of the answer",
            ["route"],
            buckets=SECONDS,
            registry=registry,
        )
        self.photos = Counter("photospec_photos", "Photos checked", ["verdict"], registry=registry)
        self.findings = Counter(
            "photospec_findings", "Findings that did not pass", ["code", "verdict"], registry=registry
        )
        self.check_seconds = Histogram(
            "photospec_check_seconds", "In a worker, for one photo", buckets=SECONDS, registry=registry
        )
        self.workers_lost = Counter("photospec_workers_lost", "Workers replaced", ["why"], registry=registry)

    def watch(self, workers: Workers) -> None:
        """Show how the workers stand whenever the metrics are asked for."""
        for name, text, value in (
            ("photospec_workers", "Worker processes", lambda: workers.count),
            ("photospec_workers_busy", "Worker processes at work", lambda: workers.busy),
            ("photospec_queue", "Photos that wait for a worker", lambda: workers.waiting),
        ):
            Gauge(name, text, registry=self.registry).set_function(value)

    def count(self, answer: Answer) -> None:
        """Count one photo."""
        self.photos.labels(answer.verdict).inc()
        self.check_seconds.observe(answer.seconds)
        for code, verdict in answer.found:
            self.findings.labels(code, verdict).inc()

    def text(self) -> bytes:
        """Return all of it in Prometheus' text format."""
        return generate_latest(self.registry)
