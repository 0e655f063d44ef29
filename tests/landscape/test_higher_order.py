"""Descent of order four along the kernel of a semidefinite form, and the solver's proposals."""

from __future__ import annotations

from fractions import Fraction as F
from random import Random
from typing import Any

import pytest
from flint import fmpq
from hypothesis import given
from hypothesis import strategies as st

from exactland.arithmetic.field_matrices import nullspace
from exactland.certificates.produce import certify
from exactland.landscape.analysis import analyze_empirical
from exactland.landscape.outcomes import NotLocalMinimum, Undetermined
from exactland.landscape.several_outputs.blocks import blocks
from exactland.landscape.several_outputs.faces import face_of
from exactland.landscape.several_outputs.falling import smooth_terms
from exactland.landscape.several_outputs.form import linear_part, matrix_of, quadratic_part
from exactland.landscape.several_outputs.higher_order import Quartic, quartic_form
from exactland.landscape.several_outputs.minima import Setting
from exactland.landscape.several_outputs.smt import negative_point
from tests.reference import empirical_problem


def stiffened(strength: F, copies: int) -> dict[str, Any]:
    """An escape neuron whose second order is positive thanks to data on which `copies` equal
    neurons are active: two of them can give way, but only to second order in their own moves.
    """
    w = [[F(4, 5), F(3, 5), F(-1), F(1)], *[[F(-1), F(-1), F(1), F(1)]] * copies]
    h = [[F(1), F(0)]] * (1 + copies)
    x = [[F(int(i == j)) for j in range(4)] for i in range(4)]
    errors = [[F(0), F(3, 5) * strength], [F(0), F(-4, 5) * strength], [F(0)] * 2, [F(0)] * 2]
    y = []
    for row, error in zip(x, errors, strict=True):
        active = [max(F(0), sum(a * b for a, b in zip(weight, row, strict=True))) for weight in w]
        y.append(
            [sum(k[j] * t for k, t in zip(h, active, strict=True)) - error[j] for j in range(2)]
        )
    return {
        "format": "exactland-problem/1",
        "network": {
            "activation": {"kind": "relu"},
            "w": [[str(a) for a in row] for row in w],
            "v": [[str(row[j]) for row in h] for j in range(2)],
        },
        "loss": {
            "kind": "empirical",
            "x": [[str(a) for a in row] for row in x],
            "y": [[str(a) for a in row] for row in y],
        },
    }


def test_two_equal_neurons_give_way_to_fourth_order() -> None:
    problem = empirical_problem(stiffened(F(6, 5), 2))
    found = analyze_empirical(problem).minimality
    assert isinstance(found, NotLocalMinimum)
    assert (found.along.order, found.along.leading < 0) == (4, True)
    assert any(one.kind == "not_local_minimum" for one in certify(problem))


def test_one_neuron_cannot_give_way_and_a_weak_pull_is_no_descent() -> None:
    alone = analyze_empirical(empirical_problem(stiffened(F(6, 5), 1)))
    assert isinstance(alone.minimality, Undetermined)
    assert any("higher order" in text for text in alone.minimality.tried)
    assert analyze_empirical(empirical_problem(stiffened(F(9, 10), 2))).verdict == "local_minimum"


def test_the_quartic_is_the_least_fourth_order_along_the_kernel() -> None:
    """Against the definition: the tau^4 coefficient along tau k + tau^2 y, with the y of the form
    and with others.
    """
    analysis = analyze_empirical(empirical_problem(stiffened(F(6, 5), 2)))
    point = analysis.point
    (block,) = (one for one in blocks(point) if one.data)
    faces = {
        i: face_of(point, analysis.functionals[i], i, analysis.neurons[i].escape)  # type: ignore[arg-type]  # decided
        for i in block.neurons
    }
    terms = smooth_terms(Setting(point, analysis.functionals, block, faces))
    assert terms is not None
    matrix = matrix_of(terms)
    kernel = nullspace(matrix, len(matrix))
    form = quartic_form(terms, matrix, kernel)
    assert form is not None
    random = Random(4)

    def fourth(k: list[fmpq], y: list[fmpq]) -> fmpq:
        """s |quad(k) + lin(y)|^2 + the bilinear psi part, by differences of the two parts."""
        first, square = linear_part(terms, k), quadratic_part(terms, k)
        both = quadratic_part(terms, [a + b for a, b in zip(k, y, strict=True)])
        mixed = [c - a - b for a, b, c in zip(square, quadratic_part(terms, y), both, strict=True)]
        quadratic = sum(
            (
                a * m * b
                for a, row in zip(y, matrix, strict=True)
                for m, b in zip(row, y, strict=True)
            ),
            fmpq(0),
        )
        linear_y = linear_part(terms, y)
        cross = sum(
            (
                2 * (a * b + c * d)
                for a, b, c, d in zip(linear_y, square, first, mixed, strict=True)
            ),
            fmpq(0),
        )
        return quadratic + terms.scale * (cross + sum((a * a for a in square), fmpq(0)))

    for _ in range(10):
        k = [fmpq(random.randint(-3, 3)) for _ in kernel]
        z = [
            sum((c * v[j] for c, v in zip(k, kernel, strict=True)), fmpq(0))
            for j in range(len(matrix))
        ]
        m = form.monomials(k)
        y = [
            sum((c * v[j] for c, v in zip(m, form.responses, strict=True)), fmpq(0))
            for j in range(len(matrix))
        ]
        assert fourth(z, y) == form.value(k)
        other = [a + fmpq(random.randint(-2, 2), 3) for a in y]
        assert fourth(z, other) >= form.value(k)


@pytest.mark.needs("z3", checks="what an SMT solver proposes about a quartic form")
def test_the_solver_finds_a_negative_point_and_proves_that_there_is_none() -> None:
    pairs = ((0, 0), (0, 1), (1, 1))
    one, zero = fmpq(1), fmpq(0)

    def form(cross: fmpq) -> Quartic:
        # k0^4 + cross k0^2 k1^2 + k1^4
        gram = ((one, zero, cross / 2), (zero, zero, zero), (cross / 2, zero, one))
        return Quartic(((one, zero), (zero, one)), pairs, gram, ((zero, zero),) * 3)

    found = negative_point(form(fmpq(-201, 100)))
    assert not isinstance(found, str)
    assert form(fmpq(-201, 100)).value(found) < 0
    none = negative_point(form(fmpq(-2)))
    assert isinstance(none, str) and "nowhere negative" in none


@pytest.mark.needs("z3", checks="what an SMT solver proposes about a quartic form")
@given(st.lists(st.integers(-3, 3), min_size=6, max_size=6))
def test_what_the_solver_proposes_is_negative_exactly(entries: list[int]) -> None:
    a, b, c, d, e, f = map(fmpq, entries)
    gram = ((a, b, c), (b, d, e), (c, e, f))
    unit = ((fmpq(1), fmpq(0)), (fmpq(0), fmpq(1)))
    form = Quartic(unit, ((0, 0), (0, 1), (1, 1)), gram, (unit[0],) * 3)
    found = negative_point(form)
    # A binary form is negative somewhere exactly if it is at (1, 0) or at some (t, 1).
    slow = a < 0 or any(form.value((fmpq(t, 12), fmpq(1))) < 0 for t in range(-120, 121))
    if isinstance(found, str):
        assert "nowhere negative" in found and not slow
    else:
        assert form.value(found) < 0
