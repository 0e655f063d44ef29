"""Exact linear programs against brute-force vertex enumeration, and against the definitions."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from fractions import Fraction

import pytest
from flint import fmpq, fmpz_mat
from hypothesis import given, settings
from hypothesis import strategies as st

from exactland.arithmetic import linear_programs as module
from exactland.arithmetic.linear_programs import (
    EmptyCone,
    Feasible,
    Infeasible,
    InteriorPoint,
    Optimal,
    Unbounded,
    find_point,
    minimise,
    refutes,
    strict_sign_point,
)
from exactland.arithmetic.rationals import dot
from exactland.arithmetic.simplex import Basis, BoxProgram, solve_box_program
from tests.arithmetic.textbook import fractions_of, rationals, tables, vertices

Q = fmpq
Vector = tuple[fmpq, ...]
few = settings(max_examples=60, deadline=None)


def combination(columns: Sequence[Vector], point: Vector, size: int) -> Vector:
    return tuple(dot(point, [column[row] for column in columns]) for row in range(size))


def is_feasible(
    point: Vector,
    columns: Sequence[Vector],
    target: Vector,
    lower: Sequence[fmpq | None],
    upper: Sequence[fmpq | None],
) -> bool:
    return combination(columns, point, len(target)) == target and all(
        (low is None or low <= value) and (high is None or value <= high)
        for value, low, high in zip(point, lower, upper, strict=True)
    )


@st.composite
def boxed_programs(draw: st.DrawFn) -> tuple[list[Vector], Vector, list[fmpq], list[fmpq]]:
    columns = draw(tables(rows=(1, 4), columns=(1, 3)))
    count = len(columns)
    lower = [draw(rationals()) for _ in range(count)]
    # lower == upper is drawn often, on purpose.
    upper = [low + abs(draw(rationals())) for low in lower]
    if draw(st.booleans()):
        hidden = tuple(
            low + (high - low) * draw(st.sampled_from([Q(0), Q(1), Q(1, 2)]))
            for low, high in zip(lower, upper, strict=True)
        )
        return columns, combination(columns, hidden, len(columns[0])), lower, upper
    return columns, tuple(draw(rationals()) for _ in columns[0]), lower, upper


@pytest.fixture(params=["highs", "simplex"])
def use_highs(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Run a test once with a proposal for every program however small, and once without any."""
    monkeypatch.setattr(module, "_SMALL", 0)
    return bool(request.param == "highs")


@pytest.mark.parametrize("proposed", [True, False])
@few
@given(boxed_programs(), st.data())
def test_boxed_programs_agree_with_vertex_enumeration(
    proposed: bool,
    program: tuple[list[Vector], Vector, list[fmpq], list[fmpq]],
    data: st.DataObject,
) -> None:
    columns, target, lower, upper = program
    cost = tuple(data.draw(rationals()) for _ in columns)
    rows = [list(row) for row in zip(*fractions_of(columns), strict=True)]
    (right,), (low,), (high,) = (fractions_of([row]) for row in (target, lower, upper))
    corners = vertices(rows, right, low, high)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_SMALL", 0)
        found = find_point(columns, target, lower, upper, use_highs=proposed)
        best = minimise(cost, columns, target, lower, upper, use_highs=proposed)
    assert isinstance(found, Feasible if corners else Infeasible)
    if isinstance(found, Feasible):
        assert isinstance(best, Optimal)
        assert is_feasible(found.point, columns, target, lower, upper)
        assert is_feasible(best.point, columns, target, lower, upper)
        (costs,) = fractions_of([cost])
        values = [sum((c * x for c, x in zip(costs, v, strict=True)), Fraction(0)) for v in corners]
        least = min(values)
        assert best.value == Q(least.numerator, least.denominator) == dot(cost, best.point)
    else:
        assert refutes(found.certificate, columns, target, lower, upper)
        assert isinstance(best, Infeasible)
        assert refutes(best.certificate, columns, target, lower, upper)


