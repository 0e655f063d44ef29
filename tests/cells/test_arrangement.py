"""The cells and faces listed are exactly those that exist."""

from __future__ import annotations

import random
import tracemalloc
from fractions import Fraction
from itertools import product
from math import comb, factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exactland.cells import arrangement, edges, localisation, sweep
from exactland.cells.arrangement import (
    LimitReached,
    enumerate_cells,
    enumerate_faces,
    face_numbers,
)
from exactland.cells.counting import characteristic_polynomial, count_cells, general_position
from exactland.cells.directions import directions
from exactland.cells.edges import value_bound
from exactland.cells.flats import as_integers, flats_of_rank
from exactland.cells.integers import INT64_LIMIT
from exactland.cells.splitting import split_cells
from exactland.cells.sweep import sweep_cells
from exactland.errors import InputError
from tests.cells import slow
from tests.cells.data import HUGE, Rows, checked_signs, data, exact, random_rows


@given(data())
def test_cells_are_the_feasible_sign_vectors(rows: Rows) -> None:
    assert checked_signs(rows, enumerate_cells(exact(rows))) == slow.sign_vectors(rows)


@pytest.mark.parametrize("seed", range(6))
def test_thousands_of_small_arrangements(seed: int) -> None:
    """3,000 in all: the list, the count, and the interior points against elimination."""
    generator = random.Random(seed)
    for _ in range(500):
        rows = random_rows(generator)
        expected = slow.sign_vectors(rows)
        assert checked_signs(rows, enumerate_cells(exact(rows))) == expected
        assert count_cells(exact(rows)).cells == len(expected)


@given(data(max_dimension=3, max_points=5))
def test_faces_are_the_feasible_sign_vectors_with_zeros(rows: Rows) -> None:
    expected = slow.sign_vectors(rows, faces=True)
    for k in range(len(rows[0]) + 1):
        listed = checked_signs(rows, enumerate_faces(exact(rows), k))
        assert listed == {signs for signs in expected if slow.dimension(rows, signs) == k}


@settings(max_examples=30)
@given(data(max_dimension=3, max_points=5, numbers=HUGE))
def test_cells_of_huge_rationals(rows: Rows) -> None:
    assert checked_signs(rows, enumerate_cells(exact(rows))) == slow.sign_vectors(rows)


@given(data(max_dimension=5, max_points=11))
def test_the_count_is_the_length_of_the_list(rows: Rows) -> None:
    listed = checked_signs(rows, enumerate_cells(exact(rows)))
    assert count_cells(exact(rows)).cells == len(listed)
    assert {tuple(-sign for sign in signs) for signs in listed} == listed


@given(data(max_dimension=6, max_points=10))
def test_sweeping_and_splitting_agree(rows: Rows) -> None:
    found = directions(exact(rows))
    if found.rank == 0:
        return
    normals = as_integers(found.rows)
    signs, points = split_cells(normals)
    assert (np.sign(points.astype(object) @ normals.astype(object).T) == signs).all()
    swept = [tuple(line) for batch, _ in sweep_cells(normals, 64) for line in batch.tolist()]
    assert sorted(swept) == sorted(map(tuple, signs.tolist()))


@given(data(max_dimension=4, max_points=8))
def test_euler_and_zaslavsky(rows: Rows) -> None:
    numbers = face_numbers(exact(rows))
    assert sum((-1) ** k * count for k, count in enumerate(numbers)) == (-1) ** len(rows[0])
    chi = characteristic_polynomial(exact(rows))
    assert len(chi) == len(rows[0]) + 1 and chi[-1] == 1
    assert sum(abs(coefficient) for coefficient in chi) == numbers[-1]
    if slow.rank(rows):
        assert sum(chi) == 0


