"""The fan test and linear programming give the same answers; positivity is decided with proof."""

from __future__ import annotations

from typing import Any

from flint import fmpq
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from exactland.arithmetic.rationals import dot
from exactland.cells.fans import fan
from exactland.cells.patterns import parallel_classes
from exactland.derivatives.empirical import (
    Kink,
    KinkTerm,
    OneSidedFunctional,
    PiecewiseLinearForm,
)
from exactland.landscape.clarke import ContainsZero, ExcludesZero, clarke_contains_zero
from exactland.landscape.escape import Bound, Escapes, decide_escape, generator_table
from exactland.landscape.positivity import (
    Leaf,
    Negative,
    Nonnegative,
    Tree,
    Undecided,
    decide_nonnegative,
)
from exactland.problem.network import Vector

SMALL = st.integers(-2, 2).map(fmpq)


def vectors(length: int) -> st.SearchStrategy[Vector]:
    return st.lists(SMALL, min_size=length, max_size=length).map(tuple)


@st.composite
def forms(draw: st.DrawFn, dimension: int = 3) -> PiecewiseLinearForm:
    """g(v) = a.v + sum c_q |u_q.v| with pairwise non-parallel u_q."""
    rows = tuple(draw(st.lists(vectors(dimension), min_size=0, max_size=5)))
    terms = []
    for parallel in parallel_classes(rows):
        coefficient = draw(st.sampled_from([fmpq(1), fmpq(2), fmpq(1, 2), fmpq(-1)]))
        terms.append(KinkTerm(parallel.representative, parallel.normal, coefficient))
    combination = [draw(SMALL) for _ in terms]
    linear = tuple(
        sum((c * term.normal[axis] for c, term in zip(combination, terms, strict=True)), fmpq(0))
        for axis in range(dimension)
    )
    if draw(st.integers(0, 4)) == 0:
        linear = draw(vectors(dimension))
    return PiecewiseLinearForm(linear, tuple(terms))


def on_generators(form: PiecewiseLinearForm) -> bool:
    """g >= 0 on lineality (both signs) and rays: the definition on a fan where g is linear."""
    cone = fan([term.normal for term in form.terms], len(form.linear))
    both = [*cone.lineality, *(tuple(-a for a in v) for v in cone.lineality)]
    return all(form(v) >= 0 for v in [*both, *cone.rays])


@given(forms())
def test_positivity_by_multipliers_agrees_with_the_fan(form: PiecewiseLinearForm) -> None:
    decision = decide_nonnegative(form)
    if isinstance(decision, Negative):
        assert form(decision.direction) < 0
        assert not on_generators(form)
    else:
        assert isinstance(decision, Nonnegative)
        assert on_generators(form)
        assert proves(form, decision.tree, {})


def proves(form: PiecewiseLinearForm, tree: Tree, decided: dict[int, int]) -> bool:
    """The conditions on a tree, as the specification states them."""
    if not isinstance(tree, Leaf):
        return proves(form, tree.plus, decided | {tree.index: 1}) and proves(
            form, tree.minus, decided | {tree.index: -1}
        )
    multipliers = dict(tree.multipliers)
    rest = list(form.linear)
    for term in form.terms:
        value, side = multipliers.get(term.index, fmpq(0)), decided.get(term.index, 0)
        rest = [r - value * u for r, u in zip(rest, term.normal, strict=True)]
        if side >= 0 and value < -term.coefficient:
            return False
        if side <= 0 and value > term.coefficient:
            return False
    return not any(rest)


def test_too_many_concave_kinks_are_left_undecided() -> None:
    """A sum of |v_i + v_j| - type kinks with 13 negative ones and no quick way down."""
    dimension = 13
    unit = [tuple(fmpq(int(i == j)) for j in range(dimension)) for i in range(dimension)]
    terms = [KinkTerm(i, normal, fmpq(4)) for i, normal in enumerate(unit)]
    for i in range(dimension):
        pair = tuple(a + b for a, b in zip(unit[i], unit[(i + 1) % dimension], strict=True))
        terms.append(KinkTerm(dimension + i, pair, fmpq(-1)))
    form = PiecewiseLinearForm(tuple([fmpq(0)] * dimension), tuple(terms))
    assert isinstance(decide_nonnegative(form), Undecided)


