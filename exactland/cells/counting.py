"""How many cells there are, without listing them.

Let w_k be the number of *no-broken-circuit sets* of k rows.  The characteristic polynomial is
chi(t) = sum_k (-1)^k w_k t^(D-k), and the number of cells is sum_k w_k (Zaslavsky, Whitney).  For
rows u_0, ..., u_{n-1} deletion and restriction give

    P(u_0, ..., u_{n-1}) = 1 + x sum_i P(restrictions of u_0, ..., u_{i-1} to u_i = 0),

P(x) = sum_k w_k x^k, where rows that become parallel on the hyperplane are counted once.  In
general position nothing becomes parallel and Cover's formula results.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING, Literal

from flint import fmpq

from exactland.cells.directions import Directions, directions, integer_directions
from exactland.cells.flats import as_integers, cut, kernel_bound
from exactland.cells.integers import divide_by_content, largest, pieces, working_type

if TYPE_CHECKING:
    from exactland.cells.integers import Array
    from exactland.cells.splitting import Check

Method = Literal["cover", "characteristic_polynomial"]


@dataclass(frozen=True, slots=True)
class CellCount:
    """The number of cells and how it was found.

    Attributes
    ----------
    cells : int
    method : str
        ``"cover"``: the distinct directions are in general position (every r of them are
        independent), so Cover's formula 2 sum_{i<r} C(n-1, i) applies.
        ``"characteristic_polynomial"``: they are not.
    whitney : tuple of int
        w_0, ..., w_r.
    """

    cells: int
    method: Method
    whitney: tuple[int, ...]


def count_cells(inputs: Sequence[Sequence[fmpq]], *, check: Check | None = None) -> CellCount:
    """Return the number of cells of the arrangement of the data.

    Parameters
    ----------
    inputs : N x D
        Any exact data.
    check : callable, optional
        Called now and then with the number of sets counted; it may raise.

    References
    ----------
    Cover 1965, Theorem 1; Zaslavsky 1975, Theorem A.

    Examples
    --------
    >>> square = [[fmpq(a), fmpq(b), fmpq(1)] for a in (-1, 1) for b in (-1, 1)]
    >>> count_cells(square)
    CellCount(cells=14, method='cover', whitney=(1, 4, 6, 3))
    >>> count_cells([*square, [fmpq(0), fmpq(0), fmpq(1)]]).cells
    18
    """
    found = directions(inputs)
    whitney = whitney_numbers(found, check=check)
    method: Method = "characteristic_polynomial"
    if whitney == general_position(len(found.rows), found.rank):
        # These are the largest possible Whitney numbers, attained in general position only: a
        # dependent set of k <= r rows, k least, makes w_k or (k = r) w_{r-1} smaller.
        method = "cover"
    return CellCount(sum(whitney), method, whitney)


def general_position(count: int, rank: int) -> tuple[int, ...]:
    """Return w_0, ..., w_r of `count` rows in general position; their sum is Cover's formula.

    Examples
    --------
    >>> general_position(4, 3)
    (1, 4, 6, 3)
    """
    if rank == 0:
        return (1,)
    return (*(comb(count, k) for k in range(rank)), comb(count - 1, rank - 1))


def characteristic_polynomial(inputs: Sequence[Sequence[fmpq]]) -> tuple[int, ...]:
    """Return the coefficients of the characteristic polynomial chi(t), ascending.

    Examples
    --------
    >>> characteristic_polynomial([[fmpq(1), fmpq(0)], [fmpq(0), fmpq(1)]])
    (1, -2, 1)
    """
    found = directions(inputs)
    whitney = whitney_numbers(found)
    signed = [(-1) ** k * w for k, w in enumerate(whitney)]
    return (*(0 for _ in range(found.dimension - found.rank)), *reversed(signed))


def whitney_numbers(found: Directions, *, check: Check | None = None) -> tuple[int, ...]:
    """Return w_0, ..., w_r.

    Examples
    --------
    >>> whitney_numbers(directions([[fmpq(1), fmpq(0)], [fmpq(0), fmpq(1)], [fmpq(1), fmpq(1)]]))
    (1, 3, 2)
    """
    result = [1]
    for component in _components(found):
        factor = _whitney(as_integers(component.rows), check)
        product = [0] * (len(result) + len(factor) - 1)
        for i, a in enumerate(result):
            for j, b in enumerate(factor):
                product[i + j] += a * b
        result = product
    return tuple(result)


def _components(found: Directions) -> list[Directions]:
    """Split the rows into parts whose spans form a direct sum: their polynomials multiply."""
    from flint import fmpz_mat

    rank, rows = found.rank, found.rows
    if len(rows) == rank:
        return [integer_directions([[1]])] * rank
    # Rows that a row needs in the basis u_0, ..., u_{r-1} are in one part with it.
    basis = fmpz_mat([list(row) for row in rows[:rank]])
    table = (fmpz_mat([list(row) for row in rows]) * basis.inv()).tolist()
    part = list(range(rank))
    for line in table:
        linked = {part[i] for i, entry in enumerate(line) if entry != 0}
        part = [min(linked) if p in linked else p for p in part]
    groups: dict[int, list[tuple[int, ...]]] = {}
    for row, line in zip(rows, table, strict=True):
        first = next(i for i, entry in enumerate(line) if entry != 0)
        groups.setdefault(part[first], []).append(row)
    if len(groups) == 1:
        return [found]
    return [integer_directions(group) for group in groups.values()]


def _whitney(rows: Array, check: Check | None) -> list[int]:
    """Return w_0, ..., w_r of pairwise non-parallel rows of rank r >= 1."""
    import numpy as np

    count, rank = rows.shape
    if rank == 1:
        return [1, 1]
    if rank == 2:
        return [1, count, count - 1]
    totals = [1] + [0] * rank
    everything = np.ones((1, count), dtype=bool)
    _descend(rows, everything, np.eye(rank, dtype=np.int64)[None], totals, check)
    return totals


def _descend(
    rows: Array, available: Array, kernels: Array, totals: list[int], check: Check | None
) -> None:
    """Add to `totals` what the sets that extend the given nodes contribute.

    A node is a set of rows with the rows that may extend it (one of each class of rows that are
    parallel modulo the set, all earlier than the rows in the set) and a basis of its kernel.
    """
    import numpy as np

    count, rank = rows.shape
    codimension = kernels.shape[1]
    size = rank - codimension + 1
    dtype = working_type(kernel_bound(rows, size - 1))
    rows, kernels = rows.astype(dtype), kernels.astype(dtype)
    parent, row = np.nonzero(available)
    totals[size] += len(row)
    for some in pieces(len(row), (1 << 19) // (count * codimension)):
        if check is not None:
            check(sum(totals))
        reduced = cut(kernels[parent[some]], rows[row[some]])
        earlier = available[parent[some]] & (np.arange(count) < row[some, None])
        values = np.einsum("mca,na->cmn", reduced, rows)
        if codimension == 3:
            # A plane with m lines contributes 1 + m x + (m - 1) x^2.
            lines = count_slopes(values[0], values[1], earlier)
            totals[size + 1] += int(lines.sum())
            totals[size + 2] += int(np.maximum(lines - 1, 0).sum())
        else:
            _descend(rows, _first_of_parallels(values, earlier), reduced, totals, check)


def _first_of_parallels(values: Array, allowed: Array) -> Array:
    """Keep one of each class of parallel vectors in every line.

    ``values[c, m, n]`` is coordinate c of vector n in line m; only allowed ones count.
    """
    import numpy as np

    line, place = np.nonzero(allowed)
    vectors = divide_by_content([coordinate[line, place] for coordinate in values])
    leading = np.zeros(len(line), dtype=vectors[0].dtype)
    for vector in vectors:
        leading = np.where(leading == 0, np.sign(vector), leading)
    vectors = [vector * leading for vector in vectors]
    keys = [*(vector for vector in vectors), line]
    if vectors[0].dtype == object:
        names: dict[object, int] = {}
        identity = [names.setdefault(key, len(names)) for key in zip(*keys, strict=True)]
        first = np.unique(np.array(identity, dtype=np.int64), return_index=True)[1]
    else:
        order = np.lexsort(keys)
        new = np.zeros(len(order), dtype=bool)
        new[:1] = True
        for key in keys:
            ordered = key[order]
            new[1:] |= ordered[1:] != ordered[:-1]
        first = order[new]
    result = np.zeros_like(allowed)
    result[line[first], place[first]] = True
    return result


def count_slopes(x: Array, y: Array, allowed: Array) -> Array:
    """Return for every line how many of the allowed vectors (x, y) != 0 are pairwise not parallel.

    Examples
    --------
    >>> import numpy as np
    >>> x, y = np.array([[1, 2, 0, -1]]), np.array([[2, 4, 3, 0]])
    >>> count_slopes(x, y, np.ones((1, 4), dtype=bool)).tolist()
    [3]
    """
    import numpy as np

    size = max(largest(x), largest(y))
    if size >= 2**53:
        return np.array([_count_exactly(*line) for line in zip(x, y, allowed, strict=True)])
    x, y = x.astype(np.int64), y.astype(np.int64)
    # Integers below 2**53 are floats without error, and a quotient of floats is the float nearest
    # to the rational number.  So equal slopes have equal quotients.  Below 2**25 also different
    # slopes p/q, p'/q' have different quotients: they differ by a relative 1/|p' q| > 2**-50 at
    # least, while rounding moves each by 2**-53 at most.
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = x / y
    slopes = np.where(y == 0, np.inf, slopes)
    slopes = np.where(allowed, slopes, np.nan)  # sorted last, and not equal to itself
    slopes.sort(axis=1)
    repeated = (slopes[:, 1:] == slopes[:, :-1]).sum(axis=1)
    counts: Array = allowed.sum(axis=1) - repeated
    if size >= 2**25:
        for line in np.flatnonzero(repeated):
            counts[line] = _count_exactly(x[line], y[line], allowed[line])
    return counts


def _count_exactly(x: Array, y: Array, allowed: Array) -> int:
    from math import gcd

    seen = set()
    for a, b in zip(x[allowed].tolist(), y[allowed].tolist(), strict=True):
        divisor = gcd(a, b) if (a, b) > (0, 0) else -gcd(a, b)
        seen.add((a // divisor, b // divisor))
    return len(seen)
