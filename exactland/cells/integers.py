"""Exact arithmetic on arrays of integers: 64-bit under a proven bound, Python integers beyond it.

Nothing here rounds.  An algorithm states a bound for every integer it forms, partial sums included;
`working_type` turns the bound into the type of array that holds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[Any]

INT64_LIMIT = 2**63 - 1


def working_type(bound: int) -> type[np.int64] | type[object]:
    """Return the element type in which integers up to `bound` in absolute value are exact.

    Examples
    --------
    >>> working_type(2**62).__name__, working_type(2**63).__name__
    ('int64', 'object')
    """
    import numpy as np

    return np.int64 if bound <= INT64_LIMIT else object


def largest(array: Array) -> int:
    """Return the largest absolute value, 0 for an empty array.

    Examples
    --------
    >>> import numpy as np
    >>> largest(np.array([3, -5]))
    5
    """
    return max(int(array.max()), -int(array.min())) if array.size else 0


def cross(vectors: Sequence[Sequence[Array]], size: int) -> list[Array]:
    """Return the generalised cross product of size - 1 vectors of length `size`.

    The result v satisfies x . v = det(x, vectors...) for every x, so it is orthogonal to all
    vectors and zero exactly if they are dependent.

    Parameters
    ----------
    vectors : size - 1 sequences of `size` arrays
        ``vectors[i][a]`` is coordinate a of vector i, for all members of a batch at once (arrays
        that broadcast against each other).
    size : int

    Notes
    -----
    Bound: a minor of the first k vectors is expanded along the k-th; if its entries are at most
    b_1, ..., b_k in absolute value, every partial sum is at most k! b_1 ... b_k.

    Examples
    --------
    >>> import numpy as np
    >>> [int(c[0]) for c in cross([np.array([[1], [0], [0]]), np.array([[0], [1], [0]])], 3)]
    [0, 0, 1]
    """
    import numpy as np

    if size == 1:
        return [np.ones(1, dtype=np.int64)]
    # minors[columns] is the determinant of the vectors so far on these columns.
    minors: dict[int, Array] = {1 << a: vectors[0][a] for a in range(size)}
    for k in range(1, size - 1):
        vector, extended = vectors[k], {}
        for columns in range(1 << size):
            if columns.bit_count() != k + 1:
                continue
            members = [a for a in range(size) if columns >> a & 1]
            total: Any = None
            for position, a in enumerate(members):
                term = minors[columns & ~(1 << a)] * vector[a]
                if total is None:
                    total = term if (k + position) % 2 == 0 else -term
                elif (k + position) % 2 == 0:
                    total += term
                else:
                    total -= term
            extended[columns] = total
        minors = extended
    whole = (1 << size) - 1
    return [
        minors[whole & ~(1 << a)] if a % 2 == 0 else -minors[whole & ~(1 << a)] for a in range(size)
    ]


def subsets(count: int, size: int) -> Array:
    """Return all subsets of range(count) of the given size, one a row, each ascending.

    Examples
    --------
    >>> subsets(3, 2).tolist(), subsets(3, 0).tolist()
    ([[0, 1], [0, 2], [1, 2]], [[]])
    """
    from itertools import chain, combinations
    from math import comb

    import numpy as np

    flat = chain.from_iterable(combinations(range(count), size))
    total = comb(count, size)
    return np.fromiter(flat, dtype=np.int64, count=total * size).reshape(total, size)


def binomials(count: int, size: int) -> Array:
    """Return the table of binomial coefficients C(c, k), 0 <= c <= count, 0 <= k <= size.

    With it the rank of an ascending subset (c_1, ..., c_k) in colexicographic order is
    C(c_1, 1) + ... + C(c_k, k).
    """
    from math import comb

    import numpy as np

    return np.array([[comb(c, k) for k in range(size + 1)] for c in range(count + 1)])


def pieces(total: int, size: int) -> Iterator[slice]:
    """Yield slices of at most `size` that cover range(total).

    Examples
    --------
    >>> list(pieces(5, 3))
    [slice(0, 3, None), slice(3, 5, None)]
    """
    size = max(1, size)
    for start in range(0, total, size):
        yield slice(start, min(start + size, total))


def divide_by_content(coordinates: list[Array]) -> list[Array]:
    """Divide integer vectors (``coordinates[a][i]`` is coordinate a of vector i) by their contents.

    Zero vectors stay zero.

    Examples
    --------
    >>> import numpy as np
    >>> [c.tolist() for c in divide_by_content([np.array([4, 0]), np.array([-6, 0])])]
    [[2, 0], [-3, 0]]
    """
    import numpy as np

    content = np.abs(coordinates[0])
    for coordinate in coordinates[1:]:
        content = np.gcd(content, coordinate)
    if (content == 0).any():
        content = np.where(content == 0, 1, content)
    return [coordinate // content for coordinate in coordinates]


def signs_of(array: Array) -> Array:
    """Return the signs as int8."""
    import numpy as np

    return (array > 0).view(np.int8) - (array < 0).view(np.int8)


def least_nonzero(values: Array) -> Array:
    """Return the least nonzero absolute value in every line (1 where all are zero)."""
    import numpy as np

    size = np.abs(values)
    if values.dtype == object:
        size[size == 0] = size.max() + 1
    else:
        # As unsigned numbers -1 is the largest: zeros never are the minimum.
        size = (size - (size == 0)).view(np.uint64)
    return size.min(axis=1).astype(values.dtype)


def far_along(rays: Array, margins: Array, inward: Array, reach: Array) -> Array:
    """Return points factor * ray + inward where factor * margin > reach, in a type that fits.

    On rows that vanish on the ray the point has the sign of `inward`, on the others that of the
    ray: there |row . inward| <= reach < factor * margin <= factor * |row . ray|.
    """
    import numpy as np

    if not len(rays):
        return rays
    factor = reach // margins + 1
    fits = largest(factor) * largest(rays) + largest(inward) <= INT64_LIMIT
    dtype = np.int64 if fits else object
    rays, factor, inward = (array.astype(dtype) for array in (rays, factor, inward))
    points: Array = factor[:, None] * rays + inward
    return points
