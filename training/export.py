"""Networks as files: ONNX with numbers of 8 bits, read by any runtime."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import torch
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from torch import Tensor, nn

from training.nets import ViewNet
from training.pictures import Canvases, plain_view
from training.recipes import Recipe

__all__ = ["export_network", "load_net"]

SHOWN = 240
"""People whose views tell the range of every number."""


class _FromPixels(nn.Module):
    """Takes views as they are cut, (N, height, width, 3) uint8, and returns (N, questions) log odds."""

    def __init__(self, net: ViewNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, views: Tensor) -> Tensor:
        scaled = (views.to(torch.float32) - 127) * (1 / 128)
        return self.net(scaled.permute(0, 3, 1, 2))


def load_net(path: Path, recipe: Recipe) -> ViewNet:
    """Read trained weights."""
    net = ViewNet(len(recipe.questions))
    net.load_state_dict(torch.load(path, weights_only=True))
    return net.eval()


def export_network(weights: Path, recipe: Recipe, people: Canvases, out: Path) -> None:
    """Write a network as ONNX.

    Parameters
    ----------
    weights : Path
        What `training.recipes.learn` made.
    recipe : Recipe
        Its recipe.
    people : Canvases
        Some of them tell the range of every number.
    out : Path
        Where the file goes; its metadata name the questions.
    """
    view = recipe.shown
    example = torch.zeros((1 + view.paired, view.height, view.width, 3), dtype=torch.uint8)
    with TemporaryDirectory() as place:
        plain, ready, small = (Path(place) / name for name in ("plain.onnx", "ready.onnx", "small.onnx"))
        torch.onnx.export(
            _FromPixels(load_net(weights, recipe)),
            (example,),
            plain,
            input_names=["views"],
            output_names=["odds"],
            dynamic_axes={"views": {0: "N"}, "odds": {0: "N"}},
            dynamo=False,
            opset_version=17,
        )
        quant_pre_process(plain, ready)
        quantize_static(
            ready,
            small,
            _Shown(people, recipe),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
        )
        model = onnx.load(small)
    onnx.helper.set_model_props(model, {"questions": "\n".join(q.name for q in recipe.questions)})
    onnx.save(model, out)


class _Shown(CalibrationDataReader):
    def __init__(self, people: Canvases, recipe: Recipe) -> None:
        chosen = np.random.default_rng(0).choice(len(people), min(SHOWN, len(people)), replace=False)
        self._views: Iterator[dict[str, object]] = ({"views": plain_view(people[k], recipe.shown)} for k in chosen)

    def get_next(self) -> dict[str, object] | None:
        return next(self._views, None)
