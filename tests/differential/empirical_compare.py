"""Production against the slow decider on one problem of the empirical loss."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction as F
from random import Random
from typing import Any

from exactland.landscape.analyze import analyze
from exactland.problem.files import problem_from_json
from tests.differential.empirical import Json, Point, Verdicts, decide
from tests.differential.empirical import read as read_point
from tests.surds import reader, value

TINY = (F(1, 10**400), F(1, 10**500))


def disagreements(problem: Json, counts: dict[str, int]) -> list[str]:
    """Return what the two deciders say differently; tally what the problem was in `counts`."""
    shown = analyze(problem_from_json(problem)).to_json()
    point = read_point(problem)
    truth = decide(point)
    field = "over a field, " if "field" in problem else ""
    several = field + "several outputs, " if len(point.y[0]) > 1 else field
    counts[several + shown["verdict"]] = counts.get(several + shown["verdict"], 0) + 1
    pairs: dict[str, tuple[Any, Any]] = {
        "loss": (value(shown["loss"], problem), truth.loss),
        "differentiable": (shown["differentiable"], truth.differentiable),
        "stationary.directional": (shown["stationary"]["directional"], truth.directional),
        "stationary.differentiable": (
            shown["stationary"]["differentiable"],
            truth.directional and truth.differentiable,
        ),
        "stationary.clarke": (shown["stationary"]["clarke"], truth.clarke),
        "escape_neurons": (shown["escape_neurons"], truth.escape and list(truth.escape)),
    }
    if truth.escape == ():
        pairs["escape_neurons"] = (shown["escape_neurons"], [])
    found = [f"{name}: {a} != {b}" for name, (a, b) in pairs.items() if a != b]
    return found + _about_the_verdict(shown, point, truth, reader(problem))


def _about_the_verdict(
    shown: Json, point: Point, truth: Verdicts, read: Callable[[Any], Any]
) -> list[str]:
    verdict = shown["verdict"]
    if (verdict == "not_stationary") != (not truth.directional):
        # The one exception is a point whose loss no function can lower; it is stationary.
        return [f"verdict {verdict}, directionally stationary {truth.directional}"]
    if truth.global_minimum:
        return [] if verdict == "global_minimum" else [f"verdict {verdict} at a global minimum"]
    if verdict in ("global_minimum", "local_minimum"):
        if truth.minimum is False:
            return [f"verdict {verdict}, but it is not a local minimum"]
        return [f"verdict {verdict}, but: {text}" for text in _lower_nearby(point, shown, read)]
    if verdict == "saddle":
        if truth.minimum is True:
            return ["verdict saddle at a local minimum"]
        return _does_not_descend(point, shown, read)
    if verdict == "undetermined" and truth.minimum is not None:
        return [f"undetermined, but minimum is {truth.minimum}"]
    return []


def _moved(point: Point, change: Any) -> F:
    """The loss where every parameter p is replaced by change(place, p)."""
    w = [tuple(change(("w", i, k), a) for k, a in enumerate(row)) for i, row in enumerate(point.w)]
    h = [tuple(change(("v", i, k), a) for k, a in enumerate(row)) for i, row in enumerate(point.h)]
    c = None
    if point.c is not None:
        c = tuple(change(("c", 0, k), a) for k, a in enumerate(point.c))
    return Point(point.slopes, w, h, c, point.x, point.y, point.scale).loss


def _lower_nearby(point: Point, shown: Json, read: Callable[[Any], Any]) -> list[str]:
    """Try some points within the radius claimed, or very near where none is."""
    radius = read(shown.get("radius", "1/1000000000000000000000000000000"))
    random = Random(0)
    for _ in range(6):
        scale = radius * random.choice([F(1), F(1, 2), F(1, 10**6)])

        def change(_: Any, old: F, scale: F = scale) -> F:
            return old + scale * random.choice([F(0), F(1), F(-1), F(1, 3), F(-1, 7)])

        if _moved(point, change) < point.loss:
            return ["a lower point within the radius"]
    return []


def _does_not_descend(point: Point, shown: Json, read: Callable[[Any], Any]) -> list[str]:
    """The descent curve of the answer, evaluated at two very small tau."""
    curve = shown["descent_curve"]["curve"]
    moves: dict[tuple[str, int, int], list[F]] = {}
    for index, part in curve["neurons"].items():
        rows = [*part.get("w", []), *([part["b"]] if "b" in part else [])]
        for name, entries in (("w", rows), ("v", part.get("v", []))):
            for k, coefficients in enumerate(entries):
                moves[name, int(index), k] = [read(a) for a in coefficients]
    for k, coefficients in enumerate(curve.get("c", [])):
        moves["c", 0, k] = [read(a) for a in coefficients]
    for tau in TINY:

        def change(place: tuple[str, int, int], old: F, tau: F = tau) -> F:
            steps = enumerate(moves.get(place, []), start=1)
            return old + sum((a * tau**k for k, a in steps), F(0))

        if not _moved(point, change) < point.loss:
            return [f"the loss does not fall along the curve at {tau}"]
    return []
