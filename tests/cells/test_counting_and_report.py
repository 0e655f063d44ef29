"""Counting beyond listing, graphs, reports and their limits."""

from __future__ import annotations

import json
from collections import Counter
from fractions import Fraction
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exactland.cells import report
from exactland.cells.arrangement import enumerate_cells, face_numbers
from exactland.cells.counting import count_cells, count_slopes
from exactland.cells.directions import directions
from exactland.cells.graph import adjacency_graph, class_members, face_poset, write_graphml
from exactland.cells.report import CellList, Limits, Progress
from tests.cells import slow
from tests.cells.data import Rows, checked_signs, data, exact


@given(
    st.lists(st.tuples(st.integers(-(2**60), 2**60), st.integers(-3, 3)).filter(any), min_size=1),
    st.sampled_from([1, 2**20, 2**26, 2**40, 2**70]),
)
def test_slopes_are_counted_exactly(pairs: list[tuple[int, int]], size: int) -> None:
    # Slopes that differ by less than a float can tell: (a + 1) / a against (a + 2) / (a + 1).
    close = [(size + k, size + k + 1) for k in range(4)] + [(3 * size, 3 * size + 3)]
    vectors = [(a % (4 * size) - size, b) for a, b in pairs]
    vectors = [(a, b) if a or b else (1, 0) for a, b in vectors] + close
    x = np.array([[a for a, _ in vectors]], dtype=object)
    y = np.array([[b for _, b in vectors]], dtype=object)
    expected = len({Fraction(a, b) if b else None for a, b in vectors})
    assert count_slopes(x, y, np.ones(x.shape, dtype=bool)).tolist() == [expected]


@given(data(max_dimension=6, max_points=9))
def test_a_direct_sum_multiplies_counts(rows: Rows) -> None:
    width = len(rows[0])
    other = [[*([Fraction(0)] * width), Fraction(a), Fraction(b)] for a, b in ((1, 2), (1, 3))]
    both = [[*row, Fraction(0), Fraction(0)] for row in rows] + other
    assert count_cells(exact(both)).cells == 4 * count_cells(exact(rows)).cells


def test_forty_independent_rows_are_counted_at_once() -> None:
    rows = [[int(i == j) + int(j == 0) for j in range(40)] for i in range(40)]
    assert count_cells(exact(rows)).cells == 2**40


@given(data(max_dimension=4, max_points=10))
def test_coverage_by_cover_means_general_position(rows: Rows) -> None:
    from itertools import combinations

    found = directions(exact(rows))
    chosen = combinations(found.rows, found.rank)
    general = all(slow.rank(subset) == found.rank for subset in chosen)
    assert (count_cells(exact(rows)).method == "cover") == general


@settings(max_examples=60)
@given(data(max_dimension=4, max_points=7))
def test_adjacency_graph(rows: Rows) -> None:
    graph = adjacency_graph(exact(rows))
    numbers = face_numbers(exact(rows))
    assert graph.number_of_nodes() == numbers[-1]
    assert graph.number_of_edges() == numbers[-2]  # a facet lies between two cells
    assert nx.is_connected(graph) and nx.is_bipartite(graph)
    found = directions(exact(rows))
    members = {" ".join(map(str, one)) for one in class_members(found)}
    for one, other, label in graph.edges(data="data"):
        signs = graph.nodes[one]["signs"], graph.nodes[other]["signs"]
        changed = [str(k) for k, (a, b) in enumerate(zip(*signs, strict=True)) if a != b]
        assert " ".join(changed) == label and label in members
    if found.rank:
        # A pointed cone of dimension r has at least r facets.
        assert min(degree for _, degree in graph.degree()) >= found.rank
        # Crossing every hyperplane once is the shortest way to the opposite cell.
        assert nx.diameter(graph) == len(found.rows)


