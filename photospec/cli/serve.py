"""``photospec serve``: the checks behind HTTP."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from photospec.cli._app import Help, IgnoredRules, Lang, OwnRules, SelectedRules, Settings, SpecName, command, option
from photospec.errors import PhotospecError
from photospec.text import Text

__all__ = ["serve"]


@command("以 HTTP 服务提供检查", "Offer the checks as an HTTP service.")
def serve(
    *,
    spec: SpecName = None,
    select: SelectedRules = None,
    ignore: IgnoredRules = None,
    own_rules: OwnRules = None,
    settings: Settings,
    host: Annotated[
        str,
        option(
            "--host",
            zh="监听地址，默认只有本机可以访问",
            en="Address to listen at; by default only this machine reaches it.",
            metavar="ADDRESS",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int,
        option(
            "--port",
            zh="端口，默认 8000；0 为任一空闲端口",
            en="Port; default 8000, 0 is any that is free.",
            min=0,
            max=65535,
        ),
    ] = 8000,
    workers: Annotated[
        int | None,
        option(
            "--workers",
            zh="检查进程数，默认每个核心一个",
            en="Processes that check; default one for each core.",
            min=1,
            max=1024,
        ),
    ] = None,
    queue: Annotated[
        int,
        option(
            "--queue",
            zh="最多等待检查的照片数，超过则答复 503，默认 64",
            en="Photos that may wait, more are answered 503; default 64.",
            min=1,
            max=100_000,
        ),
    ] = 64,
    time_limit: Annotated[
        float,
        option(
            "--time-limit", zh="每张照片的秒数上限，默认 30", en="Seconds that one photo may take; default 30.", min=0.1
        ),
    ] = 30.0,
    token_file: Annotated[
        str | None,
        option(
            "--token-file",
            zh="存放访问令牌的文件；也可用环境变量 PHOTOSPEC_TOKEN",
            en="File with the token that requests must carry; or set PHOTOSPEC_TOKEN.",
            metavar="FILE",
        ),
    ] = None,
    language: Lang,
    help_: Help = False,
) -> None:
    """Run the service until it is told to stop."""
    try:
        from photospec import serve as service
    except ModuleNotFoundError as missing:
        raise PhotospecError(
            Text(
                f"HTTP 服务需要附加组件（缺少 {missing.name}）：pip install 'photospec[serve]'",
                f"the service needs ({missing.name} is missing): pip install 'photospec[serve]'",
            )
        ) from missing
    config = settings.with_rules(own_rules).replace(spec=spec, select=tuple(select or ()), ignore=tuple(ignore or ()))
    token = service.read_token(os.environ, token_file)
    more = {} if workers is None else {"workers": workers}
    bounds = service.Settings(spec=config.load_spec(), queue=queue, time_limit=time_limit, token=token, **more)
    if host not in ("127.0.0.1", "::1", "localhost") and token is None:
        said = Text(
            "未设令牌，网络上的任何人都可使用此服务", "without a token everybody on the network can use this service"
        )
        print(f"photospec: {said.in_(language)}", file=sys.stderr)
    app = service.create_app(bounds)
    listening = service.listen(host, port)
    address = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
    where = Text(f"服务地址 {address}，按 Ctrl-C 结束", f"serving at {address}, Ctrl-C ends it")
    print(where.in_(language), file=sys.stderr, flush=True)
    raise typer.Exit(service.serve(app, listening))
