"""Exact linear programs: a feasible or optimal point, or a proof that there is none.

HiGHS proposes a basis, the exact simplex method (:mod:`~exactland.arithmetic.simplex`) continues
from it (usually there is nothing left to do), and every answer is checked against the definition
in exact arithmetic before it is returned.  Programs over a real number field are solved by the
exact simplex method alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from flint import fmpq, fmpz_mat

from exactland.arithmetic.echelon import Vector, integer_rows, primitive, shorten_direction
from exactland.arithmetic.field_matrices import common_field
from exactland.arithmetic.field_simplex import solve_field_program
from exactland.arithmetic.highs import propose_basis
from exactland.arithmetic.rationals import ONE, ZERO, dot
from exactland.arithmetic.simplex import (
    Basis,
    BoxProgram,
    SimplexResult,
    box_supremum,
    solve_box_program,
)

Method = Literal["highs", "simplex"]
"""``"highs"``: the proposed basis was final.  ``"simplex"``: exact pivots were needed."""

Bounds = Sequence[fmpq | None]

_SMALL = 256
"""Entries of the matrix up to which the exact method alone is faster than loading HiGHS."""


@dataclass(frozen=True, slots=True)
class Feasible:
    """A point x with ``sum_q x_q columns_q = target`` within its bounds."""

    point: Vector
    method: Method


@dataclass(frozen=True, slots=True)
class Infeasible:
    """A Farkas vector y: ``y.target > sup {y.(sum_q x_q columns_q) : lower <= x <= upper}``."""

    certificate: Vector
    method: Method


@dataclass(frozen=True, slots=True)
class Optimal:
    """An optimal point with the dual vector y that proves it.

    With the reduced costs ``d_q = cost_q - y.columns_q``, the value equals
    ``y.target + inf {d.x : lower <= x <= upper}``, a lower bound of ``cost.x`` on all feasible x.
    """

    point: Vector
    value: fmpq
    dual: Vector
    method: Method


@dataclass(frozen=True, slots=True)
class Unbounded:
    """A feasible point and a direction that stays feasible and lowers the cost for ever."""

    point: Vector
    ray: Vector
    method: Method


@dataclass(frozen=True, slots=True)
class InteriorPoint:
    """A point p with ``row.p > 0`` for all rows."""

    point: Vector
    method: Method


@dataclass(frozen=True, slots=True)
class EmptyCone:
    """Multipliers >= 0, not all zero, with ``sum_q multipliers_q row_q = 0`` (Gordan)."""

    multipliers: Vector
    method: Method


def find_point(
    columns: Sequence[Vector],
    target: Vector,
    lower: Bounds,
    upper: Bounds,
    *,
    use_highs: bool = True,
) -> Feasible | Infeasible:
    """Find x with ``sum_q x_q columns[q] = target`` and ``lower <= x <= upper``, or refute it.

    Parameters
    ----------
    columns : n vectors in Q^r
    target : vector in Q^r
    lower, upper : n bounds
        None where there is none.
    use_highs : bool
        Whether HiGHS may propose a basis (small programs never ask it).

    Raises
    ------
    ValueError
        If lengths differ or a lower bound exceeds its upper bound.

    Examples
    --------
    >>> one, zero = fmpq(1), fmpq(0)
    >>> columns = [(one, zero), (one, one)]
    >>> find_point(columns, (fmpq(3), fmpq(1)), [zero, zero], [None, None])
    Feasible(point=(2, 1), method='simplex')
    >>> find_point(columns, (fmpq(1), fmpq(3)), [zero, zero], [None, None])
    Infeasible(certificate=(-1, 1), method='simplex')
    """
    prepared = _prepare(columns, target, lower, upper, None)
    result, method = _solve(prepared, use_highs, elastic=True)
    if result.status == "infeasible":
        return _infeasible(prepared, result, method)
    point = prepared.original_point(result.point)
    _check_point(prepared, point)
    return Feasible(point, method)


def minimise(
    cost: Vector,
    columns: Sequence[Vector],
    target: Vector,
    lower: Bounds,
    upper: Bounds,
    *,
    use_highs: bool = True,
) -> Optimal | Infeasible | Unbounded:
    """Minimise ``cost.x`` subject to ``sum_q x_q columns[q] = target``, ``lower <= x <= upper``.

    Parameters and errors are those of :func:`find_point`.

    Examples
    --------
    >>> one, zero = fmpq(1), fmpq(0)
    >>> minimise((one, one), [(one,), (fmpq(2),)], (one,), [zero, zero], [None, None])
    Optimal(point=(0, 1/2), value=1/2, dual=(1/2,), method='simplex')
    >>> minimise((-one, zero), [(one,), (-one,)], (one,), [zero, zero], [None, None])
    Unbounded(point=(1, 0), ray=(1, 1), method='simplex')
    """
    prepared = _prepare(columns, target, lower, upper, cost)
    result, method = _solve(prepared, use_highs, elastic=False)
    if result.status == "infeasible":
        return _infeasible(prepared, result, method)
    point = prepared.original_point(result.point)
    _check_point(prepared, point)
    if result.ray is not None:
        ray = primitive(prepared.original_point(result.ray))
        _check_ray(prepared, ray)
        return Unbounded(point, ray, method)
    dual = prepared.original_multipliers(result.multipliers)
    value = dot(cost, point)
    _check_optimal(prepared, value, dual)
    return Optimal(point, value, dual, method)


def strict_sign_point(
    rows: Sequence[Vector], *, dimension: int = 0, use_highs: bool = True
) -> InteriorPoint | EmptyCone:
    """Find p with ``row.p > 0`` for all rows, or the multipliers that exclude it (Gordan).

    Parameters
    ----------
    rows : vectors in Q^d
    dimension : int
        The dimension d; only needed where there are no rows.
    use_highs : bool
        Whether HiGHS may propose a basis.

    Returns
    -------
    InteriorPoint or EmptyCone
        The point is a short integer vector.

    Examples
    --------
    >>> one, two = fmpq(1), fmpq(2)
    >>> strict_sign_point([(one, -two), (-one, fmpq(3))])
    InteriorPoint(point=(5, 2), method='simplex')
    >>> strict_sign_point([(one, -two), (-one, two)])
    EmptyCone(multipliers=(1, 1), method='simplex')
    """
    if not rows:
        return InteriorPoint((ZERO,) * dimension, "simplex")
    count = len(rows)
    if common_field(entry for row in rows for entry in row) is not None:
        return _field_sign_point(rows)
    # Rows of about equal length: the certificate with the largest margin is then far inside.
    matrix = integer_rows(rows)
    scaled = []
    for line in matrix.tolist():
        longest = max((abs(entry).bit_length() for entry in line), default=0)
        scaled.append((*(fmpq(entry) / 2**longest for entry in line), ONE))
    target = (*(ZERO for _ in rows[0]), ONE)
    found = find_point(scaled, target, [ZERO] * count, [None] * count, use_highs=use_highs)
    if isinstance(found, Feasible):
        return _empty_cone(rows, scaled, found)
    transposed = matrix.transpose()

    def accepts(point: Vector) -> bool:
        line = fmpz_mat(1, len(point), [entry.p for entry in point])
        return all(entry > 0 for entry in (line * transposed).entries())

    # y.target > sup over multipliers >= 0 means that y_last > 0 and row.y' + y_last <= 0.
    point = primitive([-entry for entry in found.certificate[:-1]])
    if not accepts(point):
        raise ArithmeticError("a Farkas certificate that is no interior point")
    return InteriorPoint(shorten_direction(point, accepts), found.method)


def _field_sign_point(rows: Sequence[Vector]) -> InteriorPoint | EmptyCone:
    """Answer :func:`strict_sign_point` over a number field, rows scaled to entries of at most 1."""
    scaled = []
    for row in rows:
        longest = max(abs(entry) for entry in row) or ONE
        scaled.append((*(entry / longest for entry in row), ONE))
    target = (*(ZERO for _ in rows[0]), ONE)
    found = find_point(scaled, target, [ZERO] * len(rows), [None] * len(rows))
    if isinstance(found, Feasible):
        return _empty_cone(rows, scaled, found)
    point = tuple(-entry for entry in found.certificate[:-1])

    def accepts(point: Vector) -> bool:
        return all(dot(row, point) > 0 for row in rows)

    if not accepts(point):
        raise ArithmeticError("a Farkas certificate that is no interior point")
    return InteriorPoint(shorten_direction(point, accepts), found.method)


def refutes(
    certificate: Vector, columns: Sequence[Vector], target: Vector, lower: Bounds, upper: Bounds
) -> bool:
    """Return whether a Farkas vector proves that :func:`find_point` has no solution.

    Examples
    --------
    >>> refutes((fmpq(1),), [(fmpq(1),)], (fmpq(2),), [None], [fmpq(1)])
    True
    """
    slopes = [dot(certificate, column) for column in columns]
    supremum = box_supremum(slopes, tuple(lower), tuple(upper))
    return supremum is not None and dot(certificate, target) > supremum


@dataclass(frozen=True, slots=True)
class _Prepared:
    """The given program, and the same one with primitive integer columns: x'_q = factor_q x_q."""

    columns: tuple[Vector, ...]
    target: Vector
    lower: tuple[fmpq | None, ...]
    upper: tuple[fmpq | None, ...]
    cost: Vector
    factors: Vector
    program: BoxProgram | None
    """None over a number field, where nothing is scaled."""

    def original_point(self, point: Vector) -> Vector:
        return tuple(value / factor for value, factor in zip(point, self.factors, strict=True))

    def original_multipliers(self, multipliers: Vector) -> Vector:
        return multipliers[: len(self.target)]


