"""Claims about data alone as Rocq text: the number of cells, and complete lists of points."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import gcd
from typing import Any

from exactland.certificates.rocq import terms
from exactland.certificates.rocq.empirical import HEADER
from exactland.certificates.rocq.statement import Statement
from exactland.errors import InputError

DATA_CLAIMS = frozenset(["cell_count"])
"""The kinds of claims about data alone that the formal development covers."""
_DATA = "the_dimension the_data"


def data_statement(certificate: Mapping[str, Any]) -> Statement:
    """Return the statement of a certificate whose claim is in `DATA_CLAIMS`.

    The points of a list are stated as primitive integer vectors on the positive side of the first
    hyperplane, in the order of their signs: they represent the same pairs of opposite cells.
    """
    rows = _rows(certificate["problem"]["x"])
    claimed = terms.number(certificate["claim"]["cells"], "claim.cells")
    if claimed.denominator != 1:
        raise InputError("claim.cells", "must be an integer")
    cells = f"{terms.integer(claimed.numerator)}%Z"
    noun = "cell" if claimed == 1 else "cells"
    words = f"the hyperplanes w . x_k = 0 cut the space into {claimed} {noun}"
    claim, check = f"is_cell_count {_DATA} {cells}", f"check_cell_count {_DATA} the_units {cells}"
    listed: tuple[str, ...] = ()
    if "points" in certificate["witness"]:
        points = _points(certificate["witness"]["points"], [terms.cleared(row) for row in rows])
        listed = (f"Definition the_points : list (list Q) :=\n    {terms.matrix(points)}.",)
        words = f"{words},\n    and the points below with their opposites are one in each"
        claim = f"is_cell_list {_DATA} {cells} the_points"
        check = f"check_cell_list {_DATA} the_units {cells} the_points"
    units = terms.positives(map(terms.common_denominator, rows))
    return Statement(
        header=HEADER,
        data=(
            "(** The data x_k; with hidden biases their last coordinate is 1. *)",
            f"Definition the_dimension : nat := {len(rows[0])}.",
            f"Definition the_data : list (list Q) :=\n    {terms.matrix(rows)}.",
        ),
        words=f"{words}.",
        claim=claim,
        check=check,
        claim_definitions=listed,
        witness_definitions=(f"Definition the_units : list positive := {units}.",),
    )


def _rows(data: Any) -> terms.Rows:
    if not isinstance(data, list) or not data or not isinstance(data[0], list) or not data[0]:
        raise InputError("problem.x", "must have at least one row and one column")
    return [terms.numbers(row, len(data[0]), "problem.x") for row in data]


def _points(points: Any, rows: list[list[int]]) -> terms.Rows:
    """Return the points, or their opposites, in the order of their signs."""
    hyperplanes = [row for row in rows if any(row)]
    found = []
    for given in points:
        point = terms.cleared(terms.numbers(given, len(rows[0]), "witness.points"))
        divisor = gcd(*point) or 1
        heights = [sum(map(int.__mul__, point, row)) for row in hyperplanes]
        if heights and heights[0] < 0:
            divisor, heights = -divisor, [-height for height in heights]
        code = sum((height > 0) << position for position, height in enumerate(heights))
        found.append((code, [Fraction(entry // divisor) for entry in point]))
    return [point for _, point in sorted(found)]
