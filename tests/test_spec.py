"""Specs as values: joining, leaving out, changing, choosing; and specs from files."""

import dataclasses
import pickle
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

import photospec
from photospec import (
    Level,
    PluginWarning,
    Spec,
    SpecError,
    Text,
    catalogue,
    load_spec,
    rule,
    spec_names,
)
from photospec import spec as spec_module
from photospec.rules import LimitRule
from photospec.specs import resolve_spec

FOLDER = Path(photospec.__file__).parent / "specs"


@rule(code="SCH001", name="sides-even", title=Text("两侧一致", "sides even"), high=1.2, unit="px")
def sides_even(portrait: photospec.Portrait) -> float:
    """Compare the sides."""
    return float(portrait.grey.mean())


@pytest.fixture
def spec() -> Spec:
    return load_spec("cn-diploma-2017")


def names(spec: Spec) -> list[str]:
    return [r.name for r in spec]


# -- as values ------------------------------------------------------------------------------------------------


def test_union_keeps_order_and_the_right_one_wins(spec: Spec) -> None:
    joined = spec | load_spec("cn-resident-id")
    assert names(joined)[: len(spec)] == names(spec)
    assert joined["crown-margin"] == load_spec("cn-resident-id")["crown-margin"]
    assert joined.provenance["crown-margin"] == load_spec("cn-resident-id").provenance["crown-margin"]
    assert names(spec | spec) == names(spec)


def test_union_with_a_rule(spec: Spec) -> None:
    assert names(spec | sides_even) == [*names(spec), "sides-even"]
    changed = dataclasses.replace(spec["crown-margin"], low=1)
    assert (spec | changed)["crown-margin"].low == 1
    assert len(spec | changed) == len(spec)


@pytest.mark.parametrize("gone", ["CMP", "CMP002", "crown-margin"])
def test_difference(spec: Spec, gone: str) -> None:
    left = spec - gone
    assert "crown-margin" not in left
    assert ("eye-line" in left) is (gone != "CMP")
    assert "crown-margin" in spec


def test_difference_with_a_rule_or_spec(spec: Spec) -> None:
    assert "CMP002" not in spec - spec["CMP002"]
    assert len(spec - spec) == 0


def test_replace(spec: Spec) -> None:
    changed = spec.replace("crown-margin", low=40, level="warning")
    assert (changed["crown-margin"].low, changed["CMP002"].high) == (40, 110)
    assert changed["crown-margin"].level is Level.WARNING
    assert names(changed) == names(spec)
    assert spec["crown-margin"].low == 50


