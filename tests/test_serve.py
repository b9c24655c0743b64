"""The service as its clients find it: good ones, slow ones, those that go away, and those that mean harm."""

from __future__ import annotations

import concurrent.futures
import importlib
import io
import json
import logging
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import hostile_rules
import httpx
import psutil
import pytest
from jsonschema import Draft202012Validator
from running_service import running
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

import photospec
from photospec import Photo, PhotospecError, Report, Spec, catalogue, check, load_spec, spec_names
from photospec.cli import main
from photospec.report import report_schema
from photospec.serve import Settings, create_app, read_token
from photospec.serve import server as server_module
from photospec.testing import encode, portrait

VALID = Draft202012Validator(report_schema())
TOKEN = "a-token-that-is-long-enough"
NUMBER = "11010519491231002X"


@pytest.fixture(scope="module")
def jpeg() -> bytes:
    return encode(portrait(seed=1).pixels)


@pytest.fixture(scope="module")
def spec() -> Spec:
    rules = load_spec("cn-diploma-2017").select(["FIL001", "FIL002", "FIL003"])
    for more in (hostile_rules.deadly, hostile_rules.endless, hostile_rules.broken, hostile_rules.slow):
        rules = rules | more
    return rules


@pytest.fixture(scope="module")
def client(spec: Spec) -> Iterator[httpx.Client]:
    settings = Settings(
        spec=spec,
        workers=2,
        queue=2,
        photo_bytes=200_000,
        archive_bytes=400_000,
        archive_photos=10,
        memory_bytes=500_000,
        time_limit=5.0,
        patience=1.0,
    )
    with running(create_app(settings)) as (client, _):
        yield client


def named(name: str) -> dict[str, str]:
    return {"X-Photo-Name": name}


def packed(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("_", "/") + ".jpg", data)
    return out.getvalue()


def lines(answer: httpx.Response) -> list[dict[str, object]]:
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


# -- what it answers ------------------------------------------------------------------------------------------


def test_the_answer_is_the_line_of_the_library(client: httpx.Client, spec: Spec, jpeg: bytes) -> None:
    alone = check(Photo.read(jpeg, name="张三.jpg"), spec)
    answer = client.post("/v1/check", content=jpeg, headers=named("%E5%BC%A0%E4%B8%89.jpg"))
    assert answer.headers["content-type"] == "application/json"
    assert answer.text == alone.to_json_line()
    form = client.post("/v1/check?language=both&compact=true", files={"photo": ("张三.jpg", jpeg)})
    assert form.text == alone.to_json_line("both", compact=True)
    assert Report.from_json(form.json()).verdict == alone.verdict


@pytest.mark.parametrize("data", [b"", b"text", b"\xff\xd8\xff"])
def test_a_bad_photo_has_findings(client: httpx.Client, data: bytes) -> None:
    answer = client.post("/v1/check", content=data)
    assert answer.status_code == 200
    VALID.validate(answer.json())
    assert answer.json()["verdict"] == "fail"


