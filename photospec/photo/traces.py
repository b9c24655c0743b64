"""Names that editors and beautifiers leave in a file."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["EDITORS", "editors_named", "xmp_programs"]

EDITORS: tuple[tuple[str, str], ...] = (
    # beautifiers and phone editors
    ("美图秀秀 Meitu", r"美图|\bmeitu|\bmtxx\b|com\.mt\."),
    ("BeautyCam 美颜相机", r"beauty ?cam|美颜相机|\bmeiyan"),
    ("BeautyPlus", r"beauty ?plus"),
    ("AirBrush", r"\bairbrush\b"),
    ("Wink", r"\bwink\b.*(?:meitu|video)"),
    ("醒图 Hypic", r"醒图|\bxingtu\b|\bhypic\b|\"product\"\s*:\s*\"retouch|retouch_is_"),
    ("轻颜 Ulike", r"轻颜|\bqingyan\b|\bulike\b"),
    ("Faceu 激萌", r"\bfaceu\b|激萌"),
    ("剪映 CapCut", r"剪映|\bcapcut\b|\bjianying\b"),
    ("B612", r"\bb612\b"),
    ("SNOW", r"^snow(?:$|[ /_-]?[\dv(])|\bcom\.campmobile\.snow\b"),
    ("SODA", r"^soda(?:$|[ /_-]?[\dv(])|\bcom\.snowcorp\."),
    ("Camera360 相机360", r"camera ?360|相机360"),
    ("无他相机 Wuta", r"无他相机|\bwuta ?cam"),
    ("天天P图 Pitu", r"天天p图|\bpitu\b"),
    ("百度魔图", r"百度魔图|\bphoto ?wonder\b"),
    ("玩美 Perfect365/YouCam", r"\byou ?cam\b|\bperfect365\b|玩美"),
    ("泼辣 Polarr", r"泼辣|\bpolarr\b"),
    ("稿定 Gaoding", r"稿定|\bgaoding\b"),
    ("像素蛋糕 PixCake", r"像素蛋糕|\bpix ?cake\b"),
    ("证件照 app", r"证件照|\bid ?photo\b"),
    ("FaceApp", r"\bface ?app\b"),
    ("Facetune", r"\bface ?tune\d*\b|\blightricks\b"),
    ("Remini", r"\bremini\b"),
    ("PicsArt", r"\bpics ?art\b"),
    ("VSCO", r"\bvsco(?:cam)?\b"),
    ("Snapseed", r"\bsnapseed\b"),
    ("Instagram", r"\binstagram\b"),
    ("LINE Camera", r"\bline camera\b"),
    ("PhotoGrid", r"\bphoto ?grid\b"),
    ("InShot", r"\binshot\b"),
    ("Pixlr", r"\bpixlr\b"),
    ("Fotor", r"\bfotor\b"),
    ("Canva", r"\bcanva\b"),
    # desktop editors
    ("Adobe Photoshop", r"\bphotoshop\b(?! lightroom)"),
    ("Adobe Lightroom", r"\blightroom\b"),
    ("Adobe Camera Raw", r"\badobe camera raw\b"),
    ("Adobe Firefly", r"\badobe firefly\b"),
    ("GIMP", r"\bgimp\b"),
    ("Photopea", r"\bphotopea\b"),
    ("Capture One", r"\bcapture one\b"),
    ("DxO", r"\bdxo (?:photo ?lab|optics|pureraw)"),
    ("Affinity Photo", r"\baffinity\b"),
    ("Luminar", r"\bluminar\b|\bskylum\b"),
    ("PortraitPro", r"\bportrait ?pro\b|\banthropics\b"),
    ("Imagenomic Portraiture", r"\bimagenomic\b|\bportraiture\b"),
    ("Corel PaintShop", r"\bpaint ?shop\b|\bcorel\b"),
    ("Pixelmator", r"\bpixelmator\b"),
    ("PhotoScape", r"\bphoto ?scape\b"),
    ("Paint.NET", r"\bpaint\.net\b"),
    ("Krita", r"\bkrita\b"),
    ("darktable", r"\bdarktable\b"),
    ("RawTherapee", r"\brawtherapee\b"),
    ("Topaz", r"\btopaz ?(?:labs|photo|denoise|gigapixel|sharpen)"),
    ("光影魔术手 nEO iMAGING", r"光影魔术手|\bneo ?imaging\b"),
    ("可牛影像", r"可牛影像"),
    ("ACDSee", r"\bacdsee\b|\bacd systems\b"),
    ("XnView", r"\bxnview"),
    ("IrfanView", r"\birfanview\b"),
    ("FastStone", r"\bfaststone\b"),
    ("Picasa", r"\bpicasa\b"),
    ("Windows photo editor", r"\bwindows photo (?:editor|gallery|viewer)\b|\bmicrosoft photos\b"),
    # made, not taken
    ("AI-generated (AIGC label)", r"\"AIGC\"|tc260|trainedAlgorithmicMedia|生成合成"),
    ("Stable Diffusion", r"\bstable ?diffusion\b|^parameters\0|\bcomfyui\b|\bsampler: "),
    ("Midjourney", r"\bmidjourney\b"),
)
"""Name of each program and the regular expression that finds it, case ignored, in text that a program wrote. Firmware
names such as ``iOS 17.1``, ``HDR+ 1.0`` or ``Ver.1.03`` match none."""

_ANY = re.compile("|".join(f"(?P<_{i}>{pattern})" for i, (_, pattern) in enumerate(EDITORS)), re.IGNORECASE)
_EACH = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in EDITORS)
_PROGRAM = re.compile(
    rb"(?:CreatorTool|softwareAgent|tiff:Software|exif:Software|DigitalSourceType|AIGC)"
    rb"(?:\s*=\s*[\"']([^\"']{1,300})|[^<>]{0,40}>\s*([^<]{1,300})<)"
)
MAX_XMP = 1 << 18


def xmp_programs(xmp: bytes) -> list[str]:
    """Return what an XMP packet says of the programs that made or changed the picture.

    Only the first 256 KiB are searched; the packet is not parsed as XML, so a broken one says what it can.
    """
    found = [b"".join(groups) for groups in _PROGRAM.findall(xmp[:MAX_XMP])]
    if b"TC260" in xmp[:MAX_XMP]:
        found.append(b"tc260")
    return [value.decode("utf-8", "replace") for value in found[:100]]


def editors_named(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the editors that texts written by programs mention, in the order of the table.

    Parameters
    ----------
    texts : iterable of str
        Software tags, comments and XMP values.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> editors_named(["Adobe Photoshop 25.1 (Windows)"])
    ('Adobe Photoshop',)
    >>> editors_named(["HDR+ 1.0.345618096zd", "iOS 17.1.2"])
    ()
    """
    hits = [text for text in texts if _ANY.search(text)]
    return tuple(name for name, pattern in _EACH if any(pattern.search(text) for text in hits)) if hits else ()
