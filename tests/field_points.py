"""Points over quadratic fields: rescaled rational problems, rank-one plateaus of two outputs."""

from __future__ import annotations

import copy
from typing import Any

ROOT_TWO = {"minpoly": ["-2", "0", "1"], "interval": ["1", "2"]}

# (1 + sqrt 2) and its inverse sqrt 2 - 1, as coefficients; sqrt 2 itself.
UNIT, INVERSE, ROOT = (1, 1), (-1, 1), (0, 1)

# Best rank-one approximation of Y = (1 2; 1 1), data the unit vectors: over Q(sqrt 5).
RANK_ONE: dict[str, Any] = {
    "format": "exactland-problem/1",
    "field": {"minpoly": ["-5", "0", "1"], "interval": ["2", "3"]},
    "network": {
        "activation": {"kind": "relu"},
        "w": [[["1/6", "1/10"], ["1/6", "1/30"]]],
        "v": [["3"], [["3/2", "3/2"]]],
    },
    "loss": {"kind": "empirical", "x": [["1", "0"], ["0", "1"]], "y": [["1", "2"], ["1", "1"]]},
}


def times(factor: tuple[int, int], value: Any) -> Any:
    """(a + b sqrt 2) times a number of a file, as a coefficient list."""
    from fractions import Fraction as F

    c, d = [*map(F, value), F(0)][:2] if isinstance(value, list) else (F(value), F(0))
    a, b = factor
    return [str(a * c + 2 * b * d), str(a * d + b * c)]


def rescaled(problem: dict[str, Any]) -> dict[str, Any]:
    """Inputs and targets times sqrt 2, every second neuron rescaled by 1 + sqrt 2.

    The network of the result takes the values of the given one times sqrt 2 at the new inputs, so
    every sign is kept and the loss is doubled.
    """
    result = copy.deepcopy(problem)
    network, loss = result["network"], result["loss"]
    result["field"] = ROOT_TWO
    moved = range(0, len(network["w"]), 2)
    for i in moved:
        network["w"][i] = [times(UNIT, entry) for entry in network["w"][i]]
        if "b" in network:
            network["b"][i] = times(UNIT, network["b"][i])
        for row in network["v"]:
            row[i] = times(INVERSE, row[i])
    if "b" in network:
        network["b"] = [times(ROOT, entry) for entry in network["b"]]
    if "c" in network:
        network["c"] = [times(ROOT, entry) for entry in network["c"]]
    loss["x"] = [[times(ROOT, entry) for entry in row] for row in loss["x"]]
    loss["y"] = [[times(ROOT, entry) for entry in row] for row in loss["y"]]
    return result


def with_passengers() -> dict[str, Any]:
    """The rank-one plateau with a dead neuron and a zero one: a saddle."""
    result = copy.deepcopy(RANK_ONE)
    result["network"]["w"] += [["-1", "-2"], ["0", "0"]]
    result["network"]["v"][0] += ["1", "0"]
    result["network"]["v"][1] += [["0", "1"], "0"]
    return result
