"""Where each rule stands: its error rates with certified bounds, and the life cycle that follows from them."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from training.limits import Certificate, upper_bound

__all__ = ["LEVEL", "MEASURED", "Rates", "Standing", "Tally", "disagreements", "measured", "read_measured", "standing"]

LEVEL = 0.10
"""The share of people, missed or falsely failed, that must be certified for a rule to be stable."""

MEASURED = Path(__file__).with_name("accuracy.json")
"""The rates that docs/accuracy.md shows, for those who have not the photos."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How the photos of one side, all bad or all good, were judged, and how many people they show."""

    photos: int = 0
    wrong: int = 0
    held: int = 0
    people: int = 0
    people_wrong: int = 0

    @property
    def certificate(self) -> Certificate:
        """What is certified of the people's error rate at `LEVEL`."""
        return Certificate(self.people_wrong, self.people, LEVEL)

    @property
    def refuted(self) -> bool:
        """Whether the error rate is above `LEVEL` with 95 % confidence."""
        right = self.people - self.people_wrong
        return self.people > 0 and 1 - upper_bound(right, self.people) > LEVEL

    def share(self, of: Literal["wrong", "held"]) -> float | None:
        """Return a share of the photos in per cent, None of no photos."""
        return 100 * float(getattr(self, of)) / self.photos if self.photos else None


@dataclass(frozen=True, slots=True)
class Rates:
    """One rule on one kind of photos.

    Parameters
    ----------
    bad, good : Tally
        Photos with the fault (wrong: missed) and without (wrong: falsely failed).
    left_out : bool
        True where the verdicts are those of networks that have not seen the person.
    """

    bad: Tally
    good: Tally
    left_out: bool = False

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Rates:
        """Return the rates of a JSON object as `dataclasses.asdict` makes it."""
        return cls(Tally(**values["bad"]), Tally(**values["good"]), bool(values.get("left_out")))

    @property
    def certified(self) -> bool:
        """Whether few enough people are missed, and few enough falsely failed, with 95 % confidence."""
        return self.bad.certificate.holds and self.good.certificate.holds

    @property
    def refuted(self) -> bool:
        """Whether too many are missed or falsely failed for certain."""
        return self.bad.refuted or self.good.refuted


@dataclass(frozen=True, slots=True)
class Standing:
    """What the measurements say of a rule's life cycle.

    Parameters
    ----------
    state : {'exact', 'certified', 'open', 'refuted'}
        Exact: it reads the file, and nothing is estimated. Certified: on real photos, or on made ones where real ones
        do not refute it. Refuted: on either. Open: there are too few people to say.
    words : str
        The same for people.
    """

    state: Literal["exact", "certified", "open", "refuted"]
    words: str


def standing(code: str, kinds: Mapping[str, Rates]) -> Standing:
    """Return where a rule stands.

    Parameters
    ----------
    code : str
        The rule's code.
    kinds : mapping of str to Rates
        Its rates by kind of photos, ``real`` and ``made``.
    """
    if code.startswith("FIL"):
        return Standing("exact", "exact: reads the file")
    for kind, rates in kinds.items():
        if rates.refuted:
            side = "missed" if rates.bad.refuted else "false"
            return Standing("refuted", f"**refuted**: more than {LEVEL:.0%} {side} on {kind} photos")
    certified = [kind for kind in ("real", "made") if kind in kinds and kinds[kind].certified]
    if certified:
        return Standing("certified", "certified on " + " and ".join(certified) + " photos")
    wanting = []
    for kind in ("real", "made"):
        if kind in kinds:
            bad, good = kinds[kind].bad.certificate.missing, kinds[kind].good.certificate.missing
            lacking = [f"{n} {side}" for n, side in ((bad, "bad"), (good, "good")) if n]
            wanting.append(f"{kind}: {' and '.join(lacking)} people missing")
    return Standing("open", "not certified (" + "; ".join(wanting) + ")")


def disagreements(
    standings: Mapping[str, Standing],
    preview: Mapping[str, bool],
    awaiting: Container[str] = (),
    to_mend: Container[str] = (),
) -> dict[str, str]:
    """Return by rule where its life cycle is not what its standing asks for.

    Parameters
    ----------
    standings : mapping of str to Standing
        By rule.
    preview : mapping of str to bool
        Whether the rule is a preview rule.
    awaiting : container of str
        Rules that the standard asks for and that are stable though their people are too few.
    to_mend : container of str
        Rules that the standard asks for and that are stable though they are refuted. Both lists only shrink.
    """
    found = {}
    for rule, stands in standings.items():
        stable = not preview.get(rule, True)
        if stable and stands.state == "refuted" and rule not in to_mend:
            found[rule] = "is stable, but its error rates are refuted: make it a preview rule or mend it"
        elif stable and stands.state == "open" and rule not in awaiting:
            found[rule] = "is stable, but not certified: make it a preview rule"
        elif rule in awaiting and stands.state != "open":
            found[rule] = f"awaits people no longer, it is {stands.state}: take it off the list"
        elif rule in to_mend and stands.state != "refuted":
            found[rule] = f"is to be mended no longer, it is {stands.state}: take it off the list"
        elif not stable and stands.state == "certified":
            found[rule] = "is a preview rule, but certified: it may be stable"
    return found


def measured(kinds: Mapping[str, Mapping[str, Rates]]) -> dict[str, Any]:
    """Return rates by rule and kind as JSON-ready values."""
    return {rule: {kind: asdict(rates) for kind, rates in by_kind.items()} for rule, by_kind in kinds.items()}


def read_measured(path: Path = MEASURED) -> dict[str, dict[str, Rates]]:
    """Return the rates by rule and kind that were written last."""
    values = json.loads(path.read_text(encoding="utf-8"))
    return {rule: {kind: Rates.from_json(rates) for kind, rates in by_kind.items()} for rule, by_kind in values.items()}
