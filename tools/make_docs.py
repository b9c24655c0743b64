"""Write the generated pages of the docs, or check that they are as they would be written.

python tools/make_docs.py [--check]
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

from photospec import Rule, catalogue, explain, load_spec, spec_names
from photospec.report.reference import LEVELS, limits_in_words

DOCS = Path(__file__).resolve().parent.parent / "docs"
NOTE = "<!-- Written by tools/make_docs.py; do not edit. -->"


def rules_page() -> str:
    """Return the page of all rules: a table, then a section for each."""
    rules = sorted(catalogue().values(), key=lambda rule: rule.code)
    diploma = {rule.name for rule in load_spec("cn-diploma-2017").rules}
    school = {rule.name for rule in load_spec("cn-diploma-2017-school").rules}
    lines = [
        NOTE,
        "",
        "# Rules",
        "",
        f"{len(rules)} rules. Level: error, warning or advice. P: preview, off unless selected.",
        "",
    ]
    lines += ["| code | rule | 规则 | level | clause | in | limits |", "|---|---|---|---|---|---|---|"]
    for rule in rules:
        where = "diploma" if rule.name in diploma else "school" if rule.name in school else "P" if rule.preview else "–"
        lines.append(
            f"| {rule.code} | [{rule.name}](#{rule.name}) | {rule.title.zh} | {rule.level} | {rule.clause} "
            f"| {where} | {limits_in_words(rule) or '–'} |"
        )
    for rule in rules:
        lines += [
            "",
            f"## {rule.name}",
            "",
            f"`{rule.code}` · {rule.title.zh} · {rule.title.en} · {rule.level} · {stability(rule)}",
            "",
        ]
        lines += [page_text(type(rule)), "", "**Measured**", "", measured_text(rule)]
    return "\n".join(lines) + "\n"


def measured_text(rule: Rule) -> str:
    """Return in a paragraph what benchmarks/accuracy.json says of a rule."""
    sys.path.insert(0, str(DOCS.parent))
    from benchmarks.standing import read_measured, standing

    kinds = read_measured().get(rule.name)
    if not kinds:
        return "Nothing: no photo with a known verdict."
    told = []
    for kind, rates in kinds.items():
        sides = [
            f"{of.people_wrong} of {of.people} people {words} (bound {of.certificate.bound:.1%})"
            for of, words in ((rates.bad, "missed"), (rates.good, "falsely failed"))
            if of.people
        ]
        how = ", judged by networks that have not seen them" if rates.left_out else ""
        told.append(f"{kind.capitalize()} photos{how}: {' and '.join(sides)}.")
    state = standing(rule.code, kinds).words.strip("*")
    return " ".join([*told, f"{state[0].upper()}{state[1:]}; see [accuracy](accuracy.md)."]).replace("**", "")


def chinese_rules_page() -> str:
    """Return the page of all rules in Chinese."""
    rules = sorted(catalogue().values(), key=lambda rule: rule.code)
    lines = [NOTE, "", "# 检查规则", "", f"共 {len(rules)} 条。限值是默认值，各标准的限值见 [specs.md](specs.md)。"]
    for rule in rules:
        preview = " · 预览" if rule.preview else ""
        lines += [
            "",
            f"## {rule.title.zh}",
            "",
            f"`{rule.code}` · `{rule.name}` · {LEVELS[rule.level].zh}{preview}",
            "",
        ]
        lines += [explain(rule).zh.replace("\n", "\n\n")]
    return "\n".join(lines) + "\n"


def stability(rule: Rule) -> str:
    """Return since when a rule is stable."""
    return "preview" if rule.preview else f"stable since {rule.since}"


def page_text(rule: type[Rule]) -> str:
    """Return a rule's documentation as Markdown: numpydoc headings become bold lines."""
    lines = inspect.cleandoc(rule.__doc__ or "").splitlines()
    out: list[str] = []
    for line in lines:
        if set(line) == {"-"} and out and len(line) >= 3:
            out[-1] = f"**{out[-1]}**"
            out.append("")
            continue
        out.append(line)
    return "\n".join(out)


def specs_page() -> str:
    """Return the page of the built-in specs with each value's certainty."""
    lines = [NOTE, "", "# Built-in specs", ""]
    lines += [
        "The marks are of the requirement, that the source asks for it: A, three or more independent sources, or two",
        "of which one is official; B, two; C, one; inf, inferred by photospec. Where the limits are called ours, the",
        "source asks in words only and the numbers are photospec's own: no mark vouches for them (see the",
        "[rule's page](rules.md)).",
        "",
    ]
    for name in spec_names():
        spec = load_spec(name)
        lines += [f"## {name}", "", f"{spec.title.zh} · {spec.title.en}", "", f"Source: {spec.source}", ""]
        lines += [f"{len(spec.rules)} rules: " + ", ".join(f"`{rule.code}`" for rule in spec.rules), ""]
        marked = [(rule, spec.provenance[rule.name]) for rule in spec.rules if rule.name in spec.provenance]
        if marked:
            lines += ["| rule | requirement | clause | limits | whose limits |", "|---|---|---|---|---|"]
            for rule, mark in marked:
                limits = limits_in_words(rule, spec.frame)
                whose = ("ours" if mark.ours else "the source's") if limits else "–"
                lines.append(f"| {rule.name} | {mark.certainty} | {mark.clause or '–'} | {limits or '–'} | {whose} |")
            lines.append("")
    return "\n".join(lines)


PAGES = {"rules.md": rules_page, "rules.zh.md": chinese_rules_page, "specs.md": specs_page}


def main() -> int:
    """Write the pages, or with ``--check`` say which are stale."""
    stale = []
    for name, make in PAGES.items():
        path, text = DOCS / name, make()
        if "--check" not in sys.argv[1:]:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    if stale:
        print(f"stale: {', '.join(stale)}; run python tools/make_docs.py", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