def test_replace_reaches_into_a_waived_rule(spec: Spec) -> None:
    waived = photospec.waive(spec, "crown-margin", reason="tall hair")
    changed = waived.replace("crown-margin", low=40)["crown-margin"]
    assert changed.rule.low == 40  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("rule_name", "changes", "words"),
    [
        ("crown-margim", {"low": 1}, "did you mean 'crown-margin'"),
        ("crown-margin", {"lwo": 1}, "unknown key 'lwo'.*did you mean 'low'"),
        ("crown-margin", {"low": "50"}, "rules.crown-margin.low: expected a number.*got '50'"),
        ("crown-margin", {"low": True}, "expected a number"),
        ("crown-margin", {"low": float("nan")}, "finite"),
        ("crown-margin", {"low": 200}, "nothing could pass"),
        ("crown-margin", {"level": "fatal"}, "one of error, warning, advice"),
        ("file-format", {"formats": "JPEG"}, "a list"),
        ("file-format", {"formats": [1]}, "each item text"),
        ("pixel-size", {"min_width": 1.5}, "a whole number"),
        ("capture-date", {"before": "2025-07-01"}, "a date"),
    ],
)
def test_replace_refuses(spec: Spec, rule_name: str, changes: dict[str, object], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        spec.replace(rule_name, **changes)


def test_select_takes_the_spec_s_limits_first(spec: Spec) -> None:
    strict = spec.replace("crown-margin", low=60)
    assert names(strict.select("CMP00")) == [n for n in names(spec) if spec[n].code.startswith("CMP00")]
    assert strict.select(["CMP002"])["crown-margin"].low == 60
    assert strict.select("ALL")["crown-margin"].low == 60


def test_select_reaches_the_catalogue(spec: Spec) -> None:
    assert "file-name" not in spec
    assert names(spec.select(["file-name", "crown-margin"])) == ["crown-margin", "file-name"]
    assert "CLO003" in spec.select("CLO003")
    everything = set(names(spec.select("ALL")))
    assert everything == set(catalogue())
    assert {r.name for r in catalogue().values() if r.preview} <= everything


def test_a_prefix_brings_no_preview_rules() -> None:
    for prefix in ("FIL", "CMP", "CLO", "LGT"):
        assert not any(r.preview for r in Spec("none", ()).select(prefix))


def test_ignore(spec: Spec) -> None:
    left = spec.ignore(["FIL", "eye-line", "CLO003"])
    assert not any(r.code.startswith("FIL") for r in left)
    assert "eye-line" not in left
    assert len(spec.ignore("ALL")) == 0


@pytest.mark.parametrize("method", ["select", "ignore"])
def test_unknown_names(spec: Spec, method: str) -> None:
    with pytest.raises(SpecError, match=r"no rule or prefix 'crwn-margin' \(did you mean 'crown-margin'\?\)") as caught:
        getattr(spec, method)("crwn-margin")
    assert "是否想写 crown-margin" in caught.value.text.zh
    with pytest.raises(SpecError, match="no rule or prefix ''"):
        getattr(spec, method)([""])


def test_names_and_codes_are_unique(spec: Spec) -> None:
    crown = spec["crown-margin"]
    with pytest.raises(SpecError, match="'crown-margin' is the name or code of two rules"):
        Spec("twice", (crown, dataclasses.replace(crown, low=1)))
    with pytest.raises(SpecError, match=r"must be Rule objects.*write CrownMargin\(\)"):
        Spec("classes", (type(crown),))  # type: ignore[arg-type]
    with pytest.raises(KeyError, match="did you mean 'crown-margin'"):
        spec["crown-margins"]


def test_digest_follows_what_is_checked(spec: Spec) -> None:
    assert spec.digest == dataclasses.replace(spec, title=Text("别名", "alias")).digest
    assert spec.digest == spec.replace("crown-margin", low=50.0).digest
    assert spec.digest != spec.replace("crown-margin", low=51).digest
    assert spec.digest != (spec - "CMP002").digest
    assert pickle.loads(pickle.dumps(spec)).digest == spec.digest


def test_digest_is_the_same_in_another_process(spec: Spec) -> None:
    code = "import photospec; print(photospec.load_spec('cn-diploma-2017').digest)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == spec.digest


def test_decorated_rule_pickles_with_changed_limits() -> None:
    spec = Spec("mine", (sides_even,)).replace("sides-even", high=2)
    again = pickle.loads(pickle.dumps(spec))
    assert again["sides-even"].high == 2
    assert again.digest == spec.digest


# -- plug-ins -------------------------------------------------------------------------------------------------


class Entry:
    """What importlib.metadata gives for an entry point."""

    dist = None

    def __init__(self, name: str, loaded: object) -> None:
        self.name, self.value, self.loaded = name, f"somewhere:{name}", loaded

    def load(self) -> object:
        if isinstance(self.loaded, Exception):
            raise self.loaded
        return self.loaded


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    def install(*entries: Entry) -> None:
        spec_module._plugins.cache_clear()
        monkeypatch.setattr(metadata, "entry_points", lambda group: entries if group == "photospec.rules" else ())

    yield install
    spec_module._plugins.cache_clear()


def test_rules_of_other_packages(plugins, spec: Spec) -> None:  # type: ignore[no-untyped-def]
    plugins(Entry("one", sides_even), Entry("class", type(sides_even)))
    with pytest.warns(PluginWarning, match="is taken"):
        assert catalogue()["sides-even"] == sides_even
    plugins(Entry("list", [sides_even]))
    assert "sides-even" in spec.select("ALL")
    assert spec.select("SCH")["sides-even"] == sides_even


@pytest.mark.parametrize("bad", [ImportError("no module named gone"), 7, ["text"], object])
def test_a_broken_plugin_is_named_and_takes_nothing_down(plugins, spec: Spec, bad: object) -> None:  # type: ignore[no-untyped-def]
    plugins(Entry("broken", bad), Entry("good", sides_even))
    with pytest.warns(PluginWarning, match="broken = somewhere:broken"):
        known = catalogue()
    assert {"sides-even", "crown-margin"} <= set(known)
    with pytest.warns(PluginWarning), pytest.raises(SpecError, match="cannot be loaded: broken"):
        spec.select("XYZ999")


# -- files ----------------------------------------------------------------------------------------------------


def write(tmp_path: Path, text: str, name: str = "mine.toml") -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def test_file_extends_a_built_in(tmp_path: Path, spec: Spec) -> None:
    path = write(
        tmp_path,
        """
        name = "school-x"
        title = { zh = "某校", en = "a school" }
        source = "notice 1"
        extends = "cn-diploma-2017"
        ignore = ["LGT", "shoulders"]
        [rules.crown-margin]
        low = 40
        level = "warning"
        certainty = "C"
        clause = "3"
        note = "own"
        [rules.clothing-hue]
        """,
    )
    mine = load_spec(path)
    assert (mine.name, mine.title.en, mine.source) == ("school-x", "a school", "notice 1")
    assert (mine["crown-margin"].low, mine["crown-margin"].high) == (40, 110)
    assert mine["crown-margin"].level is Level.WARNING
    assert mine.provenance["crown-margin"].certainty == "C"
    assert mine.provenance["eye-line"] == spec.provenance["eye-line"]
    assert not any(r.code.startswith("LGT") for r in mine)
    assert "clothing-hue" in mine
    assert resolve_spec(str(path)).digest == mine.digest
    assert resolve_spec(mine) is mine


def test_file_extends_a_file_beside_it(tmp_path: Path) -> None:
    write(tmp_path, 'extends = "cn-diploma-2017"\nselect = ["CMP"]\n[rules.crown-margin]\nlow = 45', "base.toml")
    child = load_spec(write(tmp_path, 'extends = "./base.toml"\n[rules.crown-margin]\nhigh = 100', "child.toml"))
    assert (child.name, child["crown-margin"].low, child["crown-margin"].high) == ("child", 45, 100)
    assert all(r.code.startswith("CMP") for r in child)


def test_file_from_the_catalogue(tmp_path: Path) -> None:
    mine = load_spec(write(tmp_path, 'select = ["CMP002", "FIL"]\nignore = ["file-name"]'))
    assert "crown-margin" in mine
    assert "file-name" not in mine
    assert "pixel-size" in mine


def test_pixels_of_another_frame(tmp_path: Path) -> None:
    text = "frame = [240, 320]\n[rules.crown-margin]\nlow = 25\nhigh = 55\n[rules.head-roll]\nlow = -3\nhigh = 3"
    mine = load_spec(write(tmp_path, text))
    assert (mine["crown-margin"].low, mine["crown-margin"].high) == (50, 110)
    assert mine["head-roll"].high == 3


def test_no_limit(tmp_path: Path) -> None:
    mine = load_spec(write(tmp_path, '[rules.crown-margin]\nlow = "none"\n[rules.pixel-size]\nmax_width = "none"'))
    assert (mine["crown-margin"].low, mine["pixel-size"].max_width) == (None, None)


WRONG = {
    "unknown key": ("nmae = 'x'\n[rules.eye-line]", r"mine.toml: unknown key 'nmae' \(did you mean 'name'\?\)"),
    "unknown rule": ("[rules.crown-margn]", r"no rule rules.crown-margn \(did you mean 'crown-margin'\?\)"),
    "rule by code": ("[rules.CMP002]", "did you mean 'crown-margin'"),
    "unknown field": (
        "[rules.crown-margin]\nlwo = 1",
        r"rules.crown-margin: unknown key 'lwo' \(did you mean 'low'\?\)",
    ),
    "wrong type": ("[rules.crown-margin]\nlow = '1'", "mine.toml: rules.crown-margin.low: expected a number"),
    "impossible": ("[rules.crown-margin]\nlow = 200", "mine.toml: rules.crown-margin.*nothing could pass"),
    "not finite": ("[rules.crown-margin]\nlow = nan", "finite"),
    "rule no table": ("rules = 3", "rules: expected a table"),
    "rule not a table": ("rules.crown-margin = 3", "rules.crown-margin: expected a table"),
    "title": ("title = 3\n[rules.eye-line]", "title: expected text"),
    "frame": ("frame = [480]\n[rules.eye-line]", "frame: expected .width, height."),
    "frame zero": ("frame = [480, 0]\n[rules.eye-line]", "frame: expected"),
    "select": ("select = 'CMP'", "select: expected a list"),
    "select name": ("select = ['CPM']", "mine.toml: select/ignore: no rule or prefix 'CPM'"),
    "certainty": ("[rules.eye-line]\ncertainty = 'D'", "rules.eye-line.certainty: expected A, B, C or inf"),
    "ours": ("[rules.eye-line]\nours = 'yes'", "rules.eye-line.ours: expected true or false"),
    "unchecked": ("unchecked = 'x'\n[rules.eye-line]", "unchecked: expected a list"),
    "empty": ("", "no rule in it"),
    "toml": ("[rules", "not valid TOML"),
    "extends unknown": (
        "extends = 'cn-diploma'",
        "extends: no spec named 'cn-diploma'.*did you mean 'cn-diploma-2017'",
    ),
    "extends missing": ("extends = './gone.toml'", "cannot read the spec file .*gone.toml: No such file"),
    "extends itself": ("extends = './mine.toml'", "extends goes in a circle: mine.toml -> mine.toml"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_files(tmp_path: Path, case: str) -> None:
    text, words = WRONG[case]
    with pytest.raises(SpecError, match=words) as caught:
        load_spec(write(tmp_path, text))
    assert str(tmp_path) in str(caught.value)
    assert caught.value.text.zh != caught.value.text.en


def test_extends_in_a_longer_circle(tmp_path: Path) -> None:
    write(tmp_path, "extends = './b.toml'", "a.toml")
    write(tmp_path, "extends = './a.toml'", "b.toml")
    with pytest.raises(SpecError, match=r"circle: a.toml -> b.toml -> a.toml"):
        load_spec(tmp_path / "a.toml")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"name = '\xff'", "not UTF-8"),
        (b"a = 1\n" * 200_000, "over 1 MB"),
        (b"a = " + b"[" * 100_000, "not valid TOML"),
    ],
)
def test_broken_files(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(data)
    with pytest.raises(SpecError, match=words):
        load_spec(path)


def test_no_such_spec() -> None:
    with pytest.raises(SpecError, match=r"no spec named 'cn-diploma-2071'.*did you mean 'cn-diploma-2017'"):
        load_spec("cn-diploma-2071")
    with pytest.raises(SpecError, match="cannot read the spec file"):
        load_spec("gone.toml")
    with pytest.raises(TypeError, match="spec must be"):
        resolve_spec(3)  # type: ignore[arg-type]


# -- the built-in ones ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", spec_names())
def test_built_in(name: str) -> None:
    spec = load_spec(name)
    assert spec.name == name
    assert len(spec) > 0
    assert spec.source
    assert spec.title.zh
    assert spec.title.en
    for r in spec:
        assert spec.provenance[r.name].certainty in ("A", "B", "C", "inf"), f"{name}: {r.name} has no certainty"
    assert set(spec.provenance) == set(names(spec))


@pytest.mark.parametrize("name", spec_names())
def test_built_in_tables_are_all_used(name: str) -> None:
    tables = tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))["rules"]
    assert set(tables) <= set(names(load_spec(name)))


