"""The checker's number fields: arithmetic, signs, enclosures, and what it refuses."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactland.checker import check_certificate
from exactland.checker.elimination import rank
from exactland.checker.fields import Real, RealField, read_field
from exactland.checker.integral_problem import read_real
from exactland.checker.limits import Meter
from exactland.checker.numbers import bits_of, clear, show, size_of
from exactland.checker.outcome import Failure, Rejected, Unusable
from exactland.checker.reader import Field, normalise
from exactland.checker.real_polynomials import antiderivative, evaluate, integral, multiply, sign_on
from tests.surds import Surd

BIQUADRATIC = {"minpoly": ["1", "0", "-10", "0", "1"], "interval": ["3", "4"]}  # sqrt 2 + sqrt 3
UNIT = 10**200
THETA = Fraction(isqrt(2 * UNIT**2) + isqrt(3 * UNIT**2), UNIT)
SCALED = {"minpoly": ["-5/4", "0", "3/7"], "interval": ["0", "4"]}  # sqrt(35 / 12)
ELEMENTS = st.lists(st.fractions(-9, 9, max_denominator=9), min_size=4, max_size=4)


def declared(field: Any) -> RealField:
    return read_field(Field(normalise(field), "field", Meter()))


def value(x: Real) -> Fraction:
    terms = (Fraction(n, x.denominator) * THETA**i for i, n in enumerate(x.numerators))
    return sum(terms, Fraction(0))


def close(left: Fraction, right: Fraction) -> bool:
    return abs(left - right) < Fraction(1, 10**150)


@given(ELEMENTS, ELEMENTS)
def test_arithmetic_is_that_of_the_real_numbers(
    left: list[Fraction], right: list[Fraction]
) -> None:
    field = declared(BIQUADRATIC)
    a, b = field.element(left), field.element(right)
    assert close(value(a + b), value(a) + value(b))
    assert close(value(a - b), value(a) - value(b))
    assert close(value(a * b), value(a) * value(b))
    assert close(value(a.over(7) * 3), value(a) * 3 / 7)
    if not b.is_zero():
        assert (b * b.inverse("here") - field.one).is_zero()


@given(ELEMENTS)
def test_signs_and_roundings_are_those_of_the_real_numbers(entries: list[Fraction]) -> None:
    x = declared(BIQUADRATIC).element(entries)
    exact = value(x)
    assert x.sign() == (exact > 0) - (exact < 0) or not any(entries)
    assert x.sign() != 0 or not any(entries)
    for bits in (0, 10, 100):
        error = exact * 2**bits - x.rounded(bits)
        assert -Fraction(1, 10**100) <= error <= 2


def test_a_number_that_is_tiny_but_not_zero_has_a_sign() -> None:
    field = declared({"minpoly": ["-2", "0", "1"], "interval": ["1", "2"]})
    near = Fraction(isqrt(2 * 10**300), 10**150)
    assert field.element([-near, Fraction(1)]).sign() == 1
    assert field.element([near + Fraction(1, 10**150), Fraction(-1)]).sign() == 1


def test_a_generator_with_rational_coefficients_is_reduced() -> None:
    theta = declared(SCALED).element([Fraction(0), Fraction(1)])
    assert str((theta * theta).reduced()) == "35/12"


@pytest.mark.parametrize(
    ("minpoly", "interval", "failure"),
    [
        (["-2", "0", "1"], ["-2", "2"], Rejected),  # two roots
        (["-2", "0", "1"], ["2", "3"], Rejected),  # none
        (["-2", "0", "1"], ["2", "1"], Rejected),  # no interval
        (["-4", "0", "1"], ["0", "2"], Rejected),  # a root at the end
        (["0", "-1", "0", "1"], ["-2", "2"], Rejected),  # three roots, the sign changes
        (["4", "-4", "1"], ["1", "3"], Rejected),  # a double root
        (["-1/2", "1"], ["1", "2"], Rejected),  # degree 1, root outside
        (["1"], ["0", "1"], Unusable),
        (["-2", "0", "0"], ["1", "2"], Unusable),
        (["-2", *["0"] * 16, "1"], ["1", "2"], Unusable),  # degree 17
    ],
)
def test_a_field_without_exactly_one_root_is_refused(
    minpoly: list[str], interval: list[str], failure: type[Failure]
) -> None:
    with pytest.raises(failure):
        declared({"minpoly": minpoly, "interval": interval})


def test_degree_one_is_the_rational_numbers() -> None:
    field = declared({"minpoly": ["-1/2", "1"], "interval": ["0", "1"]})
    assert field.degree == 1
    assert read_real(Field(["3/4"], "x", field.meter), field).sign() == 1


def test_a_reducible_polynomial_makes_a_zero_unusable_never_accepted() -> None:
    """theta = 1 is a root of (x - 1)(x^2 - 2): theta - 1 is 0 with nonzero coefficients."""
    field = {"minpoly": ["2", "-2", "-1", "1"], "interval": ["1/2", "5/4"]}
    zero = declared(field).element([Fraction(-1), Fraction(1)])
    with pytest.raises(Unusable, match="MAX_REFINEMENT_BITS"):
        zero.sign()
    with pytest.raises(Unusable, match="reducible"):
        zero.inverse("here")
    loss = {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]}
    network = {"activation": {"kind": "relu"}, "w": [[["1"]]], "b": [["-1", "1"]], "v": [["1"]]}
    problem = {"format": "exactland-problem/1", "field": field, "network": network, "loss": loss}
    certificate = {
        "format": "exactland-certificate/1",
        "problem": problem,
        "claim": {"kind": "global_minimum"},
        "witness": {},
    }
    assert check_certificate(certificate).status == "unusable"
    network["b"] = ["0"]
    assert check_certificate(certificate).status == "accepted"


def test_a_list_longer_than_the_degree_is_unusable() -> None:
    field = declared(SCALED)
    for shown in ([], ["1", "2", "3"]):
        with pytest.raises(Unusable, match="coefficients"):
            read_real(Field(shown, "x", field.meter), field)


@given(st.lists(st.fractions(-5, 5, max_denominator=6), min_size=0, max_size=5))
def test_polynomials_integrate_and_multiply(coefficients: list[Fraction]) -> None:
    field = RealField(Meter())
    p = [field.rational(c) for c in coefficients]
    ends = [field.rational(x) for x in (Fraction(-1, 2), Fraction(2, 3))]
    expected = sum(
        c * (Fraction(2, 3) ** (k + 1) - Fraction(-1, 2) ** (k + 1)) / (k + 1)
        for k, c in enumerate(coefficients)
    )
    assert (integral([p], ends) - field.rational(expected)).is_zero()
    assert (evaluate(antiderivative(p), ends[1]) - evaluate(antiderivative(p), ends[0])).sign() == (
        expected > 0
    ) - (expected < 0)
    x = field.rational(Fraction(3, 7))
    assert (evaluate(multiply(p, p), x) - evaluate(p, x) * evaluate(p, x)).is_zero()


@pytest.mark.parametrize(
    ("coefficients", "strict", "expected"),
    [
        (["1"], True, True),
        ([], True, False),
        ([], False, True),
        (["0", "1"], True, False),  # 0 at an end
        (["0", "1"], False, True),
        (["1/4", "-1", "1"], False, True),  # (x - 1/2)^2, a halving point
        (["1/4", "-1", "1"], True, False),
        (["1001/4000", "-1", "1"], True, True),  # 1/4000 above it
        (["999/4000", "-1", "1"], False, False),
        (["1/9", "-2/3", "1"], False, None),  # (x - 1/3)^2, never a halving point
        (["-1"], False, False),
    ],
)
def test_signs_of_polynomials_on_an_interval(
    coefficients: list[str], strict: bool, expected: bool | None
) -> None:
    field = RealField(Meter())
    p = [field.rational(Fraction(c)) for c in coefficients]
    assert sign_on(p, field.zero, field.one, strict=strict) is expected


QUADRATIC = {"minpoly": ["-8", "0", "1"], "interval": ["2", "3"]}  # 2 sqrt 2
NUMBERS = st.one_of(
    st.integers(-5, 5),
    st.fractions(-5, 5, max_denominator=5),
    st.tuples(st.fractions(-5, 5, max_denominator=5), st.fractions(-5, 5, max_denominator=5)),
)


@given(NUMBERS, NUMBERS)
def test_numbers_of_a_field_mix_with_integers_and_fractions(left: Any, right: Any) -> None:
    """Sums, products, comparisons and sizes agree with a slow definition, whatever the types."""
    field = declared(QUADRATIC)

    def both(entry: Any) -> tuple[Any, Surd]:
        if isinstance(entry, tuple):
            return field.element(entry), Surd(entry[0], entry[1], Fraction(8))
        return entry, Surd(Fraction(entry), Fraction(0), Fraction(8))

    (a, slow), (b, other) = both(left), both(right)
    for mine, expected in ((a + b, slow + other), (a - b, slow - other), (a * b, slow * other)):
        assert as_surd(mine) == expected
        assert as_surd(size_of(mine)) == abs(expected)
        assert (mine > 0, mine < 0, bool(mine)) == (expected > 0, expected < 0, bool(expected))
    assert (a < b, a <= b, a == b) == (slow < other, slow <= other, slow == other)
    assert (hash(a) == hash(b)) or a != b
    numerator, denominator = a.as_integer_ratio() if not isinstance(a, int) else (a, 1)
    assert as_surd(numerator) == slow * denominator
    assert bits_of([numerator, 1]) >= 1 and show(a)


def as_surd(value: Any) -> Surd:
    if isinstance(value, Real):
        a, b = (Fraction(n, value.denominator) for n in value.numerators)
        return Surd(a, b, Fraction(8))
    return Surd(Fraction(value), Fraction(0), Fraction(8))


@given(st.lists(st.lists(NUMBERS, min_size=3, max_size=3), min_size=1, max_size=4))
def test_the_rank_over_a_field_is_that_of_a_slow_elimination(table: list[list[Any]]) -> None:
    field = declared(QUADRATIC)
    rows, slow = [], []
    for line in table:
        entries = [field.element(x) if isinstance(x, tuple) else Fraction(x) for x in line]
        rows.append(list(clear(entries, Meter()).numerators))
        slow.append([as_surd(entry) for entry in entries])
    assert rank(rows, Meter()) == slow_rank(slow)


def slow_rank(rows: list[list[Surd]]) -> int:
    found = 0
    for column in range(3):
        pivot = next((row for row in rows[found:] if row[column]), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        rows.insert(found, pivot)
        for i in range(found + 1, len(rows)):
            factor = rows[i][column] / pivot[column]
            rows[i] = [a - factor * b for a, b in zip(rows[i], pivot, strict=True)]
        found += 1
    return found


def test_numbers_of_two_declared_fields_do_not_meet() -> None:
    one, other = declared(QUADRATIC), declared(SCALED)
    with pytest.raises(Unusable, match="two different fields"):
        _ = one.element([Fraction(0), Fraction(1)]) + other.element([Fraction(0), Fraction(1)])
