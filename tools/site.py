"""What MkDocs cannot know: the front page, and a page for each rule with a passing and a failing picture.

A hook of ``mkdocs.yml``. Pictures are drawn by `photospec.testing` while the site is built; what stands below the
failing one is what photospec says of it.
"""

from __future__ import annotations

import functools
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from mkdocs.plugins import event_priority

from photospec import Rule, Text, catalogue, check, explain, load_spec, spec_names
from photospec.report.reference import LEVELS, limits_in_words
from photospec.report.thumbnail import thumbnail
from photospec.testing import DEFECTS, encode, portrait

ROOT = Path(__file__).resolve().parent.parent
FOLDER = tempfile.TemporaryDirectory(prefix="photospec-site-")
WORDS = {
    "title": Text("规则说明", "Every rule"),
    "level": Text("级别", "level"),
    "clause": Text("条款", "clause"),
    "pictures": Text("示例", "Pictures"),
    "passes": Text("合格", "passes"),
    "fails": Text("不合格", "does not pass"),
    "drawn": Text("照片为程序绘制，不是任何人。", "Both are drawn by photospec.testing; they are nobody's photo."),
    "limits": Text("各标准中的限值", "Limits in the specs"),
    "measured": Text("实测错误率", "Measured error rates"),
    "rates": Text(
        "{bad} 张不合格照片中漏检 {missed} %，{good} 张合格照片中误判 {false} %（括号内为 95 % 置信区间；",
        "Of {bad} bad photos {missed} % were missed, of {good} good ones {false} % failed falsely "
        "(95 % confidence intervals; ",
    ),
    "all": Text("全部结果", "all results"),
    "unmeasured": Text("没有实测数据。", "Not measured."),
}


@functools.cache
def picture(rule: str) -> tuple[bytes, bytes, Text] | None:
    """Return a passing and a failing picture of a rule, and what is said of the latter, if they can be drawn."""
    defect = next((d.name for d in DEFECTS.values() if d.rules and d.rules[0] == rule), None)
    if defect is None:
        return None
    spec = load_spec("cn-diploma-2017").select([rule])
    for seed in (1, 2, 3, 5, 8):
        good, bad = portrait(seed).pixels, portrait(seed, defects=[defect]).pixels
        said = check(encode(bad), spec)[rule]
        if said.verdict in ("fail", "review") and check(encode(good), spec)[rule].verdict == "pass":
            shown = Text(" → ", " → ") if said.remedy.zh else Text("", "")
            return thumbnail(good, (240, 320), 80), thumbnail(bad, (240, 320), 80), said.message + shown + said.remedy
    return None


@functools.cache
def rates() -> dict[str, dict[str, str]]:
    """Return the measured rates of each rule, from docs/accuracy.md."""
    found: dict[str, dict[str, str]] = {}
    for line in (ROOT / "docs" / "accuracy.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) >= 8 and re.fullmatch(r"[A-Z]{3}\d{3}", cells[0]) and cells[0] not in found:
            found[cells[0]] = {"bad": cells[2], "missed": cells[3], "good": cells[5], "false": cells[6]}
    return found


def rule_page(rule: Rule, language: str) -> str:
    """Return the page of a rule."""

    def say(text: Text) -> str:
        return text.zh if language == "zh" else text.en

    lines = [f"# {say(rule.title)}", ""]
    level, clause = (say(WORDS[word]) for word in ("level", "clause"))
    lines += [f"`{rule.code}` · `{rule.name}` · {level} {say(LEVELS[rule.level])} · {clause} {rule.clause}"]
    lines += ["", say(explain(rule)).replace("\n", "\n\n"), ""]
    drawn = picture(rule.name)
    if drawn is not None:
        said = say(drawn[2]).replace("<", "&lt;")
        lines += [
            f"## {say(WORDS['pictures'])}",
            "",
            f"| {say(WORDS['passes'])} | {say(WORDS['fails'])} |",
            "|---|---|",
        ]
        lines += [
            f"| ![{say(WORDS['passes'])}]({rule.name}-pass.jpg) | ![{say(WORDS['fails'])}]({rule.name}-fail.jpg) |"
        ]
        lines += ["", f"> {said}", "", say(WORDS["drawn"]), ""]
    lines += [f"## {say(WORDS['limits'])}", "", "| | |", "|---|---|"]
    for name in spec_names():
        spec = load_spec(name)
        if rule.name in spec:
            words = limits_in_words(spec[rule.name], spec.frame) or "✓"
            lines.append(f"| {say(spec.title)} | {words} |")
    measured = rates().get(rule.code)
    lines += ["", f"## {say(WORDS['measured'])}", ""]
    if measured is None:
        lines.append(say(WORDS["unmeasured"]))
    else:
        end = "）。" if language == "zh" else ")."
        lines.append(say(WORDS["rates"].format(**measured)) + f"[{say(WORDS['all'])}](../accuracy.md){end}")
    return "\n".join(lines) + "\n"


def rule_index(language: str) -> str:
    """Return the list of all rule pages."""
    rules = sorted(catalogue().values(), key=lambda rule: rule.code)
    lines = [f"# {WORDS['title'].zh if language == 'zh' else WORDS['title'].en}", ""]
    lines += [
        f"- `{rule.code}` [{rule.title.zh if language == 'zh' else rule.title.en}]({rule.name}.md)" for rule in rules
    ]
    return "\n".join(lines) + "\n"


def front_page(language: str) -> str:
    """Return the README as a page of the site."""
    name = "README.zh.md" if language == "zh" else "README.md"
    text = (ROOT / name).read_text("utf-8")
    text = re.sub(r"^\[(?:中文|English)\]\(README[^)]*\)\n", "", text, flags=re.MULTILINE)
    return re.sub(r"\]\(docs/(.*?)(?:\.zh)?\.md", r"](\1.md", text)


@event_priority(100)
def on_config(config: Any) -> Any:
    """Build from a copy of the docs that has the generated pages too: the plug-in for languages wants one folder."""
    if Path(config.docs_dir) == ROOT / "docs":
        place = Path(FOLDER.name, "docs")
        shutil.copytree(config.docs_dir, place, dirs_exist_ok=True)
        for name, data in made().items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(data)
        config.docs_dir = str(place)
    return config


def made() -> dict[str, bytes]:
    """Return the generated pages and pictures by their names."""
    rules = catalogue().values()
    files: dict[str, bytes] = {}
    for language, ending in (("en", ".md"), ("zh", ".zh.md")):
        pages = {"index": front_page(language), "rule/index": rule_index(language)}
        pages |= {f"rule/{rule.name}": rule_page(rule, language) for rule in rules}
        files |= {name + ending: content.encode() for name, content in pages.items()}
    for rule in rules:
        drawn = picture(rule.name)
        for kind, data in zip(("pass", "fail"), drawn[:2] if drawn else (), strict=False):
            files[f"rule/{rule.name}-{kind}.jpg"] = data
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Name files of the repository instead of linking to them, and let links choose the reader's language."""
    markdown = re.sub(r"\[([^\]]*)\]\(\.\./[^)]*\)", r"\1", markdown)
    return re.sub(r"\]\(([\w-]+)\.zh\.md", r"](\1.md", markdown)
