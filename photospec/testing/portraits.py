"""The portrait: sitter, geometry, backdrop and defects brought to a picture whose truth is known."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from photospec.testing._draw import draw
from photospec.testing.defects import DEFECTS, apply, move_truth, resolve, shift_geometry
from photospec.testing.files import FILE_DEFECTS, encode
from photospec.testing.sitter import Colour, Geometry, Sitter, Truth, check_colour, check_number, move

__all__ = ["BatchPhoto", "DrawnPortrait", "ladder", "make_batch", "portrait", "save_portrait"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnPortrait:
    """A drawn portrait and what is known about it.

    Parameters
    ----------
    pixels : (H, W, 3) uint8
        RGB, read-only.
    truth : Truth
        Where everything is, in pixels.
    sitter : Sitter
        Who was drawn.
    defects : dict
        Severity of each defect by its name, above 0. In a mirrored portrait left and right are swapped in the names.
    """

    pixels: npt.NDArray[np.uint8] = field(repr=False)
    truth: Truth
    sitter: Sitter
    defects: Mapping[str, float]


def portrait(
    seed: int = 0,
    *,
    sitter: Sitter | None = None,
    geometry: Geometry | None = None,
    backdrop: Colour = (100, 197, 255),
    defects: Mapping[str, float] | Iterable[str] = (),
    size: tuple[int, int] = (480, 640),
    mirrored: bool = False,
) -> DrawnPortrait:
    """Draw a portrait of nobody.

    Parameters
    ----------
    seed : int
        Not negative. The same arguments give the same picture.
    sitter : Sitter or None
        Who is drawn; None chooses by the seed (`Sitter.random`).
    geometry : Geometry or None
        Where the head is; None is the middle of what the standard allows.
    backdrop : (int, int, int)
        RGB of the backdrop.
    defects : mapping of str to float, or iterable of str
        Severity of each defect from 0, which changes nothing, to 1; names alone mean 1. A name is one of
        `photospec.testing.DEFECTS`, or a rule's name for the first defect that offends it.
    size : (int, int)
        Width and height in pixels, 60 to 4096 each; the head scales with the height.
    mirrored : bool
        Give the mirror image, and its truth.

    Returns
    -------
    DrawnPortrait

    Raises
    ------
    ValueError
        An argument is not as described.

    Examples
    --------
    >>> drawn = portrait(5, defects={"eyes-closed": 0.5}, mirrored=True)
    >>> drawn.defects
    {'eyes-closed': 0.5}
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ValueError(f"seed must be an integer, not negative, got {seed!r}")
    if sitter is None:
        sitter = Sitter.random(seed)
    elif not isinstance(sitter, Sitter):
        raise ValueError(f"sitter must be a Sitter or None, got {sitter!r}")
    if geometry is None:
        geometry = Geometry()
    elif not isinstance(geometry, Geometry):
        raise ValueError(f"geometry must be a Geometry or None, got {geometry!r}")
    check_colour("backdrop", backdrop)
    if len(size) != 2 or not all(isinstance(n, int) and 60 <= n <= 4096 for n in size):
        raise ValueError(f"size must be width and height, 60 to 4096 px each, got {size!r}")
    how = resolve(defects)
    pixels, truth = draw(seed, sitter, shift_geometry(geometry, how), backdrop, size, how)
    for name, severity in how.items():
        if DEFECTS[name].stage == "pixels":
            pixels = apply(pixels, name, severity, seed=seed)
            truth = move_truth(truth, name, severity, size)
    if mirrored:
        pixels = np.ascontiguousarray(pixels[:, ::-1])
        truth = move(truth, np.array([[-1.0, 0.0, size[0] - 1.0], [0.0, 1.0, 0.0]]), mirrored=True)
        how = {_mirrored(name): severity for name, severity in how.items()}
    pixels.flags.writeable = False
    return DrawnPortrait(pixels=pixels, truth=truth, sitter=sitter, defects=how)


