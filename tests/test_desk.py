"""The page's server: what it tells, whom it refuses, what it keeps, and that no name leads out of its folders."""

from __future__ import annotations

import asyncio
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from photospec import Decisions, PhotospecError
from photospec.config import Config
from photospec.serve.desk import Desk
from photospec.serve.page import page_app
from photospec.testing import encode, portrait

TOKEN = "a-token-of-more-than-16"
HERE = "http://127.0.0.1:8000"


class Client:
    """Asks the page's application without a network."""

    def __init__(self, desk: Desk) -> None:
        self.app = page_app(desk, TOKEN)

    def request(self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
                sent = {"Authorization": f"Bearer {TOKEN}", **(headers or {})}
                return await client.request(method, path, headers=sent, **more)

        return asyncio.run(ask())

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.request("POST", path, **more)

    def put(self, path: str, **more: Any) -> httpx.Response:
        return self.request("PUT", path, **more)


@pytest.fixture(scope="module")
def jpegs() -> dict[str, bytes]:
    return {
        "1001.jpg": encode(portrait(1).pixels, quality=97),  # over 40 KB: held
        "1002.jpg": encode(portrait(2).pixels[::2, ::2]),
    }


@pytest.fixture
def photos(tmp_path: Path, jpegs: dict[str, bytes]) -> Path:
    folder = tmp_path / "photos" / "class1"
    folder.mkdir(parents=True)
    for name, data in jpegs.items():
        (folder / name).write_bytes(data)
    (tmp_path / "roster.csv").write_text("学号,姓名,班级\n1001,王芳,一班\n1002,李明,一班\n1003,张伟,二班\n", "utf-8")
    return tmp_path / "photos"


def desk_of(tmp_path: Path, **config: str) -> Desk:
    return Desk(tmp_path / "session", Config(select=("pixel-size", "file-size", "roster"), **config), jobs=1)  # type: ignore[arg-type]


@pytest.fixture
def desk(tmp_path: Path, photos: Path) -> Desk:
    desk = desk_of(tmp_path, roster=str(tmp_path / "roster.csv"))
    desk.add_sources([str(photos)])
    desk.start()
    desk.wait()
    return desk


@pytest.fixture
def client(desk: Desk) -> Iterator[Client]:
    client = Client(desk)
    yield client
    desk.wait()


def test_what_is_told(client: Client) -> None:
    state = client.get("/desk/state").json()
    assert state["problem"] is None and not state["running"] and (state["done"], state["total"]) == (2, 2)
    first, second = state["photos"]
    assert (first["name"], first["number"], first["class"], first["outcome"]) == ("王芳", "1001", "一班", "review")
    assert (second["outcome"], second["rules"]) == ("fail", [["FIL003", "fail"]])
    assert state["missing"] == [["二班", "张伟", "1003"]]
    assert client.get(f"/desk/state?since={state['revision']}").json()["photos"] == []
    photo = client.get("/desk/photo/1").json()
    assert "480" in photo["findings"][0]["message"]["zh"] and photo["size"] == [240, 320]
    hello = client.get("/desk/hello").json()
    assert hello["rules"]["FIL003"]["zh"] and set(hello["words"]["title"]) == {"zh", "en"}
    assert client.get("/desk/photo/2").status_code == 404


def test_pictures_are_drawn_anew_and_only_while_unchanged(client: Client, photos: Path) -> None:
    for size in ("small", "large"):
        answer = client.get(f"/desk/picture/0/{size}?key={TOKEN}")
        assert answer.content.startswith(b"\xff\xd8") and answer.headers["cache-control"] == "no-store"
    (photos / "class1" / "1001.jpg").write_bytes(encode(portrait(3).pixels))
    assert client.get("/desk/picture/0/small").status_code == 422
    assert client.get("/desk/picture/0/huge").status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": ""}, 401),
        ({"Authorization": "Bearer wrong-wrong-wrong-wrong"}, 401),
        ({"Host": "photos.example:8000"}, 421),
        ({"Host": "127.0.0.1.example:8000"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:9999"}, 403),
        ({"Origin": HERE}, 200),
    ],
)
def test_other_pages_get_nothing(client: Client, headers: dict[str, str], status: int) -> None:
    for method, path in (("GET", "/desk/state"), ("POST", "/desk/start"), ("GET", "/desk/hello")):
        assert client.request(method, path, headers=headers).status_code == status
    assert client.get("/desk/picture/0/small", headers=headers).status_code == status


def test_a_key_in_the_address_opens_nothing_that_changes(client: Client) -> None:
    body = {"id": 0, "ruling": "accept", "reason": "", "who": "x"}
    blank = {"Authorization": ""}
    assert client.post(f"/desk/decide?key={TOKEN}", json=body, headers=blank).status_code == 401
    assert client.put(f"/desk/drop?name=a.jpg&key={TOKEN}", content=b"", headers=blank).status_code == 401


def test_the_page_itself_holds_nothing_and_loads_nothing_else(client: Client) -> None:
    for path in ("/", "/desk.js", "/desk.css", "/evidence.js"):
        answer = client.get(path, headers={"Authorization": ""})
        assert answer.status_code == 200 and "default-src 'none'" in answer.headers["content-security-policy"]
        assert "http://" not in answer.text.replace("http://www.w3.org/2000/svg", "") and "https://" not in answer.text
        assert client.get(path, headers={"Host": "evil.example"}).status_code == 421


def test_decisions_are_kept_and_taken_up(client: Client, tmp_path: Path) -> None:
    row = client.post("/desk/decide", json={"id": 0, "ruling": "accept", "reason": "", "who": "王老师"}).json()
    assert (row["verdict"], row["outcome"], row["ruling"]) == ("review", "pass", "accept")
    assert len(Decisions(tmp_path / "session" / "decisions.jsonl")) == 1
    tomorrow = desk_of(tmp_path, roster=str(tmp_path / "roster.csv"))
    tomorrow.start()
    tomorrow.wait()
    state = tomorrow.state()
    assert [p["outcome"] for p in state["photos"]] == ["pass", "fail"] and state["session"]["who"] == "王老师"
    results = (tmp_path / "session" / "results.jsonl").read_text("utf-8").splitlines()
    assert {json.loads(line)["outcome"] for line in results} == {"pass", "fail"} and len(results) == 2
    back = client.post("/desk/decide", json={"id": 0, "ruling": "withdraw", "reason": "", "who": "王老师"}).json()
    assert back["outcome"] == "review" and back["ruling"] is None


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"id": 0, "ruling": "refuse", "reason": "", "who": "w"}, 422, "must say why"),
        ({"id": 0, "ruling": "accept", "reason": "", "who": " "}, 422, "must name the person"),
        ({"id": 9, "ruling": "accept", "reason": "", "who": "w"}, 404, "no such photo"),
        ({"id": True, "ruling": "accept", "reason": "", "who": "w"}, 422, "not valid"),
        ({"id": 0}, 422, "not valid"),
        ([], 422, "not valid"),
    ],
)
def test_decisions_that_cannot_be(client: Client, body: object, status: int, words: str) -> None:
    answer = client.post("/desk/decide", json=body)
    assert answer.status_code == status and words in answer.json()["message"]["en"] and answer.json()["message"]["zh"]


