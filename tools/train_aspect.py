"""Train the estimate of the picture's aspect from the landmarks of a face; writes photospec/models/aspect.npz.

python tools/train_aspect.py EVAL_FOLDER

The faces of EVAL_FOLDER's manifest, a third of the people kept aside, are stretched by random known factors; a ridge
regression tells the factor's logarithm from the shape of the landmarks. At the end it is fitted to all people.
"""

from __future__ import annotations

import json
import sys
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from photospec import Photo
from photospec.portrait import Portrait
from photospec.portrait.aspect import face_shape

FOLDERS = {"compliant", "official", "natural", "smiling", "bg-red", "bg-cream", "bg-room", "top-white", "blurred"}
FOLDERS |= {"noisy", "eyes-closed", "clear-glasses", "bg-objects", "earring-studs"}
MODEL = Path(__file__).resolve().parent.parent / "photospec" / "models" / "aspect.npz"
Array = npt.NDArray[np.float64]


def stretched(faces: list[Array], generator: np.random.Generator) -> tuple[Array, Array]:
    """Return the shapes of each face under six random stretches, and the factors' logarithms."""
    shapes, factors = [], []
    for face in faces:
        for factor in generator.uniform(-0.3, 0.3, 6):
            shapes.append(face_shape(face * np.array((np.exp(-factor / 2), np.exp(factor / 2)))))
            factors.append(factor)
    return np.array(shapes), np.array(factors)


def fit(shapes: Array, factors: Array) -> tuple[Array, float]:
    """Return weights and bias of the ridge regression."""
    middle = shapes.mean(0)
    centred = shapes - middle
    weights = np.linalg.solve(
        centred.T @ centred + 1e-3 * len(shapes) * np.eye(shapes.shape[1]), centred.T @ (factors - factors.mean())
    )
    return weights, float(factors.mean() - middle @ weights)


def main() -> None:
    """Train and write the weights."""
    folder = Path(sys.argv[1])
    parts: dict[bool, list[Array]] = {False: [], True: []}
    for line in (folder / "manifest.jsonl").read_text().splitlines():
        row = json.loads(line)
        if row["file"].split("/")[0] not in FOLDERS:
            continue
        portrait = Portrait(Photo.read(folder / row["file"]))
        if portrait.faces:
            parts[zlib.crc32(row["base"].encode()) % 3 == 0].append(portrait.landmarks.astype(np.float64))
    generator = np.random.default_rng(0)
    weights, bias = fit(*stretched(parts[False], generator))
    shapes, factors = stretched(parts[True], generator)
    print(f"standard error on people kept aside: {float((shapes @ weights + bias - factors).std()):.4f}")
    weights, bias = fit(*stretched(parts[False] + parts[True], generator))
    np.savez_compressed(MODEL, weights=weights.astype(np.float32), bias=np.float32(bias))


if __name__ == "__main__":
    main()