def ladder(
    name: str,
    *,
    steps: int = 5,
    highest: float = 1.0,
    seed: int = 0,
    sitter: Sitter | None = None,
    backdrop: Colour = (100, 197, 255),
    mirrored: bool = False,
) -> Iterator[DrawnPortrait]:
    """Draw one defect in rising severity, the same in all else; the first picture is free of it.

    Parameters
    ----------
    name : str
        A defect, or a rule's name for the first defect that offends it.
    steps : int
        How many pictures, 2 or more.
    highest : float
        Severity of the last, above 0 and at most 1; the others are evenly spaced from 0.
    seed, sitter, backdrop, mirrored
        As for `portrait`.

    Yields
    ------
    DrawnPortrait

    Raises
    ------
    ValueError
        An argument is not as described.

    Examples
    --------
    >>> [sum(drawn.defects.values()) for drawn in ladder("eyes-closed", steps=3)]
    [0, 0.5, 1.0]
    """
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 2:
        raise ValueError(f"steps must be an integer, 2 or more, got {steps!r}")
    if not 0 < highest <= 1:
        raise ValueError(f"highest must be above 0 and at most 1, got {highest!r}")
    return (
        portrait(seed, sitter=sitter, backdrop=backdrop, defects={name: highest * n / (steps - 1)}, mirrored=mirrored)
        for n in range(steps)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPhoto:
    """One file of a batch and what is wrong with it.

    Parameters
    ----------
    path : Path
        The file.
    defects : tuple of str
        Names from `DEFECTS` and `FILE_DEFECTS`; none in a good photo.
    rules : tuple of str
        Names of the rules that it offends.
    """

    path: Path
    defects: tuple[str, ...]
    rules: tuple[str, ...]


def make_batch(
    folder: str | os.PathLike[str], count: int = 24, *, seed: int = 0, share_bad: float = 0.5
) -> list[BatchPhoto]:
    """Write a batch of portraits, good and bad, for a demonstration or a test.

    Parameters
    ----------
    folder : path-like
        Made if it is missing. Files of the same names are replaced.
    count : int
        How many photos, 1 to 10,000.
    seed : int
        Not negative; the same seed gives the same files.
    share_bad : float
        Share of photos with a defect, 0 to 1. No defect comes twice before all have come.

    Returns
    -------
    list of BatchPhoto
        In the order of the names.

    Raises
    ------
    ValueError
        An argument is not as described.
    OSError
        A file cannot be written.
    """
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= 10_000:
        raise ValueError(f"count must be an integer from 1 to 10000, got {count!r}")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ValueError(f"seed must be an integer, not negative, got {seed!r}")
    check_number("share_bad", share_bad, 0, 1)
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng((seed, 2))
    names = [*DEFECTS, *FILE_DEFECTS]
    order = rng.permutation(len(names))
    bad = set(rng.permutation(count)[: round(count * share_bad)].tolist())
    batch, used = [], 0
    for n in range(count):
        drawn_seed = seed * 10_000 + n
        path = place / f"portrait-{n + 1:04d}.jpg"
        defects: tuple[str, ...] = ()
        if n in bad:
            defects = (names[order[used % len(names)]],)
            used += 1
        of_file = [FILE_DEFECTS[name] for name in defects if name in FILE_DEFECTS]
        drawn = portrait(drawn_seed, defects=() if of_file else defects)
        data = of_file[0].make(drawn.pixels) if of_file else encode(drawn.pixels)
        rules = of_file[0].rules if of_file else tuple(rule for name in defects for rule in DEFECTS[name].rules)
        batch.append(BatchPhoto(path=write_whole(path, data), defects=defects, rules=rules))
    return batch


def _mirrored(name: str) -> str:
    side, _, rest = name.partition("-")
    return {"left": "right-", "right": "left-"}.get(side, side + "-") + rest if rest else name


def save_portrait(path: str | os.PathLike[str], drawn: DrawnPortrait, **options: Any) -> Path:
    """Save a portrait; the file is written whole or not at all.

    Parameters
    ----------
    path : path-like
        The file.
    drawn : DrawnPortrait
        As from `portrait`.
    **options
        For `encode`; without them the file meets the standard: JPEG, 20 to 40 KB, 300 dpi.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ValueError
        An option of `encode` is wrong.
    OSError
        The file cannot be written.
    """
    return write_whole(Path(path), encode(drawn.pixels, **options))


def write_whole(path: Path, data: bytes) -> Path:
    """Write a file so that no other process ever sees half of it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".portrait-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return path
