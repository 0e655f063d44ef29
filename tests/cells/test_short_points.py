"""Signs of long products in 64-bit limbs, and short points in place of long ones."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from exactland.cells.integers import INT64_LIMIT, largest
from exactland.cells.short_points import proposed, shortened, signs_of_products

SIZES = st.sampled_from([1, 2**14, 2**40, 2**62, 2**63 - 1, 2**90, 2**200])


@st.composite
def matrices(draw: st.DrawFn, columns: int) -> list[list[int]]:
    size = draw(SIZES)
    near = st.sampled_from([-size, -size + 1, -1, 0, 1, size - 1, size])
    entries = st.one_of(near, st.integers(-size, size))
    line = st.lists(entries, min_size=columns, max_size=columns)
    return draw(st.lists(line, min_size=1, max_size=4))


def array(rows: list[list[int]]) -> np.ndarray:
    found = np.array(rows, dtype=object)
    return found.astype(np.int64) if largest(found) <= INT64_LIMIT else found


@given(st.data(), st.integers(1, 4))
def test_signs_are_those_of_python_integers(data: st.DataObject, columns: int) -> None:
    points, rows = data.draw(matrices(columns)), data.draw(matrices(columns))
    # Make some products vanish exactly: the carries of a zero are the delicate case.
    rows += [[-entry for entry in row] for row in rows]
    if columns > 1:
        rows.append([points[0][1], -points[0][0], *([0] * (columns - 2))])
    expected = [
        [(v > 0) - (v < 0) for v in (sum(a * b for a, b in zip(p, r, strict=True)) for r in rows)]
        for p in points
    ]
    assert signs_of_products(array(points), array(rows)).tolist() == expected


@given(st.data(), st.integers(1, 4))
def test_short_points_have_the_signs_of_the_long_ones(data: st.DataObject, columns: int) -> None:
    points, rows = array(data.draw(matrices(columns))), array(data.draw(matrices(columns)))
    signs = signs_of_products(points, rows)
    assert (signs_of_products(shortened(points, rows, signs), rows) == signs).all()
    floats = np.array(data.draw(matrices(columns)), dtype=np.float64)
    floats /= max(1.0, float(np.abs(floats).max()))
    wanted = np.ones((len(floats), len(rows)), dtype=np.int8)
    short, good = proposed(floats, rows, wanted)
    assert (signs_of_products(short[good], rows) == 1).all()
