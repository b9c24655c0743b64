"""Numbers as people are told them: rounded, in words where a unit says nothing, with the doubt at a limit explained.

The exact ones stay in the finding.
"""

from __future__ import annotations

from collections.abc import Mapping

from photospec.text import Text

__all__ = ["doubt", "numbers_in_words"]

Limits = tuple[float | None, float | None]

_UNITS: Mapping[str, Text] = {
    "px": Text(" 像素", " px"),
    "°": Text(" 度", " degrees"),
    "KB": Text(" KB", " KB"),
    "%": Text("%", " %"),
    "L*": Text("%", " %"),
    "d": Text(" 天", " days"),
    "dpi": Text(" dpi", " dpi"),
}
"""Units that a registrar knows."""

_COLOURS = frozenset({"ΔE", "ΔE00", "ΔE94", "Δa*", "ΔC*"})
"""Units of a difference of colour, which is told as a bare number."""

_MOST_SHARE = 1.2
"""A plain number whose limit is no larger is a likelihood or a share, told in per cent."""


class Told(float):
    """A number that is shown with three significant digits, or as a template asks.

    Examples
    --------
    >>> f"{Told(41.0)}, {Told(4.84)}, {Told(316.52)}, {Told(1234.0)}, {Told(316.5):.0f}"
    '41, 4.84, 317, 1234, 316'
    """

    def __format__(self, spec: str) -> str:
        if spec:
            return float.__format__(self, spec)
        return f"{self:.0f}" if abs(self) >= 100 else f"{float(self):.3g}"

    __str__ = __repr__ = lambda self: format(self, "")


def numbers_in_words(value: float, limits: Limits | None) -> dict[str, object]:
    """Return what message templates may say of a number and its limit.

    Parameters
    ----------
    value : float
        What was measured.
    limits : (float or None, float or None) or None
        Lowest and highest allowed.

    Returns
    -------
    dict
        ``size`` without sign; ``percent`` of one; ``off``, the distance to one in per cent; ``times`` the limit that is
        nearest, and ``part``, the same in per cent; of a number of stops, ``share`` and ``least``: what light is left,
        and must be, in per cent.
    """
    low, high = limits or (None, None)
    limit = high if high is not None and (low is None or abs(value - high) <= abs(value - low)) else low
    words: dict[str, object] = {"size": Told(abs(value)), "percent": _percent(value), "off": _percent(abs(value - 1))}
    if limit:
        words["times"], words["part"] = f"{value / limit:.2g}", _percent(value / limit)
    if 0 <= value < 20 and high is not None and 0 <= high < 20:
        words["share"], words["least"] = _percent(0.5**value), _percent(0.5**high)
    return words


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"


def doubt(
    said: Text, title: Text, unit: str, value: float, limits: Limits, uncertainty: float, *, likelihood: bool = True
) -> Text:
    """Return why a value so near its limit is held: what was measured, what is allowed, how far the measure may be off.

    Parameters
    ----------
    said : Text
        What would be said if it failed.
    title : Text
        What the rule is called.
    unit : str
        Unit of the numbers.
    value : float
        What was measured.
    limits : (float or None, float or None)
        Lowest and highest allowed.
    uncertainty : float
        Half width of the band in which a person must look.
    likelihood : bool
        A plain number up to one is how likely the fault is (or, above a lowest value, that all is well), not a share.
    """
    low, high = limits
    limit = next((edge for edge in (high, low) if edge is not None), 0.0)
    plain = unit == "" and abs(limit) <= _MOST_SHARE
    if plain and likelihood:
        wrong, edge = (value, limit) if high is not None else (1 - value, 1 - limit)
        return Text(
            "{said}？可能性约 {value}%，超过 {edge}% 为不合格，误差约 ±{doubt}%，需人工确认",
            "{said}? Likelihood about {value} %, above {edge} % it fails, uncertain by {doubt} %; a person must look",
        ).format(said=said, value=_percent(wrong), edge=_percent(edge), doubt=_percent(uncertainty))
    if not plain and unit not in _UNITS and unit not in _COLOURS:
        return Text(
            "{title}：测得为限值的 {part}%，测量误差约 ±{doubt}%，需人工确认",
            "{title}: {part} % of the limit, uncertain by {doubt} %; a person must look",
        ).format(
            title=title,
            part=_percent(value / limit if limit else 0),
            doubt=_percent(uncertainty / limit if limit else 0),
        )
    factor = 100 if plain else 1
    balanced = low is not None and high is not None and low == -high
    return Text(
        "{title}：测得{what} {value}{unit}，允许{range}{unit}，测量误差约 ±{doubt}{unit}，需人工确认",
        "{title}: measured{what} {value}{unit}, allowed {range}{unit}, uncertain by {doubt}{unit}; a person must look",
    ).format(
        title=title,
        what=Text("色差", " a difference of") if unit in _COLOURS else Text("", ""),
        value=Told(factor * (abs(value) if balanced else value)),
        range=_range(*(None if edge is None else factor * edge for edge in limits), balanced=balanced),
        doubt=Told(factor * uncertainty),
        unit=_UNITS["%"] if plain else _UNITS.get(unit, Text("", "")),
    )


def _range(low: float | None, high: float | None, *, balanced: bool) -> Text:
    if low is None:
        return Text("不超过 {high}", "at most {high}").format(high=Told(high or 0))
    if high is None:
        return Text("不低于 {low}", "at least {low}").format(low=Told(low))
    if balanced:
        return Text(" ±{high}", "±{high}").format(high=Told(high))
    return Text(" {low}～{high}", "{low} to {high}").format(low=Told(low), high=Told(high))
