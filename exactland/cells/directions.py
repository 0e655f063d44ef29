"""The distinct directions of a data set, in coordinates where they have full rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

from flint import fmpq, fmpz_mat

from exactland.arithmetic.rationals import clear_denominators
from exactland.errors import InputError


@dataclass(frozen=True, slots=True)
class Directions:
    """The arrangement {w : w.x_k = 0} without its repetitions and its lineality space.

    Parallel data have one hyperplane, a zero row none; w matters only modulo the w that are
    orthogonal to all data, so it may be restricted to `columns`, on which the data still have
    their rank r.

    Attributes
    ----------
    rows : n x r
        Primitive integer vectors, pairwise not parallel; the first r are linearly independent.
    columns : r indices
        The coordinates kept; all others of a weight vector are set to 0.
    dimension : int
        D, the length of a data point.
    classes : N indices
        The row of every data point, -1 for a zero row.
    orientations : N signs
        x_k is a positive multiple of ``orientations[k] * rows[classes[k]]``.
    """

    rows: tuple[tuple[int, ...], ...]
    columns: tuple[int, ...]
    dimension: int
    classes: tuple[int, ...]
    orientations: tuple[int, ...]

    @property
    def rank(self) -> int:
        """The rank r of the data."""
        return len(self.columns)

    @property
    def points(self) -> int:
        """The number N of data points."""
        return len(self.classes)

    @property
    def plain(self) -> bool:
        """Whether data points and rows agree one by one, up to positive factors."""
        return self.classes == tuple(range(len(self.rows))) and -1 not in self.orientations


def directions(inputs: Sequence[Sequence[fmpq]]) -> Directions:
    """Return the distinct directions of the data.

    Parameters
    ----------
    inputs : N x D
        Exact numbers; repeated, parallel and zero rows are welcome.

    Raises
    ------
    InputError
        If there is no row or the rows differ in length.

    Examples
    --------
    >>> rows = [[0, 1, 2], [0, 0, 0], [0, -2, -4], [0, 3, 1]]
    >>> found = directions([[fmpq(entry) for entry in row] for row in rows])
    >>> found.rows, found.columns, found.classes, found.orientations
    (((1, 2), (3, 1)), (1, 2), (0, -1, 0, 1), (1, 0, -1, 1))
    """
    if not inputs:
        raise InputError("x", "needs at least one data point")
    if any(len(row) != len(inputs[0]) for row in inputs):
        raise InputError("x", "rows have different lengths")
    integers = clear_denominators([[fmpq(entry) for entry in row] for row in inputs])[0]
    return integer_directions([[int(entry) for entry in row] for row in integers])


def integer_directions(inputs: Sequence[Sequence[int]]) -> Directions:
    """Return the distinct directions of data with integer entries (at least one row).

    Examples
    --------
    >>> integer_directions([[2, 0], [-1, 0]]).classes
    (0, 0)
    """
    canonical: dict[tuple[int, ...], tuple[int, int]] = {}
    representatives: list[tuple[int, ...]] = []
    classes, orientations = [], []
    for row in inputs:
        divisor = gcd(*row)
        if divisor == 0:
            classes.append(-1)
            orientations.append(0)
            continue
        vector = tuple(entry // divisor for entry in row)
        sign = 1 if next(entry for entry in vector if entry) > 0 else -1
        line = vector if sign > 0 else tuple(-entry for entry in vector)
        # The first point of a class gives it its orientation: mostly nothing to turn later.
        index, orientation = canonical.setdefault(line, (len(canonical), sign))
        if index == len(representatives):
            representatives.append(vector)
        classes.append(index)
        orientations.append(sign * orientation)
    if not representatives:
        return Directions((), (), len(inputs[0]), tuple(classes), tuple(orientations))
    columns, basis = _independent(representatives)
    order = [*basis, *sorted(set(range(len(representatives))) - set(basis))]
    position = {old: new for new, old in enumerate(order)}
    rows = []
    for old in order:
        row = [representatives[old][column] for column in columns]
        divisor = gcd(*row)
        rows.append(tuple(entry // divisor for entry in row))
    return Directions(
        tuple(rows),
        columns,
        len(inputs[0]),
        tuple(-1 if index < 0 else position[index] for index in classes),
        tuple(orientations),
    )


def _independent(rows: list[tuple[int, ...]]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the first independent columns and the first independent rows."""
    matrix = fmpz_mat(rows)
    pivots = []
    for one in (matrix, matrix.transpose()):
        found, column = [], 0
        reduced, _, rank = one.rref()
        for line in range(rank):
            while reduced[line, column] == 0:
                column += 1
            found.append(column)
        pivots.append(tuple(found))
    return pivots[0], pivots[1]