@few
@given(tables(rows=(1, 5), columns=(1, 3)), st.data())
def test_mixed_bounds_give_a_checked_answer_whatever_the_start(
    columns: list[Vector], data: st.DataObject
) -> None:
    size, count = len(columns[0]), len(columns)
    target = tuple(data.draw(rationals()) for _ in range(size))
    lower, upper = [], []
    for _ in columns:
        low = data.draw(rationals())
        kind = data.draw(st.integers(0, 3))
        lower.append(low if kind in (0, 1) else None)
        upper.append(low + abs(data.draw(rationals())) if kind in (0, 2) else None)
    cost = tuple(data.draw(rationals()) for _ in columns)
    cold = minimise(cost, columns, target, lower, upper, use_highs=False)
    # The simplex method from any subset of columns, nonsense included.
    basic = tuple(data.draw(st.lists(st.integers(0, count + size), max_size=4)))
    at_upper = frozenset(data.draw(st.lists(st.integers(0, count), max_size=3)))
    integers = [[int(entry * 3 * 10**45) for entry in column] for column in columns]
    scaled = BoxProgram(
        fmpz_mat(integers).transpose(),
        tuple(Q(int(entry * 3 * 10**45)) for entry in target),
        tuple(lower),
        tuple(upper),
        cost,
    )
    warm = solve_box_program(scaled, Basis(basic, at_upper))
    reference = solve_box_program(scaled)
    assert warm.status == reference.status
    if warm.status == "optimal":
        assert dot(cost, warm.point) == dot(cost, reference.point)
    match cold:
        case Optimal():
            reduced = [c - dot(cold.dual, a) for c, a in zip(cost, columns, strict=True)]
            for slope, low_, high_, value in zip(reduced, lower, upper, cold.point, strict=True):
                assert slope == 0 or value == (low_ if slope > 0 else high_)
        case Unbounded():
            assert dot(cost, cold.ray) < 0
            far = tuple(x + 10**6 * d for x, d in zip(cold.point, cold.ray, strict=True))
            assert is_feasible(far, columns, target, lower, upper)
        case Infeasible():
            assert refutes(cold.certificate, columns, target, lower, upper)


