"""All cells of a central arrangement by a sweep: every cell is found once, at its lowest ray.

The first r rows u_0, ..., u_{r-1} are independent.  For a sign vector s let f_s = sum s_i u_i.  In
the chart f_s = 1 the closed orthant {s_i u_i >= 0, i < r} is a simplex, so every cell in it is a
polytope.  Order points lexicographically; for the edges that leave a vertex v this means: an
edge is *upward* if the first nonzero coordinate of its direction (tangent to the chart) is
positive.  Every polytope has exactly one vertex all of whose edges are upward.  So the cells of
orthant s correspond to the pairs of a vertex (a flat of rank r - 1) and a cell of its local
arrangement, inside the orthant, all of whose edges are upward.

* If exactly r - 1 rows C vanish on v, the edges are the lines on which all of C but one row
  vanish; choosing each one upward gives the single candidate for each s.
* If more vanish, the local cells are listed with their edges (:mod:`.localisation`).

Nothing has to be compared with what was found before, so the cells are a stream.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from exactland.cells.edges import Edges, Table, look_up, prepare
from exactland.cells.flats import flats_of_rank
from exactland.cells.integers import (
    INT64_LIMIT,
    cross,
    divide_by_content,
    far_along,
    largest,
    least_nonzero,
    pieces,
    signs_of,
)
from exactland.cells.localisation import (
    DENSE_ROWS,
    batch_size,
    bits_of_words,
    incidences,
    keys,
    quotient,
)

if TYPE_CHECKING:
    from exactland.cells.integers import Array

SWEEP_ENTRIES = 1 << 18
"""Entries of the matrices formed at once."""


def sweep_cells(rows: Array, entries: int = SWEEP_ENTRIES) -> Iterator[tuple[Array, Array]]:
    """Yield all cells of {u_k^perp}, one of each pair of opposite ones, each exactly once.

    Parameters
    ----------
    rows : n x r
        Integers, pairwise not parallel, the first r independent, n >= 1.
    entries : int
        About how large a batch may be (cells times rows); memory stays proportional to it.

    Yields
    ------
    signs : M x n, int8
        Entries 1 and -1; the entry of row 0 is 1.
    points : M x r
        Exact interior points (64-bit, or Python integers where they are longer).

    Examples
    --------
    >>> from exactland.cells.flats import as_integers
    >>> rows = as_integers(((1, 0), (0, 1), (1, 1)))
    >>> sorted(tuple(map(int, row)) for signs, _ in sweep_cells(rows) for row in signs)
    [(1, -1, -1), (1, -1, 1), (1, 1, 1)]
    """
    import numpy as np

    edges = prepare(rows)
    rows, rank = edges.rows, edges.rank
    count = len(rows)
    for bases, parents in _candidates(rows, max(1, entries // count)):
        vectors = [[rows[bases[:, i], a] for a in range(rank)] for i in range(rank - 1)]
        rays = np.stack(divide_by_content(cross(vectors, rank)), axis=1)
        values = rays @ rows.T
        signs = signs_of(values)
        nonzero = int(np.count_nonzero(signs))
        if nonzero == len(rays) * (count - rank + 1):
            # Every candidate has at least r - 1 zeros, so each has exactly r - 1.
            yield from _generic(edges, bases, rays, values, signs)
            continue
        vanishing = count - np.count_nonzero(signs, axis=1)
        simple = np.flatnonzero(vanishing == rank - 1)
        if len(simple):
            yield from _generic(edges, bases[simple], rays[simple], values[simple], signs[simple])
        special = np.flatnonzero((vanishing > rank - 1) & (vanishing < count))
        # Several sets of rows span the same flat: keep its least basis (see `flats`).
        gained = ((signs[special] == 0) & ~parents[special]).argmax(axis=1)
        special = special[gained == bases[special, -1]] if rank > 1 else special
        for size in np.unique(vanishing[special]):
            here = special[vanishing[special] == size]
            for part in pieces(len(here), batch_size(int(size), rank - 1)):
                some = here[part]
                yield _degenerate(edges, rays[some], values[some], signs[some])


def _candidates(rows: Array, at_once: int) -> Iterator[tuple[Array, Array]]:
    """Yield sets of r - 1 rows among which are the least bases of all flats of rank r - 1.

    With each set comes the flat spanned by all its rows but the last, as a boolean row.
    """
    import numpy as np

    count, rank = rows.shape
    if rank == 1:
        yield np.zeros((1, 0), dtype=np.int64), np.zeros((1, count), dtype=bool)
        return
    indices = np.arange(count)
    for batch in flats_of_rank(rows, rank - 2):
        last = batch.bases[:, -1:] if rank > 2 else np.full((1, 1), -1)
        for part in pieces(len(batch), max(1, 2 * at_once // count)):
            parent, row = np.nonzero(~batch.members[part] & (indices > last[part]))
            parent += part.start
            for some in pieces(len(parent), at_once):
                bases = np.concatenate([batch.bases[parent[some]], row[some, None]], axis=1)
                yield bases, batch.members[parent[some]]


def _generic(
    edges: Edges, bases: Array, rays: Array, values: Array, signs: Array
) -> Iterator[tuple[Array, Array]]:
    """Yield the cells at rays on which exactly the r - 1 rows `bases` vanish."""
    import numpy as np

    rank = edges.rank
    margins = least_nonzero(values)
    # A set is ascending, so its rows among the first r, which an orthant may have on either
    # side, are its first ones.
    inside = (bases < rank).sum(axis=1)
    for j in range(rank):
        members = np.flatnonzero(inside == j)
        if not len(members):
            continue
        above = signs[members, :rank] > 0
        lines = np.arange(len(members))
        for pattern in range(1 << j):
            side = above.copy()
            for p in range(j):
                side[lines, bases[members, p]] = bool(pattern >> p & 1)
            yield _generic_in(edges, bases, rays, margins, signs, members, side, j)


def _generic_in(
    edges: Edges,
    bases: Array,
    rays: Array,
    margins: Array,
    signs: Array,
    members: Array,
    side: Array,
    inside: int,
) -> tuple[Array, Array]:
    """Return the cells at the rays `members` in the orthants `side` (antipodes where s_0 = -)."""
    import numpy as np

    rank = edges.rank
    chart, turn = _charts(side)
    found: list[Table] = []
    local: list[Array] = []
    kept = np.arange(len(members))
    for q in range(rank - 1):
        others = [bases[members, i] for i in range(rank - 1) if i != q]
        edge = look_up(edges, others, chart)
        # u_i . cross(C without i, f) = (-1)^(position of i + r - 1) f . cross(C) for i in C.
        sign = edge.upward * turn * np.int8((-1) ** (q + rank - 1))
        if q < inside:
            right = (sign > 0) == (side[kept, bases[members, q]] ^ (turn < 0))
            chosen = np.flatnonzero(right)
            if len(chosen) < len(members):
                members, kept, chart, turn = (a[chosen] for a in (members, kept, chart, turn))
                edge, sign = edge.take(chosen), sign[chosen]
                found = [one.take(chosen) for one in found]
                local = [one[chosen] for one in local]
        found.append(edge)
        local.append(sign)
    lines = np.arange(len(members))
    cells = signs[members] * turn[:, None]
    for q in range(rank - 1):
        cells[lines, bases[members, q]] = local[q]
    rays = rays[members] * turn[:, None]
    return cells, _points(rays, margins[members], found)


def _charts(side: Array) -> tuple[Array, Array]:
    """Return the index of the chart of an orthant, or of its antipode, and 1 or -1 accordingly."""
    import numpy as np

    rank = side.shape[1]
    turn = np.where(side[:, 0], 1, -1).astype(np.int8)
    weights = np.array([1 << i for i in range(rank - 1)], dtype=np.int64)
    chart: Array = (side[:, 1:] ^ ~side[:, :1]).astype(np.int64) @ weights
    return chart, turn


def _points(rays: Array, margins: Array, found: list[Table]) -> Array:
    """Return ``factor * ray + sum of the edges`` with the factor just large enough."""
    if not found:
        return rays
    inward, reach = found[0].directions, found[0].reach
    for edge in found[1:]:
        inward, reach = inward + edge.directions, reach + edge.reach
    return far_along(rays, margins, inward, reach)


def _degenerate(edges: Edges, rays: Array, values: Array, signs: Array) -> tuple[Array, Array]:
    """Return the cells at rays on which the same number m > r - 1 of rows vanish."""
    import numpy as np

    rows, rank = edges.rows, edges.rank
    batch = len(rays)
    members = np.nonzero(signs == 0)[1].reshape(batch, -1)
    count = members.shape[1]
    found = incidences(quotient(rows[members], rays))
    owner, word = found.owner, found.word
    # The orthant of every incident cell: its own signs on the first r rows.
    bits = bits_of_words(word, count)
    side = signs[owner, :rank] > 0
    for place in range(count):
        low = np.flatnonzero(members[owner, place] < rank)
        side[low, members[owner[low], place]] = bits[low, place]
    chart, turn = _charts(side)
    places = [members[owner, found.subsets[found.ray, i]] for i in range(rank - 2)]
    edge = look_up(edges, places, chart)
    # With j the coordinate that `quotient` drops, the ray cross(D) in the quotient is, lifted,
    # (-1)^(j + r - 1) cross(D, e_j), and cross(D, e_j) v_j and cross(D, f) (f . v) point
    # the same way modulo v.  Here f . v has the sign `turn`.
    dropped = (rays != 0).argmax(axis=1)
    lift = signs_of(rays[np.arange(batch), dropped]) * np.where((dropped + rank - 1) % 2, -1, 1)
    # The edge is an edge of the antipode where turn = -1, which turns it once more; so the two
    # factors `turn` cancel in the comparison of the incident direction with `upward`.
    up = found.turn * lift[owner] * edge.upward > 0
    lowest, cell = _all_up(owner, word, up, batch, count)
    owner, word, turn, edge = owner[lowest], word[lowest], turn[lowest], edge.take(lowest)
    order = np.argsort(cell[lowest], kind="stable")
    grouped = cell[lowest][order]
    starts = np.flatnonzero(np.append(True, grouped[1:] != grouped[:-1]))
    if not len(order):
        return np.zeros((0, len(rows)), dtype=np.int8), rays[:0]
    first = order[starts]
    directions, reaches = edge.directions[order], edge.reach[order]
    if directions.dtype != object and len(order) * largest(reaches) > INT64_LIMIT:
        directions, reaches = directions.astype(object), reaches.astype(object)
    inward = np.add.reduceat(directions, starts, axis=0)
    owner, turn = owner[first], turn[first]
    cells = signs[owner] * turn[:, None]
    local = np.where(bits_of_words(word[first], count), 1, -1).astype(np.int8)
    cells[np.arange(len(first))[:, None], members[owner]] = local * turn[:, None]
    reach = np.add.reduceat(reaches, starts)
    return cells, far_along(
        rays[owner] * turn[:, None], least_nonzero(values)[owner], inward, reach
    )


def _all_up(owner: Array, word: Array, up: Array, batch: int, count: int) -> tuple[Array, Array]:
    """Return the incidences of cells all of whose edges are upward, and a key for each cell."""
    import numpy as np

    key = keys(owner, word, batch, count)
    if count <= DENSE_ROWS:
        table = np.zeros(batch << count, dtype=bool)
        table[key[~up]] = True
        return np.flatnonzero(~table[key]), key
    distinct, cell = np.unique(key, return_inverse=True)
    down = np.zeros(len(distinct), dtype=bool)
    down[cell[~up]] = True
    return np.flatnonzero(~down[cell]), cell
