"""The network that sees half-hidden people beside the head: ``bystander.npz``.

People who stand before an even backdrop are cut out, scaled, mirrored, recoloured and pasted behind other people, so
that they are partly hidden or partly outside the frame; things (pieces of rooms and landscapes, plain shapes) are
pasted too and count as no person. Without one fold of the people first, to print the error on them, then on all.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from photospec import Photo
from photospec.portrait import Portrait
from photospec.portrait.backdrop import fit_backdrop
from photospec.portrait.bystander import side_window
from photospec.portrait.colour import rgb2lab
from photospec.portrait.silhouette import find_figures
from training.people import fold_of

PLAIN = {"compliant", "smiling", "official", "bg-mid-grey", "bg-cream", "bg-royal-blue", "top-print", "top-white"}
OTHER = {"natural", "turned", "bg-objects", "bg-room", "bg-shadow", "bg-gradient", "hat", "overexposed", "warm-cast"}
OTHER |= {"bg-red", "bg-off-blue", "text-stamp", "green-cast"}
OTHER |= {"monochrome", "noisy", "border", "motion-blur", "underexposed", "face-too-large", "tilted"}
Array = npt.NDArray[np.float32]


@dataclass
class Shot:
    """A photo at half size, with its face and silhouette."""

    file: str
    folder: str
    fold: int
    picture: npt.NDArray[np.uint8]
    lab: Array
    landmarks: Array
    person: npt.NDArray[np.bool_]
    solid: npt.NDArray[np.bool_]
    plain: bool


def load(folder: Path) -> list[Shot]:
    """Read the photos that are learnt from."""
    shots = []
    for line in (folder / "manifest.jsonl").read_text().splitlines():
        row = json.loads(line)
        kind = row["file"].split("/")[0]
        if kind not in PLAIN | OTHER | {"two-people"}:
            continue
        portrait = Portrait(Photo.read(folder / row["file"]))
        if not portrait.faces or portrait.frame.shape != (640, 480, 3):
            continue
        figures = portrait.figures
        plain = kind in PLAIN and portrait.backdrop.support > 0.85 and portrait.backdrop.noise < 1.5
        shots.append(
            Shot(
                row["file"],
                kind,
                fold_of(row["base"]),
                portrait.half,
                portrait.half_lab,
                portrait.landmarks * np.float32(0.5),
                figures.person,
                figures.solid,
                plain,
            )
        )
    return shots


def unit(landmarks: Array) -> float:
    """Return the distance between the eyes."""
    return float(np.linalg.norm(landmarks[42:48].mean(0) - landmarks[36:42].mean(0)))


def recoloured(picture: npt.NDArray[np.uint8], generator: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Return a picture in another light."""
    light = generator.uniform(0.7, 1.15) * generator.uniform(0.9, 1.1, 3)
    return np.clip(picture * light, 0, 255).astype(np.uint8)


def windows(picture: npt.NDArray[np.uint8], landmarks: Array) -> list[Array]:
    """Return the windows left and right of a face, measured afresh in a changed picture."""
    lab = rgb2lab(picture)
    x, y = landmarks[27]
    size = unit(landmarks)
    backdrop = fit_backdrop(lab, head=(x - 1.3 * size, y - 1.8 * size, x + 1.3 * size, y + 2 * size))
    figures = find_figures(lab, backdrop, landmarks)
    solid = figures.solid
    return [side_window(lab, solid, landmarks, right) for right in (False, True)]


