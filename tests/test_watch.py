"""A watched folder: whose a shot is, which one is kept, and that nothing is lost when the program is killed."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import io
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from photospec import Photo, PhotospecError, read_roster
from photospec.capture.drift import Studio, drift_in_words
from photospec.capture.journal import Journal, JournalError
from photospec.capture.naming import Naming
from photospec.capture.watch import JOURNAL, Outcome, Watch, obey, sentence
from photospec.person import Person
from photospec.testing import Geometry, portrait

PEOPLE = "学号,姓名\n1001,甲\n1002,乙\n1003,丙\n"


@functools.cache
def frame(seed: int, *defects: str) -> bytes:
    """Return a drawn camera frame as a JPEG file."""
    place = Geometry(crown_y=150, eye_y=256, face_width=150, centre_x=250, roll=2)
    file = io.BytesIO()
    Image.fromarray(portrait(seed, size=(720, 960), geometry=place, defects=defects).pixels).save(
        file, "JPEG", quality=92
    )
    return file.getvalue()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "roster.csv").write_text(PEOPLE, encoding="utf-8")
    return tmp_path


def opened(place: Path, **options: object) -> Watch:
    roster = read_roster(place / "roster.csv") if options.pop("roster", True) else None
    return Watch(place / "in", place / "out", roster=roster, **options)  # type: ignore[arg-type]


def shoot(watch: Watch, place: Path, name: str, data: bytes) -> Outcome:
    path = place / "in" / name
    path.write_bytes(data)
    taken = watch.arrive(path)
    assert taken is not None
    return watch.deal(*taken)


def events(place: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (place / "out" / JOURNAL).read_text(encoding="utf-8").splitlines()]


# -- whose a shot is, and which is kept -------------------------------------------------------------------------------


def test_a_good_shot_is_cropped_under_the_students_number(place: Path) -> None:
    with opened(place) as watch:
        outcome = shoot(watch, place, "DSC1.JPG", frame(1))
    assert outcome.good and outcome.say.en == "Done, thank you"
    assert outcome.path == place / "out" / "1001.jpg" and outcome.path.read_bytes() == outcome.crop.jpeg
    assert outcome.final.ok and set(outcome.seconds) == {"verdict", "crop"}
    assert (place / "in" / "DSC1.JPG").read_bytes() == frame(1)


def test_a_bad_shot_says_one_thing_to_do_and_makes_no_file(place: Path) -> None:
    with opened(place) as watch:
        outcome = shoot(watch, place, "DSC1.JPG", frame(1, "eyes-closed"))
        assert outcome.report.verdict == "fail" and "eyes" in outcome.say.en
        assert outcome.path is None and not list((place / "out").glob("*.jpg"))
        assert watch.sittings.missing[0].person.student_number == "1001"


def test_a_better_shot_replaces_the_earlier_one_which_stays_beside(place: Path) -> None:
    with opened(place) as watch:
        first = shoot(watch, place, "DSC1.JPG", frame(1))
        second = shoot(watch, place, "DSC2.JPG", frame(5))
        worse = shoot(watch, place, "DSC3.JPG", frame(1, "eyes-closed"))
        assert worse.path is None
    assert (place / "out" / "1001.jpg").read_bytes() == second.crop.jpeg
    assert (place / "out" / "replaced" / "1001.1.jpg").read_bytes() == first.crop.jpeg


def test_the_photographer_can_take_a_shot_as_it_is(place: Path) -> None:
    with opened(place) as watch:
        shoot(watch, place, "DSC1.JPG", frame(1, "eyes-closed"))
        assert obey(watch, "!")
        ((shot, photo),) = watch.unfinished()
        assert watch.deal(shot, photo).path == place / "out" / "1001.jpg"
        assert not list(watch.unfinished())


def test_students_come_in_the_order_of_the_roster_or_as_they_are_called(place: Path) -> None:
    with opened(place) as watch:
        seated = lambda: watch.sittings.current.person.student_number  # noqa: E731
        assert seated() == "1001"
        assert obey(watch, "") and seated() == "1002"
        assert obey(watch, "-") and seated() == "1001"
        assert obey(watch, "丙") is False  # the key of this roster is the number
        assert obey(watch, " 1003 ") and seated() == "1003"
        assert not obey(watch, "9999") and seated() == "1003"
        shoot(watch, place, "DSC1.JPG", frame(1))
        assert obey(watch, "") and seated() == "1001"  # round again, to who is missing
    assert (place / "out" / "1003.jpg").exists()


def test_a_frame_that_is_named_by_a_number_is_that_students(place: Path) -> None:
    with opened(place) as watch:
        assert shoot(watch, place, "1002_0001.JPG", frame(1)).path == place / "out" / "1002.jpg"
        assert watch.sittings.current.person.student_number == "1001"


def test_after_a_good_shot_the_next_comes_by_itself_but_a_series_is_one_persons(place: Path) -> None:
    with opened(place, advance=True) as watch:
        assert shoot(watch, place, "DSC1.JPG", frame(1)).student.person.student_number == "1001"
        assert watch.sittings.current.person.student_number == "1002"
        watch._last_seen = time.monotonic()  # within seconds, also on a slow machine
        assert shoot(watch, place, "DSC2.JPG", frame(2)).student.person.student_number == "1001"
        watch._last_seen -= 60
        assert shoot(watch, place, "DSC3.JPG", frame(3)).student.person.student_number == "1002"


def test_a_frame_belongs_to_who_sat_there_when_it_began_to_arrive(place: Path) -> None:
    with opened(place) as watch:
        path = place / "in" / "DSC1.JPG"
        path.write_bytes(frame(1)[:5000])
        watch.notice(path)
        assert watch.arrive(path) is None  # not complete
        obey(watch, "1003")
        path.write_bytes(frame(1))
        taken = watch.arrive(path)
        assert taken is not None and watch.deal(*taken).student.person.student_number == "1001"
        assert watch.arrive(path) is None  # it has arrived


def test_a_frame_that_grows_while_it_is_read_is_one_shot(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(place) as watch:
        path = place / "in" / "DSC1.JPG"
        path.write_bytes(frame(1)[:5000])
        read = Photo.read

        def read_late(*arguments: object, **options: object) -> Photo:
            path.write_bytes(frame(1))  # the rest comes between the look at the file and its reading
            return read(*arguments, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(Photo, "read", read_late)
        assert watch.arrive(path) is None
        monkeypatch.undo()
        assert watch.arrive(path) is not None
        assert not watch.new_files() and len(watch.sittings.shots) == 1


def test_without_a_roster_what_is_scanned_names_the_file(place: Path) -> None:
    with opened(place, roster=False) as watch:
        assert shoot(watch, place, "DSC1.JPG", frame(1)).path == place / "out" / "DSC1.jpg"
        assert obey(watch, "../2021/77")
        assert shoot(watch, place, "DSC2.JPG", frame(1)).path == place / "out" / "_2021_77.jpg"


def test_nobody_on_the_roster_is_left_says_so(place: Path) -> None:
    (place / "roster.csv").write_text("学号\n1001\n", encoding="utf-8")
    with opened(place, advance=True) as watch:
        shoot(watch, place, "DSC1.JPG", frame(1))
        watch._last_seen -= 60
        outcome = shoot(watch, place, "DSC2.JPG", frame(2))
    assert outcome.path is None and "nobody is selected" in outcome.warnings[0].en


def test_a_damaged_frame_is_said_to_be_so(place: Path) -> None:
    with opened(place) as watch:
        path = place / "in" / "DSC1.JPG"
        path.write_bytes(frame(1)[:20_000])
        taken = watch.arrive(path, patient=False)
        assert taken is not None
        outcome = watch.deal(*taken)
    assert outcome.report["file-integrity"].verdict == "fail" and outcome.path is None


def test_the_journal_names_nobody(place: Path) -> None:
    with opened(place, name="{student_number}-{name}") as watch:
        shoot(watch, place, "DSC1.JPG", frame(1))
    assert (place / "out" / "1001-甲.jpg").exists()
    written = (place / "out" / JOURNAL).read_text(encoding="utf-8")
    assert "1001" not in written and "甲" not in written


def test_words_for_the_student_come_from_the_finding_that_matters_most(place: Path) -> None:
    with opened(place) as watch:
        outcome = shoot(watch, place, "DSC1.JPG", frame(1, "mouth-open", "stripes"))
    assert sentence(outcome.report) == outcome.report["mouth-closed"].remedy


def test_misuse_is_refused_in_words(place: Path) -> None:
    with pytest.raises(PhotospecError, match="there is no folder"):
        Watch(place / "nowhere", place / "out")
    with pytest.raises(PhotospecError, match="cannot go into the watched folder"):
        Watch(place / "in", place / "in")
    with pytest.raises(PhotospecError, match=r"fields: \{id_number\}"):
        Watch(place / "in", place / "out", name="{wrong}")
    with opened(place), pytest.raises(JournalError, match="another program is using"):
        opened(place)
    with pytest.raises(JournalError, match="begun with other names"):
        opened(place, name="{name}")


def test_names_fit_every_file_system() -> None:
    person = Person("", "20/21", 'a:b?"', 3, "..")
    assert Naming("{class_name}{student_number}{name}").stem(person, "x") == "20_21a_b__"
    assert Naming("{name}").stem(None, "DSC1") == "DSC1"


# -- crash and restart ------------------------------------------------------------------------------------------------


def test_everything_is_there_again_after_a_restart(place: Path) -> None:
    with opened(place) as watch:
        shoot(watch, place, "DSC1.JPG", frame(1))
        obey(watch, "")
        before = watch.sittings
    with opened(place) as watch:
        after = watch.sittings
        assert after.current == before.current and after.shots == before.shots
        assert [student.key for student in after.missing] == [student.key for student in before.missing]
        assert not watch.new_files()


def test_a_torn_line_is_cut_off_and_a_false_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    with Journal(path) as journal:
        journal.append("one", n=1)
    with path.open("ab") as file:
        file.write(b'{"at":"2026","event":"tw')
    with Journal(path) as journal:
        assert [event["event"] for event in journal.events] == ["one"]
        journal.append("two")
    with Journal(path) as journal:
        assert [event["event"] for event in journal.events] == ["one", "two"]
    path.write_bytes(b"nonsense\n" + path.read_bytes())
    with pytest.raises(JournalError, match="line 1"):
        Journal(path)


@pytest.mark.parametrize("kind", ["seen", "arrived", "judged"])
def test_a_crash_between_two_events_loses_nothing(place: Path, kind: str) -> None:
    """The journal is cut behind each kind of event, as if the program had died right there."""
    with opened(place) as watch:
        data = shoot(watch, place, "DSC1.JPG", frame(1)).crop.jpeg
        obey(watch, "1003")
    journal = place / "out" / JOURNAL
    lines = journal.read_text(encoding="utf-8").splitlines(keepends=True)
    cut = next(n for n, line in enumerate(lines) if f'"event":"{kind}"' in line) + 1
    journal.write_text("".join(lines[:cut]), encoding="utf-8")
    (place / "out" / "1001.jpg").unlink()
    with opened(place) as watch:
        obey(watch, "1002")  # somebody else sits there by now
        for path in watch.new_files():
            taken = watch.arrive(path)
            assert taken is not None
            watch.deal(*taken)
        for shot, photo in list(watch.unfinished()):
            watch.deal(shot, photo)
    assert (place / "out" / "1001.jpg").read_bytes() == data
    assert not (place / "out" / "1002.jpg").exists()


SCRIPT = """
import queue, sys
from pathlib import Path
from photospec import read_roster
from photospec.capture.watch import Watch
place = Path(sys.argv[1])
with Watch(place / "in", place / "out", roster=read_roster(place / "roster.csv")) as watch:
    print("ready", flush=True)
    watch.run(lambda outcome: print(outcome.shot.number, outcome.done, flush=True), queue.Queue())
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_a_killed_program_goes_on_where_it_was(place: Path) -> None:
    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "-c", SCRIPT, str(place)]
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        )

    with contextlib.ExitStack() as stack:
        for number in (1, 2):
            process = stack.enter_context(start())
            stack.callback(process.kill)
            assert process.stdout is not None and process.stdout.readline() == "ready\n"
            (place / "in" / f"1002-{number}.JPG").write_bytes(frame(number))
            assert any(line.startswith(f"{number} False") for line in process.stdout)
            process.kill()  # in the middle of the crop
            process.wait()
        last = stack.enter_context(start())
        stack.callback(last.kill)
        assert last.stdout is not None and last.stdout.readline() == "ready\n"
        while not any(event["event"] == "cropped" and event["shot"] == 2 for event in events(place)):
            time.sleep(0.1)
    assert [path.name for path in (place / "out").glob("*.jpg")] == ["1002.jpg"]
    assert {event["shot"] for event in events(place) if event["event"] == "arrived"} == {1, 2}


