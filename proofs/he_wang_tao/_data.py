"""The data sets on which the constructions are carried out."""

from __future__ import annotations

from flint import fmpq

from exactland.problem.losses import EmpiricalLoss

FIVE_POINTS = EmpiricalLoss(
    tuple((fmpq(k, 10),) for k in (-10, -6, -1, 3, 7)),
    tuple((fmpq(k, 100),) for k in (28, -10, 3, 23, -22)),
)
"""The five-point experiment, one input; hidden biases are parameters."""

FIVE_POINTS_PLAIN = EmpiricalLoss(
    tuple((*row, fmpq(1)) for row in FIVE_POINTS.inputs), FIVE_POINTS.targets
)
"""The same with the constant input 1 and no biases."""

PLANE = EmpiricalLoss(
    tuple((fmpq(a), fmpq(b)) for a, b in ((0, 0), (1, 0), (0, 1), (1, 1), (2, 1), (-1, 2))),
    tuple((fmpq(y),) for y in (0, 1, 1, 0, 2, -1)),
)
"""Six points of the plane that no affine function fits (the first four are exclusive or)."""

TWO_OUTPUTS = EmpiricalLoss(
    tuple((fmpq(k),) for k in (-1, 0, 1, 2)),
    tuple((fmpq(a), fmpq(b)) for a, b in ((1, 0), (0, 1), (2, -1), (0, 0))),
)
"""Four points with two outputs each."""

OPPOSITE = EmpiricalLoss(((fmpq(1),), (fmpq(-1),)), ((fmpq(1),), (fmpq(3),)))
"""Two opposite inputs: the smallest data set with a spurious minimum at width one."""
