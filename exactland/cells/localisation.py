"""The cells of many small central arrangements at once, as incidences of rays and cells.

All arrangements of a batch have m rows and rank k in Z^k.  A *word* is an integer whose bit i says
that row i is positive on the cell.  Around a ray on which exactly k - 1 rows vanish every sign
pattern of those rows is a cell; where more vanish, the cells around the ray are those of the
arrangement of the vanishing rows modulo the ray, one rank lower.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb, factorial
from typing import TYPE_CHECKING

from exactland.cells.integers import cross, largest, subsets, working_type

if TYPE_CHECKING:
    from exactland.cells.integers import Array

DENSE_ROWS = 14
"""Up to so many rows the words of an arrangement index a table."""


@dataclass(frozen=True, slots=True)
class Incidences:
    """Which cells touch which rays.

    Attributes
    ----------
    subsets : P x (k - 1)
        The sets of rows whose common zeros are candidates for rays.
    owner, ray, turn, word : one entry for an incidence
        Arrangement, index into `subsets`, 1 or -1 (the cross product of those rows, or its
        opposite, is the ray), and the cell.  Each incident pair of ray and cell occurs once.
    """

    subsets: Array
    owner: Array
    ray: Array
    turn: Array
    word: Array


def powers(count: int) -> Array:
    """Return 1, 2, 4, ... as the bits of a word of `count` rows."""
    import numpy as np

    # A word must stay below 2**62 to leave room for the sign of a 64-bit integer.
    dtype = np.int64 if count <= 62 else object
    return np.array([1 << i for i in range(count)], dtype=dtype)


def incidences(rows: Array) -> Incidences:
    """Return the incidences of rays and cells of every arrangement of a batch.

    Parameters
    ----------
    rows : B x m x k
        Pairwise non-parallel rows of rank k in every arrangement.

    Examples
    --------
    >>> import numpy as np
    >>> found = incidences(np.array([[[1, 0], [0, 1]]]))
    >>> sorted(zip(found.ray.tolist(), found.turn.tolist(), found.word.tolist(), strict=True))
    [(0, -1, 2), (0, -1, 3), (0, 1, 0), (0, 1, 1), (1, -1, 0), (1, -1, 2), (1, 1, 1), (1, 1, 3)]
    """
    import numpy as np

    batch, count, rank = rows.shape
    # Bound: minors of k - 1 rows, then inner products of k of them (see `cross`).
    b = largest(rows)
    rows = rows.astype(working_type(factorial(rank) * b**rank * rank))
    chosen = subsets(count, rank - 1)
    vectors = [[rows[:, chosen[:, i], a] for a in range(rank)] for i in range(rank - 1)]
    rays = np.stack(
        [np.broadcast_to(c, (batch, len(chosen))) for c in cross(vectors, rank)], axis=2
    )
    values = np.matmul(rays, rows.transpose(0, 2, 1))
    zero = values == 0
    vanishing = zero.sum(axis=2)
    bits = powers(count)
    above = np.asarray(values > 0) @ bits
    below = np.asarray(values < 0) @ bits
    generic = vanishing == rank - 1
    patterns = _patterns(chosen, bits)
    parts = []
    owner, ray = np.nonzero(generic)
    for turn, side in ((1, above), (-1, below)):
        words = (side[owner, ray][:, None] | patterns[ray]).ravel()
        repeats = patterns.shape[1]
        parts.append((np.repeat(owner, repeats), np.repeat(ray, repeats), turn, words))
    if not generic.all():
        parts += _degenerate(rows, rays, zero, above, below, ~generic & (vanishing < count), chosen)
    turns = [np.full(len(part[0]), part[2], dtype=np.int64) for part in parts]
    return Incidences(
        chosen,
        np.concatenate([part[0] for part in parts]),
        np.concatenate([part[1] for part in parts]),
        np.concatenate(turns),
        np.concatenate([part[3] for part in parts]),
    )


def topes(rows: Array) -> tuple[Array, Array]:
    """Return the cells of every arrangement of a batch, as (owner, word), sorted.

    Examples
    --------
    >>> import numpy as np
    >>> topes(np.array([[[1, 0], [0, 1], [1, 1]]]))[1].tolist()
    [0, 1, 2, 5, 6, 7]
    """
    import numpy as np

    found = incidences(rows)
    batch, count, _ = rows.shape
    if count <= DENSE_ROWS:
        table = np.zeros((batch, 1 << count), dtype=bool)
        table[found.owner, found.word] = True
        owner, word = np.nonzero(table)
        return owner, word
    key = np.unique(keys(found.owner, found.word, batch, count))
    return (key >> count).astype(np.int64), key & ((1 << count) - 1)


def keys(owner: Array, word: Array, batch: int, count: int) -> Array:
    """Return one integer for owner and word."""
    import numpy as np

    dtype = np.int64 if count + batch.bit_length() <= 62 else object
    shifted: Array = (owner.astype(dtype) << count) | word.astype(dtype)
    return shifted


def bits_of_words(word: Array, count: int) -> Array:
    """Return the bits of words as a boolean matrix with `count` columns.

    Examples
    --------
    >>> import numpy as np
    >>> bits_of_words(np.array([5]), 3).tolist()
    [[True, False, True]]
    """
    import numpy as np

    places = np.arange(count) if word.dtype != object else np.arange(count).astype(object)
    return np.asarray(((word[:, None] >> places) & 1) == 1)


def _patterns(chosen: Array, bits: Array) -> Array:
    """Return for each set of rows the words of all its subsets."""
    import numpy as np

    patterns = np.zeros((len(chosen), 1), dtype=bits.dtype)
    for i in range(chosen.shape[1]):
        patterns = np.concatenate([patterns, patterns | bits[chosen[:, i]][:, None]], axis=1)
    return patterns


Part = tuple["Array", "Array", int, "Array"]


def _degenerate(
    rows: Array,
    rays: Array,
    zero: Array,
    above: Array,
    below: Array,
    candidates: Array,
    chosen: Array,
) -> list[Part]:
    """Return the incidences at rays on which more than k - 1 rows vanish."""
    import numpy as np

    batch, count, _ = rows.shape
    owner, ray = np.nonzero(candidates)
    if not len(owner):
        return []
    # Several sets of rows give the same ray: keep the first.
    closed = zero[owner, ray] @ powers(count)
    first = np.unique(keys(owner, closed, batch, count), return_index=True)[1]
    owner, ray = owner[first], ray[first]
    sizes = zero[owner, ray].sum(axis=1)
    bits = powers(count)
    parts: list[Part] = []
    for size in np.unique(sizes):
        here = np.flatnonzero(sizes == size)
        members = np.nonzero(zero[owner[here], ray[here]])[1].reshape(len(here), int(size))
        local = quotient(rows[owner[here][:, None], members], rays[owner[here], ray[here]])
        which, word = topes(local)
        lifted = (bits_of_words(word, int(size)) * bits[members[which]]).sum(axis=1)
        at = (owner[here][which], ray[here][which])
        parts.append((*at, 1, above[at] | lifted))
        parts.append((*at, -1, below[at] | lifted))
    return parts


def quotient(rows: Array, vectors: Array) -> Array:
    """Restrict rows (B x m x k) that vanish on a vector each to a complement of that vector.

    The complement is a coordinate hyperplane: drop the first coordinate that is not 0 in the
    vector.
    """
    import numpy as np

    rank = rows.shape[2]
    dropped = (vectors != 0).argmax(axis=1)
    kept = np.arange(rank - 1)[None] + (np.arange(rank - 1)[None] >= dropped[:, None])
    result: Array = np.take_along_axis(rows, kept[:, None, :], axis=2)
    return result


def batch_size(count: int, rank: int, entries: int = 1 << 20) -> int:
    """Return how many arrangements of m rows and rank k to treat at once."""
    rays = comb(count, rank - 1)
    table = 1 << count if count <= DENSE_ROWS else 0
    return max(1, entries // max(rays * (count + 2**rank), table, 1))
