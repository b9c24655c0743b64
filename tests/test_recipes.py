"""The recipes of docs/recipes.md, run as they stand there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import types
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from running_service import running

from photospec import Photo, check
from photospec.cli import main
from photospec.serve import Settings, create_app
from photospec.testing import encode, portrait, save_portrait

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "recipes.md").read_text(encoding="utf-8")
JDK = shutil.which("javac") and shutil.which("java")


def recipe(heading: str) -> str:
    """Return the code under a heading of the page."""
    found = re.search(rf"^## {re.escape(heading)}\n.*?^```\w+\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
    assert found is not None, heading
    return found[1]


def module(heading: str) -> types.ModuleType:
    made = types.ModuleType(re.sub(r"\W", "_", heading.lower()))
    exec(compile(recipe(heading), f"recipes.md: {heading}", "exec"), made.__dict__)
    return made


@pytest.fixture(scope="module")
def jpegs() -> list[bytes]:
    return [encode(portrait(seed).pixels) for seed in (1, 2)]


def expected(data: bytes, name: str) -> dict[str, object]:
    return check(Photo.read(data, name=name)).to_json("both", compact=True)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with running(create_app(Settings(workers=1))) as (client, _):
        yield str(client.base_url).rstrip("/")


def test_django(jpegs: list[bytes]) -> None:
    import django
    from django.conf import settings
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.test import RequestFactory

    if not settings.configured:
        settings.configure(ALLOWED_HOSTS=["testserver"], DEFAULT_CHARSET="utf-8")
        django.setup()
    view = module("Django").check_photo
    requests = RequestFactory()

    def upload(data: bytes) -> dict[str, object]:
        answer = view(requests.post("/photos", {"photo": SimpleUploadedFile("张三.jpg", data, "image/jpeg")}))
        assert answer.status_code == 200
        found: dict[str, object] = json.loads(answer.content)
        return found

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(upload, jpegs * 2)) == [expected(data, "张三.jpg") for data in jpegs * 2]
    assert view(requests.post("/photos")).status_code == 400
    assert view(requests.get("/photos")).status_code == 405


def test_fastapi(jpegs: list[bytes]) -> None:
    with running(module("FastAPI").app) as (client, _):

        def upload(data: bytes) -> dict[str, object]:
            found: dict[str, object] = client.post("/photos", files={"photo": ("张三.jpg", data)}).json()
            return found

        with ThreadPoolExecutor(4) as threads:
            assert list(threads.map(upload, jpegs * 2)) == [expected(data, "张三.jpg") for data in jpegs * 2]
        assert client.post("/photos", files={"photo": ("a.jpg", bytes(5_000_001))}).status_code == 413


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl(service: str, jpegs: list[bytes], tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(jpegs[0])
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        for number, data in enumerate(jpegs):
            archive.writestr(f"{number}.jpg", data)
    out = []
    for command in recipe("curl").splitlines():
        words = ["bash", "-c", command]
        done = subprocess.run(
            words, cwd=tmp_path, env={**os.environ, "SERVICE": service}, capture_output=True, check=True
        )
        out.append(done.stdout.decode())
    assert json.loads(out[0]) == check(Photo.read(jpegs[0], name="1001.jpg")).to_json("en", compact=True)
    assert json.loads(out[1])["path"] == "photo.jpg"
    assert [json.loads(line)["path"] for line in out[2].splitlines()] == ["0.jpg", "1.jpg"]
    assert json.loads(out[3])["code"] == "CMP002"


@pytest.mark.skipif(not JDK, reason="no JDK is installed")
def test_java_over_http(service: str, jpegs: list[bytes], tmp_path: Path) -> None:
    (tmp_path / "CheckPhoto.java").write_text(recipe("Java, over HTTP"), encoding="utf-8")
    (tmp_path / "张三 1.jpg").write_bytes(jpegs[0])
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    subprocess.run(["javac", "-encoding", "UTF-8", "CheckPhoto.java"], cwd=tmp_path, env=environment, check=True)
    words = ["java", "-Dfile.encoding=UTF-8", "CheckPhoto", service, "张三 1.jpg"]
    done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout.decode()) == expected(jpegs[0], "张三 1.jpg")


def test_pandas(tmp_path: Path) -> None:
    save_portrait(tmp_path / "good.jpg", portrait(1))
    save_portrait(tmp_path / "closed.jpg", portrait(2, defects=["eyes-closed"]))
    lines = tmp_path / "run.jsonl"
    with pytest.raises(SystemExit):
        main(["check", str(tmp_path), "--format", "jsonl", "--output", str(lines), "--lang", "zh", "--config", "none"])
    asked = module("pandas").to_be_called_back(lines)
    assert [Path(path).name for path in asked.index] == ["closed.jpg"]
    assert "双眼睁开" in asked.iloc[0]
