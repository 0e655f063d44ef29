"""Points of small empirical landscapes written as text, for the cases on instances."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from flint import fmpq

from exactland.arithmetic.rationals import ZERO, dot, parse_rational
from exactland.derivatives.empirical import EmpiricalPoint, evaluate
from exactland.problem.activations import ReluLike, relu
from exactland.problem.losses import EmpiricalLoss, Problem
from exactland.problem.network import Matrix, Network, Vector

FIVE_INPUTS = ("-1 1", "-3/5 1", "-1/10 1", "3/10 1", "7/10 1")
FIVE_TARGETS = ("7/25", "-1/10", "3/100", "23/100", "-11/50")
"""The five data points of the experiment; the second input is the constant 1."""

START = (("0 0", "0"), ("0 -1", "1"))
"""The first plateau in the smallest form that shows it: a zero and a dead neuron."""
PLATEAU = (("-1 7/10", "231/2690"), ("0 0", "0"), ("0 -1", "1"))
"""The second plateau: a neuron on the hyperplane of x_5, a zero and a dead neuron."""
END = (("-1 7/10", "1/4"), ("-929/9260 14071/92600", "-1"))
"""The end point: the neuron on the hyperplane of x_5, and one active on all data."""


def vector(text: str) -> Vector:
    """Return "1/2 -3" as a vector."""
    return tuple(parse_rational(entry, "entry") for entry in text.split())


def problem(
    neurons: Sequence[tuple[str, str]],
    inputs: Sequence[str] = FIVE_INPUTS,
    targets: Sequence[str] = FIVE_TARGETS,
    activation: ReluLike | None = None,
) -> Problem:
    """Return the problem with neurons (w, h) on data (x, y); the five points if none are given."""
    data = EmpiricalLoss(tuple(map(vector, inputs)), tuple(map(vector, targets)))
    weights = tuple(vector(w) for w, _ in neurons)
    heights = tuple(vector(h) for _, h in neurons)
    outputs = tuple(tuple(h[j] for h in heights) for j in range(len(data.targets[0])))
    return Problem(Network(activation or relu(), weights, outputs), data)


def predictions(point: EmpiricalPoint) -> Matrix:
    """Return f(x_k) for every data point."""
    return tuple(
        tuple(e + y for e, y in zip(errors, target, strict=True))
        for errors, target in zip(point.residuals, point.problem.loss.targets, strict=True)
    )


def loss_of(weights: Matrix, outputs: Matrix, data: EmpiricalLoss) -> fmpq:
    """Return the loss of the ReLU network with neurons (w_i, h_i), from the definition.

    It uses no code of the package but its numbers.
    """
    total = ZERO
    for row, target in zip(data.inputs, data.targets, strict=True):
        heights = [max(dot(weight, row), ZERO) for weight in weights]
        for j, wanted in enumerate(target):
            value = sum((h[j] * r for h, r in zip(outputs, heights, strict=True)), ZERO)
            total += (value - wanted) ** 2
    return total / 2


def small_points(width: int) -> Iterator[tuple[str, EmpiricalPoint]]:
    """Yield all networks with entries -1, 0, 1 on four small data sets (one output).

    With one input there are two data sets, with two inputs (the second the constant 1) two more.
    """
    sets = (
        (("1", "-1"), ("1", "2")),
        (("1", "2", "-1"), ("1", "0", "-1")),
        (("0 1", "1 1"), ("1", "-1")),
        (("-1 1", "0 1", "1 1"), ("0", "1", "0")),
    )
    for place, (inputs, targets) in enumerate(sets):
        data = problem([], inputs, targets).loss
        dimension = len(data.inputs[0])
        neurons = list(product((-1, 0, 1), repeat=dimension + 1))
        for chosen in product(neurons, repeat=width):
            if list(chosen) != sorted(chosen):
                continue
            weights = tuple(tuple(map(fmpq, one[:-1])) for one in chosen)
            heights = tuple(fmpq(one[-1]) for one in chosen)
            network = Network(relu(), weights, (heights,))
            yield f"data {place}: {chosen}", evaluate(Problem(network, data))
