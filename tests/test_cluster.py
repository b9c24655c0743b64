"""A real Dask cluster of several processes, one of which is killed while it works."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from photospec import PhotospecError, check_many, load_spec
from photospec.testing import encode, portrait

pytest.importorskip("distributed")

# what distributed's own threads and loops warn of at shutdown is not ours to mend
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("photos")
    data = encode(portrait(seed=1).pixels)
    paths = [folder / f"{i:03}.jpg" for i in range(120)]
    for path in paths:
        path.write_bytes(data)
    return paths


def test_the_same_lines_and_a_killed_worker_loses_nothing(photos: list[Path]) -> None:
    from photospec.batch.cluster import dask_executor

    spec = load_spec("cn-diploma-2017").select(["FIL", "CMP"])
    alone = [report.to_json_line() for report in check_many(photos, spec, jobs=1)]
    with dask_executor("local", workers=3) as (executor, tasks):
        assert tasks == 3
        client = executor._client  # type: ignore[attr-defined]
        victim = next(iter(client.run(os.getpid).values()))
        lines = []
        for count, report in enumerate(check_many(photos, spec, executor=executor, jobs=tasks, chunk=5)):
            lines.append(report.to_json_line())
            if count == 10:
                os.kill(victim, signal.SIGKILL)
    assert lines == alone


def test_no_scheduler_is_said_in_words() -> None:
    from photospec.batch.cluster import dask_executor

    with (
        pytest.raises(PhotospecError, match=r"no Dask scheduler at tcp://127\.0\.0\.1:9"),
        dask_executor("tcp://127.0.0.1:9"),
    ):
        pass
