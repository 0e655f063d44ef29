"""Short interior points: floats propose integers of a few bits, exact products decide on them.

The cells that splitting finds have interior points whose exact coordinates grow with every
hyperplane.  Any integer point with the right signs serves as well: a float near an interior point,
rounded, mostly is one.  Its signs are computed exactly; where they are wrong the long point stays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from exactland.cells.integers import INT64_LIMIT, largest, signs_of

if TYPE_CHECKING:
    from exactland.cells.integers import Array

BITS = (14, 26, 40)
"""Sizes of coordinates to try, the shortest first."""


def signs_of_products(points: Array, rows: Array) -> Array:
    """Return the signs of points . rows^T, exactly.

    64-bit points stay 64-bit numbers: longer rows are cut into limbs, and the partial products are
    put together by carries.

    Parameters
    ----------
    points : M x r
    rows : k x r

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.array([[2**70, -1], [-1, 2**70]], dtype=object)
    >>> signs_of_products(np.array([[1, 5], [-3, 0]]), rows).tolist()
    [[1, 1], [-1, 1]]
    """
    import numpy as np

    if points.dtype == object:
        long = np.array([largest(line) > INT64_LIMIT for line in points], dtype=bool)
        result = np.zeros((len(points), len(rows)), dtype=np.int8)
        short = points[~long].astype(np.int64)
        result[~long] = signs_of_products(short, rows)
        if long.any():
            result[long] = signs_of(points[long] @ rows.astype(object).T)
        return result
    size = largest(points).bit_length()
    room = 62 - size - points.shape[1].bit_length()
    bits = largest(rows).bit_length()
    if bits <= room:
        return signs_of(points @ rows.astype(np.int64).T)
    if room < 1:
        return signs_of(points.astype(object) @ rows.astype(object).T)
    # Limbs are below 2**room, so a product with its carry is below 2**63.
    rest, mask = rows.astype(object), (1 << room) - 1
    carry = np.zeros((len(points), len(rows)), dtype=np.int64)
    below = np.zeros((len(points), len(rows)), dtype=bool)
    while bits > room:
        value = points @ (rest & mask).astype(np.int64).T + carry
        below |= (value & mask) != 0
        carry, rest, bits = value >> room, rest >> room, bits - room
    top = points @ rest.astype(np.int64).T + carry
    return np.where(top == 0, below, signs_of(top)).astype(np.int8)


def as_floats(array: Array) -> Array | None:
    """Return the lines scaled to largest entry 1, in floats; None where they are too long.

    Examples
    --------
    >>> import numpy as np
    >>> as_floats(np.array([[2, -4]])).tolist()
    [[0.5, -1.0]]
    """
    import numpy as np

    try:
        floats = array.astype(np.float64)
    except OverflowError:
        return None
    size = np.abs(floats).max(axis=1, initial=0.0, keepdims=True)
    scaled: Array = floats / np.where(size == 0, 1.0, size)
    return scaled


def proposed(floats: Array, rows: Array, signs: Array) -> tuple[Array, Array]:
    """Return short integer points near the given ones, and which of them have the signs wanted.

    Parameters
    ----------
    floats : M x r
        Scaled as by :func:`as_floats`.
    signs : M x k
        The signs wanted on the rows.

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.array([[1, 0], [1, -1]])
    >>> points, good = proposed(np.array([[1.0, 0.25]]), rows, np.array([[1, 1]]))
    >>> points.tolist(), good.tolist()
    ([[16384, 4096]], [True])
    """
    import numpy as np

    points = np.zeros(floats.shape, dtype=np.int64)
    good = np.zeros(len(floats), dtype=bool)
    for bits in BITS:
        left = np.flatnonzero(~good)
        if not len(left):
            break
        tried = np.rint(floats[left] * float(1 << bits)).astype(np.int64)
        right = (signs_of_products(tried, rows) == signs[left]).all(axis=1)
        points[left[right]] = tried[right]
        good[left[right]] = True
    return points, good


def merged(points: Array, good: Array, exact: Callable[[Array], Array]) -> Array:
    """Return the good points, and those that `exact` returns for the indices of the others.

    Examples
    --------
    >>> import numpy as np
    >>> merged(np.array([[1], [0]]), np.array([True, False]), lambda left: left[:, None]).tolist()
    [[1], [1]]
    """
    import numpy as np

    left = np.flatnonzero(~good)
    if not len(left):
        return points
    long = exact(left)
    if long.dtype == object and largest(long) > INT64_LIMIT:
        points = points.astype(object)
    points[left] = long
    return points


def shortened(points: Array, rows: Array, signs: Array) -> Array:
    """Return points with the same signs, short where a short one was found.

    Examples
    --------
    >>> import numpy as np
    >>> long = np.array([[10**30, 1]], dtype=object)
    >>> shortened(long, np.array([[1, 0]]), np.array([[1]])).tolist()
    [[16384, 0]]
    """
    floats = as_floats(points) if points.dtype == object else None
    if floats is None:
        return points
    return merged(*proposed(floats, rows, signs), lambda left: points[left])
