"""What the cases made by hand share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.checker.examples import Json, certificate, problem

Case = tuple[str, Json, str]
"""Which condition, the document, and where it is rejected or unusable; "" if it is accepted."""

LEAKY = {"kind": "leaky_relu", "slope": "1/2"}
ROOT_TWO = {"minpoly": ["-2", "0", "1"], "interval": ["1", "2"]}
ROOT: Any = ["0", "1"]
AXES = [["1", "0"], ["0", "1"]]
FLAT = problem([["-1"]], [["0"]], [["1"]], [["1"]])
"""A neuron that is not active: a local minimum."""
CUBE = problem(
    [["1", "0"]],
    [["1", "1", "1"]],
    [["1", "0"], ["0", "1"]],
    [["1", "1", "1"], ["0", "0", "-1"]],
)
"""Three outputs: h . psi >= 0 on a cube of output weights, at all its corners."""


def loss_value(given: Json, loss: str) -> Json:
    return certificate(given, "loss_value", {"loss": loss})


def into(cases: list[Case]) -> Callable[[str, Json, str], None]:
    """Return what appends a case to the list."""

    def case(condition: str, document: Json, where: str) -> None:
        cases.append((condition, document, where))

    return case
