"""``photospec watch``: a folder of camera frames, judged while the student still sits there."""

from __future__ import annotations

import functools
import os
import queue
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from photospec.cli._app import Help, Lang, SpecName, argument, command, option
from photospec.errors import PhotospecError
from photospec.text import Language, Text

if TYPE_CHECKING:
    from photospec.capture.page import Page
    from photospec.capture.watch import Inbox, Outcome, Watch

__all__ = ["watch"]

STYLES = {"pass": "bold white on green", "review": "bold black on yellow", "fail": "bold white on red",
          "error": "bold white on red"}  # fmt: skip
BELLS = {"pass": 1, "review": 2, "fail": 3, "error": 3}


@command(
    "监视拍摄文件夹：边拍边判定、裁剪、归档", "Watch a camera's folder: judge, crop and file while the student sits."
)
def watch(
    folder: Annotated[str, argument("相机原片到达的文件夹", "Where the camera's frames arrive.", metavar="FOLDER")],
    *,
    output: Annotated[
        str | None,
        option(
            "--output",
            "-o",
            zh="裁剪结果和日志的文件夹，默认 FOLDER-crops",
            en="Folder of the crops and the journal; default FOLDER-crops.",
            metavar="FOLDER",
        ),
    ] = None,
    spec: SpecName = None,
    intake: Annotated[
        str,
        option(
            "--intake",
            zh="裁剪前按哪个标准判定原片，默认 intake；手机白墙用 phone",
            en="Spec for the frames, before the crop; default intake, phone for a white wall.",
            metavar="NAME|FILE",
        ),
    ] = "intake",
    roster: Annotated[
        str | None,
        option("--roster", zh="名单（CSV 或 XLSX），按其顺序", en="Who comes, in order (CSV or XLSX).", metavar="FILE"),
    ] = None,
    roster_column: Annotated[
        str | None, option("--roster-column", zh="扫码核对的列", en="Column that is scanned.", metavar="HEADER")
    ] = None,
    name: Annotated[
        str,
        option("--name", zh="结果文件名，写法同 crop", en="Names of the crops, as for crop.", metavar="PATTERN"),
    ] = "",
    advance: Annotated[
        bool,
        option("--advance", zh="合格后自动轮到名单下一位", en="Go to the next of the roster after a good shot."),
    ] = False,
    page: Annotated[
        bool,
        option("--page/--no-page", zh="第二屏网页（需 serve 组件）", en="The page for a second screen (needs serve)."),
    ] = True,
    host: Annotated[
        str,
        option(
            "--host",
            zh="网页的地址，默认仅本机；0.0.0.0 可用手机打开",
            en="Where the page listens; default this machine only, 0.0.0.0 for phones.",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, option("--port", zh="网页端口，默认 8360", en="Port of the page; default 8360.", min=1)
    ] = 8360,
    quiet: Annotated[bool, option("--quiet", zh="终端不响铃", en="No bell in the terminal.")] = False,
    language: Lang,
    help_: Help = False,
) -> None:
    """Watch until Ctrl-C."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when NumPy is imported: waiting threads take time
    from rich.console import Console

    from photospec.batch.roster import read_roster
    from photospec.specs import DEFAULT

    try:
        import watchdog  # noqa: F401 - said here, before anything is opened

        from photospec.capture.watch import Watch
    except ModuleNotFoundError as error:
        raise PhotospecError(
            Text(
                f"watch 需要 {error.name}：pip install 'photospec[watch]'",
                f"watch needs {error.name}: pip install 'photospec[watch]'",
            )
        ) from None

    source = Path(folder)
    people = read_roster(roster, column=roster_column) if roster is not None else None
    console = Console(highlight=False)
    inbox: Inbox = queue.Queue()
    with Watch(
        source,
        output or source.with_name(f"{source.resolve().name}-crops"),
        spec=spec or DEFAULT,
        intake=intake,
        roster=people,
        name=name,
        advance=advance,
    ) as session:
        shown = _open_page(session, inbox, host, port, language) if page else None
        screen = _Screen(console, session, shown, language, bell=not quiet)
        session.warm()
        screen.begin()
        threading.Thread(target=_read_entries, args=(session, inbox, screen), daemon=True).start()
        try:
            session.run(screen.tell, inbox)
        except KeyboardInterrupt:
            console.print(Text("已停止；再次运行会接着进行", "stopped; run it again to go on").in_(language))


class _Screen:
    """Says in the terminal, and on the page, what happens."""

    def __init__(self, console: Any, session: Watch, page: Page | None, language: Language, *, bell: bool) -> None:
        self._console = console
        self._session = session
        self._page = page
        self._language = language
        self._bell = bell

    def begin(self) -> None:
        """Say how it is used, and who comes."""
        said = Text(
            "回车 = 下一位，- = 上一位，! = 照样采用上一张，或扫码/输入学号",
            "Enter = next, - = back, ! = take the last shot as it is, or scan or type a number",
        )
        self._console.print(said.in_(self._language), style="dim")
        self.sitting()

    def sitting(self) -> None:
        """Say who sits there."""
        from photospec.capture.watch import named

        sittings = self._session.sittings
        left = len(sittings.missing)
        who = named(sittings.current).in_(self._language)
        said = Text(f"现在：{who}", f"now: {who}")
        if sittings.students:
            said += Text(f"（还缺 {left} 人）", f" ({left} still missing)")
        self._console.print(said.in_(self._language), style="bold", markup=False)
        if self._page is not None:
            self._page.refresh()

    def refuse(self, entry: str) -> None:
        """Say that an entry could not be followed."""
        from photospec.person import Privacy

        shown = Privacy.MASKED.text(entry)
        said = Text(f"找不到：{shown}", f"not found: {shown}")
        self._console.print(said.in_(self._language), style="yellow", markup=False)

    def tell(self, outcome: Outcome) -> None:
        """Say the verdict, large; and when the crop is there, what became of it."""
        if not outcome.done:
            self._tell_verdict(outcome)
        elif outcome.crop is not None:
            self._tell_crop(outcome)
        if self._page is not None:
            self._page.show(outcome)

    def _tell_verdict(self, outcome: Outcome) -> None:
        from rich.align import Align
        from rich.panel import Panel
        from rich.text import Text as Line

        from photospec.capture.watch import named
        from photospec.report.words import VERDICTS

        verdict = str(outcome.report.verdict)
        style = STYLES[verdict]
        word, say = VERDICTS[outcome.report.verdict].in_(self._language), outcome.say.in_(self._language)
        title = f"{outcome.shot.number}  {named(outcome.student).in_(self._language)}"
        body = Align.center(Line(f"{word}\n\n{say}", justify="center"))
        self._console.print(Panel(body, title=Line(title), padding=(1, 4), style=style))
        for warning in outcome.warnings:
            self._console.print(f"⚠ {warning.in_(self._language)}", style="bold yellow", markup=False)
        if self._bell:
            for _ in range(BELLS[verdict]):
                self._console.bell()

    def _tell_crop(self, outcome: Outcome) -> None:
        from photospec.person import Privacy

        assert outcome.crop is not None and outcome.final is not None
        if outcome.path is not None:
            kept = Text("已保存", "saved")
        else:
            kept = Text("保留之前更好的一张", "an earlier, better shot is kept")
        size = f"{len(outcome.crop.jpeg) / 1024:.1f} KB, Q{outcome.crop.quality}"
        name = "" if outcome.path is None else Privacy.MASKED.text(outcome.path.name)
        self._console.print(f"  {kept.in_(self._language)} {name} ({size})", style="dim", markup=False)
        if outcome.final is not None and not outcome.final.ok:
            failed = ", ".join(f"{finding.code} {finding.rule}" for finding in outcome.final.failures)
            self._console.print(f"  {failed}", style="yellow", markup=False)
        for problem in outcome.crop.problems:
            self._console.print(f"  {problem.in_(self._language)}", style="yellow", markup=False)


def _read_entries(session: Watch, inbox: Inbox, screen: _Screen) -> None:
    """Pass on each line that is typed or scanned; it is followed between two frames."""
    from photospec.capture.watch import obey

    def follow(entry: str) -> None:
        if obey(session, entry):
            screen.sitting()
        else:
            screen.refuse(entry)

    for line in sys.stdin:
        inbox.put(functools.partial(follow, line.rstrip("\r\n")))


def _open_page(session: Watch, inbox: Inbox, host: str, port: int, language: Language) -> Page:
    """Serve the page from a thread, and say where it is."""
    try:
        from photospec.capture.page import Page
    except ModuleNotFoundError as error:
        raise PhotospecError(
            Text(
                f"网页需要 {error.name}：pip install 'photospec[watch]'，或加 --no-page",
                f"the page needs {error.name}: pip install 'photospec[watch]', or use --no-page",
            )
        ) from None
    page = Page(session, inbox)
    print(f"{page.serve(host, port)}&lang={language}", flush=True)
    return page
