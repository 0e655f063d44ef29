"""The activation-pattern cells of one hidden neuron, and their faces, listed exactly.

A cell is a sign vector of the central arrangement {w : w.x_k = 0} of the data, for the w off all
hyperplanes with x_k != 0 (a zero row has sign 0 everywhere); a face of the arrangement is a cell
of it on an intersection of some hyperplanes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING

from flint import fmpq

from exactland.cells.directions import Directions, directions, integer_directions
from exactland.cells.edges import value_bound
from exactland.cells.flats import Flats, as_integers, flats_of_rank
from exactland.cells.integers import INT64_LIMIT, largest
from exactland.cells.splitting import Stopped, product, split_cells
from exactland.cells.sweep import SWEEP_ENTRIES, sweep_cells
from exactland.errors import InputError, NoAnswerError

if TYPE_CHECKING:
    from exactland.cells.integers import Array
    from exactland.cells.splitting import Check

SWEEP_RANK = 6
"""Up to this rank cells are found by a sweep (see `sweep`), beyond it by splitting."""

MEMORY_RANK = 27
"""Beyond this rank there are more cells than splitting, which keeps all of them, can hold."""

CROWD = 1 << 25
"""The most numbers that the sweep may form at one ray."""


class LimitReached(NoAnswerError):
    """Enumeration was stopped by its caller before it was complete."""


@dataclass(frozen=True, slots=True)
class Faces:
    """A batch of faces of one dimension.

    Attributes
    ----------
    signs : M x N, int8
        The sign vectors, entries 1, 0, -1; column k belongs to data point k.
    points : M x D
        An exact relative interior point of every face: 64-bit integers, or Python integers where
        they are longer.
    """

    signs: Array
    points: Array

    def __len__(self) -> int:
        return len(self.signs)


def enumerate_cells(
    inputs: Sequence[Sequence[fmpq]],
    *,
    entries: int = SWEEP_ENTRIES,
    check: Check | None = None,
) -> Iterator[Faces]:
    """Yield all cells of the arrangement of the data, in batches, each cell once.

    Parameters
    ----------
    inputs : N x D
        Any exact data: repeated, parallel, collinear and zero points are welcome.
    entries : int
        About how many signs a batch has.  Up to rank 5 (6 for small numbers) the memory used
        is a small multiple of this, however many cells there are.
    check : callable, optional
        Called with the number of cells found so far, now and then; it may raise TimeoutError or
        OverflowError to stop.

    Raises
    ------
    InputError
        If there is no data point or the rows differ in length.
    LimitReached
        If `check` stopped the enumeration; the cells yielded before are true but not all.

    Examples
    --------
    >>> data = [[fmpq(-1), fmpq(1)], [fmpq(0), fmpq(1)], [fmpq(0), fmpq(2)]]
    >>> sorted(line for cells in enumerate_cells(data) for line in cells.signs.tolist())
    [[-1, -1, -1], [-1, 1, 1], [1, -1, -1], [1, 1, 1]]
    """
    return cells_of(directions(inputs), entries=entries, check=check)


def cells_of(
    found: Directions, *, entries: int = SWEEP_ENTRIES, check: Check | None = None
) -> Iterator[Faces]:
    """Yield all cells of an arrangement given by its distinct directions."""
    import numpy as np

    if found.rank == 0:
        zeros = np.zeros((1, found.points), dtype=np.int8)
        yield Faces(zeros, np.zeros((1, found.dimension), dtype=np.int64))
        return
    total = 0
    try:
        for signs, points in half_cells(as_integers(found.rows), entries, check):
            total += 2 * len(signs)
            if len(signs):
                yield _in_data_order(found, signs, points)
            if check is not None:
                check(total)
    except Stopped as stopped:
        if stopped.found is not None and len(stopped.found[0]):
            yield _in_data_order(found, *stopped.found)
        raise LimitReached("a limit was reached before all cells were found") from None
    except (TimeoutError, OverflowError):
        raise LimitReached("a limit was reached before all cells were found") from None


def half_cells(
    rows: Array, entries: int = SWEEP_ENTRIES, check: Check | None = None
) -> Iterator[tuple[Array, Array]]:
    """Yield signs and points of one cell of each opposite pair, by the method that suits.

    The rows are as in :class:`~exactland.cells.directions.Directions`.
    """
    rank = rows.shape[1]
    fits = value_bound(rows) <= INT64_LIMIT
    if (rank < SWEEP_RANK or (rank == SWEEP_RANK and fits)) and not _has_crowded_ray(rows):
        yield from sweep_cells(rows, entries)
    elif rank > MEMORY_RANK:
        raise LimitReached(f"2**{rank} or more cells do not fit into memory")
    else:
        yield split_cells(rows, check)


def _has_crowded_ray(rows: Array) -> bool:
    """Whether the local arrangement at some ray is too large for the sweep, which lists it whole.

    At a ray on which m rows vanish there are C(m, r-2) candidates for edges, with m values each.
    """
    count, rank = rows.shape
    if rank < 3 or comb(count - 1, rank - 2) * count <= CROWD:
        return False
    return any(
        comb(m, rank - 2) * m > CROWD
        for flats in flats_of_rank(rows, rank - 1)
        for m in flats.members.sum(axis=1).tolist()
    )


def _in_data_order(found: Directions, signs: Array, points: Array) -> Faces:
    """Return the cells and their opposites, with a column for each data point."""
    import numpy as np

    if not found.plain:
        # A zero row has orientation 0, so the column that its class -1 picks does not matter.
        signs = signs[:, found.classes] * np.array(found.orientations, dtype=np.int8)
    if len(found.columns) < found.dimension:
        wide = np.zeros((len(points), found.dimension), dtype=points.dtype)
        wide[:, found.columns] = points
        points = wide
    return Faces(np.concatenate([signs, -signs]), np.concatenate([points, -points]))


def enumerate_faces(
    inputs: Sequence[Sequence[fmpq]], dimension: int, *, entries: int = SWEEP_ENTRIES
) -> Iterator[Faces]:
    """Yield all faces of one dimension, in batches, each face once.

    Parameters
    ----------
    inputs : N x D
    dimension : int
        0 <= dimension <= D.  Faces of dimension D are the cells; the smallest face is the
        lineality space {w : w.x_k = 0 for all k}, of dimension D - rank.
    entries : int
        About how many signs a batch has.

    Raises
    ------
    InputError
        If the data are malformed or the dimension is outside 0, ..., D.

    Examples
    --------
    >>> data = [[fmpq(1), fmpq(0)], [fmpq(0), fmpq(1)]]
    >>> for rays in enumerate_faces(data, 1):
    ...     print(rays.signs.tolist(), rays.points.tolist())
    [[0, 1], [1, 0], [0, -1], [-1, 0]] [[0, 1], [1, 0], [0, -1], [-1, 0]]
    """
    found = directions(inputs)
    if not 0 <= dimension <= found.dimension:
        raise InputError("faces", f"there are faces of dimension 0 to {found.dimension} only")
    codimension = found.dimension - dimension
    if codimension == 0:
        yield from cells_of(found, entries=entries)
    elif codimension == found.rank:
        import numpy as np

        zeros = np.zeros((1, found.points), dtype=np.int8)
        yield Faces(zeros, np.zeros((1, found.dimension), dtype=np.int64))
    elif codimension < found.rank:
        rows = as_integers(found.rows)
        for batch in flats_of_rank(rows, codimension):
            if found.rank - codimension == 1:
                yield _rays(found, rows, batch)
            else:
                yield from _on_flats(found, rows, batch, entries)


def _rays(found: Directions, rows: Array, flats: Flats) -> Faces:
    import numpy as np

    points = flats.kernels[:, 0]
    values = product(points, rows.T)
    return _in_data_order(found, np.sign(values).astype(np.int8), points)


def _on_flats(found: Directions, rows: Array, flats: Flats, entries: int) -> Iterator[Faces]:
    """Yield the cells of the arrangement that is induced on each flat's common zeros."""
    import numpy as np

    pending: list[tuple[Array, Array]] = []
    for kernel in flats.kernels:
        induced = integer_directions(product(rows, kernel.T).tolist())
        orientations = np.array(induced.orientations, dtype=np.int8)
        local = as_integers(induced.rows)
        for signs, points in half_cells(local, entries):
            on_flat = product(points, kernel[list(induced.columns)])
            pending.append((signs[:, induced.classes] * orientations, on_flat))
            if sum(len(part[0]) for part in pending) * len(rows) >= entries:
                yield _join(found, pending)
                pending = []
    if pending:
        yield _join(found, pending)


def _join(found: Directions, parts: list[tuple[Array, Array]]) -> Faces:
    import numpy as np

    signs = np.concatenate([part[0] for part in parts])
    # One type for all: a mixture of 64-bit and Python integers becomes the latter.
    points = np.concatenate([part[1] for part in parts])
    assert points.dtype == object or largest(points) <= INT64_LIMIT
    return _in_data_order(found, signs, points)


def face_numbers(inputs: Sequence[Sequence[fmpq]]) -> tuple[int, ...]:
    """Return the numbers of faces of dimension 0, ..., D, by listing them.

    Examples
    --------
    >>> face_numbers([[fmpq(1), fmpq(0)], [fmpq(0), fmpq(1)], [fmpq(1), fmpq(1)]])
    (1, 6, 6)
    """
    dimension = directions(inputs).dimension
    return tuple(
        sum(len(batch) for batch in enumerate_faces(inputs, k)) for k in range(dimension + 1)
    )
