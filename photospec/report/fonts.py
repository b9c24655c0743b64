"""A font with Chinese signs: the system's, or the one of a package."""

from __future__ import annotations

import functools
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from photospec.errors import PhotospecError
from photospec.text import Text

__all__ = ["Font", "chinese_font"]


@dataclass(frozen=True, slots=True)
class Font:
    """A font file.

    Parameters
    ----------
    path : str
        The file.
    index : int
        The font's place in a collection (``.ttc``).
    """

    path: str
    index: int = 0


KNOWN = {
    "msyh.ttc": 0,
    "PingFang.ttc": 0,
    "Hiragino Sans GB.ttc": 0,
    "STHeiti Medium.ttc": 0,
    "NotoSansSC-Regular.otf": 0,
    "SourceHanSansSC-Regular.otf": 0,
    "NotoSansCJK-Regular.ttc": 2,  # Japanese, Korean, simplified Chinese, ...
    "wqy-microhei.ttc": 0,
    "simhei.ttf": 0,
    "wqy-zenhei.ttc": 0,
    "simsun.ttc": 0,
    "DroidSansFallbackFull.ttf": 0,
}
"""Fonts with the signs of GB 18030 that systems bring, the better ones first, and the place of simplified Chinese."""


def _folders() -> list[Path]:
    if sys.platform == "win32":
        local = Path(os.environ.get("LOCALAPPDATA", "")) / "Microsoft" / "Windows" / "Fonts"
        return [Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts", local]
    if sys.platform == "darwin":
        return [Path("/System/Library/Fonts"), Path("/Library/Fonts"), Path.home() / "Library" / "Fonts"]
    own = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "fonts"
    return [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), own, Path.home() / ".fonts"]


def _packaged() -> Font | None:
    try:
        import pylopdf_fonts_zh_cn as fonts
    except ModuleNotFoundError:
        return None
    return Font(str(fonts.sans_path()))


def _installed() -> Font | None:
    found: dict[str, str] = {}
    for folder in _folders():
        for place, _, names in os.walk(folder):
            found |= {name: os.path.join(place, name) for name in KNOWN.keys() & set(names)}  # noqa: PTH118
    return next((Font(found[name], index) for name, index in KNOWN.items() if name in found), None)


@functools.cache
def chinese_font(*, embeddable: bool = False) -> Font:
    """Return a font for Chinese.

    Parameters
    ----------
    embeddable : bool
        It goes into a document: prefer the packaged one, Noto Sans SC, whose licence (OFL 1.1) allows that.

    Raises
    ------
    PhotospecError
        The system has none of the known ones, and the package is not installed.
    """
    ways = (_packaged, _installed) if embeddable else (_installed, _packaged)
    font = next((font for way in ways if (font := way()) is not None), None)
    if font is None:
        raise PhotospecError(
            Text(
                "没有找到中文字体，请安装：pip install 'photospec[print]'",
                "no font with Chinese signs was found: pip install 'photospec[print]'",
            )
        )
    return font
