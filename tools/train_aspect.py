"""Train the estimate of the picture's aspect from the landmarks of a face; writes photospec/models/aspect.npz.

    python tools/train_aspect.py EVAL_FOLDER [--folds FILE | --out FILE]

The faces of EVAL_FOLDER's manifest, a third of the people kept aside, are stretched by random known factors; a ridge
regression tells the factor's logarithm from the shape of the landmarks. At the end it is fitted to all people. With
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
MODEL = Path(__file__).resolve().parent.parent / "photospec" / "models" / "aspect.npz"
Array = npt.NDArray[np.float64]


def third(row: dict[str, Any]) -> int:
    """Return which third of the people a photo belongs to."""
    return zlib.crc32(row["base"].encode()) % 3


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


def read(folder: Path) -> list[tuple[dict[str, Any], Array]]:
    """Return the manifest's rows that are learnt from or judged, with the landmarks of their faces."""
    found = []
    for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["file"].split("/")[0] not in FOLDERS and "aspect-distortion" not in row["expect"]:
            continue
        portrait = Portrait(Photo.read(folder / row["file"]))
        if portrait.faces:
            found.append((row, portrait.landmarks.astype(np.float64)))
    return found


def main() -> None:
    """Train, and write the weights or the answers for people kept aside."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--folds", type=Path)
    parser.add_argument("--out", type=Path, default=MODEL)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    photos = read(options.folder)
    faces = [(third(row), face) for row, face in photos if row["file"].split("/")[0] in FOLDERS]
    generator = np.random.default_rng(0)
    if options.folds:
        with options.folds.open("w", encoding="utf-8") as out:
            for k in range(3):
                weights, bias = fit(*stretched([face for part, face in faces if part != k], generator))
                for row, face in photos:
                    if third(row) == k:
                        logarithm = float(np.clip(face_shape(face) @ weights + bias, -1, 1))
                        out.write(json.dumps({"file": row["file"], "logarithm": logarithm}) + "\n")
        return
    seen, aside = [face for part, face in faces if part], [face for part, face in faces if not part]
    weights, bias = fit(*stretched(seen, generator))
    shapes, factors = stretched(aside, generator)
    print(f"standard error on people kept aside: {float((shapes @ weights + bias - factors).std()):.4f}")
    weights, bias = fit(*stretched(seen + aside, generator))
    np.savez_compressed(options.out, weights=weights.astype(np.float32), bias=np.float32(bias))


if __name__ == "__main__":
    main()