def _prepare(
    columns: Sequence[Vector],
    target: Vector,
    lower: Bounds,
    upper: Bounds,
    cost: Vector | None,
) -> _Prepared:
    count, size = len(columns), len(target)
    cost = (ZERO,) * count if cost is None else tuple(cost)
    if not len(lower) == len(upper) == len(cost) == count:
        raise ValueError(f"{count} columns, {len(lower)} lower and {len(upper)} upper bounds")
    if any(len(column) != size for column in columns):
        raise ValueError("a column and the target differ in length")
    for index, (low, high) in enumerate(zip(lower, upper, strict=True)):
        if low is not None and high is not None and low > high:
            raise ValueError(f"lower[{index}] exceeds upper[{index}]")
    given = (
        *columns,
        target,
        cost,
        *([v for v in side if v is not None] for side in (lower, upper)),
    )
    if common_field(entry for vector in given for entry in vector) is not None:
        bounds = tuple(lower), tuple(upper)
        ones = (ONE,) * count
        return _Prepared(tuple(columns), tuple(target), *bounds, cost, ones, None)
    # Without equations the simplex method still needs a basis: the equation 0 = 0.
    right = tuple(target) or (ZERO,)
    matrix = integer_rows(columns) if columns and size else fmpz_mat(count, len(right))
    factors = []
    for column, integers in zip(columns, matrix.tolist(), strict=True):
        position = next((index for index, entry in enumerate(column) if entry != 0), None)
        factors.append(ONE if position is None else fmpq(column[position]) / integers[position])
    program = BoxProgram(
        matrix.transpose(),
        right,
        tuple(_times(value, factor) for value, factor in zip(lower, factors, strict=True)),
        tuple(_times(value, factor) for value, factor in zip(upper, factors, strict=True)),
        tuple(value / factor for value, factor in zip(cost, factors, strict=True)),
    )
    return _Prepared(
        tuple(columns),
        tuple(target),
        tuple(lower),
        tuple(upper),
        cost,
        tuple(factors),
        program,
    )


