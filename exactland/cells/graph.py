"""The adjacency graph of the cells and the face poset, as networkx graphs; GraphML files."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from flint import fmpq

from exactland.cells.arrangement import Faces, cells_of, enumerate_faces
from exactland.cells.directions import Directions, directions
from exactland.cells.patterns import SIGN_CHARACTERS
from exactland.problem.storage import StrPath, write_bytes_atomically

if TYPE_CHECKING:
    import networkx as nx

    from exactland.cells.integers import Array
    from exactland.cells.splitting import Check


def adjacency_graph(inputs: Sequence[Sequence[fmpq]], *, check: Check | None = None) -> nx.Graph:
    """Return the adjacency (dual) graph: cells, joined where they share a facet.

    A facet lies on the hyperplane of one class of parallel data, so neighbours differ in the signs
    of exactly one class.  The graph is bipartite and connected.

    Parameters
    ----------
    inputs : N x D
    check : callable, optional
        See :func:`~exactland.cells.arrangement.enumerate_cells`.

    Returns
    -------
    networkx.Graph
        Nodes are 0, 1, ... with attributes ``signs`` (N characters) and ``point`` (coordinates,
        separated by blanks); edges have ``data``, the indices of the data whose signs change.

    Examples
    --------
    >>> graph = adjacency_graph([[fmpq(1), fmpq(0)], [fmpq(0), fmpq(1)], [fmpq(0), fmpq(2)]])
    >>> sorted(signs for _, signs in graph.nodes(data="signs"))
    ['+++', '+--', '-++', '---']
    >>> sorted({label for _, _, label in graph.edges(data="data")})
    ['0', '1 2']
    """
    import networkx as nx
    import numpy as np

    found = directions(inputs)
    batches = list(cells_of(found, check=check))
    signs = np.concatenate([batch.signs for batch in batches])
    graph = nx.Graph()
    _add_nodes(graph, batches)
    members = class_members(found)
    columns = [one[0] for one in members]
    keys = _keys(signs[:, columns] > 0)
    order = np.argsort(keys)
    for column, together in zip(columns, members, strict=True):
        positive = np.flatnonzero(signs[:, column] > 0)
        opposite = signs[positive]
        opposite[:, column] = -1
        wanted = _keys(opposite[:, columns] > 0)
        place = np.minimum(np.searchsorted(keys, wanted, sorter=order), len(order) - 1)
        neighbour = order[place]
        adjacent = keys[neighbour] == wanted
        label = " ".join(map(str, together))
        graph.add_edges_from(
            zip(positive[adjacent].tolist(), neighbour[adjacent].tolist(), strict=True), data=label
        )
    return graph


def class_members(found: Directions) -> list[list[int]]:
    """Return for each hyperplane the indices of the data that define it.

    Examples
    --------
    >>> class_members(directions([[fmpq(1)], [fmpq(0)], [fmpq(-2)]]))
    [[0, 2]]
    """
    members: list[list[int]] = [[] for _ in found.rows]
    for index, one in enumerate(found.classes):
        if one >= 0:
            members[one].append(index)
    return members


def face_poset(inputs: Sequence[Sequence[fmpq]], *, check: Check | None = None) -> nx.DiGraph:
    """Return the face poset: an edge from every face to each face that covers it.

    Faces are ordered by inclusion of their closures.  Nodes have ``signs`` and ``point`` as in
    :func:`adjacency_graph` and the ``dimension``.

    Parameters
    ----------
    check : callable, optional
        Called now and then with the number of cells found so far; it may raise to stop.

    Examples
    --------
    >>> poset = face_poset([[fmpq(1), fmpq(0)], [fmpq(0), fmpq(1)]])
    >>> len(poset), poset.number_of_edges()
    (9, 12)
    """
    import networkx as nx
    import numpy as np

    dimension = directions(inputs).dimension
    poset = nx.DiGraph()
    levels: list[tuple[int, Array]] = []
    for k in range(dimension + 1):
        batches = []
        for batch in enumerate_faces(inputs, k):
            batches.append(batch)
            if check is not None:
                check(sum(map(len, batches)) if k == dimension else 0)
        if not batches:
            continue
        start = len(poset)
        _add_nodes(poset, batches, dimension=k)
        levels.append((start, np.concatenate([batch.signs for batch in batches])))
    for (first, lower), (second, upper) in pairwise(levels):
        for low, high in _covers(lower, upper):
            if check is not None:
                check(0)
            poset.add_edges_from(zip((low + first).tolist(), (high + second).tolist(), strict=True))
    return poset


def _covers(lower: Array, upper: Array) -> Iterable[tuple[Array, Array]]:
    """Yield the pairs (G, F) with every sign of G zero or that of F."""
    import numpy as np

    from exactland.cells.integers import pieces

    # G . F = |G|_1 exactly if every nonzero sign of G agrees with F.  Sums of at most N < 2**24
    # products of signs are exact in single precision, whose matrix product is fast.
    exact = upper.astype(np.float32).T
    length = np.count_nonzero(lower, axis=1)
    for part in pieces(len(lower), (1 << 24) // max(1, len(upper))):
        agreement = lower[part].astype(np.float32) @ exact
        low, high = np.nonzero(agreement == length[part, None])
        yield low + part.start, high


def _add_nodes(graph: Any, batches: list[Faces], **attributes: int) -> None:
    number = len(graph)
    for batch in batches:
        for signs, point in zip(batch.signs.tolist(), batch.points.tolist(), strict=True):
            text = "".join(map(SIGN_CHARACTERS.__getitem__, signs))
            graph.add_node(number, signs=text, point=" ".join(map(str, point)), **attributes)
            number += 1


def _keys(positive: Array) -> Array:
    """Return one byte string for each line; equal lines have equal strings."""
    import numpy as np

    packed = np.packbits(positive, axis=1)
    if packed.shape[1] == 0:
        return np.zeros(len(packed), dtype="S1")
    result: Array = np.ascontiguousarray(packed).view(f"S{packed.shape[1]}")[:, 0]
    return result


def write_graphml(path: StrPath, graph: nx.Graph) -> None:
    """Write a graph as a GraphML file (atomically: a failure leaves no part of one)."""
    import networkx as nx

    buffer = io.BytesIO()
    nx.write_graphml_xml(graph, buffer)
    write_bytes_atomically(path, buffer.getvalue())
