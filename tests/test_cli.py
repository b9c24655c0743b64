"""The command line: what it prints, in two languages, and how it exits."""

import importlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from jsonschema import Draft202012Validator
from PIL import Image

from photospec import catalogue, load_spec, spec_names
from photospec.cli import COMMANDS, _app, language_of, main
from photospec.report import report_schema
from photospec.testing import DEFECTS, DEMO_DEFECTS, encode, portrait, save_portrait

VALID = Draft202012Validator(report_schema())
PLAIN = {k: v for k, v in os.environ.items() if k not in ("LANG", "LC_ALL", "LC_MESSAGES", "NO_COLOR")}


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    drawn = portrait(1)
    save_portrait(folder / "good.jpg", drawn)
    save_portrait(folder / "small.jpg", portrait(2, size=(240, 320)), size=(1000, 40_000))
    (folder / "png.jpg").write_bytes(encode(drawn.pixels, format="PNG"))
    return folder


class Run:
    """Runs the command line in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys
        self.out = self.err = ""

    def __call__(self, *words: object) -> int:
        with pytest.raises(SystemExit) as stop:
            main([str(w) for w in words])
        self.out, self.err = self.capsys.readouterr()
        assert "Traceback" not in self.err
        code = stop.value.code
        assert isinstance(code, int)
        return code

    def reports(self) -> list[dict[str, object]]:
        lines = [json.loads(line) for line in self.out.splitlines()]
        for line in lines:
            VALID.validate(line)
        return lines


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(capsys)


def photospec(*words: object, **more: object) -> subprocess.CompletedProcess[bytes]:
    options: dict[str, object] = {"env": PLAIN | {"LC_ALL": "en_US.UTF-8"}} | more
    return subprocess.run([sys.executable, "-m", "photospec", *map(str, words)], capture_output=True, **options)  # type: ignore[call-overload, no-any-return]


# -- check ----------------------------------------------------------------------------------------------------


def test_exit_codes(run: Run, photos: Path) -> None:
    assert run("check", photos / "good.jpg", "--select", "FIL") == 0
    assert run.out == "1 photo: pass 1, review 0, fail 0, error 0\n"
    assert run("check", photos, "--select", "FIL") == 1
    assert run("check", photos, photos / "gone.jpg", "--select", "FIL") == 2
    assert "the file does not exist" in run.out
    assert run.err == ""


def test_text(run: Run, photos: Path) -> None:
    run("check", photos, "--select", "FIL")
    lines = run.out.splitlines()
    assert lines[0] == f"fail  {photos}/png.jpg  [operator: save again]"
    assert lines[1].startswith("    FIL002 ")
    assert " → " in lines[1]
    assert lines[-3] == "3 photos: pass 1, review 0, fail 2, error 0"
    assert lines[-1].startswith("most frequent failures: FIL")
    run("check", photos, "--select", "FIL", "--lang", "zh")
    assert run.out.startswith("不合格  ")
    assert "共 3 张：合格 1，需人工确认 0，不合格 2，无法检查 0" in run.out
    run("check", photos / "good.jpg", "--select", "FIL003", "--verbose")
    assert run.out.splitlines()[1] == "    FIL003 pass pixel size: ok"


def test_jsonl(run: Run, photos: Path) -> None:
    assert run("check", photos, "--format", "jsonl", "--select", "ALL") == 1
    lines = run.reports()
    assert [Path(str(r["path"])).name for r in lines] == ["good.jpg", "png.jpg", "small.jpg"]
    for line in lines:
        assert {f["rule"] for f in line["findings"]} == set(catalogue())  # type: ignore[attr-defined]


def test_jsonl_is_the_same_with_more_processes(run: Run, photos: Path) -> None:
    run("check", photos, photos, "--format", "jsonl", "--select", "FIL,CMP", "--jobs", 1)
    alone = run.out
    run("check", photos, photos, "--format", "jsonl", "--select", "FIL,CMP", "--jobs", 2)
    assert run.out == alone


def test_language_of_messages(run: Run, photos: Path) -> None:
    run("check", photos / "png.jpg", "--format", "jsonl", "--select", "FIL002", "--lang", "zh")
    assert "应为 JPEG" in run.out
    run("check", photos / "png.jpg", "--format", "jsonl", "--select", "FIL002", "--lang", "en")
    assert "expected JPEG" in run.out


def test_bilingual_and_compact(run: Run, photos: Path, tmp_path: Path) -> None:
    run("check", photos, "--format", "jsonl", "--select", "FIL", "--bilingual", "--compact")
    printed = run.out
    for line in run.reports():
        for finding in line["findings"]:  # type: ignore[attr-defined]
            assert finding["verdict"] != "pass"
            assert set(finding["message"]) == set(finding["title"]) == {"zh", "en"}
    kept = tmp_path / "run.jsonl"
    words = ["--format", "jsonl", "--select", "FIL", "--bilingual", "--compact", "--output", kept]
    run("check", photos, *words)
    assert kept.read_text(encoding="utf-8") == printed
    assert run("check", photos, *words, "--resume") == 1
    assert kept.read_text(encoding="utf-8") == printed


def test_select_and_ignore(run: Run, photos: Path) -> None:
    words = (
        "--format",
        "jsonl",
        "--select",
        "FIL,crown-margin",
        "--select",
        "CLO003",
        "--ignore",
        "FIL00",
        "--ignore",
        "FIL010",
    )
    run("check", photos / "good.jpg", *words)
    (line,) = run.reports()
    assert [f["code"] for f in line["findings"]] == ["FIL011", "FIL012", "CMP002", "CLO003"]  # type: ignore[attr-defined]


def test_timings(run: Run, photos: Path) -> None:
    run("check", photos / "good.jpg", "--format", "jsonl", "--timings", "--select", "CMP001")
    (line,) = run.reports()
    assert {"faces", "CMP001"} <= set(line["timings"])  # type: ignore[call-overload]
    run("check", photos / "good.jpg", "--timings", "--select", "CMP001")
    assert "mean cost a photo (ms)" in run.out
    assert "  faces" in run.out


def test_own_spec(run: Run, photos: Path, tmp_path: Path) -> None:
    spec = tmp_path / "mine.toml"
    spec.write_text(
        'extends = "cn-diploma-2017"\nselect = ["pixel-size"]\n[rules.pixel-size]\nmin_width = 240\nmin_height = 320'
    )
    assert run("check", photos / "small.jpg", "--spec", spec) == 0
    spec.write_text("[rules.pixel-siz]")
    assert run("check", photos / "small.jpg", "--spec", spec) == 2
    assert run.err == f"photospec: {spec}: there is no rule rules.pixel-siz (did you mean 'pixel-size'?)\n"


def test_output_whole_or_not_at_all(run: Run, photos: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    assert run("check", photos, "--select", "FIL", "--format", "jsonl", "--output", target) == 1
    assert run.out == ""
    assert len(target.read_text("utf-8").splitlines()) == 3
    assert run("check", photos, "--select", "FIL", "--output", tmp_path / "no" / "out.txt") == 2
    assert "cannot write" in run.err
    assert [p.name for p in tmp_path.iterdir()] == ["out.jsonl"]


def test_list_on_standard_input(photos: Path) -> None:
    listed = f"{photos}/good.jpg\n{photos}/gone.jpg\n".encode()
    done = photospec("check", "-", "--select", "FIL", input=listed)
    assert done.returncode == 2
    assert done.stdout.decode().splitlines()[0] == f"error  {photos}/gone.jpg  [a person must look]"
    assert b"2 photos: pass 1" in done.stdout
    assert done.stderr == b""


def bad_files() -> dict[str, bytes]:
    picture = Image.fromarray(portrait(1).pixels)
    good = encode(portrait(1).pixels)

    def saved(image: Image.Image, kind: str, **options: object) -> bytes:
        out = io.BytesIO()
        image.save(out, kind, **options)  # type: ignore[arg-type]
        return out.getvalue()

    middle = bytearray(good)
    middle[len(good) // 2 : len(good) // 2 + 400] = os.urandom(400)
    huge = bytearray(saved(picture, "BMP"))
    huge[18:26] = (30_000).to_bytes(4, "little") * 2
    grey16 = Image.fromarray(np.zeros((640, 480), np.uint16))
    return {
        "empty": b"",
        "text": "不是照片".encode(),
        "png": saved(picture, "PNG"),
        "webp": saved(picture, "WEBP"),
        "bmp": saved(picture, "BMP"),
        "truncated": good[:-9000],
        "corrupt": bytes(middle),
        "cmyk": saved(picture.convert("CMYK"), "JPEG"),
        "grey": saved(picture.convert("L"), "JPEG"),
        "palette": saved(picture.convert("P"), "GIF"),
        "16-bit": saved(grey16, "PNG"),
        "animated": saved(picture, "GIF", save_all=True, append_images=[picture.rotate(9)]),
        "huge": bytes(huge),
        "one-pixel": saved(picture.resize((1, 1)), "JPEG"),
    }


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_bad_files_cost_only_themselves(run: Run, tmp_path: Path, packed: bool) -> None:
    files = bad_files() | {"zz-good": encode(portrait(1).pixels)}
    folder = tmp_path / "班级\n一"
    folder.mkdir()
    target = folder
    if packed:
        target = folder / "set.zip"
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(f"{name}.jpg", data)
    else:
        for name, data in files.items():
            (folder / f"{name}.jpg").write_bytes(data)
    run("check", target, "--format", "jsonl", "--select", "ALL")
    verdicts = {Path(str(r["path"])).stem: r for r in run.reports()}
    assert set(verdicts) == set(files)
    for name, line in verdicts.items():
        assert all(f["verdict"] != "error" for f in line["findings"]), name  # type: ignore[attr-defined]
        if name != "zz-good":
            assert line["verdict"] == "fail", name
    kept = [f for f in verdicts["zz-good"]["findings"] if f["code"].startswith("FIL")]  # type: ignore[attr-defined]
    assert all(f["verdict"] != "fail" for f in kept)
    run("check", target, "--select", "FIL")
    assert "\n一" not in run.out
    assert "\\x0a一" in run.out


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="the superuser may read everything")
def test_unreadable_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x")
    (tmp_path / "a.jpg").chmod(0)
    assert run("check", tmp_path) == 2
    assert "no permission" in run.out


def test_folder_without_photos(run: Run, tmp_path: Path) -> None:
    assert run("check", tmp_path) == 2
    assert "there is no photo in this folder" in run.out


# -- other commands -------------------------------------------------------------------------------------------


def test_rules(run: Run) -> None:
    assert run("rules") == 0
    assert len(run.out.splitlines()) == len(catalogue())
    assert any(line.startswith("CMP002  crown-margin") and "[50–110 px]" in line for line in run.out.splitlines())
    assert run("rules", "--format", "json", "--lang", "zh") == 0
    rows = {row["name"]: row for row in json.loads(run.out)}
    assert set(rows) == set(catalogue())
    assert rows["crown-margin"]["fields"] == {"low": 50, "high": 110}
    assert rows["pixel-size"]["title"] == "像素尺寸"


@pytest.mark.parametrize("name", ["crown-margin", "CMP002"])
def test_rule(run: Run, name: str) -> None:
    assert run("rule", name) == 0
    assert "CMP002  crown-margin" in run.out
    assert "Why\n---" in run.out
    assert "  cn-diploma-2017  must  50–110 px  [A]" in run.out
    assert "  cn-resident-id  must  7–21 px  [A]" in run.out
    assert run("rule", "crown-margins", "--lang", "zh") == 2
    assert "没有规则" in run.err
    assert "是否想写 crown-margin" in run.err


def test_every_rule_is_explained(run: Run) -> None:
    for language in ("zh", "en"):
        for name in catalogue():
            assert run("rule", name, "--lang", language) == 0
            assert run.out.count("\n") > 6
            assert ("为什么：" in run.out) == (language == "zh")


def test_specs(run: Run) -> None:
    assert run("specs") == 0
    assert [line.split()[0] for line in run.out.splitlines()] == list(spec_names())
    for name in spec_names():
        assert run("spec", name) == 0
        assert load_spec(name).digest in run.out


def test_demo(run: Run, tmp_path: Path) -> None:
    assert set(DEMO_DEFECTS) <= set(DEFECTS)
    assert run("demo", tmp_path / "demo") == 1
    assert len(list((tmp_path / "demo").iterdir())) == 16
    assert "16 photos: " in run.out
    assert "error 0" in run.out
    assert not [line for line in run.out.splitlines() if line.startswith("fail") and "-good" in line]
    assert "15-png-named-jpg.jpg" in run.out
    assert "16-cut-off.jpg" in run.out
    assert run("demo", tmp_path / "demo") == 2
    assert "not empty" in run.err


# -- language, usage, terminal --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "environment", "language"),
    [
        ([], {"LANG": "zh_CN.UTF-8"}, "zh"),
        ([], {"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ([], {"LANG": "en_GB.UTF-8"}, "en"),
        ([], {"LC_ALL": "", "LANG": "zh_TW"}, "zh"),
        (["check", "--lang", "zh"], {"LANG": "en_GB.UTF-8"}, "zh"),
        (["--lang=en"], {"LANG": "zh_CN"}, "en"),
        (["--lang", "auto"], {"LANG": "zh_CN"}, "zh"),
        (["--lang"], {"LANG": "zh_CN"}, "zh"),
    ],
)
def test_language(arguments: list[str], environment: dict[str, str], language: str) -> None:
    assert language_of(arguments, environment) == language


def described() -> dict[str, str]:
    """Return every text of the help as it is declared, with both languages, by where it stands."""
    for module in COMMANDS:
        importlib.import_module(f"photospec.cli.{module}")
    root = typer.main.get_command(_app._app)
    found = {}
    for entry in (root, *root.commands.values()):  # type: ignore[attr-defined]
        for part in (entry, *entry.params):
            for name in ("help", "rich_help_panel"):
                if entry is not root or part is not root or name == "help":
                    found[f"{entry.name or 'photospec'} {part.name} {name}"] = getattr(part, name) or ""
    return found


@pytest.mark.parametrize(("place", "text"), described().items(), ids=lambda value: value)
def test_every_word_of_the_help_is_in_both_languages(place: str, text: str) -> None:
    assert text.count(_app._SEPARATOR) == 1, f"{place}: declare it with command(), option() or argument()"
    zh, en = text.split(_app._SEPARATOR)
    assert re.search("[\u4e00-\u9fff]", zh)
    assert re.search("[a-z]", en)
    assert not re.search("[\u4e00-\u9fff]", en)


@pytest.mark.parametrize("command", typer.main.get_command(_app._app).commands.values(), ids=lambda c: c.name)  # type: ignore[attr-defined]
def test_no_option_that_all_commands_have_is_required(command: Any) -> None:
    shared = {option: param for param in command.params for option in param.opts}
    assert not shared["--help"].required, "write `help_: Help = False`"
    assert not shared["--lang"].required


@pytest.mark.parametrize("command", ["", *typer.main.get_command(_app._app).commands])  # type: ignore[attr-defined]
def test_help_in_both_languages(run: Run, command: str) -> None:
    words = [command] if command else []
    assert run(*words, "--help", "--lang", "zh") == 0
    chinese = run.out
    assert re.search("[\u4e00-\u9fff]", chinese)
    assert _app._SEPARATOR not in chinese
    assert run(*words, "--help", "--lang", "en") == 0
    assert not re.search("[\u4e00-\u9fff]", run.out)
    assert "--lang" in run.out
    assert "--help" in run.out
    if command:
        assert run("--lang", "zh", command, "-h") == 0
        assert run.out == chinese


def test_help_needs_nothing_heavy() -> None:
    code = (
        "import sys\nfrom photospec.cli import main\n"
        "try:\n    main(['check', '--help'])\nexcept SystemExit as stop:\n    assert stop.code == 0\n"
        "print([m for m in ('numpy', 'cv2', 'dlib', 'PIL') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("words", "english", "chinese"),
    [
        (["check"], "Missing argument", "缺少参数"),
        (["check", "a", "--formt", "x"], "No such option: --formt", "没有选项或命令 --formt"),
        (["chek"], "No such command 'chek'", "chek"),
        (["check", "a", "--jobs", "0"], "--jobs", "--jobs"),
        (["check", "a", "--format", "xml"], "no format 'xml'; known: text", "没有格式 xml；可用：text"),
        (["check", "a", "--spec", "cn-diplom-2017"], "did you mean 'cn-diploma-2017'", "是否想写 cn-diploma-2017"),
        (["check", "a", "--select", "CPM"], "no rule or prefix 'CPM'", "没有规则或规则前缀 'CPM'"),
        (["check", "a", "--select", "CMP", "--ignore", "CMP"], "no rule is left", "没有选中任何规则"),
    ],
)
def test_usage_errors(run: Run, words: list[str], english: str, chinese: str) -> None:
    for language, said in (("en", english), ("zh", chinese)):
        assert run(*words, "--lang", language) == 2
        assert run.out == ""
        assert run.err.startswith("photospec: ")
        assert said in run.err


def test_bare_command_shows_help(run: Run) -> None:
    assert run() == 2
    assert "check" in run.out
    assert run("--version") == 0
    assert run.out.startswith("photospec 0.")


def test_internal_error_in_one_line(run: Run, monkeypatch: pytest.MonkeyPatch, photos: Path) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("wrong\nturn")

    monkeypatch.setattr("photospec.batch.run.check_many", broken)
    assert run("check", photos) == 2
    assert run.err.splitlines()[0].startswith("photospec: internal error: RuntimeError: wrong")
    monkeypatch.setenv("PHOTOSPEC_DEBUG", "1")
    with pytest.raises(RuntimeError):
        main(["check", str(photos)])


def test_interrupt(run: Run, monkeypatch: pytest.MonkeyPatch, photos: Path, tmp_path: Path) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("photospec.batch.run.check_many", stopped)
    assert run("check", photos, "--output", tmp_path / "out.txt") == 130
    assert run.err == "photospec: interrupted\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
def test_broken_pipe_is_quiet() -> None:
    command = f"{sys.executable} -m photospec rules --format json | head -c 10"
    done = subprocess.run(command, shell=True, capture_output=True, check=True, env=PLAIN)
    assert done.stderr == b""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("no_colour", [False, True])
def test_on_a_terminal(photos: Path, no_colour: bool) -> None:
    import pty

    master, slave = pty.openpty()
    env = PLAIN | {"LC_ALL": "C.UTF-8", "TERM": "xterm-256color"} | ({"NO_COLOR": "1"} if no_colour else {})
    words = [sys.executable, "-m", "photospec", "check", str(photos), "--select", "FIL"]
    with subprocess.Popen(words, stdout=slave, stderr=slave, stdin=slave, env=env) as process:
        os.close(slave)
        seen = b""
        while True:
            try:
                block = os.read(master, 4096)
            except OSError:
                break
            if not block:
                break
            seen += block
    os.close(master)
    assert process.returncode == 1
    assert b"3/3" in seen
    assert (b"\x1b[31mfail" in seen) is not no_colour


def test_a_broken_plugin_is_a_warning(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("photospec.spec._plugins", lambda: ((), ("broken = x:y: ImportError: gone",)))
    assert run("rules") == 0
    assert run.err == "photospec: rule plug-in left out: broken = x:y: ImportError: gone\n"
