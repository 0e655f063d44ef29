"""The edges of the sweep: which way they go up, for every chart."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb, factorial
from typing import TYPE_CHECKING

from exactland.cells.integers import (
    binomials,
    cross,
    divide_by_content,
    largest,
    pieces,
    signs_of,
    subsets,
    working_type,
)

if TYPE_CHECKING:
    from exactland.cells.integers import Array

TABLE_ENTRIES = 1 << 22
"""Largest table of edges that is worth its memory; beyond it edges are computed where needed."""


@dataclass(frozen=True, slots=True)
class Edges:
    """The charts f_s and the edges cross(rows of D, f_s), D a set of r - 2 rows.

    Attributes
    ----------
    rows : n x r, the first r independent
    charts : 2^(r-1) x r
        f_s = sum_{i < r} s_i u_i for the s with s_0 = +; bit i - 1 of the index says s_i = +.
    table : Table, or None
        All edges, at index s + 2^(r-1) * (colexicographic rank of D).
    ranks : binomial coefficients
    """

    rows: Array
    charts: Array
    table: Table | None
    ranks: Array

    @property
    def rank(self) -> int:
        """The rank r."""
        return int(self.rows.shape[1])


@dataclass(frozen=True, slots=True)
class Table:
    """Edges, one a line.

    Attributes
    ----------
    upward : signs
        1 if the direction cross(D, f_s) itself goes up (its first nonzero coordinate is positive).
    directions : lines of length r
        The upward direction, primitive.
    reach : integers
        The largest |u_k . direction| over all rows u_k.
    """

    upward: Array
    directions: Array
    reach: Array

    def take(self, chosen: Array) -> Table:
        """Return some of the edges."""
        return Table(self.upward[chosen], self.directions[chosen], self.reach[chosen])


def prepare(rows: Array) -> Edges:
    """Fix the type of the numbers and tabulate the edges, if the table is not too large.

    Parameters
    ----------
    rows : n x r
        The first r rows are independent.
    """
    import numpy as np

    count, rank = rows.shape
    dtype = working_type(value_bound(rows))
    rows = rows.astype(dtype)
    orthants = [
        [1, *(2 * (s >> i & 1) - 1 for i in range(rank - 1))] for s in range(2 ** (rank - 1))
    ]
    charts = np.array(orthants, dtype=np.int64).astype(dtype) @ rows[:rank]
    ranks = binomials(count, max(rank - 1, 1))
    size = comb(count, rank - 2) if rank > 1 else 1
    if size * len(charts) * rank > TABLE_ENTRIES:
        return Edges(rows, charts, None, ranks)
    places = subsets(count, max(rank - 2, 0))
    order = np.zeros(len(places), dtype=np.int64)
    for i in range(places.shape[1]):
        order += ranks[places[:, i], i + 1]
    places = places[np.argsort(order)]
    vectors = [[rows[places[:, i], a][:, None] for a in range(rank)] for i in range(rank - 2)]
    return Edges(rows, charts, _table(rows, vectors, charts[None]), ranks)


def value_bound(rows: Array) -> int:
    """Return a bound for every integer that the sweep forms before it forms interior points.

    With b the largest entry (see `cross` for the minors): f_s has entries up to r b; a ray
    cross(C) up to (r-1)! b^(r-1); an edge cross(D, f_s) up to (r-1)! b^(r-2) r b, the larger of the
    two.  The inner product of either with a row is, partial sums included, at most r b times as
    large.  Interior points need the sum of r - 1 of these for edges.

    Examples
    --------
    >>> import numpy as np
    >>> value_bound(np.array([[2, 1], [1, 1]]))
    16
    """
    rank, b = rows.shape[1], largest(rows)
    return factorial(rank - 1) * b ** (rank - 1) * rank * (rank * b) * max(rank - 1, 1)


def look_up(edges: Edges, places: list[Array], chart: Array) -> Table:
    """Return the edges cross(rows of `places`, f_chart), one for each entry of the arrays."""
    if edges.table is not None:
        return edges.table.take(index_of(edges, places, chart))
    rank = edges.rank
    vectors = [[edges.rows[place, a] for a in range(rank)] for place in places]
    return _table(edges.rows, vectors, edges.charts[chart])


def index_of(edges: Edges, places: list[Array], chart: Array) -> Array:
    """Return the line of the table for ascending sets of rows and charts."""
    rank_of_set = chart * 0
    for i, place in enumerate(places):
        rank_of_set = rank_of_set + edges.ranks[place, i + 1]
    index: Array = chart + rank_of_set * len(edges.charts)
    return index


def _table(rows: Array, vectors: list[list[Array]], charts: Array) -> Table:
    import numpy as np

    rank = rows.shape[1]
    if rank == 1:
        ones = np.ones(1, dtype=rows.dtype)
        return Table(np.ones(1, dtype=np.int8), ones[:, None], ones)
    directions = cross([*vectors, [charts[..., a] for a in range(rank)]], rank)
    directions = divide_by_content([direction.ravel() for direction in directions])
    upward = signs_of(directions[0])
    for direction in directions[1:]:
        if upward.all():
            break
        upward = np.where(upward == 0, signs_of(direction), upward)
    matrix = np.stack([direction * upward for direction in directions], axis=1)
    reach = np.zeros(len(matrix), dtype=rows.dtype)
    for part in pieces(len(matrix), (1 << 19) // len(rows)):
        reach[part] = np.abs(matrix[part] @ rows.T).max(axis=1)
    return Table(upward, matrix, reach)