@st.composite
def functionals(draw: st.DrawFn, outputs: int = 2) -> tuple[OneSidedFunctional, Vector]:
    """psi and h with phi = h . psi >= 0: psi_1 arbitrary nonnegative, h = (1, 0), psi_2 free."""
    form = draw(forms())
    assume(isinstance(decide_nonnegative(form), Nonnegative))
    kinks = []
    rows = tuple(term.normal for term in form.terms)
    for parallel, term in zip(parallel_classes(rows), form.terms, strict=True):
        other = draw(st.sampled_from([fmpq(0), fmpq(0), fmpq(1), fmpq(-1)]))
        kinks.append(Kink(parallel, (term.coefficient, other)))
    second = form.linear if draw(st.booleans()) else draw(vectors(3))
    linear = (form.linear, second)
    return OneSidedFunctional(linear, tuple(kinks)), (fmpq(1), fmpq(0))


@settings(max_examples=150)
@given(functionals())
def test_the_fan_and_linear_programming_agree_on_escape(
    case: tuple[OneSidedFunctional, Vector],
) -> None:
    functional, output = case
    table = generator_table(functional, output)
    assert table is not None
    by_fan, by_programs = (decide_escape(functional, output, known) for known in (table, None))
    assert isinstance(by_fan, Escapes | Bound)
    assert type(by_fan) is type(by_programs)
    for answer in (by_fan, by_programs):
        if isinstance(answer, Escapes):
            assert functional(answer.direction) == answer.psi and any(answer.psi)
            assert functional.contracted(output)(answer.direction) == 0
        elif isinstance(answer, Bound) and answer.spread is not None:
            for axis in range(2):
                for side in (answer.spread, -answer.spread):
                    corner = tuple(h + side * (j == axis) for j, h in enumerate(output))
                    assert on_generators(functional.contracted(corner))


@given(forms(dimension=2))
def test_zero_is_in_the_clarke_hull_or_separated_from_it(form: PiecewiseLinearForm) -> None:
    normals = [term.normal for term in form.terms]
    decision = clarke_contains_zero(form, normals)
    gradients = [cell_gradient(form, point) for point in sector_points(normals)]
    if isinstance(decision, ContainsZero):
        total: list[Any] = [fmpq(0), fmpq(0)]
        for part in decision.combination:
            gradient = cell_gradient(form, part.cell)
            assert gradient in gradients and part.multiplier >= 0
            total = [t + part.multiplier * g for t, g in zip(total, gradient, strict=True)]
        assert not any(total) and sum(part.multiplier for part in decision.combination) == 1
    else:
        assert isinstance(decision, ExcludesZero)
        for gradient in gradients:
            assert dot(gradient, decision.direction) > 0


def sector_points(normals: list[Vector]) -> list[Vector]:
    """A point of every sector of an arrangement of lines: sums of neighbouring rays."""
    rays = [ray for u in normals for ray in ((-u[1], u[0]), (u[1], -u[0]))]
    rays += [r for u in normals for r in (u, tuple(-a for a in u))] or [(fmpq(1), fmpq(0))]
    sums = [tuple(a + b for a, b in zip(p, q, strict=True)) for p in rays for q in rays]
    return [p for p in [*rays, *sums] if all(dot(p, u) for u in normals)]


def cell_gradient(form: PiecewiseLinearForm, point: Vector) -> Vector:
    gradient = list(form.linear)
    for term in form.terms:
        height = dot(term.normal, point)
        assert height
        side = term.coefficient if height > 0 else -term.coefficient
        gradient = [g + side * u for g, u in zip(gradient, term.normal, strict=True)]
    return tuple(gradient)