def _times(value: fmpq | None, factor: fmpq) -> fmpq | None:
    return None if value is None else value * factor


def _solve(prepared: _Prepared, use_highs: bool, elastic: bool) -> tuple[SimplexResult, Method]:
    """Solve exactly from the basis that HiGHS proposes, where it does."""
    program = prepared.program
    if program is None:
        count, size = len(prepared.columns), len(prepared.target)
        rows = [tuple(column[i] for column in prepared.columns) for i in range(size)]
        target = prepared.target or (ZERO,)
        bounds = prepared.lower, prepared.upper
        return (
            solve_field_program(rows or [(ZERO,) * count], target, *bounds, prepared.cost),
            "simplex",
        )
    start: Basis | None = None
    if use_highs and program.matrix.nrows() * program.matrix.ncols() > _SMALL:
        start = propose_basis(program, elastic)
        if start is None and not elastic:
            # No float optimum: infeasible, unbounded, or too hard.
            start = propose_basis(program, True)
    result = solve_box_program(program, start)
    return result, "highs" if start is not None and result.pivots == 0 else "simplex"


def _infeasible(prepared: _Prepared, result: SimplexResult, method: Method) -> Infeasible:
    certificate = prepared.original_multipliers(primitive(result.multipliers))
    if not refutes(certificate, prepared.columns, prepared.target, prepared.lower, prepared.upper):
        raise ArithmeticError("a Farkas certificate that does not refute")
    return Infeasible(certificate, method)


