"""Train the estimate of the picture's aspect from the landmarks of a face; writes photospec/networks/aspect.npz.

    python tools/train_aspect.py EVAL_FOLDER [--folds FILE | --out FILE]

The photos of EVAL_FOLDER's manifest, a third of the people kept aside, are stretched by random known factors, and the
landmarks are searched in each stretched picture: they follow a stretch by half only, for the predictor has a face in
mind. A ridge regression tells the factor's logarithm from their shape and that of its mirror image. At the end it is
fitted to all people. With
``--folds`` nothing is shipped: three are fitted, each without another third of the people, and their answers for all
photos with a known verdict of those kept aside are written as JSON lines, for tools/train_folds.py. Seeded.
"""

from __future__ import annotations

import argparse
import json
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from photospec import Photo
from photospec.portrait import Portrait
from photospec.portrait.aspect import face_shape

FOLDERS = {"compliant", "official", "natural", "smiling", "bg-red", "bg-cream", "bg-room", "top-white", "blurred"}
FOLDERS |= {"noisy", "eyes-closed", "clear-glasses", "bg-objects", "earring-studs"}
MODEL = Path(__file__).resolve().parent.parent / "photospec" / "networks" / "aspect.npz"
Array = npt.NDArray[np.float64]


def third(row: dict[str, Any]) -> int:
    """Return which third of the people a photo belongs to."""
    return zlib.crc32(row["base"].encode()) % 3


def mirrored(face: Array) -> Array:
    """Return the landmarks of a face as its mirror image has them."""
    return face[_MIRROR] * (-1, 1)


_MIRROR = np.concatenate(
    [
        np.arange(17)[::-1],
        np.arange(17, 27)[::-1],
        np.arange(27, 31),
        np.arange(31, 36)[::-1],
        (45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),
        np.arange(48, 55)[::-1],
        np.arange(55, 60)[::-1],
        np.arange(60, 65)[::-1],
        np.arange(65, 68)[::-1],
    ]
)


Sample = tuple[dict[str, Any], Array, float]
"""A row of the manifest, the landmarks of its face, the logarithm of the factor that the picture was stretched by."""


def stretched(picture: npt.NDArray[np.uint8], factor: float) -> npt.NDArray[np.uint8]:
    """Return a picture whose height against its width is exp(factor) times what it was, 640 px high at most."""
    height, width = picture.shape[0] * np.exp(factor / 2), picture.shape[1] * np.exp(-factor / 2)
    scale = min(640 / height, 1280 / width)
    size = round(width * scale), round(height * scale)
    return cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)  # type: ignore[return-value]


def design(samples: list[Sample]) -> tuple[Array, Array]:
    """Return the shapes of faces and of their mirror images, and the factors' logarithms."""
    shapes = [face_shape(seen) for _, face, _ in samples for seen in (face, mirrored(face))]
    return np.array(shapes), np.repeat([factor for _, _, factor in samples], 2)


def fit(shapes: Array, factors: Array) -> tuple[Array, float]:
    """Return weights and bias of the ridge regression."""
    middle = shapes.mean(0)
    centred = shapes - middle
    weights = np.linalg.solve(
        centred.T @ centred + 3e-3 * len(shapes) * np.eye(shapes.shape[1]), centred.T @ (factors - factors.mean())
    )
    return weights, float(factors.mean() - middle @ weights)


def read(folder: Path, generator: np.random.Generator) -> list[Sample]:
    """Return what is learnt from, each photo as it is and under five random stretches, and what is judged."""
    found: list[Sample] = []
    for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        learnt = row["file"].split("/")[0] in FOLDERS
        if not learnt and "aspect-distortion" not in row["expect"]:
            continue
        photo = Photo.read(folder / row["file"])
        for factor in (0.0, *generator.uniform(-0.3, 0.3, 5)) if learnt else (0.0,):
            portrait = Portrait(Photo.read(stretched(photo.pixels, factor)) if factor else photo)
            if portrait.faces and portrait.face.width > 100:
                found.append((row, portrait.landmarks.astype(np.float64), factor))
    return found


def main() -> None:
    """Train, and write the weights or the answers for people kept aside."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--folds", type=Path)
    parser.add_argument("--out", type=Path, default=MODEL)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    samples = read(options.folder, np.random.default_rng(0))
    faces = [sample for sample in samples if sample[0]["file"].split("/")[0] in FOLDERS]
    if options.folds:
        with options.folds.open("w", encoding="utf-8") as out:
            for k in range(3):
                weights, bias = fit(*design([sample for sample in faces if third(sample[0]) != k]))
                for row, face, factor in samples:
                    if third(row) == k and not factor:
                        logarithm = float(np.clip(face_shape(face) @ weights + bias, -1, 1))
                        out.write(json.dumps({"file": row["file"], "logarithm": logarithm}) + "\n")
        return
    seen, aside = [s for s in faces if third(s[0])], [s for s in faces if not third(s[0])]
    weights, bias = fit(*design(seen))
    shapes, factors = design(aside)
    error = shapes @ weights + bias - factors
    print(f"standard error on people kept aside: {float(error.std()):.4f}")
    print(f"of pictures that were not stretched: {float(error[factors == 0].std()):.4f}")
    weights, bias = fit(*design(faces))
    np.savez_compressed(options.out, weights=weights.astype(np.float32), bias=np.float32(bias))


if __name__ == "__main__":
    main()