def test_spec_select_ignore(client: httpx.Client, jpeg: bytes) -> None:
    query = "spec=cn-gaokao&select=FIL,CMP001&select=eye-line&ignore=FIL007"
    found = client.post(f"/v1/check?{query}", content=jpeg).json()
    codes = {finding["code"] for finding in found["findings"]}
    assert {"CMP001", "CMP003", "FIL001"} <= codes
    assert "FIL007" not in codes
    assert found["spec"] == "cn-gaokao"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("speck=cn-gaokao", "did you mean 'spec'"),
        ("spec=cn-gaoka", "did you mean 'cn-gaokao'"),
        ("spec=/etc/passwd", "no spec '/etc/passwd'"),
        ("spec=../school.toml", "no spec '../school.toml'"),
        ("select=CPM", "no rule or prefix 'CPM'"),
        ("select=FIL&ignore=FIL", "no rule is left"),
        ("language=fr", "no value 'fr'"),
        ("compact=yes", "no value 'yes'"),
        ("language=zh&language=en", "given twice"),
        ("select=" + "x" * 3000, "too long"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_in_both_languages(client: httpx.Client, query: str, said: str) -> None:
    answer = client.post(f"/v1/check?{query}", content=b"x")
    assert answer.status_code == 422
    assert said in answer.json()["message"]["en"]
    assert answer.json()["message"]["zh"]


def test_lists(client: httpx.Client, spec: Spec) -> None:
    found = client.get("/v1/specs?language=both").json()
    assert found["default"] == spec.name
    assert {row["name"] for row in found["specs"]} == {spec.name, *spec_names()}
    rules = client.get("/v1/rules").json()
    assert {row["name"] for row in rules} == {*catalogue(), *(rule.name for rule in spec)}
    one = client.get("/v1/rules/CMP002?language=en").json()
    assert one["name"] == "crown-margin"
    assert one["action"] == "recrop"
    assert "hair" in one["explanation"]
    missing = client.get("/v1/rules/crown-margn")
    assert missing.status_code == 404
    assert "did you mean 'crown-margin'" in missing.json()["message"]["en"]


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/v1/check", 405), ("GET", "/v2", 404)])
def test_no_such_thing(client: httpx.Client, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert set(answer.json()) == {"error", "message"}


@pytest.mark.parametrize(
    "form",
    [
        {"files": {"photo": ("a.jpg", b"x"), "other": ("b.jpg", b"y")}},
        {"data": {"photo": "text"}, "files": {"photo": ("a.jpg", b"x")}},
        {"content": b"nonsense", "headers": {"content-type": "multipart/form-data; boundary=x"}},
        {"content": b"nonsense", "headers": {"content-type": "multipart/form-data"}},
        {"content": b"--x\r\n\r\n\r\n--x--", "headers": {"content-type": "multipart/form-data; boundary=x"}},
    ],
)
def test_a_form_holds_one_file(client: httpx.Client, form: dict[str, object]) -> None:
    answer = client.post("/v1/check", **form)  # type: ignore[arg-type]
    assert answer.status_code == 422
    assert answer.json()["error"] == "bad-form"


def test_nothing_is_written_to_disk(client: httpx.Client, jpeg: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("a body was written to disk")

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", never)
    monkeypatch.setattr(tempfile, "TemporaryFile", never)
    padded = jpeg + bytes(150_000)
    assert client.post("/v1/check", files={"photo": ("a.jpg", padded)}).status_code == 200


# -- archives -------------------------------------------------------------------------------------------------


def test_an_archive_gives_a_line_a_photo_in_order(client: httpx.Client, spec: Spec, jpeg: bytes) -> None:
    photos = {"one_b": jpeg, "one_a": b"text", "deadly": jpeg, "two_c": jpeg}
    found = lines(client.post("/v1/archive?compact=true", content=packed(**photos)))
    assert [line["path"] for line in found] == ["deadly.jpg", "one/a.jpg", "one/b.jpg", "two/c.jpg"]
    assert [line["verdict"] for line in found] == ["error", "fail", "pass", "pass"]
    alone = check(Photo.read(jpeg, name="one/b.jpg"), spec)
    assert json.loads(alone.to_json_line(compact=True)) == found[2]


def bomb() -> bytes:
    return packed(bomb=bytes(20_000_000))


def false_size() -> bytes:
    data = bytearray(packed(bomb=bytes(20_000_000)))
    place = data.rfind(b"PK\x01\x02")
    struct.pack_into("<I", data, place + 24, 30_000)
    return bytes(data)


def overlapping() -> bytes:
    whole = packed(a=b"x" * 1000, b=b"y" * 1000)
    first, second = whole.find(b"PK\x01\x02"), whole.rfind(b"PK\x01\x02")
    data = bytearray(whole)
    data[second + 42 : second + 46] = data[first + 42 : first + 46]
    return bytes(data)


def test_bombs_are_refused(client: httpx.Client) -> None:
    packed_well = lines(client.post("/v1/archive?language=en", content=bomb()))
    assert [line["problem"] for line in packed_well] == ["packed suspiciously well, as in a zip bomb; not read"]
    lying = lines(client.post("/v1/archive?language=en", content=false_size()))
    assert lying[0]["verdict"] == "error"
    double = client.post("/v1/archive", content=overlapping())
    assert (double.status_code, double.json()["error"]) == (422, "bad-archive")
    assert "overlap" in double.json()["message"]["en"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not a valid zip"),
        (b"PK\x05\x06" + bytes(10), "not a valid zip"),
        (packed(**{f"p{i}": b"x" for i in range(11)}), "more than 10 photos"),
    ],
)
def test_what_is_no_archive_is_refused(client: httpx.Client, data: bytes, said: str) -> None:
    answer = client.post("/v1/archive", content=data)
    assert answer.status_code == 422
    assert said in answer.json()["message"]["en"]


def test_an_archive_without_photos_says_so(client: httpx.Client) -> None:
    found = lines(client.post("/v1/archive?language=en", content=packed()))
    assert [line["problem"] for line in found] == ["there is no photo in this archive"]


def test_lines_come_as_they_are_made(client: httpx.Client, jpeg: bytes) -> None:
    started = time.monotonic()
    with client.stream("POST", "/v1/archive", content=packed(a=jpeg, b=jpeg, slow1=jpeg, slow2=jpeg)) as answer:
        came = [time.monotonic() - started for _ in answer.iter_lines()]
    assert len(came) == 4
    assert came[3] - came[0] > 0.8  # the first did not wait for those that took a second


# -- bounds ---------------------------------------------------------------------------------------------------


def pieces(size: int) -> Iterator[bytes]:
    for _ in range(size // 1000):
        yield bytes(1000)


@pytest.mark.parametrize("path", ["/v1/check", "/v1/archive"])
def test_too_large_a_body_is_refused_with_and_without_its_length(client: httpx.Client, path: str) -> None:
    for content in (bytes(500_000), pieces(500_000)):
        answer = client.post(path, content=content)
        assert answer.status_code == 413
        assert answer.json()["error"] == "too-large"
    form = client.post("/v1/check", files={"photo": ("a.jpg", bytes(210_000))})
    assert form.status_code == 413


def connected(client: httpx.Client) -> socket.socket:
    return socket.create_connection((client.base_url.host, client.base_url.port), timeout=20)


def answered(connection: socket.socket) -> bytes:
    """Return all that comes until the service ends the connection."""
    out = b""
    while block := connection.recv(65536):
        out += block
    return out


def test_a_large_body_is_refused_before_it_is_read(client: httpx.Client) -> None:
    with connected(client) as connection:
        connection.sendall(b"POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 413")
    with connected(client) as connection:
        head = b"POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n"
        connection.sendall(head)
        assert answered(connection).startswith(b"HTTP/1.1 413")


def test_a_client_that_sends_a_byte_at_a_time_is_given_up(client: httpx.Client, jpeg: bytes) -> None:
    with connected(client) as connection:
        connection.sendall(b"POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        said = b""
        connection.settimeout(0.2)
        for _ in range(50):
            connection.sendall(b"x")
            assert client.post("/v1/check", content=jpeg).status_code == 200  # nobody else waits for it
            try:
                said = connection.recv(65536)
                break
            except TimeoutError:
                continue
        assert said.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize("start", [b"", b"POST /v1/check HT", b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /he"])
def test_half_a_head_is_not_waited_for(client: httpx.Client, start: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "HEAD_SECONDS", 0.3)
    with connected(client) as connection:
        connection.sendall(start)
        said = answered(connection)
        assert said.count(b"HTTP/1.1 200") == start.count(b"healthz")


def test_a_head_without_end_is_refused(client: httpx.Client) -> None:
    with connected(client) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nX: " + b"x" * 20_000)
        assert answered(connection).startswith(b"HTTP/1.1 400")


def test_all_bodies_together_are_bounded(client: httpx.Client) -> None:
    with connected(client) as one:
        one.sendall(b"POST /v1/archive HTTP/1.1\r\nHost: x\r\nContent-Length: 400000\r\n\r\n" + bytes(390_000))
        time.sleep(0.3)
        answer = client.post("/v1/check", content=bytes(150_000))
        assert (answer.status_code, answer.json()["error"]) == (503, "out-of-memory")
        assert answer.headers["retry-after"] == "1"
    assert eventually(lambda: client.post("/v1/check", content=bytes(150_000)).status_code == 200)


def eventually(true: Callable[[], bool]) -> bool:
    for _ in range(100):
        if true():
            return True
        time.sleep(0.05)
    return False


def test_a_full_queue_says_when_to_come_again(client: httpx.Client, jpeg: bytes) -> None:
    with concurrent.futures.ThreadPoolExecutor(12) as threads:

        def send(_: int) -> httpx.Response:
            return client.post("/v1/check", content=jpeg, headers=named("slow.jpg"))

        answers = list(threads.map(send, range(12)))
    refused = [a for a in answers if a.status_code == 503]
    assert 0 < len(refused) <= 8  # two are checked, two wait
    assert {a.json()["error"] for a in refused} == {"queue-full"}
    assert all(int(a.headers["retry-after"]) >= 1 for a in refused)
    assert [a.json()["verdict"] for a in answers if a.status_code == 200] == ["pass"] * (12 - len(refused))


# -- faults ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "said"), [("deadly.jpg", "the worker process died"), ("endless.jpg", "the check did not end in time")]
)
def test_a_photo_that_loses_its_worker_costs_itself_only(
    client: httpx.Client, jpeg: bytes, name: str, said: str
) -> None:
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        bad = threads.submit(client.post, "/v1/check?language=en", content=jpeg, headers=named(name))
        good = [client.post("/v1/check", content=jpeg).json()["verdict"] for _ in range(10)]
    assert good == ["pass"] * 10
    assert bad.result().json()["verdict"] == "error"
    assert said in bad.result().json()["problem"]
    assert [client.post("/v1/check", content=jpeg).json()["verdict"] for _ in range(4)] == ["pass"] * 4


def workers() -> list[psutil.Process]:
    """Return the worker processes: the children of the fork server."""
    children = psutil.Process().children()
    return [worker for child in children if "forkserver" in " ".join(child.cmdline()) for worker in child.children()]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="looks for the fork server's children")
def test_workers_killed_in_mid_request_and_idle_are_replaced(client: httpx.Client, jpeg: bytes) -> None:
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        sent = [threads.submit(client.post, "/v1/check", content=jpeg, headers=named("slow.jpg")) for _ in range(2)]
        time.sleep(0.5)
        for worker in workers():
            worker.kill()
        assert [one.result().json()["verdict"] for one in sent] == ["error"] * 2
    assert [client.post("/v1/check", content=jpeg).json()["verdict"] for _ in range(4)] == ["pass"] * 4
    for wait in (0.0, 0.5):  # before and after it is noticed that they are gone
        for worker in workers():
            worker.kill()
        time.sleep(wait)
        assert [client.post("/v1/check", content=jpeg).json()["verdict"] for _ in range(4)] == ["pass"] * 4


def test_a_rule_that_breaks_is_a_finding(client: httpx.Client, jpeg: bytes) -> None:
    found = client.post("/v1/check", content=jpeg, headers=named("broken.jpg")).json()
    assert found["verdict"] == "error"
    assert [f["code"] for f in found["findings"] if f["verdict"] == "error"] == ["TST003"]


def test_clients_that_go_away_leave_the_queue(client: httpx.Client, jpeg: bytes) -> None:
    head = f"POST /v1/check HTTP/1.1\r\nHost: x\r\nX-Photo-Name: slow.jpg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
    gone = [connected(client) for _ in range(4)]
    for connection in gone:
        connection.sendall(head.encode() + jpeg)
    time.sleep(0.3)
    for connection in gone:
        connection.close()
    metrics = ""

    def left() -> bool:
        nonlocal metrics
        metrics = client.get("/metrics").text
        return "photospec_queue 0.0" in metrics

    assert eventually(left)
    assert client.post("/v1/check", content=jpeg).status_code == 200
    assert 'photospec_requests_total{route="/v1/check",status="499"}' in client.get("/metrics").text


# -- private things -------------------------------------------------------------------------------------------


def test_the_log_has_no_name_and_no_number(
    client: httpx.Client, jpeg: bytes, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    client.post("/v1/check", content=jpeg, headers=named(f"{NUMBER}.jpg"))
    client.post("/v1/check", files={"photo": (f"张三{NUMBER}.jpg", jpeg)})
    client.post("/v1/archive", content=packed(**{NUMBER: b"text"}))
    client.get(f"/{NUMBER}.jpg")
    client.get(f"/v1/rules/{NUMBER}")
    client.post(f"/v1/check?name={NUMBER}", content=jpeg)
    client.request(NUMBER, "/healthz")

    def fail(*_: object) -> None:
        raise RuntimeError(NUMBER)

    monkeypatch.setattr("photospec.serve.app.Task", fail)
    assert client.post("/v1/check", content=jpeg).status_code == 500
    own = [
        record for record in caplog.records if not record.name.startswith("http")
    ]  # the client of this test logs too
    text = "\n".join(logging.Formatter("%(message)s").format(record) for record in own)
    assert "POST /v1/check 200" in text
    assert "RuntimeError in" in text
    assert NUMBER not in text
    assert "张三" not in text


def test_metrics_count_photos_and_findings(client: httpx.Client, jpeg: bytes) -> None:
    def value(name: str) -> float:
        found = [line for line in client.get("/metrics").text.splitlines() if line.startswith(name)]
        return float(found[0].rpartition(" ")[2]) if found else 0.0

    passed, failed = 'photospec_photos_total{verdict="pass"}', 'photospec_findings_total{code="FIL002",verdict="fail"}'
    before = value(passed), value(failed)
    client.post("/v1/check", content=jpeg)
    client.post("/v1/check", content=b"text")
    assert (value(passed), value(failed)) == (before[0] + 1, before[1] + 1)
    assert value("photospec_workers ") == 2.0


def test_a_token_is_asked_for(spec: Spec, jpeg: bytes) -> None:
    settings = Settings(spec=spec, workers=1, token=TOKEN)
    assert TOKEN not in repr(settings)
    with running(create_app(settings)) as (client, _):
        for path in ("/v1/specs", "/v1/rules", "/v1/rules/CMP002", "/metrics", "/openapi.json"):
            assert client.get(path).status_code == 401
        for given in ("", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer", "Bearer \xff"):
            answer = client.post("/v1/check", content=jpeg, headers={"Authorization": given.encode("latin-1")})
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        for scheme in ("Bearer", "bearer"):
            good = client.post("/v1/check", content=jpeg, headers={"Authorization": f"{scheme} {TOKEN}"})
            assert good.json()["verdict"] == "pass"
        assert [client.get(path).status_code for path in ("/healthz", "/readyz")] == [200, 200]


def test_tokens_are_read_from_file_or_environment(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    assert read_token({}, file) == TOKEN
    assert read_token({"PHOTOSPEC_TOKEN": TOKEN}) == TOKEN
    assert read_token({}) is None
    with pytest.raises(PhotospecError, match="at least 16"):
        read_token({"PHOTOSPEC_TOKEN": ""})
    with pytest.raises(PhotospecError, match="cannot read the token file"):
        read_token({}, tmp_path / "none")


@pytest.mark.parametrize("change", [{"queue": 0}, {"time_limit": -1.0}, {"token": "short"}])
def test_settings_that_make_no_sense(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(change))):
        Settings(**change)  # type: ignore[arg-type]


# -- start and end --------------------------------------------------------------------------------------------


def test_requests_under_way_end_before_the_service_does(spec: Spec, jpeg: bytes) -> None:
    service = running(create_app(Settings(spec=spec, workers=1)))
    with service as (client, server), concurrent.futures.ThreadPoolExecutor(1) as threads:
        sent = threads.submit(client.post, "/v1/check", content=jpeg, headers=named("slow.jpg"))
        time.sleep(0.4)
        server.should_exit = True
        assert sent.result().json()["verdict"] == "pass"
    with pytest.raises(httpx.TransportError):
        httpx.get(client.base_url, trust_env=False)


def test_further_routes_stand_beside_the_service(spec: Spec) -> None:
    async def page(_: object) -> PlainTextResponse:
        return PlainTextResponse("a page")

    app = create_app(Settings(spec=spec, workers=1), [Route("/", page)])
    assert isinstance(app, Starlette)
    with running(app) as (client, _):
        assert client.get("/").text == "a page"
        assert client.get("/readyz").text == "ready\n"


def test_the_command_serves_until_it_is_told_to_stop(jpeg: bytes) -> None:
    words = ["serve", "--port", "0", "--workers", "1", "--lang", "en", "--config", "none"]
    environment = {**os.environ, "PHOTOSPEC_TOKEN": TOKEN}
    started = subprocess.Popen(
        [sys.executable, "-m", "photospec", *words], stderr=subprocess.PIPE, text=True, env=environment
    )
    with started as process:
        assert process.stderr is not None
        address = re.search(r"http://127.0.0.1:[0-9]+", process.stderr.readline())
        assert address is not None
        request = urllib.request.Request(
            f"{address[0]}/v1/check?select=FIL003", jpeg, {"Authorization": f"Bearer {TOKEN}"}
        )
        with urllib.request.urlopen(request, timeout=300) as answer:
            assert json.load(answer)["verdict"] == "pass"
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in said
    assert psutil.wait_procs(family, timeout=20)[1] == []


def test_a_port_in_use_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SystemExit) as stop:
            main(["serve", "--port", str(taken.getsockname()[1]), "--lang", "en"])
    assert stop.value.code == 2
    assert "cannot serve at port" in capsys.readouterr().err


def test_without_the_extra_the_command_says_what_is_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("photospec.serve")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr(photospec, "serve", raising=False)
    monkeypatch.setitem(sys.modules, "starlette", None)
    monkeypatch.setitem(sys.modules, "starlette.applications", None)
    with pytest.raises(SystemExit) as stop:
        main(["serve", "--lang", "en"])
    assert stop.value.code == 2
    assert "pip install 'photospec[serve]'" in capsys.readouterr().err


def test_the_library_imports_no_server() -> None:
    code = "import sys, photospec, photospec.batch\nprint([m for m in ('starlette', 'uvicorn') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert importlib.util.find_spec("photospec.serve") is not None
