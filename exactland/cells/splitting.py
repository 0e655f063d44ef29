"""All cells of a central arrangement by inserting one hyperplane after the other.

The cells of u_0, ..., u_k are those of u_0, ..., u_{k-1}, except that a cell is split in two where
the hyperplane u_k = 0 meets it; and the cells it splits correspond to the cells of the arrangement
that u_0, ..., u_{k-1} induce on this hyperplane, whose dimension is one lower.  The number of
cells listed on the way is at most the number of cells of the result times r, whatever the rank:
the cost follows the output where a sweep over all rays does not pay (high dimension).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from exactland.cells.directions import Directions, integer_directions
from exactland.cells.flats import as_integers
from exactland.cells.integers import (
    INT64_LIMIT,
    divide_by_content,
    far_along,
    largest,
    least_nonzero,
)
from exactland.cells.short_points import (
    as_floats,
    merged,
    proposed,
    shortened,
    signs_of_products,
)

if TYPE_CHECKING:
    from exactland.cells.integers import Array

Half = tuple["Array", "Array"]
Check = Callable[[int], None]


class Stopped(Exception):
    """A limit was reached; carries what was found so far as (signs, points) of a prefix."""

    def __init__(self, found: Half | None) -> None:
        super().__init__("limit reached")
        self.found = found


def split_cells(rows: Array, check: Check | None = None) -> Half:
    """Return all cells of {u_k^perp}, one of each pair of opposite ones.

    Parameters
    ----------
    rows : n x r
        Integers, pairwise not parallel, the first r independent, n >= 1.
    check : callable
        Called with the number of cells found so far; may raise.

    Returns
    -------
    signs : M x n, int8
        The entry of row 0 is 1.
    points : M x r
        Exact interior points.

    Raises
    ------
    Stopped
        If `check` raised TimeoutError or OverflowError: with the cells of some first rows.

    Examples
    --------
    >>> from exactland.cells.flats import as_integers
    >>> signs, points = split_cells(as_integers(((1, 0), (0, 1), (1, 1))))
    >>> sorted(signs.tolist())
    [[1, -1, -1], [1, -1, 1], [1, 1, 1]]
    """
    import numpy as np

    check = check or (lambda cells: None)
    current: Half | None = None
    try:
        if rows.shape[1] <= 2 < len(rows):
            return _sectors(rows)
        rank = rows.shape[1]
        check(2 ** (rank - 1))
        current = _orthants(rows[:rank])
        for k in range(rank, len(rows)):
            current = _insert(rows, k, current, check)
            check(len(current[0]))
    except (TimeoutError, OverflowError, Stopped):
        found = None
        if current is not None:
            values = product(current[1], rows.T)
            inside = np.flatnonzero((values != 0).all(axis=1))
            found = np.where(values[inside] > 0, 1, -1).astype(np.int8), current[1][inside]
        raise Stopped(found) from None
    assert current is not None
    return current


def product(left: Array, right: Array) -> Array:
    """Return the exact matrix product: in 64 bits if every partial sum is known to fit.

    Examples
    --------
    >>> import numpy as np
    >>> product(np.array([[2**62, 1]]), np.array([[2], [1]])).tolist()
    [[9223372036854775809]]
    """
    if largest(left) * largest(right) * left.shape[1] > INT64_LIMIT:
        left, right = left.astype(object), right.astype(object)
    result: Array = left @ right
    return result


def _orthants(basis: Array) -> Half:
    """Return the cells of independent rows: every sign vector, with sums of a dual basis."""
    import numpy as np
    from flint import fmpz_mat

    rank = len(basis)
    inverse, denominator = fmpz_mat(basis.tolist()).inv().numer_denom()
    assert denominator > 0
    columns = [[int(entry) for entry in line] for line in inverse.tolist()]
    dual = np.array(columns, dtype=object).T
    if largest(dual) * rank <= INT64_LIMIT:
        dual = dual.astype(np.int64)
    dual = np.stack(divide_by_content([dual[:, a] for a in range(rank)]), axis=1)
    numbers = np.arange(1 << (rank - 1))
    signs = np.ones((len(numbers), rank), dtype=np.int8)
    for i in range(1, rank):
        signs[:, i] = np.where(numbers >> (i - 1) & 1, 1, -1)
    return signs, shortened(product(signs.astype(np.int64), dual), basis, signs)


def _sectors(rows: Array) -> Half:
    """Return the cells of three or more rows in the plane on which row 0 is positive."""
    import numpy as np

    exact = [(int(a), int(b)) for a, b in rows.tolist()]
    (a0, b0), rays = exact[0], []
    for a, b in exact[1:]:
        turn = 1 if a0 * -b + b0 * a > 0 else -1
        rays.append((turn * -b, turn * a))
    rays.sort(key=lambda ray: Fraction(b0 * ray[0] - a0 * ray[1], a0 * ray[0] + b0 * ray[1]))
    ends = [(-b0, a0), *rays, (b0, -a0)]
    sums = [(p[0] + q[0], p[1] + q[1]) for p, q in pairwise(ends)]
    bound = max(abs(entry) for point in sums for entry in point)
    points = np.array(sums, dtype=np.int64 if bound <= INT64_LIMIT else object)
    signs = np.where(product(points, rows.T) > 0, 1, -1).astype(np.int8)
    return signs, shortened(points, rows, signs)


def restriction(rows: Array, k: int) -> tuple[Directions, Array]:
    """Restrict the rows before k to the hyperplane of row k.

    Returns
    -------
    Directions
        The restricted rows in coordinates of the hyperplane.
    embedding : (r - 1) x r
        The vectors of those coordinates: ``coordinates @ embedding`` is on the hyperplane.
    """
    import numpy as np

    normal = [int(entry) for entry in rows[k]]
    pivot = min((i for i, e in enumerate(normal) if e), key=lambda i: abs(normal[i]))
    others = [a for a in range(len(normal)) if a != pivot]
    size = abs(normal[pivot])
    embedding = []
    for a in others:
        vector = [0] * len(normal)
        vector[a] = size
        vector[pivot] = -normal[a] if normal[pivot] > 0 else normal[a]
        embedding.append(vector)
    bound = max((abs(entry) for vector in embedding for entry in vector), default=0)
    array = np.array(embedding, dtype=np.int64 if bound <= INT64_LIMIT else object)
    return integer_directions(product(rows[:k], array.T).tolist()), array


def _insert(rows: Array, k: int, current: Half, check: Check) -> Half:
    """Return the cells of rows 0..k from those of rows 0..k-1."""
    import numpy as np

    signs, points = current
    induced, embedding = restriction(rows, k)
    half_signs, half_points = split_cells(as_integers(induced.rows), check)
    orientations = np.array(induced.orientations, dtype=np.int8)
    traces = half_signs[:, induced.classes] * orientations
    # Row 0 is positive on all: turn the induced cells where it is not.
    turn = traces[:, :1]
    traces, half_points = traces * turn, half_points * turn
    keys, wanted = _keys(signs), _keys(traces)
    order = np.argsort(keys)
    split = order[np.searchsorted(keys, wanted, sorter=order)]
    assert (signs[split] == traces).all()
    whole = np.ones(len(signs), dtype=bool)
    whole[split] = False
    kept = points[whole]
    side = signs_of_products(kept, rows[k : k + 1])[:, 0]
    ones = np.ones((len(traces), 1), dtype=np.int8)
    new_signs = [
        np.concatenate([signs[whole], np.where(side > 0, 1, -1).astype(np.int8)[:, None]], axis=1),
        np.concatenate([traces, ones], axis=1),
        np.concatenate([traces, -ones], axis=1),
    ]
    new_points = [kept]
    for part, direction in zip(new_signs[1:], (1, -1), strict=True):
        new_points.append(_beside(rows, k, half_points, embedding, part, direction))
    return np.concatenate(new_signs), np.concatenate(new_points)


def _beside(
    rows: Array, k: int, half_points: Array, embedding: Array, signs: Array, direction: int
) -> Array:
    """Return points on one side of hyperplane k, near points on it."""
    import numpy as np

    def exact(left: Array) -> Array:
        on_plane = product(half_points[left], embedding)
        normal = direction * rows[k][None]
        reach = np.array([largest(product(rows[:k], normal.T))], dtype=object)
        margins = least_nonzero(product(on_plane, rows[:k].T))
        return _primitive(far_along(on_plane, margins, normal, reach))

    every = np.arange(len(half_points))
    floats = [as_floats(array) for array in (half_points, embedding.reshape(1, -1), rows[: k + 1])]
    if any(array is None for array in floats):
        return exact(every)
    inner, frame, normals = floats
    assert inner is not None and frame is not None and normals is not None
    on_plane = inner @ frame.reshape(embedding.shape)
    heights = np.abs(on_plane @ normals[:k].T).min(axis=1)
    step = heights / (2 * np.abs(normals[:k] @ normals[k]).max() + 1e-300)
    moved = as_floats(on_plane + direction * step[:, None] * normals[k])
    assert moved is not None
    return merged(*proposed(moved, rows[: k + 1], signs), exact)


def _primitive(points: Array) -> Array:
    import numpy as np

    divided = divide_by_content([points[:, a] for a in range(points.shape[1])])
    result: Array = np.stack(divided, axis=1)
    if result.dtype == object and largest(result) <= INT64_LIMIT:
        result = result.astype(np.int64)
    return result


def _keys(signs: Array) -> Array:
    """Return one byte string for each sign vector; equal vectors have equal strings."""
    import numpy as np

    packed = np.ascontiguousarray(np.packbits(signs > 0, axis=1))
    result: Array = packed.view(f"S{packed.shape[1]}")[:, 0]
    return result
