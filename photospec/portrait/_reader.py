"""The small networks that read the eyes, the glasses and the mouth."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import numpy.typing as npt

__all__ = ["read"]

_MODEL = Path(__file__).resolve().parent.parent / "models" / "eyes.npz"


@functools.cache
def _weights(name: str) -> tuple[npt.NDArray[np.float32], ...]:
    with np.load(_MODEL, allow_pickle=False) as stored:
        return tuple(stored[f"{name}_{part}"].astype(np.float32) for part in ("w1", "b1", "w2", "b2"))


def read(name: str, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Ask a network.

    Parameters
    ----------
    name : str
        ``eye``, ``lens`` or ``mouth``.
    features : (M, N) float32
        What it reads, for each of M cases.

    Returns
    -------
    (M, K) float32
        Probabilities, 0 to 1, of the K things that the network knows.

    Notes
    -----
    A perceptron with one hidden layer, trained by ``tools/train_eyes.py``.
    """
    w1, b1, w2, b2 = _weights(name)
    hidden = np.maximum(features @ w1 + b1, 0)
    return 1 / (1 + np.exp(np.minimum(np.maximum(-(hidden @ w2 + b2), -30), 30)))  # type: ignore[no-any-return]