def drop(client: Client, name: str, data: bytes) -> int:
    return client.put(f"/desk/drop?name={quote(name)}", content=data).status_code


def test_dropped_photos_a_zip_and_a_roster(tmp_path: Path, jpegs: dict[str, bytes]) -> None:
    desk = desk_of(tmp_path)
    client = Client(desk)
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("二班/1002.jpg", jpegs["1002.jpg"])
    assert drop(client, "一班/1001.jpg", jpegs["1001.jpg"]) == 200
    assert drop(client, "c.zip", (tmp_path / "c.zip").read_bytes()) == 200
    assert drop(client, "名单.csv", "学号,姓名\n1001,王芳\n1002,李明\n".encode("gb18030")) == 200
    client.post("/desk/start", json={})
    desk.wait()
    state = client.get("/desk/state").json()
    assert {(p["name"], p["class"], p["outcome"]) for p in state["photos"]} == {
        ("王芳", "一班", "review"),
        ("李明", "二班", "fail"),
    }
    assert {p["file"] for p in state["photos"]} == {"一班/1001.jpg", "c.zip/二班/1002.jpg"}
    dropped = Path(desk.dropped)
    assert state["session"]["dropped"] == str(dropped) and dropped.stat().st_mode & 0o777 == 0o700
    assert client.get("/desk/picture/1/small").status_code == 200
    client.post("/desk/forget", json={})
    assert not dropped.exists() and len(client.get("/desk/state").json()["photos"]) == 2


