"""The least loss that one neuron reaches in each cell of its weight, the other neurons at rest.

In a closed cell the neuron contributes h rho(w . x_k) = +- sum_r g_r a_rk with g >= 0, where
a_r = (rho(ray_r . x_k))_k are the atoms of the cell's rays.  The least loss for each sign of h is
therefore a least-squares problem with nonnegative coefficients: finite, exact, and convex.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flint import fmpq

from exactland.arithmetic.matrices import least_squares, transpose
from exactland.arithmetic.rationals import ZERO, dot
from exactland.cells.counting import count_cells
from exactland.cells.patterns import activation_patterns
from exactland.derivatives.empirical import EmpiricalPoint
from exactland.errors import UnsupportedError
from exactland.landscape.atlas.faces import faces_of
from exactland.problem.network import Vector

MAX_CELLS: Final = 600
"""Cells beyond which they are not listed one by one."""


@dataclass(frozen=True, slots=True)
class CellBest:
    """The least loss in one closed cell.

    Attributes
    ----------
    signs : one character ``+``, ``0`` (a zero data point), ``-`` a data point
    loss : the least loss
    weight, output : a neuron (w~, h) in the closed cell that has it, h = 1 or -1
    inside : whether that neuron lies in the open cell (else on its boundary)
    """

    signs: str
    loss: fmpq
    weight: Vector
    output: fmpq
    inside: bool


def cell_minima(point: EmpiricalPoint, neuron: int) -> tuple[CellBest, ...]:
    """Return what is best in every cell for one neuron of a network, the others frozen.

    For a network of width 1 without output bias the least entry is the global minimum.

    Raises
    ------
    UnsupportedError
        For several outputs (the problem is then not convex), or for more than
        :data:`MAX_CELLS` cells.

    Examples
    --------
    >>> from exactland.derivatives.empirical import evaluate
    >>> from exactland.problem.files import problem_from_json
    >>> point = evaluate(problem_from_json({
    ...     "format": "exactland-problem/1",
    ...     "network": {"activation": {"kind": "relu"}, "w": [["1"]], "v": [["1"]]},
    ...     "loss": {"kind": "empirical", "x": [["1"], ["-1"]], "y": [["2"], ["-1"]]}}))
    >>> [(best.signs, best.loss, best.weight, best.output) for best in cell_minima(point, 0)]
    [('+-', 1/2, (2,), 1), ('-+', 2, (-1,), -1)]
    """
    if point.output_dimension != 1:
        raise UnsupportedError("network.v", "has several rows; cell minima are for one output")
    cells = count_cells(point.inputs).cells
    if cells > MAX_CELLS:
        raise UnsupportedError("loss.x", f"has {cells} cells; at most {MAX_CELLS} are listed")
    activation = point.problem.network.activation
    weight, (height,) = point.weights[neuron], point.outputs[neuron]
    wanted = tuple(
        height * activation(dot(weight, row)) - error
        for row, (error,) in zip(point.inputs, point.residuals, strict=True)
    )
    arrangement = faces_of(point.inputs)
    atoms = [tuple(activation(dot(ray, x)) for x in point.inputs) for ray in arrangement.rays]
    result = []
    for cell in arrangement.cells:
        columns = [atoms[ray] for ray in cell.rays]
        best: CellBest | None = None
        for sign in (fmpq(1), fmpq(-1)):
            factors = nonnegative_least_squares(columns, tuple(sign * entry for entry in wanted))
            value = [sign * dot(factors, row) for row in zip(*columns, strict=True)]
            errors = [v - t for v, t in zip(value, wanted, strict=True)]
            loss = point.problem.loss.scale * dot(errors, errors)
            if best is None or loss < best.loss:
                found = _combination(factors, [arrangement.rays[ray] for ray in cell.rays])
                (pattern,) = activation_patterns((found,), point.inputs)
                best = CellBest(cell.signs, loss, found, sign, pattern == cell.signs)
        assert best is not None
        result.append(best)
    return tuple(result)


def nonnegative_least_squares(columns: Sequence[Vector], target: Vector) -> Vector:
    """Return g >= 0 that minimises |sum_r g_r columns_r - target|^2, exactly.

    Lawson and Hanson's active-set method in rational arithmetic: it ends at a point that satisfies
    the optimality conditions  a_r . e = 0 where g_r > 0  and  a_r . e >= 0 elsewhere.

    Examples
    --------
    >>> one, zero = fmpq(1), fmpq(0)
    >>> nonnegative_least_squares([(one, zero), (one, one)], (one, -one))
    (1, 0)
    """
    if not columns:
        return ()
    values = [ZERO] * len(columns)
    positive: list[int] = []
    while True:
        reached = [dot(values, row) for row in zip(*columns, strict=True)]
        missing = [t - r for t, r in zip(target, reached, strict=True)]
        gains = [ZERO if r in positive else dot(a, missing) for r, a in enumerate(columns)]
        entering = max(range(len(columns)), key=lambda r: gains[r])
        if gains[entering] <= 0:
            return tuple(values)
        positive.append(entering)
        while True:
            # The columns chosen are independent: each had a part orthogonal to those before it.
            chosen = transpose([columns[r] for r in positive])
            solution, _ = least_squares(chosen, [(entry,) for entry in target])
            wanted = dict(zip(positive, (row[0] for row in solution), strict=True))
            falling = [r for r in positive if wanted[r] <= 0]
            step = min((values[r] / (values[r] - wanted[r]) for r in falling), default=fmpq(1))
            for r in positive:
                values[r] += step * (wanted[r] - values[r])
            if not falling:
                break
            positive = [r for r in positive if values[r] > 0]


def _combination(factors: Vector, rays: Sequence[Vector]) -> Vector:
    return tuple(dot(factors, column) for column in zip(*rays, strict=True))
