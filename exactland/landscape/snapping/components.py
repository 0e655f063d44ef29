"""Fitting groupings with groups of low rank: component by component, then over one number field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from exactland.arithmetic.compositum import in_one_field
from exactland.arithmetic.field_matrices import common_field
from exactland.arithmetic.matrices import multiply, transpose
from exactland.arithmetic.rationals import ONE
from exactland.errors import UnsupportedError
from exactland.landscape.snapping.coupled import solve_coupled, solve_with_given_spaces
from exactland.landscape.snapping.fitting import Fit, face_coordinates, fit, masked_columns
from exactland.landscape.snapping.groups import Group, Start, float_rows
from exactland.landscape.snapping.low_rank import Block, LowRank, NotFoundError, solve_component
from exactland.problem.network import Matrix, Vector

MAX_FIELD_DEGREE: Final = 16
"""Degree of a number field beyond which a point is given up: the checker reads no larger one."""


def fit_low_rank(start: Start, groups: Sequence[Group], bits: int) -> Fit:
    """Return a stationary choice of all B_p with the ranks of the groups, near the checkpoint.

    Groups that share no data are fitted on their own; an output bias joins all of them.

    Raises
    ------
    NotFoundError
        If no such point is found.

    References
    ----------
    Spec, section 5, "algebraic plateaus".
    """
    import numpy as np

    try:
        with np.errstate(all="ignore"):  # numbers out of all proportion are given up
            return _fit(start, groups, bits)
    except np.linalg.LinAlgError:
        raise NotFoundError("floats do not settle what the checkpoint is near to") from None


def _fit(start: Start, groups: Sequence[Group], bits: int) -> Fit:
    columns = [masked_columns(start, group) for group in groups]
    coordinates: list[Matrix] = [()] * len(groups)
    factors: list[LowRank | None] = [None] * len(groups)
    bias: Matrix = ()
    for members in components(columns, joined=start.output_bias is not None):
        low = [place for place in members if groups[place].free == "both"]
        if not low:
            found = fit(start, [groups[place] for place in members], bits)
            for place, solution in zip(members, found.coordinates, strict=True):
                coordinates[place] = solution
            continue
        others = [place for place in members if place not in low]
        widths = [len(groups[place].basis) for place in others]
        table, guess = _others(start, groups, columns, others)
        blocks = [
            Block(columns[place], groups[place].rank, _guess(start, groups[place])) for place in low
        ]
        solved: Sequence[LowRank]
        plain = solve_with_given_spaces(blocks, table, start.targets, guess, bits)
        if plain is not None:
            solved, rest = plain
        elif len(blocks) == 1:
            only, rest = solve_component(blocks[0], table, start.targets, guess)
            solved = [only]
        else:
            solved, rest = solve_coupled(blocks, table, start.targets, guess)
        for place, one in zip(low, solved, strict=True):
            factors[place], coordinates[place] = one, one.product
        for place, width in zip(others, widths, strict=True):
            coordinates[place], rest = transpose(rest[:width]), rest[width:]
        bias = rest
    return _over_one_field(start, columns, coordinates, factors, bias)


def components(columns: Sequence[Matrix], *, joined: bool) -> list[list[int]]:
    """Return the places of the groups that are linked by data on which both are active.

    Examples
    --------
    >>> from flint import fmpq
    >>> one, zero = (fmpq(1),), (fmpq(0),)
    >>> tables = [(one, zero, zero), (zero, one, zero), (one, zero, one)]
    >>> components(tables, joined=False), components(tables, joined=True)
    ([[0, 2], [1]], [[0, 1, 2]])
    """
    found: list[tuple[list[int], set[int]]] = []
    for place, table in enumerate(columns):
        data = {k for k, row in enumerate(table) if any(row)}
        linked = [one for one in found if joined or one[1] & data]
        found = [one for one in found if one not in linked]
        members = sorted([place, *(member for one in linked for member in one[0])])
        found.append((members, data.union(*(one[1] for one in linked))))
    return sorted(members for members, _ in found)


def _others(
    start: Start, groups: Sequence[Group], columns: Sequence[Matrix], places: Sequence[int]
) -> tuple[Matrix, Any]:
    """Return the columns of the other groups and of the bias, and the checkpoint in them."""
    import numpy as np

    tables = [columns[place] for place in places]
    guesses = [_guess(start, groups[place]).T for place in places]
    if start.output_bias is not None:
        tables.append(tuple((ONE,) for _ in start.inputs))
        guesses.append(float_rows([start.output_bias]))
    joined = tuple(
        tuple(entry for table in tables for entry in table[k]) for k in range(len(start.inputs))
    )
    return joined, np.vstack(guesses) if guesses else np.zeros((0, start.output_dimension))


def _guess(start: Start, group: Group) -> Any:
    """Return the checkpoint's sum_i h_i w~_i^T in coordinates of the face, J x f floats."""
    outputs = float_rows([start.outputs[index] for index in group.neurons])
    return outputs.T @ float_rows(face_coordinates(start, group))


def _over_one_field(
    start: Start,
    columns: Sequence[Matrix],
    coordinates: Sequence[Matrix],
    factors: Sequence[LowRank | None],
    bias: Matrix,
) -> Fit:
    tables = [*coordinates, bias]
    for found in factors:
        tables += [(), ()] if found is None else [found.left, found.right]
    try:
        tables = in_one_field(tables)
    except UnsupportedError as error:
        raise NotFoundError(str(error)) from None
    field = common_field(entry for table in tables for row in table for entry in row)
    if field is not None and field.degree > MAX_FIELD_DEGREE:
        raise NotFoundError(f"needs a field of degree {field.degree} (limit {MAX_FIELD_DEGREE})")
    count = len(columns)
    pairs = [(tables[count + 1 + 2 * i], tables[count + 2 + 2 * i]) for i in range(count)]
    moved = [
        None if found is None else LowRank(*pair)
        for found, pair in zip(factors, pairs, strict=True)
    ]
    solved = [
        table if found is None else found.product
        for table, found in zip(tables[:count], moved, strict=True)
    ]
    output_bias = tables[count][0] if bias else None
    return Fit(
        tuple(solved), output_bias, _residuals(start, columns, solved, output_bias), tuple(moved)
    )


def _residuals(
    start: Start, columns: Sequence[Matrix], solved: Sequence[Matrix], bias: Vector | None
) -> Matrix:
    rows = [[-y for y in target] for target in start.targets]
    if bias is not None:
        rows = [[c + value for c, value in zip(bias, row, strict=True)] for row in rows]
    for table, solution in zip(columns, solved, strict=True):
        for row, values in zip(rows, multiply(table, transpose(solution)), strict=True):
            row[:] = [a + b for a, b in zip(row, values, strict=True)]
    return tuple(map(tuple, rows))
