"""What a spec asks of a crop: size, places and the file, read from the limits of its rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from photospec.portrait.framing import Band, Target
from photospec.rules import LimitRule, Rule
from photospec.rules._compose import Waived, Wrapped
from photospec.rules.composition import Centring, CrownMargin, EyeLine, FaceWidth, HeadRoll
from photospec.rules.file import FileSize, JpegQualityFactor, PixelSize, Resolution
from photospec.spec import Spec

__all__ = ["FileTarget", "file_target", "target_of"]

HEIGHT = 640
"""Height in pixels for which limits in pixels are stated, and of a frame whose size no rule states."""

_DOUBT: dict[type[LimitRule], float] = {CrownMargin: 4.0, EyeLine: 3.0, FaceWidth: 7.0, Centring: 5.0, HeadRoll: 1.0}
"""What each measure may be off, in pixels of 640 or degrees: nearer to a limit than that, its rule asks a person."""

R = TypeVar("R", bound=Rule)


@dataclass(frozen=True, slots=True)
class FileTarget:
    """What a spec asks of the JPEG file.

    Parameters
    ----------
    dpi : int or None
        Density to note; None where the spec asks for none.
    quality : int
        Lowest quality factor, 1 to 100.
    low, high : float or None
        Fewest and most bytes; None is no limit.
    """

    dpi: int | None
    quality: int
    low: float | None
    high: float | None


def _rule(spec: Spec, kind: type[R]) -> R | None:
    """Return a spec's rule of a kind, out of its conditions; None where it has none or waives it."""
    for rule in spec:
        inside: Rule = rule
        while isinstance(inside, Wrapped) and not isinstance(inside, Waived):
            inside = inside.rule
        if isinstance(inside, kind):
            return inside
    return None


def target_of(spec: Spec) -> Target:
    """Return the frame that a spec asks for.

    Parameters
    ----------
    spec : Spec
        The rules pixel-size, crown-margin, eye-line, face-width, centring and head-roll say size and places.

    Returns
    -------
    Target
        Where the spec has no such rule, the rule's own default limits are aimed at without binding.

    Notes
    -----
    A size that the spec leaves open is the largest allowed one; without an upper limit, the smallest allowed size
    taken so many whole times as fit into 640 px of height; without any, the spec's `frame` at a height of 640 px.
    """
    width, height = _size(spec)
    scale = height / HEIGHT

    def band(kind: type[LimitRule]) -> Band:
        own, usual = _rule(spec, kind), kind()
        rule = own if own is not None else usual
        factor = scale if rule.unit == "px" else 1.0
        low, high = (None if limit is None else limit * factor for limit in (rule.low, rule.high))
        assert usual.low is not None and usual.high is not None
        whole = high - low if low is not None and high is not None else 0.0
        unit = whole or (usual.high - usual.low) * factor
        return Band(low, high, unit, min(_DOUBT[kind] * factor, unit / 4), own is not None)

    return Target(width, height, band(CrownMargin), band(EyeLine), band(FaceWidth), band(Centring), band(HeadRoll))


def _size(spec: Spec) -> tuple[int, int]:
    rule = _rule(spec, PixelSize)
    if rule is not None and rule.max_width is not None and rule.max_height is not None:
        return rule.max_width, rule.max_height
    if rule is not None and rule.min_width is not None and rule.min_height is not None:
        times = max(1, HEIGHT // rule.min_height)
        return rule.min_width * times, rule.min_height * times
    width, height = spec.frame
    return max(1, round(HEIGHT * width / height)), HEIGHT


def file_target(spec: Spec) -> FileTarget:
    """Return what a spec's rules resolution, jpeg-quality and file-size ask of the file.

    A spec without a rule on the density gets 300 dpi, and one without a rule on the quality the default of that rule.
    A KB has 1,024 bytes for some and 1,000 for others: the file is within for both.
    """
    density, quality, size = _rule(spec, Resolution), _rule(spec, JpegQualityFactor), _rule(spec, FileSize)
    dpi = 300.0 if density is None else (density.low if density.low is not None else density.high)
    if density is not None and density.low is not None:  # 300 where a range allows it
        dpi = min(max(300.0, density.low), density.high if density.high is not None else 300.0)
    floor = (JpegQualityFactor() if quality is None else quality).low
    low, high = (None, None) if size is None else (size.low, size.high)
    return FileTarget(
        None if dpi is None else round(dpi),
        1 if floor is None else min(100, max(1, int(-(-floor // 1)))),
        None if low is None else low * 1024,
        None if high is None else high * 1000,
    )
