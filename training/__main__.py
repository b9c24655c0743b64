"""Make what photospec learnt.

    python -m training all ../shared          every weight file, judged on people left out; about two hours of one core
    python -m training person ../shared ear   one network of the person
    python -m training judge ../shared        bands and benchmarks/cross_validation.json from the folds
    python -m training export ../shared       the files of the trained networks
    python -m training small ../shared        aspect.npz, bystander.npz and the weights of the lettering

Everything is seeded. Intermediate results are kept in --work, and what is there is not made again.
"""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from photospec.networks.shelf import BANDS
from training import aspect, bystander, lettering
from training.drawn import draw_people
from training.export import export_network
from training.judge import judge
from training.people import FOLDS, read_people
from training.pictures import Canvases
from training.recipes import RECIPES, answer, learn

WORK = Path("out/training")


def _person(people: Canvases, names: Sequence[str], folds: Sequence[str], work: Path, steps: int | None) -> None:
    for name in names:
        recipe = RECIPES[name]
        for fold in folds:
            weights, scores = work / f"{name}-{fold}.pt", work / f"{name}-{fold}.npz"
            everybody = fold == "all"
            if weights.exists() and (everybody or scores.exists()):
                continue
            learners = [k for k, p in enumerate(people.people) if everybody or p.fold != int(fold)]
            start = time.perf_counter()
            net = learn(people, learners, recipe, seed=FOLDS if everybody else int(fold), steps=steps, tell=_tell)
            torch.save(net.state_dict(), weights)
            if not everybody:
                others = [k for k, p in enumerate(people.people) if p.fold == int(fold)]
                said = answer(net, people, others, recipe)
                shown = np.array([people.people[k].name for k in others])
                np.savez(scores, allow_pickle=False, names=shown, **said)
            _tell(f"{name} {fold}: {time.perf_counter() - start:.0f} s")


def _tell(line: str) -> None:
    print(line, flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and work."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__, formatter_class=_Plain)
    parser.add_argument("task", choices=("all", "person", "judge", "export", "small"))
    parser.add_argument("shared", type=Path, help="the folder of the sets")
    parser.add_argument("networks", nargs="*", default=list(RECIPES), help="of the person; by default all")
    parser.add_argument("--folds", default="0,1,2,all", help="groups of people to leave out; 'all' leaves out none")
    parser.add_argument(
        "--licence", choices=("any", "permissive"), default="any", help="which people may be learnt from"
    )
    parser.add_argument("--work", type=Path, default=WORK, help="where intermediate results are kept")
    parser.add_argument("--out", type=Path, default=Path("photospec/networks"), help="where the weights go")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, help="fewer steps than the recipes ask, for a trial")
    given = parser.parse_args(arguments)
    torch.set_num_threads(given.threads)
    if given.task in ("all", "small"):
        aspect.make(given.shared, given.out)
        bystander.make(given.shared, given.out)
        lettering.make(given.shared)
    if given.task == "small":
        return
    work = given.work / given.licence
    people = Canvases(work, read_people(given.shared, given.licence) + draw_people(given.work / "drawn"))
    if given.task in ("all", "person"):
        _person(people, given.networks, given.folds.split(","), work, given.steps)
    if given.task in ("all", "judge"):
        judge(people, work)
    if given.task in ("all", "export"):
        for name in given.networks:
            export_network(work / f"{name}-all.pt", RECIPES[name], people, given.out / f"{name}.onnx")
        shutil.copy(work / BANDS, given.out)
        print("then: python -m photospec.networks, which lists the new files")


class _Plain(argparse.RawDescriptionHelpFormatter):
    pass


if __name__ == "__main__":
    main()