def _empty_cone(rows: Sequence[Vector], scaled: Sequence[Vector], found: Feasible) -> EmptyCone:
    multipliers = []
    for row, other, value in zip(rows, scaled, found.point, strict=True):
        position = next((index for index, entry in enumerate(row) if entry != 0), None)
        factor = ONE if position is None else other[position] / row[position]
        multipliers.append(value * factor)
    exact = primitive(multipliers)
    total = _combination(rows, exact, len(rows[0]))
    if any(total) or any(value < 0 for value in exact) or not any(exact):
        raise ArithmeticError("multipliers that do not cancel")
    return EmptyCone(exact, found.method)


def _combination(columns: Sequence[Vector], point: Vector, size: int) -> Vector:
    total = [ZERO] * size
    for column, value in zip(columns, point, strict=True):
        if value != 0:
            total = [entry + value * other for entry, other in zip(total, column, strict=True)]
    return tuple(total)


def _check_point(prepared: _Prepared, point: Vector) -> None:
    within = all(
        (low is None or low <= value) and (high is None or value <= high)
        for value, low, high in zip(point, prepared.lower, prepared.upper, strict=True)
    )
    size = len(prepared.target)
    if not within or _combination(prepared.columns, point, size) != prepared.target:
        raise ArithmeticError("a basic solution that is not feasible")


def _check_ray(prepared: _Prepared, ray: Vector) -> None:
    recedes = all(
        (low is None or value >= 0) and (high is None or value <= 0)
        for value, low, high in zip(ray, prepared.lower, prepared.upper, strict=True)
    )
    size = len(prepared.target)
    stays = not any(_combination(prepared.columns, ray, size))
    if not (recedes and stays and dot(prepared.cost, ray) < 0):
        raise ArithmeticError("a ray that does not prove unboundedness")


def _check_optimal(prepared: _Prepared, value: fmpq, dual: Vector) -> None:
    opposite = [
        dot(dual, column) - cost
        for column, cost in zip(prepared.columns, prepared.cost, strict=True)
    ]
    supremum = box_supremum(opposite, prepared.lower, prepared.upper)
    if supremum is None or dot(dual, prepared.target) - supremum != value:
        raise ArithmeticError("a dual vector that does not prove optimality")
