"""The estimate of the picture's aspect from the landmarks of a face: ``aspect.npz``.

Photos are stretched by random known factors, and the landmarks are searched in each stretched picture: they follow a
stretch by half only, for the predictor has a face in mind. A ridge regression tells the factor's logarithm from their
shape and that of its mirror image. Without one fold of the people first, to print the error on them, then on all.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from photospec import Photo
from photospec.portrait import Portrait
from photospec.portrait.aspect import face_shape
from training.people import fold_of

FOLDERS = {"compliant", "official", "natural", "smiling", "bg-red", "bg-cream", "bg-room", "top-white", "blurred"}
FOLDERS |= {"noisy", "eyes-closed", "clear-glasses", "bg-objects", "earring-studs"}
Array = npt.NDArray[np.float64]


def mirrored(face: Array) -> Array:
    """Return the landmarks of a face as its mirror image has them."""
    other: Array = face[_MIRROR] * (-1, 1)
    return other


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
    """Return what is learnt from: each photo as it is and under five random stretches."""
    found: list[Sample] = []
    for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["file"].split("/")[0] not in FOLDERS:
            continue
        photo = Photo.read(folder / row["file"])
        for factor in (0.0, *generator.uniform(-0.3, 0.3, 5)):
            portrait = Portrait(Photo.read(stretched(photo.pixels, factor)) if factor else photo)
            if portrait.faces and portrait.face.width > 100:
                found.append((row, portrait.landmarks.astype(np.float64), factor))
    return found


def make(shared: Path, out: Path) -> None:
    """Train, print the error on people left out, and write ``aspect.npz`` to a folder."""
    faces = read(shared / "eval", np.random.default_rng(0))
    aside = [sample for sample in faces if fold_of(sample[0]["base"]) == 0]
    weights, bias = fit(*design([sample for sample in faces if fold_of(sample[0]["base"])]))
    shapes, factors = design(aside)
    error = shapes @ weights + bias - factors
    print(f"aspect: standard error on people left out {float(error.std()):.4f}")
    print(f"aspect: of pictures that were not stretched {float(error[factors == 0].std()):.4f}")
    weights, bias = fit(*design(faces))
    np.savez_compressed(out / "aspect.npz", weights=weights.astype(np.float32), bias=np.float32(bias))
