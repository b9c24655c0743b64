"""``photospec ui``: the page to work in, for this machine only."""

from __future__ import annotations

import contextlib
import secrets
import socket
import sys
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from photospec.cli._app import Help, Lang, OwnRules, Settings, SpecName, argument, command, option
from photospec.errors import PhotospecError
from photospec.text import Text

__all__ = ["ui"]


@command("在浏览器中检查照片、确认和导出（只限本机）", "Check, decide and export in the browser, on this machine only.")
def ui(
    paths: Annotated[
        list[str] | None,
        argument(
            "照片：文件、文件夹或 zip；也可在网页中拖入",
            "Photos: files, folders, zips; or drop them on the page.",
            metavar="PATH...",
        ),
    ] = None,
    *,
    session: Annotated[
        str,
        option(
            "--session",
            zh="保存结果和决定的文件夹，下次用同一文件夹即可继续；默认 photospec-session",
            en="Folder for results and decisions; the same one goes on tomorrow. Default photospec-session.",
            metavar="FOLDER",
        ),
    ] = "photospec-session",
    spec: SpecName = None,
    own_rules: OwnRules = None,
    roster: Annotated[
        str | None,
        option(
            "--roster",
            zh="名单（CSV 或 XLSX）；也可在网页中拖入",
            en="A list (CSV or XLSX) of who must have a photo; or drop it.",
            metavar="FILE",
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        option(
            "--jobs",
            "-j",
            zh="进程数，默认每个核心一个",
            en="Worker processes; default one for each core.",
            min=1,
            max=1024,
        ),
    ] = None,
    port: Annotated[
        int, option("--port", zh="端口，默认任选", en="Port; by default any that is free.", min=0, max=65535)
    ] = 0,
    browser: Annotated[
        bool, option("--browser/--no-browser", zh="是否打开浏览器", en="Whether to open the browser.")
    ] = True,
    settings: Settings,
    language: Lang,
    help_: Help = False,
) -> None:
    """Serve the page until Ctrl-C."""
    try:
        from photospec.serve.desk import Desk
        from photospec.serve.page import page_app
        from photospec.serve.server import new_server
    except ModuleNotFoundError as missing:
        raise PhotospecError(
            Text(
                f"网页工作台需要附加组件（缺少 {missing.name}）：pip install 'photospec[ui]'",
                f"the page needs ({missing.name} is missing): pip install 'photospec[ui]'",
            )
        ) from missing
    desk = Desk(
        Path(session), settings.with_rules(own_rules).replace(spec=spec, roster=roster), language=language, jobs=jobs
    )
    if paths:
        desk.add_sources(paths)
    token = secrets.token_urlsafe(24)
    app = page_app(desk, token)
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(("127.0.0.1", port))
            listening.listen()  # before the browser asks: it waits until the page is there
        except OSError as error:
            raise PhotospecError(
                Text(f"端口 {port} 无法使用：{error.strerror}", f"port {port} cannot be used: {error.strerror}")
            ) from error
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/#token={token}"
        said = Text(
            f"请在浏览器中打开（Ctrl-C 结束）：\n{address}", f"open in the browser (Ctrl-C ends it):\n{address}"
        )
        print(said.in_(language), flush=True)
        if browser:
            webbrowser.open(address)
        desk.start()
        with contextlib.suppress(KeyboardInterrupt):  # uvicorn ends in order and hands Ctrl-C on
            new_server(app, host="127.0.0.1", port=port).run(sockets=[listening])
    desk.stop()
    kept = Text(f"结果和决定保存在 {desk.folder}", f"results and decisions are in {desk.folder}")
    print(kept.in_(language), file=sys.stderr)
    raise typer.Exit(0)
