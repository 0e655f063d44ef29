"""The two routes: they agree with each other and with arithmetic, and refuse what is wrong."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exactland.proving.algebra import FlintAlgebra, SympyAlgebra
from exactland.proving.ledger import Ledger

NAMES = "x y z"
small = st.integers(-4, 4)


def routes() -> tuple[SympyAlgebra, FlintAlgebra]:
    return SympyAlgebra(), FlintAlgebra(NAMES)


def polynomial(symbols: tuple[Any, ...], terms: list[tuple[int, int, int, int]]) -> Any:
    x, y, z = symbols
    return sum((c * x**i * y**j * z**k for c, i, j, k in terms), 0 * x)


terms = st.lists(st.tuples(small, *(st.integers(0, 3),) * 3), max_size=4)


def value(algebra: Any, expression: Any, symbols: Any, point: tuple[int, int, int]) -> Fraction:
    at = algebra.at(expression, dict(zip(symbols, map(algebra.rational, point), strict=True)))
    return Fraction(algebra.text(at))


@settings(max_examples=30)
@given(terms, terms, st.tuples(*(st.integers(5, 9),) * 3))
def test_both_routes_evaluate_integrate_and_differentiate_alike(
    top: list[tuple[int, int, int, int]],
    bottom: list[tuple[int, int, int, int]],
    point: tuple[int, int, int],
) -> None:
    seen = []
    for algebra in routes():
        symbols = algebra.symbols(NAMES)
        x, y, z = symbols
        p = polynomial(symbols, top)
        q = polynomial((0 * x + 1, y, z), bottom) + y**4 * 1000 + 1  # free of x, positive there
        values = [
            value(algebra, p / q, symbols, point),
            value(algebra, algebra.integral(p / q, x, y / z, z + 1), symbols, point),
            value(algebra, algebra.derivative(p / q, y), symbols, point),
        ]
        seen.append(values)
    assert seen[0] == seen[1]
    # And the evaluation is the arithmetic of fractions.
    a, b, c = (Fraction(entry) for entry in point)
    down = polynomial((Fraction(1), b, c), bottom) + 1000 * b**4 + 1
    assert seen[0][0] == polynomial((a, b, c), top) / down


@given(small, small, small, small)
def test_the_slope_roots_obey_exactly_their_relation(a: int, b: int, c: int, d: int) -> None:
    for algebra in routes():
        p, q = algebra.slope_roots
        norm = (a + b * q) * (a - b * q) - (a * a - b * b * (1 + p * p))
        assert algebra.is_zero(norm)
        assert algebra.is_zero(a + b * p + c * q + d * p * q) == (a == b == c == d == 0)


def test_a_vanishing_denominator_is_refused() -> None:
    sympy_route, flint_route = routes()
    p, q = sympy_route.slope_roots
    with pytest.raises(ZeroDivisionError):
        sympy_route.is_zero(1 / (q**2 - 1 - p**2))
    x, y, _ = flint_route.symbols(NAMES)
    with pytest.raises(ZeroDivisionError):
        (x - y) / (x - x)


def test_an_integrand_that_is_no_polynomial_is_refused() -> None:
    for algebra in routes():
        x, y, _ = algebra.symbols(NAMES)
        with pytest.raises(ValueError, match="not a polynomial"):
            algebra.integral(1 / (x + y), x, 0 * y, y)


def test_a_ledger_counts_and_names_failing_instances() -> None:
    ledger = Ledger()
    ledger.instances("all", "", "by hand", 3, ((str(i), True, i) for i in range(3)))
    ledger.instances("few", "", "by hand", 4, ((str(i), True, i) for i in range(3)))
    ledger.instances("bad", "", "by hand", 3, ((str(i), i == 0, i) for i in range(3)))
    ledger.fact("none", "", [])
    ledger.fact("half", "", [("one", True), ("other", False)])
    assert [record.failure for record in ledger.records] == [
        "",
        "few: 3 instances where 4 are declared",
        "bad: fails at 1 and 1 more",
        "none: no route decided it",
        "half: does not hold (other)",
    ]
    assert [record.holds for record in ledger.records] == [True, False, False, False, False]