@given(data(max_dimension=5, max_points=10))
def test_tables_are_only_a_matter_of_speed(rows: Rows) -> None:
    listed = checked_signs(rows, enumerate_cells(exact(rows)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(edges, "TABLE_ENTRIES", 0)
        patch.setattr(localisation, "DENSE_ROWS", 0)
        patch.setattr(sweep, "DENSE_ROWS", 0)
        assert checked_signs(rows, enumerate_cells(exact(rows))) == listed


def moment_curve(count: int, dimension: int) -> list[list[int]]:
    """Data in general position."""
    return [[t**a for a in range(dimension)] for t in range(-(count // 2), count - count // 2)]


@pytest.mark.parametrize(("count", "dimension"), [(9, 3), (8, 4), (9, 5), (8, 6), (10, 7), (9, 8)])
def test_general_position_has_the_cells_of_cover_and_known_face_numbers(
    count: int, dimension: int
) -> None:
    rows = exact(moment_curve(count, dimension))
    counted = count_cells(rows)
    assert counted.method == "cover"
    assert counted.cells == 2 * sum(comb(count - 1, i) for i in range(dimension))
    assert counted.cells == len(
        checked_signs(moment_curve(count, dimension), enumerate_cells(rows))
    )
    if dimension <= 5:
        # Every c hyperplanes meet in a space that the others cut in general position.
        expected = [
            comb(count, c) * sum(general_position(count - c, dimension - c))
            for c in range(dimension - 1, 0, -1)
        ]
        assert face_numbers(rows) == (1, *expected, counted.cells)


@pytest.mark.parametrize(("dimension", "cells"), [(1, 2), (2, 6), (3, 32), (4, 370), (5, 11292)])
def test_cells_of_all_zero_one_vectors(dimension: int, cells: int) -> None:
    # Sequence A034997 of the OEIS.
    rows = exact(row for row in product((0, 1), repeat=dimension) if any(row))
    assert sum(map(len, enumerate_cells(rows))) == cells
    assert count_cells(rows).cells == cells


@pytest.mark.parametrize("size", range(2, 7))
def test_the_braid_arrangement_has_a_cell_for_each_permutation(size: int) -> None:
    rows = [[int(a == i) - int(a == j) for a in range(size)] for i in range(size) for j in range(i)]
    assert sum(map(len, enumerate_cells(exact(rows)))) == factorial(size)
    chi = characteristic_polynomial(exact(rows))
    for t in range(size + 2):
        value = 1
        for k in range(size):
            value *= t - k
        assert sum(coefficient * t**k for k, coefficient in enumerate(chi)) == value


def test_a_plane_with_more_rows_through_a_ray_than_a_word_has_bits() -> None:
    rows = [[t, 1, 0] for t in range(70)] + [[0, 0, 1], [1, 2, 3]]
    listed = checked_signs(rows, enumerate_cells(exact(rows)))
    assert len(listed) == count_cells(exact(rows)).cells


@pytest.mark.parametrize("size", [10**4, 10**5, 10**6, 10**9, 10**30])
@pytest.mark.parametrize("dimension", [2, 3, 4, 5])
def test_both_sides_of_the_64_bit_bound(size: int, dimension: int) -> None:
    generator = random.Random(size + dimension)
    rows = [[generator.randint(-size, size) for _ in range(dimension)] for _ in range(8)]
    rows.append([a + b for a, b in zip(rows[0], rows[1], strict=True)])
    listed = checked_signs(rows, enumerate_cells(exact(rows)))
    assert len(listed) == count_cells(exact(rows)).cells
    # The same arrangement from data on which 64 bits are enough is the same list.
    assert checked_signs(rows, enumerate_cells(exact(rows), entries=40)) == listed


@pytest.mark.parametrize("dimension", [2, 4])
def test_64_bits_suffice_up_to_the_bound(dimension: int) -> None:
    # Hadamard: no matrix with entries up to its size has larger minors than such a matrix.
    signs = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]])
    signs = signs[:dimension, :dimension]
    size = 1
    while value_bound(np.array([[size + 1] * dimension])) <= INT64_LIMIT:
        size += max(1, size // 1000)
    table = (signs * size).tolist()
    table += [[entry - 1 for entry in table[0]], [a - 3 * k for k, a in enumerate(table[1])]]
    table += [[1, *([0] * (dimension - 1))], [a + b for a, b in zip(*table[-2:], strict=True)]]
    found = directions(exact(table))
    normals = as_integers(found.rows)
    assert normals.dtype == np.int64
    in_python = sorted(
        tuple(line)
        for batch, _ in sweep_cells(normals.astype(object) * 10**30)
        for line in batch.tolist()
    )
    assert sorted(tuple(s) for f, _ in sweep_cells(normals) for s in f.tolist()) == in_python
    checked_signs(table, enumerate_cells(exact(table)))


@given(data(max_dimension=4, max_points=8), st.integers(0, 4))
def test_each_flat_is_reached_once(rows: Rows, rank: int) -> None:
    found = directions(exact(rows))
    if rank > found.rank or found.rank == 0:
        return
    normals = as_integers(found.rows)
    flats = [tuple(line) for f in flats_of_rank(normals, rank) for line in f.members.tolist()]
    assert len(set(flats)) == len(flats)
    for members in flats:
        inside = [row for row, member in zip(found.rows, members, strict=True) if member]
        assert slow.rank(inside) == rank
        for row, member in zip(found.rows, members, strict=True):
            assert member or slow.rank([*inside, row]) == rank + 1


def test_cells_stream_in_bounded_memory() -> None:
    rows = exact(moment_curve(300, 3))
    next(enumerate_cells(rows[:3]))  # what is loaded once does not count
    tracemalloc.start()
    cells = sum(map(len, enumerate_cells(rows, entries=1 << 15)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert cells == 2 * (1 + 299 + comb(299, 2))
    assert peak < 6_000_000 < cells * 300


@pytest.mark.parametrize(("count", "dimension"), [(40, 3), (14, 7)])
def test_a_stopped_enumeration_says_so_and_lists_only_cells(count: int, dimension: int) -> None:
    rows = moment_curve(count, dimension)

    def check(cells: int) -> None:
        if cells > 200:
            raise OverflowError

    listed = []
    with pytest.raises(LimitReached):
        for batch in enumerate_cells(exact(rows), entries=500, check=check):
            listed.append(batch)
    assert 0 < len(checked_signs(rows, listed)) < count_cells(exact(rows)).cells


def test_a_crowded_ray_is_left_to_splitting(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [[t, t * t, 1, 0] for t in range(9)] + [[1, 2, 3, 4], [0, 1, 0, 1], [5, 1, 2, 1]]
    swept = checked_signs(rows, enumerate_cells(exact(rows)))
    for crowd in (100, 1000):
        monkeypatch.setattr(arrangement, "CROWD", crowd)
        assert checked_signs(rows, enumerate_cells(exact(rows))) == swept


def test_more_cells_than_memory_holds_are_refused_at_once() -> None:
    rows = [[int(i == j) for j in range(64)] for i in range(64)]
    with pytest.raises(LimitReached, match=r"2\*\*64"):
        next(enumerate_cells(exact(rows)))
    assert count_cells(exact(rows)).cells == 2**64


def test_malformed_requests_are_refused() -> None:
    with pytest.raises(InputError, match="at least one"):
        list(enumerate_cells([]))
    with pytest.raises(InputError, match="different lengths"):
        list(enumerate_cells([exact([[1]])[0], exact([[1, 2]])[0]]))
    for k in (-1, 2):
        with pytest.raises(InputError, match="dimension 0 to 1"):
            list(enumerate_faces(exact([[1]]), k))


def test_data_without_a_direction_have_one_cell() -> None:
    (batch,) = enumerate_cells(exact([[0, 0], [0, 0]]))
    assert batch.signs.tolist() == [[0, 0]] and count_cells(exact([[0, 0]])).cells == 1
    assert face_numbers(exact([[Fraction(0), Fraction(0)]])) == (0, 0, 1)