# -- the loop ---------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def running(watch: Watch) -> Iterator[tuple[Callable[..., Outcome], queue.Queue[object]]]:
    """Run a watch in a thread; gives what waits for an outcome, and the inbox."""
    inbox: queue.Queue[object] = queue.Queue()
    told: queue.Queue[Outcome] = queue.Queue()
    thread = threading.Thread(target=watch.run, args=(told.put, inbox))
    thread.start()

    def wait(done: bool = True) -> Outcome:
        while True:
            outcome = told.get(timeout=120)
            if outcome.done is done:
                return outcome

    try:
        yield wait, inbox
    finally:
        inbox.put(None)
        thread.join(120)


def test_a_frame_that_is_still_being_written_is_waited_for(place: Path) -> None:
    with opened(place) as watch, running(watch) as (wait, inbox):
        with (place / "in" / "DSC1.JPG").open("wb") as file:
            file.write(frame(1)[:30_000])
            file.flush()
            time.sleep(0.5)
            assert not watch.sittings.shots
            inbox.put(lambda: obey(watch, "1002"))
            file.write(frame(1)[30_000:])
        assert wait().path == place / "out" / "1001.jpg"
        (place / "in" / "part").write_bytes(frame(2))
        (place / "in" / "part").rename(place / "in" / "DSC2.JPG")  # as careful programs do
        assert wait().path == place / "out" / "1002.jpg"


