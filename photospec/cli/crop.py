"""``photospec crop``: from camera frames to the files that a spec asks for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from photospec.cli._app import Help, Lang, SpecName, argument, command, option
from photospec.errors import PhotospecError
from photospec.text import Text, safe

__all__ = ["crop"]


@command("把相机原片裁剪成标准要求的文件", "Crop camera frames to the files that a spec asks for.")
def crop(
    sources: Annotated[
        list[str], argument("原片：文件、文件夹、通配符", "Frames: files, folders or patterns.", metavar="SRC...")
    ],
    destination: Annotated[
        str, argument("结果文件夹，或一个 .jpg 文件", "Folder of the crops, or one .jpg file.", metavar="DST")
    ],
    *,
    spec: SpecName = None,
    roster: Annotated[
        str | None,
        option("--roster", zh="名单（CSV 或 XLSX）：按名单命名", en="A list (CSV or XLSX) to name by.", metavar="FILE"),
    ] = None,
    roster_column: Annotated[
        str | None,
        option(
            "--roster-column", zh="与原片文件名核对的列", en="Column that names are compared with.", metavar="HEADER"
        ),
    ] = None,
    name: Annotated[
        str,
        option(
            "--name",
            zh="文件名，如 {student_number}-{name}；还可用 id_number、class_name、line、label（原片名）",
            en="Names, such as {student_number}-{name}; also id_number, class_name, line, label (the frame's name).",
            metavar="PATTERN",
        ),
    ] = "",
    overwrite: Annotated[
        bool, option("--overwrite", zh="覆盖已有的结果文件", en="Replace crops that are there already.")
    ] = False,
    language: Lang,
    help_: Help = False,
) -> None:
    """Crop each frame, write the file and say whether it passes."""
    from photospec.batch.roster import read_roster
    from photospec.batch.sources import find_sources
    from photospec.capture.crop import CropError
    from photospec.capture.crop import crop as make
    from photospec.capture.naming import Naming
    from photospec.errors import Unseen
    from photospec.finding import Level, Verdict
    from photospec.person import Privacy
    from photospec.report.words import VERDICTS
    from photospec.specs import DEFAULT, resolve_spec

    rules = resolve_spec(spec or DEFAULT)
    people = read_roster(roster, column=roster_column) if roster is not None else None
    naming = Naming(name) if name else Naming.usual(people)
    place = Path(destination)
    frames = list(find_sources(sources))
    single = place.suffix.lower() in (".jpg", ".jpeg") and not place.is_dir()
    if single and len(frames) != 1:
        raise PhotospecError(
            Text(
                f"{place} 只能放一张，原片有 {len(frames)} 张",
                f"{place} is one file, but there are {len(frames)} frames",
            )
        )
    if not single:
        place.mkdir(parents=True, exist_ok=True)
    worst = 0
    written: set[Path] = set()
    for frame in frames:
        label = Path(frame.name).stem
        found = people.find(label) if people is not None else ()
        person = found[0] if len(found) == 1 else None
        target = place if single else place / f"{naming.stem(person, label)}.jpg"
        shown = Privacy.MASKED.text(frame.name)
        if people is not None and person is None:
            what = Text("名单中找不到或不止一人，未裁剪", "nobody of the roster, or several: not cropped")
            print(f"{shown}: {what.in_(language)}", file=sys.stderr)
            worst = 2
            continue
        if target in written or (target.exists() and not overwrite) or _same(target, frame.path):
            what = Text(f"{safe(target.name)} 已存在", f"{safe(target.name)} is there already")
            print(f"{shown}: {what.in_(language)}", file=sys.stderr)
            worst = 2
            continue
        try:
            made = make(frame, rules)
        except (CropError, Unseen) as error:
            print(f"{shown}: {safe(error.text.in_(language))}", file=sys.stderr)
            worst = 2
            continue
        written.add(made.save(target))
        report = made.report(target.name)
        word = VERDICTS[report.verdict].in_(language)
        print(f"{word}  {Privacy.MASKED.text(str(target))}  {len(made.jpeg) / 1024:.1f} KB, Q{made.quality}")
        said = [problem.in_(language) for problem in made.problems]
        said += [f"{f.code} {f.message.in_(language)}" for f in report.failures if f.level is Level.ERROR]
        for line in said:
            print(f"    {safe(line)}")
        worst = max(worst, 0 if report.verdict is Verdict.PASS else 1)
    raise typer.Exit(worst)


def _same(target: Path, source: str) -> bool:
    """Tell whether a crop would replace its own frame, which is always kept."""
    try:
        return target.samefile(source)
    except OSError:
        return False
