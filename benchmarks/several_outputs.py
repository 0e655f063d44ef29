"""What share of critical points with two outputs and two inputs stays undetermined.

Usage: python -m benchmarks.several_outputs [--seeds 200] [--snapped 20]

Two fixed random families, widths 1 to 4.  *Constructed*: a random network and random residuals that
satisfy the equations of stationarity exactly, in a generic and in a degenerate variant (first order
zero on both sides of boundaries).  *Snapped*: a ReLU network trained on random data, and snapped to
the exact stationary point beside it.  Counted are the verdicts of the points with escape neurons,
for which the published theorem gives no answer, and how many points have none.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import numpy as np
from flint import fmpq

from exactland.arithmetic.rationals import from_float
from exactland.landscape.analysis import analyze_empirical
from exactland.landscape.snapping.driver import snap
from exactland.problem.checkpoints import Checkpoint
from exactland.problem.datasets import Dataset
from exactland.problem.files import problem_from_json
from exactland.problem.losses import Problem
from tests.stationary_points import stationary_point

WIDTHS = (1, 2, 3, 4)
STEPS, RATE = 30_000, 0.05


def constructed(width: int, seeds: int, loose: bool) -> Iterator[Problem | str]:
    """Points that solve the equations of stationarity; a word where none was made."""
    for seed in range(seeds):
        found = stationary_point(seed, width, 2, 2, loose)
        if found is None:
            yield "no residual left"
            continue
        problem = problem_from_json(found)
        assert isinstance(problem, Problem)
        yield problem


def snapped(width: int, seeds: int) -> Iterator[Problem | str]:
    """Trained and snapped points; the status of the snapping where there is none."""
    for seed in range(seeds):
        random, generator = Random(f"{seed} {width}"), np.random.default_rng(1000 * width + seed)
        x = [[random.randint(-10, 10) / 5 for _ in range(2)] for _ in range(5)]
        y = [[random.randint(-10, 10) / 5 for _ in range(2)] for _ in range(5)]
        w, v = train(np.array(x), np.array(y), generator, width)
        data = Dataset(_decimals(x), _decimals(y))
        result = snap(Checkpoint(_exact(w), _exact(v.T)), data)
        yield result.problem if result.status == "ok" and result.problem else result.status


def train(x: Any, y: Any, generator: Any, width: int) -> tuple[Any, Any]:
    """Gradient descent on half the summed squares, from a small start."""
    w = 0.3 * generator.standard_normal((width, 2))
    v = 0.3 * generator.standard_normal((width, 2))
    rate = RATE / (1 + float((x**2).sum()))
    for _ in range(STEPS):
        z = x @ w.T
        active = z > 0
        error = (z * active) @ v - y
        w, v = w - rate * ((active * (error @ v.T)).T @ x), v - rate * ((z * active).T @ error)
    return w, v


def _decimals(rows: list[list[float]]) -> tuple[tuple[fmpq, ...], ...]:
    return tuple(tuple(fmpq(round(5 * entry), 5) for entry in row) for row in rows)


def _exact(rows: Any) -> tuple[tuple[fmpq, ...], ...]:
    return tuple(tuple(from_float(float(entry)) for entry in row) for row in rows)


def tally(points: Iterator[Problem | str]) -> Counter[str]:
    """Count the verdicts of the points with escape neurons, and what else there was."""
    counts: Counter[str] = Counter()
    for point in points:
        if isinstance(point, str):
            counts[point] += 1
            continue
        analysis = analyze_empirical(point)
        if not analysis.directional.holds:
            counts["not stationary"] += 1
        elif not analysis.escape_neurons:
            counts["no escape neuron"] += 1
        else:
            counts[analysis.verdict] += 1
    return counts


def main() -> None:
    """Print one row of a Markdown table for each family and width."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="constructed points a width")
    parser.add_argument("--snapped", type=int, default=20, help="trained networks a width")
    options = parser.parse_args()
    seeds = options.seeds
    print("| family | width | local minimum | saddle | undetermined | no escape neuron | other |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | --- |")
    families = {
        "constructed": lambda width: constructed(width, seeds, False),
        "constructed, degenerate": lambda width: constructed(width, seeds, True),
        "snapped": lambda width: snapped(width, options.snapped),
    }
    known = ("local_minimum", "saddle", "undetermined", "no escape neuron")
    for family, points in families.items():
        for width in WIDTHS:
            counts = tally(points(width))
            rest = ", ".join(
                f"{n} {name}" for name, n in sorted(counts.items()) if name not in known
            )
            cells = " | ".join(str(counts[name]) for name in known)
            print(f"| {family} | {width} | {cells} | {rest} |", flush=True)


if __name__ == "__main__":
    main()
