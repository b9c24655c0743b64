"""Chinese identity numbers, GB 11643-1999."""

from __future__ import annotations

import datetime as dt
import re

from photospec.text import Text

__all__ = ["identity_number_fault"]

WEIGHTS = tuple(pow(2, 17 - i, 11) for i in range(17))
CHECK_CHARACTERS = "10X98765432"


def identity_number_fault(number: str) -> Text | None:
    """Return what is wrong with an 18-character identity number, or None.

    Parameters
    ----------
    number : str
        Six digits of address, eight of birth date, three of serial, one check character. Residence permits (81, 82,
        83) and permanent-residence cards from 2023 (9) have the same form.

    References
    ----------
    .. [1] GB 11643-1999; ISO 7064:1983 MOD 11-2.

    Examples
    --------
    >>> identity_number_fault("11010519491231002X") is None
    True
    >>> identity_number_fault("110105194912310021").en
    'the check character is wrong'
    """
    if not re.fullmatch(r"[1-9][0-9]{16}[0-9X]", number):
        return Text("应为 17 位数字加 1 位校验码（大写 X）", "expected 17 digits and a check character (capital X)")
    birth = number[6:14]
    try:
        born = dt.date(int(birth[:4]), int(birth[4:6]), int(birth[6:]))
    except ValueError:
        return Text("出生日期不存在", "the birth date does not exist")
    if not born.year >= 1900 or born > dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1):
        return Text("出生日期不合理", "the birth date is not plausible")
    total = sum(int(digit) * weight for digit, weight in zip(number, WEIGHTS, strict=False))
    if CHECK_CHARACTERS[total % 11] != number[17]:
        return Text("校验码不符", "the check character is wrong")
    return None
