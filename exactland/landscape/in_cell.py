"""What is least within a cell of activation patterns, one hidden layer.

The cell of sides s_ik = + or - holds all networks of the shape with s_ik (w~_i . x~_k) >= 0.
Where all in-cell derivatives A_i = 2 scale sum_k e_k a_ik x~_k^T vanish (a_ik the slope on side
s_ik), the point is of least loss in the cell.  With one output, a local minimum in the open cell
is such a point.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flint import fmpq

from exactland.arithmetic.matrices import rank
from exactland.arithmetic.rationals import ZERO, dot
from exactland.derivatives.empirical import EmpiricalPoint
from exactland.problem.network import Vector

MAX_ENTRIES: Final = 40_000
"""Entries of the masked data up to which the dimension of the valley is computed."""


@dataclass(frozen=True, slots=True)
class CellMinimum:
    """A point of least loss in its closed cell of activation patterns.

    Attributes
    ----------
    cell : a string of N sides + or - a neuron
    dimension : int or None
        One output, inside the open cell, no output weight zero: the points near it with the same
        loss form a manifold of this dimension.
    two_components : bool
        Two neurons without biases, one output, both in one open cell C: the points of least loss
        in the open cell form exactly two connected components (they are connected only for fixed
        signs of the output weights).
    """

    cell: tuple[str, ...]
    dimension: int | None
    two_components: bool


def cell_minimum(point: EmpiricalPoint) -> CellMinimum | None:
    """Return the in-cell statement about a point, None where the in-cell derivatives do not vanish.

    For a point on the boundary of cells, each neuron's data on the kink are tried on the positive
    and on the negative side.

    References
    ----------
    Spec, section 7 (cells; the connectivity example).

    Examples
    --------
    >>> from exactland.derivatives.empirical import evaluate
    >>> from exactland.problem.files import problem_from_json
    >>> problem = problem_from_json({
    ...     "format": "exactland-problem/1",
    ...     "network": {"activation": {"kind": "relu"}, "w": [["3"], ["1"]], "v": [["1", "-1"]]},
    ...     "loss": {"kind": "empirical", "x": [["1"], ["2"]], "y": [["2"], ["4"]]}})
    >>> found = cell_minimum(evaluate(problem))
    >>> found.cell, found.dimension, found.two_components
    (('++', '++'), 3, False)
    """
    bias = point.output_bias_gradient
    if bias is not None and any(bias):
        return None
    known: dict[str, bool] = {}
    cell = []
    for pattern in point.patterns:
        for side in "+-":
            closed = pattern.replace("0", side)
            if closed not in known:
                known[closed] = _flat(point, closed)
            if known[closed]:
                cell.append(closed)
                break
        else:
            return None
    interior = not any(
        sign == "0" and any(row)
        for pattern in point.patterns
        for sign, row in zip(pattern, point.inputs, strict=True)
    )
    found = tuple(cell)
    if not interior or point.output_dimension != 1:
        return CellMinimum(found, None, False)
    return CellMinimum(found, _dimension(point, found), _two_components(point, found))


def _masked(point: EmpiricalPoint, cell: str) -> list[Vector]:
    activation = point.problem.network.activation
    slopes = {"+": activation.alpha_plus, "-": activation.alpha_minus}
    return [
        tuple(slopes[side] * entry for entry in row)
        for side, row in zip(cell, point.inputs, strict=True)
    ]


def _flat(point: EmpiricalPoint, cell: str) -> bool:
    columns = list(zip(*_masked(point, cell), strict=True))
    return not any(
        dot(errors, column) for errors in zip(*point.residuals, strict=True) for column in columns
    )


def _dimension(point: EmpiricalPoint, cell: tuple[str, ...]) -> int | None:
    if not all(any(output) for output in point.outputs):
        return None
    distinct = list(dict.fromkeys(cell))
    if len(point.inputs) * len(distinct) * point.dimension > MAX_ENTRIES:
        return None
    biased = point.problem.network.output_bias is not None
    rows: list[Vector] = [(fmpq(1),) * biased for _ in point.inputs]
    for pattern in distinct:
        masked = _masked(point, pattern)
        rows = [(*row, *more) for row, more in zip(rows, masked, strict=True)]
    return point.width * (point.dimension + 1) + biased - rank(rows)


def _two_components(point: EmpiricalPoint, cell: tuple[str, ...]) -> bool:
    network = point.problem.network
    if network.hidden_biases is not None or network.output_bias is not None:
        return False
    if point.width != 2 or cell[0] != cell[1] or rank(_masked(point, cell[0])) != point.dimension:
        return False
    beta = [
        sum((h[0] * w for h, w in zip(point.outputs, column, strict=True)), ZERO)
        for column in zip(*point.weights, strict=True)
    ]
    heights = [
        dot(beta, row) * (1 if side == "+" else -1)
        for side, row in zip(cell[0], point.inputs, strict=True)
        if any(row)
    ]
    in_a_cell = all(h > 0 for h in heights) or all(h < 0 for h in heights)
    return any(beta) and not in_a_cell