def paste_person(front: Shot, behind: Shot, generator: np.random.Generator) -> tuple[list[Array], list[float | None]]:
    """Paste one person behind another; the labels are None where too little of the other's face shows."""
    side = generator.choice((-1, 1))
    scale = unit(front.landmarks) / unit(behind.landmarks) * generator.uniform(0.7, 1.15)
    mirror = generator.choice((-1, 1))
    away = side * generator.uniform(1.2, 3.2) * unit(front.landmarks)
    target = front.landmarks[27] + np.array((away, generator.uniform(-0.7, 0.7) * unit(front.landmarks)))
    source = behind.landmarks[27]
    linear = np.array(((scale * mirror, 0), (0, scale)))
    matrix = np.concatenate([linear, (target - linear @ source)[:, None]], 1).astype(np.float32)
    size = (front.picture.shape[1], front.picture.shape[0])
    other = cv2.warpAffine(
        recoloured(behind.picture, generator), matrix, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )
    mask = cv2.warpAffine(behind.person.astype(np.float32), matrix, size)
    own = cv2.blur(front.person.astype(np.float32), (3, 3))
    alpha = (mask * (1 - own))[..., None]
    picture = np.rint(recoloured(front.picture, generator) * (1 - alpha) + other * alpha).astype(np.uint8)
    face = np.zeros(front.person.shape, np.uint8)
    hull = cv2.convexHull((behind.landmarks @ linear.T + matrix[:, 2]).astype(np.int32))
    cv2.fillConvexPoly(face, hull, 1)
    whole = max(1.0, cv2.contourArea(hull))
    shown = float((face * (own < 0.5)).sum()) / whole
    label = 1.0 if shown > 0.08 else None if shown > 0.02 else 0.0
    labels: list[float | None] = [0.0, 0.0]
    labels[int(side > 0)] = label if shown > 0.02 or float(alpha.sum()) < 50 else None
    return windows(picture, front.landmarks), labels


def paste_thing(front: Shot, scene: Shot, generator: np.random.Generator) -> list[Array]:
    """Paste a piece of a scene, or a plain shape, behind a person."""
    height, width = front.person.shape
    size = unit(front.landmarks)
    mask = np.zeros((height, width), np.float32)
    x = front.landmarks[27, 0] + generator.choice((-1, 1)) * generator.uniform(1.2, 3) * size
    y = front.landmarks[27, 1] + generator.uniform(-2, 1) * size
    half = generator.uniform(0.1, 1.2, 2) * size
    if generator.random() < 0.5:
        cv2.ellipse(mask, (int(x), int(y)), (int(half[0]) + 1, int(half[1]) + 1), 0, 0, 360, 1.0, -1)
    else:
        cv2.rectangle(mask, (int(x - half[0]), int(y - half[1])), (int(x + half[0]), int(y + half[1])), 1.0, -1)
    if generator.random() < 0.5:
        filling = np.broadcast_to(generator.integers(0, 256, 3).astype(np.uint8), front.picture.shape)
    else:
        filling = np.where(scene.person[..., None], scene.picture.mean((0, 1)), scene.picture)
    alpha = (mask * (1 - cv2.blur(front.person.astype(np.float32), (3, 3))))[..., None]
    return windows(np.rint(front.picture * (1 - alpha) + filling * alpha).astype(np.uint8), front.landmarks)


def samples(shots: list[Shot], generator: np.random.Generator) -> tuple[Array, Array, Array]:
    """Return features, labels and weights."""
    rows: list[tuple[Array, float, float]] = []
    plain = [shot for shot in shots if shot.plain]
    scenes = [shot for shot in shots if shot.folder in {"natural", "turned", "bg-room"}]
    for shot in shots:
        if shot.folder == "two-people":
            continue
        weight = 3.0 if shot.folder in {"natural", "turned", "official"} else 1.0
        rows += [(side_window(shot.lab, shot.solid, shot.landmarks, right), 0.0, weight) for right in (False, True)]
        if shot.plain or shot.folder == "natural":  # hair of more shapes and colours than these people have
            for _ in range(3):
                face = shot.landmarks[27] + (shot.landmarks - shot.landmarks[27]) * generator.uniform(0.85, 1.15, 2)
                rows += [
                    (f, 0.0, weight / 3) for f in windows(recoloured(shot.picture, generator), face.astype(np.float32))
                ]
    for _ in range(3500):
        front, behind = plain[generator.integers(len(plain))], plain[generator.integers(len(plain))]
        found, labels = paste_person(front, behind, generator)
        rows += [(f, label, 0.5) for f, label in zip(found, labels, strict=True) if label is not None]
    for _ in range(800):
        front, scene = plain[generator.integers(len(plain))], scenes[generator.integers(len(scenes))]
        rows += [(f, 0.0, 0.5) for f in paste_thing(front, scene, generator)]
    features, labels_, weights = zip(*rows, strict=True)
    return np.array(features, np.float32), np.array(labels_, np.float32), np.array(weights, np.float32)


