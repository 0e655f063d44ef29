"""Claims about the networks of least loss in a cell as Rocq text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from flint import fmpq

from exactland.arithmetic.echelon import independent_rows, solve_columns, unit_vector
from exactland.arithmetic.matrices import transpose
from exactland.certificates.rocq import terms
from exactland.certificates.rocq.empirical import _POINT, _Claim
from exactland.certificates.rocq.instance import Instance
from exactland.errors import InputError

Row = list[int]


def two_components_in_cell(point: Instance, _: Any, __: Any, ___: Mapping[str, Any]) -> _Claim:
    """State that the minima of the product of a cell with itself have two components."""
    if point.width != 2 or point.outputs != 1 or point.b is not None or point.c is not None:
        raise InputError("problem.network", "needs two neurons, one output, and no biases")
    cell = _cells(point)[0]
    unit, inverse = _left_inverse(_columns(point, cell))
    return _Claim(
        "both neurons lie in one open cell of a single neuron; the network is of least loss in"
        "\n    the closed cell; and the networks of least loss in the open cell form exactly two"
        "\n    connected components, which exchanging the neurons exchanges.",
        f"has_two_components_in_cell {_POINT}",
        f'check_two_components {_POINT} the_denominators "{cell}"%string the_inverse {unit}',
        point,
        witness_definitions=(
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


def _left_inverse(columns: Sequence[Row]) -> tuple[int, list[Row]]:
    """Return rows l_a with l_a . column_b = unit for a = b, 0 otherwise; none if there are none."""
    size = len(columns)
    rows = transpose([[fmpq(entry) for entry in column] for column in columns])
    chosen = independent_rows(rows)
    if len(chosen) < size:
        return 1, []
    solved = solve_columns([rows[k] for k in chosen], [unit_vector(i, size) for i in range(size)])
    assert solved is not None
    inverse = [[terms.rational_entry(entry) for entry in row] for row in solved]
    unit = terms.common_denominator(entry for row in inverse for entry in row)
    spread = []
    for row in inverse:
        entries = dict(zip(chosen, terms.cleared(row, unit), strict=True))
        spread.append([entries.get(k, 0) for k in range(len(rows))])
    return unit, spread
