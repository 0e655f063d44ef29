"""The Hessian of the empirical loss at a smooth point (no data point on any neuron's boundary)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flint import fmpq

from exactland.arithmetic.matrices import multiply, transpose
from exactland.arithmetic.rationals import ZERO, dot
from exactland.cells.patterns import SIGN_VALUES
from exactland.derivatives.empirical import EmpiricalPoint, one_sided_functionals
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
    return parameter_count(point) <= parameter_limit(point)


def parameter_limit(point: EmpiricalPoint) -> int:
    """Return the number of parameters beyond which the Hessian is not formed."""
    return MAX_PARAMETERS if point.problem.field is None else MAX_FIELD_PARAMETERS


def parameter_count(point: EmpiricalPoint) -> int:
    """Return the number of parameters, m (d~ + J) plus J with an output bias."""
    bias = point.problem.network.output_bias
    return point.width * (point.dimension + point.output_dimension) + len(bias or ())


def hessian(point: EmpiricalPoint) -> Hessian:
    """Return the Hessian at a smooth point.

    With f_j(x) = c_j + sum_i h_ij s_ik w~_i . x~_k near the point:
    H = 2 scale sum_k ( sum_j grad f_j grad f_j^T + e_kj Hess f_j ), and Hess f_j couples only
    (w~_i, h_ij), with entry s_ik x~_k: the second part of H is the matrix A_i of psi_i.

    Raises
    ------
    ValueError
        If the point is not smooth.
    """
    if not is_smooth(point):
        raise ValueError("the Hessian exists only where no data point is on a boundary")
    gradients = _gradients(point)
    factor = 2 * point.problem.loss.scale
    scaled = [[factor * entry for entry in row] for row in gradients]
    total = [list(line) for line in multiply(transpose(scaled), gradients)]
    block = point.dimension + point.output_dimension
    for i, functional in enumerate(one_sided_functionals(point)):
        for output, row in enumerate(functional.linear):
            second = i * block + point.dimension + output
            for first, entry in enumerate(row, start=i * block):
                total[first][second] += entry
                total[second][first] += entry
    return Hessian(tuple(map(tuple, total)))


def _gradients(point: EmpiricalPoint) -> list[list[fmpq]]:
    """Return grad f_j(x_k), a row for each datum k and output j."""
    activation, outputs = point.problem.network.activation, range(point.output_dimension)
    slopes = {sign: activation.slope(value) for sign, value in SIGN_VALUES.items()}
    biased = point.problem.network.output_bias is not None
    rows = []
    for k, datum in enumerate(point.inputs):
        neurons = [
            (height, slope, slope * dot(weight, datum))
            for weight, height, slope in zip(
                point.weights, point.outputs, (slopes[p[k]] for p in point.patterns), strict=True
            )
        ]
        for output in outputs:
            gradient: list[fmpq] = []
            for height, slope, value in neurons:
                pulled = height[output] * slope
                gradient += [pulled * entry for entry in datum]
                gradient += [value if other == output else ZERO for other in outputs]
            if biased:
                gradient += [fmpq(int(other == output)) for other in outputs]
            rows.append(gradient)
    return rows


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