@few
@given(tables(rows=(1, 6), columns=(1, 3)), st.booleans())
def test_gordan_exactly_one_alternative_is_returned(rows: list[Vector], proposed: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_SMALL", 0)
        found = strict_sign_point(rows, use_highs=proposed)
    if isinstance(found, InteriorPoint):
        assert all(dot(row, found.point) > 0 for row in rows)
        assert all(entry.q == 1 for entry in found.point)
    else:
        assert all(value >= 0 for value in found.multipliers)
        assert any(found.multipliers)
        assert not any(combination(rows, found.multipliers, len(rows[0])))


def test_degenerate_shapes(use_highs: bool) -> None:
    zero, one = Q(0), Q(1)
    assert find_point([], (), [], [], use_highs=use_highs) == Feasible((), "simplex")
    assert isinstance(find_point([], (zero,), [], [], use_highs=use_highs), Feasible)
    assert isinstance(find_point([], (one,), [], [], use_highs=use_highs), Infeasible)
    free = find_point([(), ()], (), [one, None], [None, -one], use_highs=use_highs)
    assert isinstance(free, Feasible) and free.point == (1, -1)
    unbounded = minimise((one,), [()], (), [None], [zero], use_highs=use_highs)
    assert isinstance(unbounded, Unbounded) and unbounded.ray == (-1,)
    zeros = find_point([(zero, zero)], (zero, zero), [one], [one], use_highs=use_highs)
    assert isinstance(zeros, Feasible) and zeros.point == (1,)
    assert isinstance(
        find_point([(zero,)], (one,), [None], [None], use_highs=use_highs), Infeasible
    )
    assert strict_sign_point([], dimension=2) == InteriorPoint((zero, zero), "simplex")
    assert strict_sign_point([(zero, zero)], use_highs=False) == EmptyCone((one,), "simplex")
    assert strict_sign_point([()], use_highs=False) == EmptyCone((one,), "simplex")


def test_redundant_and_inconsistent_equations(use_highs: bool) -> None:
    columns = [(Q(1), Q(2), Q(3)), (Q(1), Q(2), Q(3)), (Q(0), Q(0), Q(0))]
    bounds: tuple[list[fmpq | None], list[fmpq | None]] = ([Q(0)] * 3, [None] * 3)
    consistent = find_point(columns, (Q(1), Q(2), Q(3)), *bounds, use_highs=use_highs)
    assert isinstance(consistent, Feasible)
    inconsistent = find_point(columns, (Q(1), Q(2), Q(4)), *bounds, use_highs=use_highs)
    assert isinstance(inconsistent, Infeasible)


def test_an_infeasibility_far_below_float_precision(use_highs: bool) -> None:
    gap = Q(1, 10**40)
    columns = [(Q(1), Q(1)), (Q(1), Q(1) + gap)]
    target = (Q(1), Q(1) + 2 * gap)
    found = find_point(columns, target, [Q(0)] * 2, [None] * 2, use_highs=use_highs)
    assert isinstance(found, Infeasible)
    assert refutes(found.certificate, columns, target, [Q(0)] * 2, [None] * 2)
    inside = find_point(
        columns, (Q(1), Q(1) + gap / 3), [Q(0)] * 2, [None] * 2, use_highs=use_highs
    )
    assert isinstance(inside, Feasible) and inside.point == (Q(2, 3), Q(1, 3))


def test_sizes_from_tiny_to_huge(use_highs: bool) -> None:
    generator = random.Random(3)
    columns = [
        tuple(Q(10) ** generator.randint(-30, 30) * generator.randint(-9, 9) for _ in range(4))
        for _ in range(12)
    ]
    hidden = tuple(Q(generator.randint(0, 3)) for _ in columns)
    target = combination(columns, hidden, 4)
    found = find_point(columns, target, [Q(0)] * 12, [None] * 12, use_highs=use_highs)
    assert isinstance(found, Feasible)


def test_crossed_bounds_and_ragged_columns_are_refused() -> None:
    with pytest.raises(ValueError, match=r"lower\[0\] exceeds"):
        find_point([(Q(1),)], (Q(1),), [Q(1)], [Q(0)])
    with pytest.raises(ValueError, match="differ in length"):
        find_point([(Q(1), Q(2))], (Q(1),), [None], [None])
    with pytest.raises(ValueError, match="1 columns, 2 lower"):
        find_point([(Q(1),)], (Q(1),), [None, None], [None])


def test_bland_ends_beales_cycling_example() -> None:
    rows = [
        (Q(1, 4), Q(-60), Q(-1, 25), Q(9), Q(1), Q(0), Q(0)),
        (Q(1, 2), Q(-90), Q(-1, 50), Q(3), Q(0), Q(1), Q(0)),
        (Q(0), Q(0), Q(1), Q(0), Q(0), Q(0), Q(1)),
    ]
    cost = (Q(-3, 4), Q(150), Q(-1, 50), Q(6), Q(0), Q(0), Q(0))
    columns = list(zip(*rows, strict=True))
    best = minimise(cost, columns, (Q(0), Q(0), Q(1)), [Q(0)] * 7, [None] * 7, use_highs=False)
    assert isinstance(best, Optimal)
    assert best.value == Q(-1, 20)


def test_a_thousand_columns_are_quick_and_silent(capfd: pytest.CaptureFixture[str]) -> None:
    generator = random.Random(4)
    columns = [
        tuple(Q(generator.randint(-9, 9), generator.randint(1, 7)) for _ in range(30))
        for _ in range(1000)
    ]
    hidden = tuple(Q(generator.randint(0, 2)) for _ in columns)
    target = combination(columns, hidden, 30)
    find_point(columns[:100], target, [Q(0)] * 100, [None] * 100)
    start = time.perf_counter()
    found = find_point(columns, target, [Q(0)] * 1000, [None] * 1000)
    elapsed = time.perf_counter() - start
    assert isinstance(found, Feasible) and found.method == "highs"
    far = tuple(1000 * entry for entry in target)
    assert isinstance(find_point(columns, far, [Q(0)] * 1000, [Q(3)] * 1000), Infeasible)
    assert isinstance(strict_sign_point(columns), EmptyCone)
    assert elapsed < 5
    assert capfd.readouterr() == ("", "")


def test_everything_works_without_highs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "propose_basis", lambda *_: None)
    monkeypatch.setattr(module, "_SMALL", 0)
    found = find_point([(Q(1),), (Q(2),)], (Q(3),), [Q(0)] * 2, [Q(1)] * 2)
    assert found == Feasible((Q(1), Q(1)), "simplex")


def test_a_wrong_certificate_does_not_refute() -> None:
    columns, target = [(Q(1),)], (Q(2),)
    assert refutes((Q(1),), columns, target, [None], [Q(1)])
    assert not refutes((Q(-1),), columns, target, [None], [Q(1)])
    assert not refutes((Q(0),), columns, target, [None], [Q(1)])
    assert not refutes((Q(1),), columns, target, [None], [None])
    assert not refutes((Q(1),), columns, target, [None], [Q(2)])