@settings(max_examples=40)
@given(data(max_dimension=3, max_points=6))
def test_face_poset(rows: Rows) -> None:
    poset = face_poset(exact(rows))
    dimension = len(rows[0])
    assert nx.is_directed_acyclic_graph(poset)
    levels = Counter(k for _, k in poset.nodes(data="dimension"))
    assert tuple(levels[k] for k in range(dimension + 1)) == face_numbers(exact(rows))
    for one, other in poset.edges():
        low, high = poset.nodes[one], poset.nodes[other]
        assert high["dimension"] == low["dimension"] + 1
        assert all(a in ("0", b) for a, b in zip(low["signs"], high["signs"], strict=True))
    for node, k in poset.nodes(data="dimension"):
        if k == dimension - 1:
            assert poset.out_degree(node) == 2
    # Every closed interval of length two has four elements (the diamond property).
    for bottom in poset:
        above = Counter(top for middle in poset[bottom] for top in poset[middle])
        assert set(above.values()) <= {2}


def test_graphml_round_trip(tmp_path: Path) -> None:
    graph = adjacency_graph(exact([[1, 0], [0, 1], [1, 1], [2, 2]]))
    write_graphml(tmp_path / "cells.graphml", graph)
    again = nx.read_graphml(tmp_path / "cells.graphml", node_type=int)
    assert dict(again.nodes(data=True)) == dict(graph.nodes(data=True))
    assert nx.utils.edges_equal(again.edges(data="data"), graph.edges(data="data"))


SQUARE = exact([[a, b, 1] for a in (-1, 1) for b in (-1, 1)])


def test_count_report() -> None:
    expected = {"cells": 14, "points": 4, "dimension": 3, "method": "cover", "complete": True}
    assert report.count_report(SQUARE) == expected
    # A limit on cells is one on listing; time may run out.
    assert report.count_report(SQUARE, Limits(max_cells=1)) == expected
    late = report.count_report(SQUARE, Limits(max_seconds=0))
    assert late["cells"] is None and late["complete"] is False


@pytest.mark.parametrize("limit", range(16))
def test_a_limit_never_makes_a_wrong_complete_list(limit: int) -> None:
    progress = Progress()
    batches = list(report.list_cells(SQUARE, Limits(max_cells=limit), progress))
    assert progress.cells == sum(map(len, batches)) <= limit
    assert progress.complete == (limit >= 14)
    assert (
        len(checked_signs([list(map(str_fraction, row)) for row in SQUARE], batches))
        == progress.cells
    )


def str_fraction(value: object) -> Fraction:
    return Fraction(str(value))


def test_a_list_whose_reader_stops_is_not_complete() -> None:
    progress = Progress()
    next(report.list_cells(SQUARE, None, progress))
    assert not progress.complete


def test_time_limits_end_lists_and_graphs(tmp_path: Path) -> None:
    listed = CellList(SQUARE, Limits(max_seconds=0)).to_json()
    assert listed["complete"] is False and listed["cells"] == len(listed["list"]) < 14
    graph, poset = tmp_path / "graph.graphml", tmp_path / "poset.graphml"
    for one, other in ((graph, poset), (graph, None), (None, poset)):
        for limits in (Limits(max_cells=3), Limits(max_seconds=0)):
            stopped = report.graph_report(SQUARE, one, other, limits)
            assert stopped["complete"] is False and stopped["cells"] is None
        assert not graph.exists() and not poset.exists()
    both = report.graph_report(SQUARE, graph, poset)
    assert both["complete"] and both["cells"] == 14
    assert both["faces"] == sum(face_numbers(SQUARE)) and both["edges"] == face_numbers(SQUARE)[2]
    assert len(nx.read_graphml(graph)) == 14 and len(nx.read_graphml(poset)) == both["faces"]


def test_lines_are_the_cells() -> None:
    texts = list(report.lines(enumerate_cells(SQUARE)))
    objects = [json.loads(line) for line in report.lines(enumerate_cells(SQUARE), as_json=True)]
    assert [line.split()[0] for line in texts] == [one["signs"] for one in objects]
    assert CellList(SQUARE).to_json()["list"] == objects
    assert report.face_count_report(SQUARE, 2)["faces"] == face_numbers(SQUARE)[2]
