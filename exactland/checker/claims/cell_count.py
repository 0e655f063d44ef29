"""The claim that the data cut weight space into so many cells, and the list of all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd

from exactland.checker.limits import Meter
from exactland.checker.numbers import bits_of, clear, inner, show
from exactland.checker.outcome import Rejected, Unusable
from exactland.checker.reader import Field

DATA_FORMAT = "exactland-data/1"

Row = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DataCase:
    """A certificate about data alone, which stand at `given`."""

    given: Field
    claim: Field
    witness: Field
    meter: Meter


def cell_count(case: DataCase) -> str:
    """The arrangement {w : w . x_k = 0, x_k != 0} has `cells` cells.

    The number is computed by deletion and restriction.  Where the witness lists points, they lie in
    different cells, no two of them in opposite ones, and their number is half of the cells; so
    they and their opposites represent all cells.
    """
    given, meter = case.given, case.meter
    rows, dimension = _read_directions(given, meter)
    claimed = case.claim.members(("kind", "cells"))["cells"]
    number = claimed.number()
    parts = case.witness.members((), ("points",))
    listed = ""
    if "points" in parts:
        found = _distinct_cells(parts["points"], rows, dimension, meter)
        if 2 * found != number:
            why = f"{found} pairs of opposite cells make {2 * found} cells, not {show(number)}"
            raise Rejected(parts["points"].where, why)
        listed = "; the listed points and their opposites are one in each"
    cells = count_regions(rows, meter)
    if cells != number:
        raise Rejected(claimed.where, f"the number of cells is {cells}, not {show(number)}")
    points = len(given.get("x").items())
    data = "this data point" if points == 1 else f"these {points} data points"
    cells_text = "1 cell" if cells == 1 else f"{cells} cells"
    return f"the arrangement of {data} has {cells_text}{listed}"


def _read_directions(given: Field, meter: Meter) -> tuple[list[Row], int]:
    """Return one primitive integer vector for each line spanned by a data point."""
    items = given.members(("format", "x"))["x"].items()
    if not items or not items[0].items():
        raise Unusable(f"{given.where}.x", "must have at least one row and one column")
    dimension = len(items[0].items())
    vectors = []
    for item in items:
        vectors.append(tuple(clear(item.numbers(dimension), meter, keep=True).numerators))
    return _lines(vectors, meter), dimension


def _lines(vectors: list[Row], meter: Meter) -> list[Row]:
    """Return the lines spanned by the vectors, each once, in order: parallel vectors agree."""
    lines: dict[Row, None] = {}
    for vector in vectors:
        size = bits_of(vector)
        meter.work(4 * len(vector), size, size)
        divisor = gcd(*vector)
        if divisor:
            if next(entry for entry in vector if entry) < 0:
                divisor = -divisor
            lines.setdefault(tuple(entry // divisor for entry in vector))
    return list(lines)


def _distinct_cells(field: Field, rows: list[Row], dimension: int, meter: Meter) -> int:
    """Return the number of points, having checked that no two are in equal or opposite cells."""
    seen: set[bytes] = set()
    size = max(map(bits_of, rows), default=0)
    items = field.items()
    meter.memory(len(items), 8 * len(rows))
    for item in items:
        point = clear(item.numbers(dimension), meter).numerators
        meter.work(len(rows) * dimension, bits_of(point), size)
        values = [inner(row, point) for row in rows]
        if not all(values):
            raise Rejected(item.where, "lies on a hyperplane")
        turned = bool(values) and values[0] < 0
        signs = bytes((value > 0) is not turned for value in values)
        if signs in seen:
            raise Rejected(item.where, "lies in a cell of an earlier point, or opposite to one")
        seen.add(signs)
    return len(items)


def count_regions(arrangement: list[Row], meter: Meter) -> int:
    """Return the number of cells of the arrangement of pairwise non-parallel nonzero rows.

    Put the hyperplanes in one after the other.  The i-th adds as many cells as it cuts, and the
    pieces of it by which it cuts them are the cells that the earlier hyperplanes induce on it.  So

        cells(u_1, ..., u_n) = 1 + sum_i cells(restrictions of u_1, ..., u_{i-1} to u_i = 0).

    Examples
    --------
    >>> count_regions([(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1)], Meter())
    14
    """
    total, count = 0, len(arrangement)
    pending: list[Iterator[list[Row]]] = [iter([arrangement])]
    while pending:
        rows = next(pending[-1], None)
        if rows is None:
            pending.pop()
        elif not rows:
            total += 1
        elif len(rows[0]) <= 2 or len(rows) == 1:
            # Lines through the origin of a plane, or one hyperplane.
            total += 2 * len(rows)
        else:
            total += 1
            bits = 2 * max(map(bits_of, rows))
            meter.memory((1 + len(pending)) * count * len(rows[0]), bits, keep=False)
            pending.append(_restrictions(rows, meter))
    return total


def _restrictions(rows: list[Row], meter: Meter) -> Iterator[list[Row]]:
    """Yield for every row the lines that the rows before it span modulo it."""
    size = max(map(bits_of, rows))
    for index, row in enumerate(rows):
        pivot = next(place for place, entry in enumerate(row) if entry)
        factor = row[pivot]
        meter.work(2 * index * len(row), size, size)
        restricted = [
            tuple(
                factor * entry - other[pivot] * row[place]
                for place, entry in enumerate(other)
                if place != pivot
            )
            for other in rows[:index]
        ]
        yield _lines(restricted, meter)