def test_frames_from_before_the_start_are_found(place: Path) -> None:
    (place / "in" / "DSC1.JPG").write_bytes(frame(1))
    (place / "in" / "notes.txt").write_text("no frame")
    with opened(place) as watch, running(watch) as (wait, _):
        assert wait().path == place / "out" / "1001.jpg"


# -- the studio -------------------------------------------------------------------------------------------------------


def test_a_lamp_that_weakens_is_said_with_its_side_and_its_time() -> None:
    studio = Studio()
    start = dt.datetime.fromisoformat("2026-11-28T09:00")
    for minute in range(70):
        weak = minute >= 50
        studio.add(
            start + dt.timedelta(minutes=minute),
            {"backdrop": [76.0, -12.0, -37.0], "light": 66.0, "sharpness": 0.8, "balance": -0.5 if weak else 0.02},
        )
    (drift,) = studio.drifts()
    words = drift_in_words(drift)
    assert words.en.startswith("the lamp at the picture's left has weakened since 09:50")
    assert words.zh.startswith("09:50 起画面左侧的灯变暗")


def test_a_steady_studio_says_nothing() -> None:
    studio = Studio()
    for minute in range(60):
        when = dt.datetime.fromisoformat("2026-11-28T09:00") + dt.timedelta(minutes=minute)
        studio.add(
            when, {"backdrop": [76.0, -12.0, -37.0], "light": 66.0 + minute % 3, "sharpness": 0.8, "balance": 0.1}
        )
    assert studio.drifts() == ()


