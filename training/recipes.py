"""One recipe a network: which view it sees, what it is asked, how long it learns."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from photospec.portrait.views import VIEWS, View
from training.nets import Asked, Question, ViewNet, balance, loss_of, photo_scores, scaled
from training.people import SOME
from training.pictures import Canvases, changed_view, plain_view

__all__ = ["RECIPES", "Recipe", "answer", "learn"]

UNKNOWN = -9
BATCH = 48
RATE = 4e-4


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a network is made.

    Parameters
    ----------
    view : str
        What it sees, by its name in `photospec.portrait.views.VIEWS`; also the name of its file.
    questions : tuple of Question
        What it is asked.
    rounds : int
        How often it sees as many photos as there are that answer any of its questions.
    """

    view: str
    questions: tuple[Question, ...]
    rounds: int

    @property
    def shown(self) -> View:
        """The view itself."""
        return VIEWS[self.view]


RECIPES = {
    recipe.view: recipe
    for recipe in (
        Recipe(
            "ear",
            (Question("ears hidden", Asked.COUNT), Question("earring"), Question("lobes hidden", Asked.BOTH)),
            11,
        ),
        Recipe(
            "eye",
            (
                Question("eye closed"),
                Question("tint", Asked.SAME),
                Question("glare"),
                Question("rim over the eye"),
                Question("glasses", Asked.SAME),
                Question("brows covered", Asked.SAME),
            ),
            7,
        ),
        Recipe("mouth", (Question("teeth"), Question("face covered"), Question("smile")), 7),
        Recipe("head", (Question("worn on the head"), Question("hair ornament"), Question("brows covered")), 6),
        Recipe(
            "neck",
            (
                Question("collarless"),
                Question("high neck"),
                Question("garment unseen"),
                Question("neck hidden"),
                Question("necklace"),
            ),
            7,
        ),
    )
}


def _answers(people: Canvases, recipe: Recipe) -> dict[str, npt.NDArray[np.int8]]:
    return {
        q.name: np.array([p.answers.get(q.name, UNKNOWN) for p in people.people], np.int8) for q in recipe.questions
    }


def learn(
    people: Canvases,
    chosen: Sequence[int],
    recipe: Recipe,
    *,
    seed: int = 0,
    steps: int | None = None,
    tell: Callable[[str], object] = print,
) -> ViewNet:
    """Train a network.

    Parameters
    ----------
    people : Canvases
        Everybody.
    chosen : sequence of int
        Which of them may be learnt from.
    recipe : Recipe
        What to make.
    seed : int
        Decides all chances: the same seed gives the same network on the same machine.
    steps : int, optional
        Fewer steps than the recipe asks, for a trial.
    tell : callable
        Takes a line about the progress.

    Returns
    -------
    ViewNet
        The running mean of the weights.
    """
    chance = np.random.default_rng(seed)
    torch.manual_seed(seed)
    answers = _answers(people, recipe)
    told = np.any([a != UNKNOWN for a in answers.values()], axis=0)
    pool = np.array([k for k in chosen if told[k]])
    weights, share = {}, np.ones(len(people))
    for name, known in answers.items():
        bad, good = int((np.abs(known[pool]) == 1).sum() + (known[pool] == 2).sum()), int((known[pool] == 0).sum())
        weights[name] = balance(bad, good)
        if 0 < bad < 0.2 * len(pool):  # the rare are shown more often
            share[(known != 0) & (known != UNKNOWN)] += min(3.0, 0.12 * len(pool) / max(bad, 40))
    share = share[pool] / share[pool].sum()
    net = ViewNet(len(recipe.questions)).to(memory_format=torch.channels_last)
    groups = [
        {"params": [w for name, w in net.named_parameters() if w.requires_grad and not name.startswith("head")]},
        {"params": list(net.head.parameters())},
    ]
    optimiser = torch.optim.AdamW(groups, lr=RATE, weight_decay=0.02)
    steps = steps or recipe.rounds * (len(pool) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, [RATE, 8 * RATE], total_steps=steps + 1, pct_start=0.15)
    mean = copy.deepcopy(net)
    sides = 1 + recipe.shown.paired
    running = 0.0
    for step in range(steps):
        net.train()
        batch = chance.choice(pool, BATCH, p=share)
        views = np.concatenate(
            [changed_view(people[k], recipe.shown, chance, ends=not people.people[k].real) for k in batch]
        )
        odds = net(scaled(views)).view(BATCH, sides, -1)
        loss = loss_of(odds, {q: a[batch] for q, a in answers.items()}, recipe.questions, weights, UNKNOWN)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        schedule.step()
        _follow(mean, net, min(0.99, (step + 1) / (step + 20)))
        running = loss.item() if step == 0 else 0.98 * running + 0.02 * loss.item()
        if step % 100 == 99 or step == steps - 1:
            tell(f"{recipe.view}: step {step + 1} of {steps}, loss {running:.3f}")
    return mean.eval()


def _follow(mean: nn.Module, net: nn.Module, slowness: float) -> None:
    with torch.no_grad():
        for old, new in zip(mean.state_dict().values(), net.state_dict().values(), strict=True):
            if old.dtype.is_floating_point:
                old.mul_(slowness).add_(new, alpha=1 - slowness)
            else:
                old.copy_(new)


def answer(net: ViewNet, people: Canvases, chosen: Sequence[int], recipe: Recipe) -> dict[str, npt.NDArray[np.float64]]:
    """Return the log odds of every question for some people, (N,) each; see `photo_scores`."""
    said = []
    with torch.no_grad():
        for start in range(0, len(chosen), 96):
            views = [plain_view(people[k], recipe.shown) for k in chosen[start : start + 96]]
            odds = net(scaled(np.concatenate(views)))
            said.append(odds.view(len(views), 1 + recipe.shown.paired, -1).numpy())
    return photo_scores(np.concatenate(said), recipe.questions)


assert SOME != UNKNOWN
