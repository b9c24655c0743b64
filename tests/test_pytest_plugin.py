"""The pytest plugin, tested with pytester."""

from __future__ import annotations

from pathlib import Path

import pytest

from photospec.testing import encode, portrait

pytest_plugins = ["pytester"]

PLAIN = ["-p", "no:cacheprovider", "-p", "no:xdist"]


@pytest.fixture
def folder(pytester: pytest.Pytester) -> Path:
    """Return a folder with a good photo and one of the wrong size."""
    photos = pytester.mkdir("photos")
    good = portrait(seed=1).pixels
    (photos / "good.jpg").write_bytes(encode(good))
    (photos / "small.jpg").write_bytes(encode(good[::2, ::2]))
    return photos


SELECT = "--photospec-select=pixel-size,file-format"


def test_nothing_happens_without_the_flag(pytester: pytest.Pytester, folder: Path) -> None:
    result = pytester.runpytest(*PLAIN, folder)
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_each_photo_is_an_item_and_a_bad_one_says_why(pytester: pytest.Pytester, folder: Path) -> None:
    result = pytester.runpytest(*PLAIN, "--photospec", SELECT, "-v", folder)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*good.jpg*PASSED*", "*small.jpg*FAILED*", "*FIL003*240x320*480x640*"])
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*runtest*")


@pytest.mark.parametrize(("lang", "word"), [("zh", "尺寸"), ("en", "the size is")])
def test_language(pytester: pytest.Pytester, folder: Path, lang: str, word: str) -> None:
    result = pytester.runpytest(*PLAIN, "--photospec", SELECT, f"--photospec-lang={lang}", folder)
    result.stdout.fnmatch_lines([f"*{word}*"])


def test_keyword_stop_and_last_failed(pytester: pytest.Pytester, folder: Path) -> None:
    chosen = pytester.runpytest(*PLAIN, "--photospec", SELECT, "-k", "good", folder)
    chosen.assert_outcomes(passed=1, deselected=1)
    (folder / "another.jpg").write_bytes((folder / "small.jpg").read_bytes())
    stopped = pytester.runpytest("-p", "no:xdist", "--photospec", SELECT, "-x", folder)
    stopped.assert_outcomes(failed=1)
    again = pytester.runpytest("-p", "no:xdist", "--photospec", SELECT, "--lf", folder)
    again.assert_outcomes(failed=1)


def test_junit_carries_verdict_and_rules(pytester: pytest.Pytester, folder: Path) -> None:
    pytester.runpytest(*PLAIN, "--photospec", SELECT, "--junitxml=out.xml", folder)
    xml = (pytester.path / "out.xml").read_text(encoding="utf-8")
    assert 'name="photospec_verdict" value="fail"' in xml
    assert 'name="photospec_FIL003"' in xml
    assert "480x640" in xml


def test_xdist_runs_the_photos(pytester: pytest.Pytester, folder: Path) -> None:
    pytest.importorskip("xdist")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-n", "2", "--photospec", SELECT, folder)
    result.assert_outcomes(passed=1, failed=1)


def test_ini_values_serve_and_options_win(pytester: pytest.Pytester, folder: Path) -> None:
    pytester.makeini("[pytest]\nphotospec_select = file-format\nphotospec_lang = en\n")
    pytester.runpytest(*PLAIN, "--photospec", folder).assert_outcomes(passed=2)
    pytester.runpytest(*PLAIN, "--photospec", SELECT, folder).assert_outcomes(passed=1, failed=1)


def test_ignore_takes_rules_away(pytester: pytest.Pytester, folder: Path) -> None:
    result = pytester.runpytest(*PLAIN, "--photospec", SELECT, "--photospec-ignore=FIL003", folder)
    result.assert_outcomes(passed=2)


@pytest.mark.parametrize(("review", "outcome"), [("fail", "failed"), ("skip", "skipped"), ("pass", "passed")])
def test_what_a_person_must_look_at(pytester: pytest.Pytester, folder: Path, review: str, outcome: str) -> None:
    (folder / "small.jpg").unlink()
    spec = pytester.path / "dated.toml"
    spec.write_text(
        'name = "dated"\nselect = ["capture-date"]\n[rules.capture-date]\nlevel = "error"\n', encoding="utf-8"
    )
    options = ["--photospec", f"--photospec-spec={spec}", f"--photospec-review={review}"]
    pytester.runpytest(*PLAIN, *options, folder).assert_outcomes(**{outcome: 1})


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--photospec-spec=cn-diplom", "cn-diploma-2017"),
        ("--photospec-select=pixelsize", "pixel-size"),
        ("--photospec-lang=fr", "fr"),
    ],
)
def test_wrong_options_are_usage_errors(pytester: pytest.Pytester, folder: Path, option: str, words: str) -> None:
    result = pytester.runpytest(*PLAIN, "--photospec", option, folder)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{words}*"])


def test_fixtures_serve_a_schools_own_tests(pytester: pytest.Pytester, folder: Path) -> None:
    pytester.makeini("[pytest]\nphotospec_select = pixel-size\nphotospec_lang = en\n")
    pytester.makepyfile(
        f"""
        def test_good(assert_photo, photospec_check):
            assert assert_photo({str(folder / "good.jpg")!r}).ok
            assert photospec_check({str(folder / "small.jpg")!r})["pixel-size"].value == "240x320"

        def test_bad(assert_photo):
            assert_photo({str(folder / "small.jpg")!r})
        """
    )
    result = pytester.runpytest(*PLAIN)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*240x320*"])


def test_a_file_that_is_no_photo_fails_in_words(pytester: pytest.Pytester, folder: Path) -> None:
    (folder / "text.jpg").write_text("not a photo")
    result = pytester.runpytest(*PLAIN, "--photospec", SELECT, "-k", "text", folder)
    result.assert_outcomes(failed=1, deselected=2)
    result.stdout.no_fnmatch_line("*Traceback*")
