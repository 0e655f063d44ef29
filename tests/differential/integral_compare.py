"""Production against the slow decider on one problem of the integral loss."""

from __future__ import annotations

from fractions import Fraction as F
from random import Random
from typing import Any

from exactland.landscape.analyze import analyze
from exactland.problem.files import problem_from_json
from tests.differential.integral import Json, Point, Verdicts, decide, read
from tests.surds import value


def disagreements(problem: Json, counts: dict[str, int]) -> list[str]:
    """Return what the two deciders say differently; tally what the problem was in `counts`."""
    shown = analyze(problem_from_json(problem)).to_json()
    point = read(problem)
    truth = decide(point)
    key = "over a field, " if "field" in problem else ""
    key += shown["verdict"] + ("" if point.affine() else ", beyond the affine theorem")
    counts[key] = counts.get(key, 0) + 1
    stationary, regularity = shown["stationary"], shown["regularity"]
    general, hessian = stationary["generalized_gradient"], shown["hessian"] or {}
    names = point.coordinates()

    def numbers(texts: list[str]) -> list[Any]:
        return [value(text, problem) for text in texts]

    pairs: dict[str, tuple[Any, Any]] = {
        "loss": (value(shown["loss"], problem), truth.loss),
        "coordinates": (shown["coordinates"], names),
        "gradient": (numbers(shown["gradient"]), [truth.gradients[0][n] for n in names]),
        "gradient_strict": (
            numbers(shown["gradient_strict"]),
            [truth.gradients[1][n] for n in names],
        ),
        "differentiable": (regularity["differentiable"], truth.differentiable),
        "C2_near": (regularity["C2_near"], truth.c2_near),
        "twice_differentiable": (regularity["twice_differentiable"], truth.twice),
        "classical": (stationary["classical"], truth.classical),
        "directional": (stationary["directional"], truth.directional),
        "coordinatewise": (stationary["coordinatewise"], truth.coordinatewise),
        "right_partials_zero": (stationary["right_partials_zero"], truth.right_partials),
        "generalized_ge": (general["at_zero_1"], not any(truth.gradients[0].values())),
        "generalized_gt": (general["at_zero_gamma"], not any(truth.gradients[1].values())),
        "inertia": (_counts(hessian.get("inertia")), truth.inertia),
        "inertia_modified": (_counts(hessian.get("inertia_modified")), truth.inertia_modified),
        "moment": (
            value(shown["M"], problem) * F(problem["loss"].get("scale", "1")),
            point.moment([F(0), F(1)], point.low, point.high),
        ),
        "sites": (
            numbers([site["at"] for site in shown["sites"]]),
            point.knots[1:-1] if point.slopes is not None else [],
        ),
    }
    if truth.matrix is not None:
        found = hessian.get("matrix")
        pairs["hessian"] = (found and [numbers(row) for row in found], truth.matrix)
        if not names:
            pairs["hessian"] = ([], [])
    if truth.clarke is not None:
        pairs["clarke"] = (stationary["clarke"], truth.clarke)
    if truth.verdict is not None:
        pairs["verdict"] = (shown["verdict"], truth.verdict)
    differences = [f"{name}: {a} != {b}" for name, (a, b) in pairs.items() if a != b]
    differences += [f"check {name} fails" for name, holds in shown["checks"].items() if not holds]
    return differences + _tried(shown, point, truth, problem)


def _counts(shown: list[int] | None) -> tuple[int, ...] | None:
    return None if shown is None else tuple(shown)


def _tried(shown: Json, point: Point, truth: Verdicts, problem: Json) -> list[str]:
    """The verdict tried on points nearby, and its descent direction evaluated."""
    verdict, descent = shown["verdict"], shown["descent"]
    found = []
    if (verdict == "not_stationary") != (not truth.directional):
        found.append(f"verdict {verdict}, directionally stationary {truth.directional}")
    if verdict in ("local_minimum", "global_minimum") and _lower_nearby(point):
        found.append(f"verdict {verdict}, but there are lower points nearby")
    if verdict in ("saddle", "not_stationary") and descent is None:
        found.append(f"verdict {verdict} without a descent direction")
    if descent is not None:
        found += _falls(point, descent, problem)
    return found


def _falls(point: Point, descent: Json, problem: Json) -> list[str]:
    direction = {name: value(text, problem) for name, text in descent["direction"].items()}
    for digits in (200, 260):
        step = {name: a / F(10) ** digits for name, a in direction.items()}
        if not point.moved(step).loss < point.loss:
            return [f"the loss does not fall at 10^-{digits} along {descent['direction']}"]
    for row in descent.get("decrease") or []:
        step = {name: a * F(row["eps"]) for name, a in direction.items()}
        if point.moved(step).loss - point.loss != value(row["loss_change"], problem):
            return [f"the loss change at eps {row['eps']} is not the printed one"]
    return []


def _lower_nearby(point: Point) -> bool:
    random = Random(0)
    for _ in range(6):
        scale = F(1, 10 ** random.choice([60, 70]))
        step = {name: scale * random.randint(-9, 9) for name in point.coordinates()}
        if point.moved(step).loss < point.loss:
            return True
    return False
