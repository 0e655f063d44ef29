"""Problems of every sort to draw."""

from __future__ import annotations

from functools import cache
from typing import Any

from exactland.landscape.integral.family import critical_family
from exactland.plots import KINDS
from exactland.plots.choice import make_scene
from exactland.plots.scene import Scene
from exactland.problem.files import problem_from_json
from exactland.problem.integral import IntegralProblem
from exactland.problem.losses import Problem

FORMAT = "exactland-problem/1"
X = ["-1", "-3/5", "-1/10", "3/10", "7/10"]
Y = [["0.28"], ["-0.1"], ["0.03"], ["0.23"], ["-0.22"]]


def five_points(weights: list[list[str]], outputs: list[str], **biases: list[str]) -> Problem:
    """The five points with the constant input 1, any network."""
    problem = problem_from_json(
        {
            "format": FORMAT,
            "network": {"activation": {"kind": "relu"}, "w": weights, "v": [outputs], **biases},
            "loss": {"kind": "empirical", "x": [[x, "1"] for x in X], "y": Y},
        }
    )
    assert isinstance(problem, Problem)
    return problem


def plateau() -> Problem:
    """The plateau of the five-point experiment at width 2: neuron 1 escapes."""
    return five_points([["-231/2690", "1617/26900"], ["0", "0"]], ["1", "0"])


def spurious_end() -> Problem:
    """The affine fit by an active neuron and its opposite, beside a dead one: spurious."""
    return five_points([["-693/4630", "47367/46300"], ["0", "1"], ["0", "-1"]], ["1", "-1", "1"])


def smooth_point() -> Problem:
    return five_points([["1", "2"], ["1", "-2"]], ["1/2", "3"], c=["1"])


def several_outputs() -> Problem:
    problem = problem_from_json(
        {
            "format": FORMAT,
            "network": {"activation": {"kind": "relu"}, "w": [["1"]], "b": ["0"],
                        "v": [["1"], ["2"]]},
            "loss": {"kind": "empirical", "x": [["1"], ["-1"]], "y": [["1", "2"], ["0", "1"]]},
        }
    )  # fmt: skip
    assert isinstance(problem, Problem)
    return problem


def three_inputs() -> Problem:
    rows = [["1", "0", "1"], ["0", "1", "1"], ["-1", "1/2", "1"], ["1", "1", "1"]]
    problem = problem_from_json(
        {
            "format": FORMAT,
            "network": {"activation": {"kind": "leaky_relu", "slope": "1/4"},
                        "w": [["1", "0", "-1"]], "v": [["1"]]},
            "loss": {"kind": "empirical", "x": rows, "y": [["1"], ["0"], ["-1"], ["2"]]},
        }
    )  # fmt: skip
    assert isinstance(problem, Problem)
    return problem


def four_inputs() -> Problem:
    rows = [["1", "0", "0", "1"], ["0", "1", "0", "1"], ["0", "0", "1", "1"], ["1", "1", "1", "1"]]
    problem = problem_from_json(
        {
            "format": FORMAT,
            "network": {"activation": {"kind": "abs"}, "w": [["1", "1", "-2", "0"]], "v": [["1"]]},
            "loss": {"kind": "empirical", "x": rows, "y": [["1"], ["0"], ["-1"], ["2"]]},
        }
    )
    assert isinstance(problem, Problem)
    return problem


def deep() -> Any:
    return problem_from_json(
        {
            "format": FORMAT,
            "network": {
                "activation": {"kind": "abs"},
                "layers": [
                    {"w": [["1"], ["-1"]], "b": ["-1", "1/2"]},
                    {"w": [["1", "-2"]], "b": ["0"]},
                    {"w": [["3"]], "b": ["-1"]},
                ],
            },
            "loss": {"kind": "empirical", "x": [["0"], ["1"], ["2"]], "y": [["1"], ["0"], ["1"]]},
        }
    )


def family() -> IntegralProblem:
    return critical_family("relu", 2).problem


def irrational_family() -> IntegralProblem:
    from flint import fmpq

    return critical_family("leaky_relu", 2, fmpq(1, 4)).problem


def curved_target() -> Any:
    return problem_from_json(
        {
            "format": FORMAT,
            "network": {"activation": {"kind": "quadratic"}, "w": [["1"]], "b": ["1/2"],
                        "v": [["1"]], "c": ["0"]},
            "loss": {"kind": "integral", "interval": ["-1", "1"], "target": ["0", "0", "0", "1"]},
        }
    )  # fmt: skip


EVERY = {
    "plateau": plateau,
    "spurious_end": spurious_end,
    "smooth_point": smooth_point,
    "several_outputs": several_outputs,
    "three_inputs": three_inputs,
    "four_inputs": four_inputs,
    "deep": deep,
    "family": family,
    "irrational_family": irrational_family,
    "curved_target": curved_target,
}

REFUSED = {
    "plateau": ["hessian"],
    "several_outputs": ["cells"],
    "three_inputs": ["function", "hessian"],
    "four_inputs": ["function", "hessian"],
    "deep": ["line", "plane", "cells", "hessian", "generators"],
    "family": ["cells", "generators"],
    "irrational_family": ["cells", "generators"],
    "curved_target": ["cells", "generators"],
}
"""The kinds that do not exist for a problem (a kink on the data, several inputs, ...)."""

DRAWN = [(name, kind) for name in EVERY for kind in KINDS if kind not in REFUSED.get(name, [])]


@cache
def scene(name: str, kind: str) -> Scene:
    """The figure of a kind of one of the problems."""
    return make_scene(EVERY[name](), kind)
