"""Claims about the networks of least loss in a cell as Rocq text: components, manifolds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from flint import fmpq

from exactland.arithmetic.echelon import independent_rows, solve_columns, unit_vector
from exactland.certificates.rocq import terms
from exactland.certificates.rocq.empirical import POINT, PointClaim
from exactland.certificates.rocq.instance import Instance
from exactland.errors import InputError

Row = Sequence[int]


def two_components_in_cell(point: Instance, _: Any, __: Any, ___: Mapping[str, Any]) -> PointClaim:
    """State that the minima of the product of a cell with itself have two components."""
    if point.width != 2 or point.outputs != 1 or point.b is not None or point.c is not None:
        raise InputError("problem.network", "needs two neurons, one output, and no biases")
    cell = _cells(point)[0]
    unit, inverse = _left_inverse(_columns(point, cell))
    return PointClaim(
        "both neurons lie in one open cell of a single neuron; the network is of least loss in"
        "\n    the closed cell; and the networks of least loss in the open cell form exactly two"
        "\n    connected components, which exchanging the neurons exchanges.",
        f"has_two_components_in_cell {POINT}",
        f'check_two_components {POINT} the_denominators "{cell}"%string the_inverse {unit}',
        point,
        witness_definitions=(
            f"Definition the_inverse : list (list Z) :=\n"
            f"    {terms.items(map(terms.integers, inverse))}.",
        ),
    )


def cell_valley_dimension(point: Instance, claim: Any, _: Any, __: Mapping[str, Any]) -> PointClaim:
    """State that the networks of the same loss near the network form a manifold."""
    if point.outputs != 1:
        raise InputError("problem.network.v", "the claim is for one output")
    dimension = terms.index(claim["dimension"], "claim.dimension")
    cells = _cells(point)
    tables = {cell: _columns(point, cell) for cell in cells}
    named = [
        (f"input_weight {i} {a}", column)
        for i, cell in enumerate(cells)
        for a, column in enumerate(tables[cell])
    ]
    if point.c is not None:
        slopes = point.slopes[0].denominator * point.slopes[1].denominator
        named.append(("output_bias", [slopes * point.den_x] * len(point.x)))
    moving = [(name, column) for name, column in named if any(column)]
    chosen = _independent([column for _, column in moving])
    unit, inverse = _left_inverse([moving[index][1] for index in chosen])
    pivots = terms.items(moving[index][0] for index in chosen)
    strings = terms.items(f'"{cell}"%string' for cell in cells)
    return PointClaim(
        "the network lies in an open cell and is of least loss in its closure; the networks near"
        f"\n    it with the same loss form a manifold of dimension {dimension}.",
        f"is_cell_valley {POINT} {dimension}%nat",
        f"check_cell_valley {POINT} the_denominators the_cells the_pivots the_inverse {unit} "
        f"{dimension}%nat",
        point,
        witness_definitions=(
            f"Definition the_cells : list string :=\n    {strings}.",
            f"Definition the_pivots : list LayerDefinitions.parameter :=\n    {pivots}.",
            f"Definition the_inverse : list (list Z) :=\n"
            f"    {terms.items(map(terms.integers, inverse))}.",
        ),
    )


def _cells(point: Instance) -> list[str]:
    """Return the sides of the data for each neuron; 0 counts as +."""
    ones = [Fraction(1)] * (point.b is not None)
    biases = [[]] * point.width if point.b is None else [[bias] for bias in point.b]
    data = [terms.cleared(row + ones) for row in point.x]
    found = []
    for row, bias in zip(point.w, biases, strict=True):
        weights = terms.cleared(row + bias)
        values = (sum(map(int.__mul__, weights, x)) for x in data)
        found.append("".join("-" if value < 0 else "+" for value in values))
    return found


def _columns(point: Instance, cell: str) -> list[Row]:
    """Return the columns of the matrix with the rows a_k x_k, over one common denominator."""
    unit = point.slopes[0].denominator * point.slopes[1].denominator
    plus, minus = (int(slope * unit) for slope in point.slopes)
    ones = [Fraction(1)] * (point.b is not None)
    rows = []
    for side, row in zip(cell, point.x, strict=True):
        slope = plus if side == "+" else minus
        rows.append([slope * entry for entry in terms.cleared(row + ones, point.den_x)])
    return [list(column) for column in zip(*rows, strict=True)]


def _independent(rows: Sequence[Row]) -> tuple[int, ...]:
    return independent_rows([[fmpq(entry) for entry in row] for row in rows]) if rows else ()


def _left_inverse(columns: Sequence[Row]) -> tuple[int, list[Row]]:
    """Return rows l_a with l_a . column_b = unit for a = b, 0 otherwise; none if there are none."""
    size = len(columns)
    rows = list(zip(*columns, strict=True))
    chosen = _independent(rows)
    if len(chosen) < size:
        return 1, []
    solved = solve_columns(
        [[fmpq(entry) for entry in rows[k]] for k in chosen],
        [unit_vector(i, size) for i in range(size)],
    )
    assert solved is not None
    inverse = [[terms.rational_entry(entry) for entry in row] for row in solved]
    unit = terms.common_denominator(entry for row in inverse for entry in row)
    spread: list[Row] = []
    for row in inverse:
        entries = dict(zip(chosen, terms.cleared(row, unit), strict=True))
        spread.append([entries.get(k, 0) for k in range(len(rows))])
    return unit, spread