def train(features: Array, labels: Array, weights: Array, seed: int) -> dict[str, Array]:
    """Train the perceptron by Adam on the weighted logistic loss, with noise and weight decay."""
    generator = np.random.default_rng(seed)
    count = features.shape[1]
    model = {
        "w1": generator.normal(0, np.sqrt(2 / count), (count, 24)).astype(np.float32),
        "b1": np.zeros(24, np.float32),
        "w2": generator.normal(0, np.sqrt(2 / 24), (24, 1)).astype(np.float32),
        "b2": np.zeros(1, np.float32),
    }
    first = {k: np.zeros_like(v) for k, v in model.items()}
    second = {k: np.zeros_like(v) for k, v in model.items()}
    steps, batch = 3500, 256
    for step in range(1, steps + 1):
        index = generator.integers(len(features), size=batch)
        x = features[index] * generator.normal(1, 0.1, (batch, 1)).astype(np.float32)
        x = (x + generator.normal(0, 0.15, x.shape)).astype(np.float32)
        y, w = labels[index][:, None], weights[index][:, None]
        hidden = np.maximum(x @ model["w1"] + model["b1"], 0)
        p = 1 / (1 + np.exp(-np.clip(hidden @ model["w2"] + model["b2"], -30, 30)))
        error = (p - y) * w / batch
        back = (error @ model["w2"].T) * (hidden > 0)
        slope = {"w1": x.T @ back, "b1": back.sum(0), "w2": hidden.T @ error, "b2": error.sum(0)}
        rate = 1e-3 * 0.5 * (1 + np.cos(np.pi * step / steps))
        for k in model:
            g = slope[k] + (2e-4 * model[k] if k[0] == "w" else 0)
            first[k] = 0.9 * first[k] + 0.1 * g
            second[k] = 0.999 * second[k] + 0.001 * g * g
            mean, square = first[k] / (1 - 0.9**step), second[k] / (1 - 0.999**step)
            model[k] = model[k] - rate * mean / (np.sqrt(square) + 1e-8)
    return model


def ask(model: dict[str, Array], features: Array) -> Array:
    """Return the probabilities of a model."""
    hidden = np.maximum(features @ model["w1"] + model["b1"], 0)
    chances: Array = 1 / (1 + np.exp(-np.clip((hidden @ model["w2"] + model["b2"]).ravel(), -30, 30)))
    return chances


def make(shared: Path, out: Path) -> None:
    """Train, print the error on people left out, and write ``bystander.npz`` to a folder."""
    shots = load(shared / "eval")
    model = train(*samples([s for s in shots if s.fold], np.random.default_rng(1)), 1)
    features, labels, _ = samples([s for s in shots if not s.fold], np.random.default_rng(2))
    p = ask(model, features)
    missed, false = (p[labels > 0.5] < 0.5).mean(), (p[labels < 0.5] > 0.5).mean()
    print(f"bystander: of people left out, pasted, missed {missed:.3f}, false {false:.3f}")
    model = train(*samples(shots, np.random.default_rng(1)), 1)
    np.savez_compressed(
        out / "bystander.npz", allow_pickle=False, **{k: v.astype(np.float16) for k, v in model.items()}
    )