def test_the_default_spec_is_the_standard(spec: Spec) -> None:
    assert spec_names()[0] == "cn-diploma-2017"
    school = set(names(load_spec("cn-diploma-2017-school"))) - set(names(spec))
    assert school == {"clothing-hue", "turtleneck"}
    left_out = {r.name for r in catalogue().values() if r.preview} | school | {"file-name", "crop-room"}
    assert set(names(spec)) == set(catalogue()) - left_out
    limits = {
        n: (r.low, r.high) for n in ("crown-margin", "eye-line", "face-width") if isinstance(r := spec[n], LimitRule)
    }
    assert limits == {"crown-margin": (50, 110), "eye-line": (200, 300), "face-width": (180, 300)}


def test_pixels_of_the_identity_card() -> None:
    card = load_spec("cn-resident-id")
    crown, face, eyes = (card[n] for n in ("crown-margin", "face-width", "eye-line"))
    assert [r.reported_limits(441 / 640) for r in (crown, face, eyes)] == [(7, 21), (193, 221), (None, 234)]


def test_public_names_are_lazy() -> None:
    code = "import sys, photospec; print([m for m in ('numpy', 'cv2', 'dlib', 'typer') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert all(getattr(photospec, name) is not None for name in photospec.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        photospec.nothing  # noqa: B018


def test_version_is_that_of_the_package() -> None:
    toml = (FOLDER.parent.parent / "pyproject.toml").read_text("utf-8")
    assert f'version = "{photospec.__version__}"' in toml
