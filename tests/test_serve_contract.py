"""The service does what its OpenAPI document says, whatever a program makes of that document."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from running_service import running
from schemathesis.generation import GenerationMode
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import positive_data_acceptance

from photospec import load_spec
from photospec.report import report_schema
from photospec.serve import Settings, create_app
from photospec.serve.openapi import openapi

SPEC = load_spec("cn-diploma-2017").select(["FIL"])
BOUNDS = Settings(spec=SPEC, workers=1, photo_bytes=100_000, archive_bytes=100_000)
OPERATIONS = [(path, method) for path, item in openapi(BOUNDS, [SPEC.name])["paths"].items() for method in item]


@schemathesis.serializer("application/zip", "image/jpeg", "image/*")
def as_it_is(_: object, value: object) -> bytes:
    """Return the bytes of a body that is no text."""
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.fixture(scope="module")
def api() -> Iterator[BaseSchema]:
    with running(create_app(BOUNDS)) as (client, _):
        yield schemathesis.openapi.from_url(str(client.base_url.join("/openapi.json")))


@pytest.mark.parametrize("mode", list(GenerationMode), ids=str)
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_the_service_keeps_its_contract(api: BaseSchema, path: str, method: str, mode: GenerationMode) -> None:
    """Schemathesis makes requests, good ones and bad, and holds the answers against the document."""
    operation = api[path][method]
    if mode is GenerationMode.NEGATIVE and not (list(operation.iter_parameters()) or operation.body):
        pytest.skip("nothing to get wrong")

    @settings(
        derandomize=True,
        max_examples=6,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def keeps(case: schemathesis.Case) -> None:
        # names of rules and what is no archive are refused for what they mean, which no schema says
        case.call_and_validate(excluded_checks=[positive_data_acceptance])

    keeps()


def test_the_document_has_the_schema_of_reports() -> None:
    described = openapi(Settings(), [SPEC.name])["components"]["schemas"]
    schema = report_schema()
    assert described["report"]["required"] == schema["required"]
    assert set(described) == {"report", "refusal", *schema["$defs"]}
    assert set(described["finding"]["properties"]) == set(schema["$defs"]["finding"]["properties"])