# -- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_shows_what_is_said_and_takes_what_is_pressed(place: Path) -> None:
    from photospec.capture.page import Page

    inbox: queue.Queue[object] = queue.Queue()
    numbers = "身份证号,姓名\n440524188001010014,甲\n11010519491231002X,乙\n"
    (place / "roster.csv").write_text(numbers, encoding="utf-8")
    with opened(place) as watch:
        page = Page(watch, inbox)  # type: ignore[arg-type]
        address, _, token = page.serve().partition("/?token=")

        def get(path: str, token: str = token, **more: str) -> bytes:
            query = urllib.parse.urlencode({"token": token, **more})
            data = b"" if path == "/do" else None
            with urllib.request.urlopen(f"{address}{path}?{query}", data=data, timeout=60) as answer:
                return answer.read()

        for path in ("/", "/state", "/picture", "/do"):
            with pytest.raises(urllib.error.HTTPError, match="403"):
                get(path, token="x" * 16)
        assert b"photospec" in get("/")
        page.show(shoot(watch, place, "DSC1.JPG", frame(1, "eyes-closed")))
        state = json.loads(get("/state"))
        assert state["verdict"] == "fail" and not state["good"] and "eyes" in state["say"]["en"]
        assert "440524188001010014" not in json.dumps(state) and "甲" in state["who"]["zh"]
        assert state["marks"] and state["size"] == [480, 640] and state["missing"] == 2
        picture = Image.open(io.BytesIO(get("/picture")))
        assert picture.size == (480, 640)
        assert json.loads(get("/do", entry="")) == {"taken": True}
        inbox.get_nowait()()  # type: ignore[operator]
        assert "乙" in json.loads(get("/state"))["sitting"]["zh"]
