"""The Hessian of the empirical loss at a smooth point (no data point on any neuron's boundary)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flint import fmpq

from exactland.arithmetic.rationals import ZERO, dot
from exactland.derivatives.empirical import EmpiricalPoint
from exactland.problem.network import Matrix, Vector

MAX_PARAMETERS: Final = 400
"""Parameters beyond which the Hessian is not formed."""
MAX_FIELD_PARAMETERS: Final = 60
"""The same over a number field, where elimination is plain."""


@dataclass(frozen=True, slots=True)
class Hessian:
    """The exact Hessian in the order: per neuron (w~_i, h_i), then the output bias.

    Attributes
    ----------
    matrix : p x p, symmetric, rational
    """

    matrix: Matrix


def is_smooth(point: EmpiricalPoint) -> bool:
    """Return whether no nonzero data point lies on the boundary of any neuron.

    Then the loss is a polynomial near the point.  (For the identity every point is smooth.)
    """
    if not point.problem.network.activation.kink:
        return True
    live = [index for index, row in enumerate(point.inputs) if any(row)]
    return not any(pattern[index] == "0" for pattern in point.patterns for index in live)


def is_within_limits(point: EmpiricalPoint) -> bool:
    """Return whether the Hessian is small enough to be formed and taken apart."""
    rational = point.problem.field is None
    return parameter_count(point) <= (MAX_PARAMETERS if rational else MAX_FIELD_PARAMETERS)


def parameter_count(point: EmpiricalPoint) -> int:
    """Return the number of parameters, m (d~ + J) plus J with an output bias."""
    bias = point.problem.network.output_bias
    return point.width * (point.dimension + point.output_dimension) + len(bias or ())


def hessian(point: EmpiricalPoint) -> Hessian:
    """Return the Hessian at a smooth point.

    With f_j(x) = c_j + sum_i h_ij s_ik w~_i . x~_k near the point:
    H = 2 scale sum_k ( sum_j grad f_j grad f_j^T + e_kj Hess f_j ), and Hess f_j couples only
    (w~_i, h_ij), with entry s_ik x~_k.

    Raises
    ------
    ValueError
        If the point is not smooth.
    """
    if not is_smooth(point):
        raise ValueError("the Hessian exists only where no data point is on a boundary")
    activation = point.problem.network.activation
    size = parameter_count(point)
    block = point.dimension + point.output_dimension
    total = [[ZERO] * size for _ in range(size)]
    for k, row in enumerate(point.inputs):
        for output in range(point.output_dimension):
            gradient: list[tuple[int, fmpq]] = []
            for i, (weight, height) in enumerate(zip(point.weights, point.outputs, strict=True)):
                slope = activation.slope({"+": 1, "0": 0, "-": -1}[point.patterns[i][k]])
                if not slope:
                    continue
                start = i * block
                if height[output]:
                    gradient += [
                        (start + axis, height[output] * slope * entry)
                        for axis, entry in enumerate(row)
                        if entry
                    ]
                gradient.append((start + point.dimension + output, slope * dot(weight, row)))
                error = point.residuals[k][output]
                for axis, entry in enumerate(row):
                    first, second = start + axis, start + point.dimension + output
                    total[first][second] += error * slope * entry
                    total[second][first] += error * slope * entry
            if point.problem.network.output_bias is not None:
                gradient.append((point.width * block + output, fmpq(1)))
            for first, left in gradient:
                line = total[first]
                for second, right in gradient:
                    line[second] += left * right
    factor = 2 * point.problem.loss.scale
    return Hessian(tuple(tuple(factor * entry for entry in line) for line in total))


def split_parameters(
    point: EmpiricalPoint, vector: Vector
) -> tuple[dict[int, tuple[Vector, Vector]], Vector | None]:
    """Split a vector in Hessian order into moves {i: (dw~_i, dh_i)} and dc, zero moves left out."""
    block = point.dimension + point.output_dimension
    moves = {}
    for index in range(point.width):
        part = vector[index * block : (index + 1) * block]
        if any(part):
            moves[index] = (part[: point.dimension], part[point.dimension :])
    bias = None if point.problem.network.output_bias is None else vector[point.width * block :]
    return moves, bias
