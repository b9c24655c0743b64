"""The networks that photospec learnt, or other ones in their place: a folder of ONNX files, run by ONNX Runtime."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from photospec.networks._once import once
from photospec.networks.weights import FOLDER, WeightsError, read_weights
from photospec.odds import probability
from photospec.text import Text

__all__ = ["BANDS", "SHIPPED", "Network", "Odds", "Shelf"]

Odds = dict[str, float]
"""Log odds by question."""

BANDS = "bands.json"
"""What the answers of a shelf's networks are worth."""

_SPREAD = 2.1972245773362196  # log odds between the probabilities 0.25 and 0.75


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """One network. Any number of threads may ask it at once; it works in the thread that asks.

    Parameters
    ----------
    name : str
        Its file without ``.onnx``.
    questions : tuple of str
        What it answers.
    session : onnxruntime.InferenceSession
        Runs it.
    """

    name: str
    questions: tuple[str, ...]
    session: Any

    def ask(self, views: npt.NDArray[np.uint8]) -> tuple[Odds, ...]:
        """Return the log odds of each question for each view.

        Parameters
        ----------
        views : (N, height, width, 3) uint8
            As from `photospec.portrait.views.cut_view`.

        Returns
        -------
        tuple of N dicts of str to float
        """
        (odds,) = self.session.run(None, {"views": views})
        return tuple(dict(zip(self.questions, row, strict=True)) for row in odds.tolist())


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder of networks: NAME.onnx, and ``bands.json`` with what their answers are worth.

    Parameters
    ----------
    folder : str
        Where the files are.
    """

    folder: str

    def network(self, name: str) -> Network:
        """Return a network; it is loaded when first asked for, once a process.

        Raises
        ------
        WeightsError
            Its file is missing, damaged or made for something else.
        """
        return _network(self.folder, name)

    def probability(self, question: str, odds: float) -> float:
        """Return what log odds are worth: at most 0.25 where the photo may pass, at least 0.75 where it may fail.

        Parameters
        ----------
        question : str
            As the networks name it.
        odds : float
            What they said.

        Returns
        -------
        float
            0 to 1. The two levels were chosen on people left out of the training, so that both errors are rare.
        """
        low, high = _bands(self.folder)[question]
        return probability(odds, (low + high) / 2, (high - low) / _SPREAD)

    @property
    def digest(self) -> str:
        """SHA-256 over the files, in hexadecimal."""
        whole = hashlib.sha256()
        for path in [*sorted(Path(self.folder).glob("*.onnx")), Path(self.folder, BANDS)]:
            whole.update(path.name.encode())
            whole.update(path.read_bytes())
        return whole.hexdigest()


def _read(folder: str, name: str) -> bytes:
    """Return a file's bytes; those that come with photospec are compared with the manifest."""
    if folder == SHIPPED.folder:
        return read_weights(name)
    path = Path(folder, name)
    try:
        return path.read_bytes()
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise WeightsError(Text(f"无法读取模型文件 {path}：{why}", f"cannot read the weights {path}: {why}")) from error


def _unusable(folder: str, name: str) -> WeightsError:
    path = Path(folder, name)
    return WeightsError(
        Text(f"模型文件 {path} 已损坏或不是为此制作的", f"the weights {path} are damaged, or made for something else")
    )


@once
def _network(folder: str, name: str) -> Network:
    import onnxruntime

    data = _read(folder, f"{name}.onnx")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # works in the thread that asks, and wakes no other
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        questions = tuple(session.get_modelmeta().custom_metadata_map["questions"].split("\n"))
    except Exception as error:  # ONNX Runtime has its own for each kind of damage
        raise _unusable(folder, f"{name}.onnx") from error
    return Network(name, questions, session)


@once
def _bands(folder: str) -> dict[str, tuple[float, float]]:
    data = _read(folder, BANDS)
    try:
        return {question: (float(low), float(high)) for question, (low, high) in json.loads(data).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise _unusable(folder, BANDS) from error


SHIPPED = Shelf(os.fspath(FOLDER))
"""The networks that come with photospec."""