@pytest.mark.parametrize(
    "name",
    [
        "../../../out.jpg",
        "..\\..\\out.jpg",
        "/etc/out.jpg",
        "a/../../out.jpg",
        "C:\\out.jpg",
        "a\0b\n.jpg",
        "x" * 400 + ".jpg",
        "学" * 200 + ".jpg",
        "con?<>|.jpg",
    ],
)
def test_no_name_leads_out(tmp_path: Path, name: str) -> None:
    desk = desk_of(tmp_path)
    place = desk.place_for(name)
    assert place.resolve().is_relative_to(Path(desk.dropped).resolve()) and place.suffix == ".jpg"
    place.write_bytes(b"x")
    desk.forget_dropped()


def test_too_large_a_photo_and_an_empty_name_are_refused(client: Client, desk: Desk) -> None:
    assert drop(client, "big.jpg", bytes(60 << 20)) == 413
    assert drop(client, "..", b"x") == 422
    assert not list(Path(desk.dropped).rglob("*.jpg*"))
    desk.forget_dropped()


def test_forgetting_never_deletes_what_is_not_a_dropping_place(tmp_path: Path, photos: Path) -> None:
    session = tmp_path / "session"
    session.mkdir()
    (session / "session.json").write_text(json.dumps({"sources": [], "dropped": str(photos), "who": "", "roster": ""}))
    desk_of(tmp_path).forget_dropped()
    assert (photos / "class1" / "1001.jpg").exists()


def test_problems_are_said(client: Client, desk: Desk, tmp_path: Path) -> None:
    answer = client.post("/desk/start", json={"paths": [str(tmp_path / "none")]})
    assert answer.status_code == 422 and "没有这个文件或文件夹" in answer.json()["message"]["zh"]
    assert drop(client, "名单.xlsx", b"no workbook") == 200
    client.post("/desk/start", json={})
    desk.wait()
    assert "not an Excel file" in client.get("/desk/state").json()["problem"]["en"]
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "session.json").write_text("[]")
    with pytest.raises(PhotospecError, match="cannot use the folder"):
        Desk(tmp_path / "other")


@pytest.mark.parametrize(
    ("form", "start"),
    [
        ("xlsx", b"PK"),
        ("csv", b"\xef\xbb\xbf"),
        ("html", b"<!DOCTYPE html>"),
        ("jsonl", b"{"),
        ("slips", b"<!DOCTYPE html>"),
        ("pdf", b"%PDF-"),
    ],
)
def test_exports(client: Client, form: str, start: bytes) -> None:
    answer = client.get(f"/desk/export/{form}?key={TOKEN}", headers={"Authorization": ""})
    assert answer.status_code == 200 and answer.content.startswith(start)
    assert "photospec" in answer.headers["content-disposition"]
    if form == "slips":
        assert "张伟" in answer.text and "王芳" not in answer.text  # who has no photo, and no one who has a good one
    assert client.get("/desk/export/exe").status_code == 404


def test_hostile_names_are_text(tmp_path: Path, jpegs: dict[str, bytes]) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "<img src=x onerror=alert(1)>\u202e.jpg").write_bytes(jpegs["1002.jpg"])
    (folder / "11010519491231002X.jpg").write_bytes(jpegs["1002.jpg"])
    desk = desk_of(tmp_path)
    desk.add_sources([str(folder)])
    desk.start()
    desk.wait()
    files = {p["file"] for p in desk.state()["photos"]}
    assert files == {"photos/1101**********002X.jpg", "photos/<img src=x onerror=alert(1)>\\u202e.jpg"}
