"""BAT: what a batch must be. A single photo cannot say; `photospec.batch.session` decides these as reports come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from photospec.errors import SpecError, Unseen
from photospec.finding import Action, Finding, Verdict
from photospec.portrait import Portrait
from photospec.rules._base import Measurement, Rule, Say
from photospec.text import Text

__all__ = ["DuplicatePhoto", "RosterMatch"]


@dataclass(frozen=True, kw_only=True)
class DuplicatePhoto(Rule):
    """No two names hold the same picture.

    Why
    ---
    One student's photo under two names gives somebody a diploma with another's face.

    How
    ---
    Equal files, equal pixels, and pictures that look the same after saving again or resizing: their perceptual hashes
    of 256 bits differ in at most `most_bits`. The photo that comes later in the batch fails and names the earlier.
    The search is linear in the number of photos.

    Limits
    ------
    Ours: 10 bits. Measured on the evaluation photos: re-encoding and resizing change at most 5, another shot of the
    same person in the same pose at least 25.

    Parameters
    ----------
    most_bits : int
        Largest distance that counts as the same picture, 0 to 15.
    """

    code: ClassVar[str] = "BAT001"
    name: ClassVar[str] = "duplicate-photo"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("重复照片", "duplicate photo")
    action: ClassVar[Action] = Action.LOOK
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "fail": Say(
                Text("与 {other} {how}", "{how} as {other}"),
                Text(
                    "请核对两张照片各是谁的，重新采集放错的一张",
                    "find out whose photo it is and take the wrong one again",
                ),
            )
        }
    )

    most_bits: int = 10

    def __post_init__(self) -> None:
        if isinstance(self.most_bits, bool) or not isinstance(self.most_bits, int) or not 0 <= self.most_bits <= 15:
            raise SpecError(
                Text(
                    f"{self.name}：most_bits 应为 0 到 15 的整数，得到 {self.most_bits!r}",
                    f"{self.name}: most_bits must be a whole number from 0 to 15, got {self.most_bits!r}",
                )
            )

    def measure(self, portrait: Portrait) -> Measurement:
        portrait.fingerprint  # noqa: B018 - the session reads it from the report
        raise Unseen(Text("只在批量检查中判断", "decided in a batch only"))

    def unique(self) -> Finding:
        """Return the finding for a picture that is the first of its kind."""
        return self.judge(Measurement(None, verdict=Verdict.PASS), 1.0, 1.0)

    def repeats(self, other: str, how: Text) -> Finding:
        """Return the finding for a picture that `other` has already."""
        named: dict[str, object] = {"other": other, "how": how}
        return self.judge(Measurement(None, named=named, verdict=Verdict.FAIL), 1.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class RosterMatch(Rule):
    """Every photo belongs to one name of the roster.

    Why
    ---
    A photo without a student, or a student without a photo, comes to light weeks later.

    How
    ---
    The file name without its extension must hold exactly one entry of the roster (identity number, student number,
    name). Names without a photo are in the batch's summary.
    """

    code: ClassVar[str] = "BAT002"
    name: ClassVar[str] = "roster"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("名单核对", "roster")
    action: ClassVar[Action] = Action.LOOK
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "fail": Say(
                Text("名单中没有与文件名对应的人", "the roster has nobody of this file name"),
                Text("请核对文件名与名单", "compare the file name with the roster"),
            ),
            "twice": Say(
                Text("名单中同一人已有照片 {other}", "the same person already has the photo {other}"),
                Text("请只保留一张", "keep one of them"),
            ),
            "several": Say(
                Text("文件名对应名单中的多人", "the file name fits several people of the roster"),
                Text("请改用学号或身份证号命名", "use the student number or identity number as name"),
            ),
        }
    )

    def measure(self, portrait: Portrait) -> Measurement:  # noqa: ARG002
        raise Unseen(Text("未提供名单", "no roster is given"))

    def matched(self) -> Finding:
        """Return the finding for a photo of one person of the roster."""
        return self.judge(Measurement(None, verdict=Verdict.PASS), 1.0, 1.0)

    def unmatched(self, case: str = "", other: str = "") -> Finding:
        """Return the finding for a photo of nobody, of several, or of somebody who has one (`other`) already."""
        return self.judge(Measurement(None, case=case, named={"other": other}, verdict=Verdict.FAIL), 1.0, 1.0)
