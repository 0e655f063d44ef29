"""The flats of an arrangement, rank by rank, each reached exactly once.

A flat is the set of all rows in the span of some of them.  Its *least basis* is the one that the
greedy method finds: always the smallest row not yet in the span.  Every prefix of a least basis
is the least basis of a smaller flat, so the least bases form a tree: a flat F with least basis
(i_1 < ... < i_k) and a row i > i_k outside F make a child exactly if i is the smallest row that
the span gains.  No flat is met twice, and the cost follows the number of flats.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import factorial
from typing import TYPE_CHECKING

from exactland.cells.integers import divide_by_content, largest, pieces, working_type

if TYPE_CHECKING:
    from exactland.cells.integers import Array


@dataclass(frozen=True, slots=True)
class Flats:
    """A batch of flats of one rank k.

    Attributes
    ----------
    bases : M x k
        The least bases.
    members : M x n, boolean
        The rows in the flat.
    kernels : M x (r - k) x r
        A basis of the vectors orthogonal to the flat, each primitive.
    """

    bases: Array
    members: Array
    kernels: Array

    def __len__(self) -> int:
        return len(self.bases)

    def take(self, chosen: Array | slice) -> Flats:
        """Return some of the flats."""
        return Flats(self.bases[chosen], self.members[chosen], self.kernels[chosen])


def as_integers(rows: tuple[tuple[int, ...], ...]) -> Array:
    """Return the rows as an array of the type that holds them."""
    import numpy as np

    bound = max((abs(entry) for row in rows for entry in row), default=0)
    return np.array(rows, dtype=working_type(bound)).reshape(len(rows), -1 if rows else 0)


def root(rows: Array) -> Flats:
    """Return the flat of rank 0."""
    import numpy as np

    count, rank = rows.shape
    return Flats(
        np.zeros((1, 0), dtype=np.int64),
        np.zeros((1, count), dtype=bool),
        np.eye(rank, dtype=np.int64)[None].astype(rows.dtype),
    )


def children(rows: Array, flats: Flats, cells_at_once: int = 1 << 19) -> Iterator[Flats]:
    """Yield the children of the flats, all those of one flat after each other.

    Examples
    --------
    >>> rows = as_integers(((1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0)))
    >>> (lines,) = children(rows, root(rows))
    >>> [b.bases.tolist() for b in children(rows, lines)]
    [[[0, 1], [0, 2], [1, 2], [2, 3]]]
    """
    import numpy as np

    count, rank = rows.shape
    codimension = flats.kernels.shape[1]
    dtype = working_type(kernel_bound(rows, rank - codimension))
    rows, kernels = rows.astype(dtype), flats.kernels.astype(dtype)
    last = flats.bases[:, -1:] if flats.bases.shape[1] else np.full((len(flats), 1), -1)
    indices = np.arange(count)
    parents_at_once = max(1, cells_at_once // max(1, count * max(count, rank * codimension)))
    for part in pieces(len(flats), parents_at_once):
        parent, row = np.nonzero(~flats.members[part] & (indices > last[part]))
        parent += part.start
        for some in pieces(len(parent), max(1, cells_at_once // max(1, count * codimension))):
            yield _extend(rows, flats, kernels, parent[some], row[some])


def _extend(rows: Array, flats: Flats, kernels: Array, parent: Array, row: Array) -> Flats:
    """Return the flats spanned by flat and row, where the row is the smallest gained."""
    import numpy as np

    reduced = cut(kernels[parent], rows[row])
    members = np.ones((len(row), len(rows)), dtype=bool)
    for c in range(reduced.shape[1]):
        members &= np.einsum("ma,na->mn", reduced[:, c], rows) == 0
    gained = (members & ~flats.members[parent]).argmax(axis=1)
    kept = gained == row
    bases = np.concatenate([flats.bases[parent], row[:, None]], axis=1)
    return Flats(bases[kept], members[kept], reduced[kept])


def cut(kernels: Array, rows: Array) -> Array:
    """Return bases of the subspaces orthogonal to one row each, none orthogonal to all its basis.

    Parameters
    ----------
    kernels : M x c x r
        Bases of M subspaces.
    rows : M x r

    Returns
    -------
    M x (c - 1) x r
        Primitive vectors.
    """
    import numpy as np

    codimension, rank = kernels.shape[1:]
    lines, places = np.arange(len(rows)), np.arange(codimension - 1)
    products = np.einsum("mca,ma->mc", kernels, rows)
    pivot = (products != 0).argmax(axis=1)
    others = places[None] + (places[None] >= pivot[:, None])
    reduced = products[lines, pivot][:, None, None] * kernels[lines[:, None], others]
    coefficients = products[lines[:, None], others]
    reduced -= coefficients[:, :, None] * kernels[lines, pivot][:, None, :]
    if not reduced.size:
        return reduced
    columns = divide_by_content([reduced[:, :, a] for a in range(rank)])
    result: Array = np.stack(columns, axis=2)
    return result


def kernel_bound(rows: Array, rank: int) -> int:
    """Return a bound for what `cut` forms from kernels of flats of the given rank k.

    A kernel basis obtained by pivoting consists, up to content, of minors of k rows, so its entries
    are at most B = k! b^k; its products with rows are at most r b B, and the 2 x 2 minors formed
    from both, before their content is removed, at most 2 r b B^2.  Products of the new kernels
    with rows are at most r b (k+1)! b^(k+1).
    """
    b, length = largest(rows), rows.shape[1]
    minor = factorial(rank) * b**rank
    return 2 * length * b * max(minor * minor, (rank + 1) * b * minor)


def flats_of_rank(rows: Array, rank: int) -> Iterator[Flats]:
    """Yield all flats of one rank, in batches.

    Examples
    --------
    >>> rows = as_integers(((1, 0), (0, 1), (1, 1)))
    >>> [[int(m.sum()) for m in batch.members] for batch in flats_of_rank(rows, 2)]
    [[3]]
    """
    if rank == 0:
        yield root(rows)
        return
    for batch in flats_of_rank(rows, rank - 1):
        yield from children(rows, batch)


def concatenate(batches: list[Flats]) -> Flats:
    """Return one batch with all the flats."""
    import numpy as np

    return Flats(
        np.concatenate([batch.bases for batch in batches]),
        np.concatenate([batch.members for batch in batches]),
        np.concatenate([batch.kernels for batch in batches]),
    )
