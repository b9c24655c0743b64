"""Settings in a file: found, followed, and wrong ones named with the nearest right one."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path

import jsonschema
import pytest

from photospec import SpecError
from photospec.config import Config, ConfigError, config_schema, find_config, load_config, read_config
from photospec.person import Privacy

FULL = """
spec = "school.toml"
select = ["FIL", "CMP"]
ignore = ["file-size"]
rules = ["own.py"]
language = "zh"
privacy = "shown"
roster = "list/roster.csv"
roster-column = "学号"
decisions = "decisions.jsonl"

[[waivers]]
person = "1001"
rule = "head-covering"
reason = "头部手术"
until = 2099-06-30
"""


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_every_key_is_followed_from_the_files_folder(tmp_path: Path) -> None:
    config = read_config(written(tmp_path / "photospec.toml", FULL))
    assert config == Config(
        file=tmp_path / "photospec.toml",
        spec=str(tmp_path / "school.toml"),
        select=("FIL", "CMP"),
        ignore=("file-size",),
        rules=(str(tmp_path / "own.py"),),
        language="zh",
        privacy=Privacy.SHOWN,
        roster=str(tmp_path / "list/roster.csv"),
        roster_column="学号",
        decisions=str(tmp_path / "decisions.jsonl"),
        waivers=({"person": "1001", "rule": "head-covering", "reason": "头部手术", "until": dt.date(2099, 6, 30)},),
    )


def test_the_schema_knows_the_same_keys_and_takes_what_is_taken() -> None:
    tables = tomllib.loads(FULL)
    assert set(config_schema()["properties"]) == set(tables)
    for waiver in tables["waivers"]:
        waiver["until"] = waiver["until"].isoformat()  # editors see a date of TOML as text
    jsonschema.Draft202012Validator.check_schema(config_schema())
    jsonschema.validate(tables, config_schema())


def test_the_nearest_file_counts(tmp_path: Path) -> None:
    written(tmp_path / "pyproject.toml", '[tool.photospec]\nspec = "cn-gaokao"\n')
    inner = tmp_path / "2026" / "class1"
    inner.mkdir(parents=True)
    assert load_config(inner).spec == "cn-gaokao"
    written(tmp_path / "2026" / "pyproject.toml", "[tool.other]\n")
    assert load_config(inner).spec == "cn-gaokao"
    written(tmp_path / "photospec.toml", 'spec = "cn-cet"\n')
    assert load_config(inner).spec == "cn-cet"
    written(inner / "photospec.toml", "")
    assert find_config(inner) == inner / "photospec.toml"
    assert load_config(inner).spec == ""


def test_no_file_is_the_default(tmp_path: Path) -> None:
    config = load_config(tmp_path)
    if config.file is None:  # unless somebody's own lies above the folder of temporary files
        assert config == Config()
    assert Config().load_spec().name == "cn-diploma-2017"
    assert Config().load_roster() is None and Config().load_decisions() is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("slect = []", "unknown key 'slect' (did you mean 'select'?)"),
        ('roster_column = "学号"', "(did you mean 'roster-column'?)"),
        ("spec = 3", "spec: expected text, got 3"),
        ('select = "CMP"', "select: expected a list of texts"),
        ('language = "fr"', "language: expected zh or en, got 'fr'"),
        ('privacy = "some"', "privacy: expected masked or shown"),
        ("waivers = 1", "waivers: expected"),
        ("spec = ", "not valid TOML"),
        ('waivers = "none.toml"', "cannot read the settings"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, words: str) -> None:
    file = written(tmp_path / "photospec.toml", text)
    with pytest.raises(ConfigError) as caught:
        read_config(file)
    assert words in str(caught.value)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in caught.value.text.zh)


def test_waivers_in_a_file_of_their_own(tmp_path: Path) -> None:
    waivers = FULL[FULL.index("[[waivers]]") :]
    written(tmp_path / "private" / "waivers.toml", waivers)
    config = read_config(written(tmp_path / "photospec.toml", 'waivers = "private/waivers.toml"'))
    assert config.load_waivers().concern("1001.jpg")
    written(tmp_path / "private" / "waivers.toml", "waiver = []")
    with pytest.raises(ConfigError, match="unknown key 'waiver'"):
        read_config(tmp_path / "photospec.toml")


def test_a_waiver_of_no_rule_is_named(tmp_path: Path) -> None:
    config = read_config(
        written(tmp_path / "photospec.toml", FULL.replace("head-covering", "head-cover").replace("rules =", "#"))
    )
    with pytest.raises(Exception, match=r"no rule 'head-cover'.*did you mean 'head-covering'"):
        config.load_waivers()


def test_options_replace_settings() -> None:
    config = Config(spec="cn-cet", select=("FIL",), privacy=Privacy.SHOWN)
    assert config.replace(spec=None, select=(), privacy=None) == config
    assert config.replace(spec="cn-gaokao", select=("CMP",)) == Config(
        spec="cn-gaokao", select=("CMP",), privacy=Privacy.SHOWN
    )


OWN = """
from photospec import rule

@rule(code="SCH001", name="even-sides", high=1.5)
def even_sides(portrait):
    return 1.0
"""


def test_own_rules_stand_beside_the_specs_and_can_be_chosen(tmp_path: Path) -> None:
    written(tmp_path / "own.py", OWN)
    config = read_config(written(tmp_path / "photospec.toml", 'rules = ["own.py"]\nignore = ["CMP"]\n'))
    spec = config.load_spec()
    assert "even-sides" in spec and "head-roll" not in spec
    only = config.replace(select=("SCH",), ignore=("CMP",)).load_spec()
    assert [rule.name for rule in only] == ["even-sides"]
    with pytest.raises(SpecError, match="even-side"):
        config.replace(select=("even-side",)).load_spec()
