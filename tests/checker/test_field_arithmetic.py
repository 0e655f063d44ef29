"""The number fields of the checker against a slow definition: polynomials modulo another.

Fields of every shape: leading coefficients that are not 1 or are negative, negative generators,
several real roots, ends of the interval close to the root and far away.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction as F
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactland.checker import limits
from exactland.checker.fields import Real, RealField, rational, read_field, sign_at
from exactland.checker.limits import Meter
from exactland.checker.numbers import show
from exactland.checker.outcome import Rejected, Unusable
from exactland.checker.reader import Field, normalise

FIELDS: dict[str, tuple[tuple[str, ...], tuple[str, str]]] = {
    "square root": (("-2", "0", "1"), ("1", "2")),
    "close ends": (("-2", "0", "1"), ("141421356/100000000", "141421357/100000000")),
    "negative generator": (("-7", "0", "3"), ("-5/3", "-3/2")),
    "leading coefficient negative": (("11/2", "1", "-3/5"), ("-2", "13/2")),
    "cubic": (("-5", "-2", "0", "3"), ("1/3", "13/7")),
    "cubic, negative": (("9", "-1", "0", "5"), ("-2", "-1")),
    "cubic, three roots": (("1", "-3", "0", "1"), ("0", "1")),
    "quartic": (("1", "-7", "1", "3", "-2"), ("0", "1/2")),
    "quartic, negative": (("1", "0", "-10", "0", "1"), ("-1", "-1/4")),
    "quintic": (("-1/3", "1", "0", "0", "0", "7/2"), ("0", "1")),
}
NAMES = st.sampled_from(sorted(FIELDS))
COEFFICIENTS = st.one_of(
    st.integers(-4, 4).map(F), st.fractions(-9, 9, max_denominator=9), st.just(F(0))
)
ENTRIES = st.lists(COEFFICIENTS, min_size=5, max_size=5)
BITS = 600


def declared(name: str) -> RealField:
    minpoly, interval = FIELDS[name]
    return read({"minpoly": list(minpoly), "interval": list(interval)})


def read(value: Any) -> RealField:
    return read_field(Field(normalise(value), "field", Meter()))


def fractions(x: Real) -> list[F]:
    return [F(n, x.denominator) for n in x.numerators]


def product(left: Sequence[F], right: Sequence[F]) -> list[F]:
    result = [F(0)] * (len(left) + len(right) - 1)
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            result[i + j] += a * b
    return result


def remainder(polynomial: Sequence[F], minpoly: Sequence[F]) -> list[F]:
    """Divide with remainder, as by hand."""
    rest, degree = list(polynomial), len(minpoly) - 1
    while len(rest) > degree:
        factor = rest[-1] / minpoly[-1]
        for i, c in enumerate(minpoly):
            rest[len(rest) - 1 - degree + i] -= factor * c
        rest.pop()
    return rest + [F(0)] * (degree - len(rest))


def at(polynomial: Sequence[F], x: F) -> F:
    return sum((c * x**i for i, c in enumerate(polynomial)), F(0))


@cache
def theta(name: str) -> F:
    """Return the root, up to 2^-BITS, by bisection."""
    minpoly, (low, high) = [F(c) for c in FIELDS[name][0]], map(F, FIELDS[name][1])
    rising = at(minpoly, low) < 0
    while high - low > F(1, 2**BITS):
        middle = F(int((low + high) / 2 * 2 ** (BITS + 9)), 2 ** (BITS + 9))
        if (at(minpoly, middle) < 0) == rising:
            low = middle
        else:
            high = middle
    return low


def number(x: Real, name: str) -> F:
    """Return a number up to about 2^-BITS."""
    return at(fractions(x), theta(name))


@given(NAMES, ENTRIES, ENTRIES, st.fractions(-9, 9, max_denominator=9))
def test_ring_operations_are_those_of_polynomials_modulo_the_minimal_one(
    name: str, left: list[F], right: list[F], c: F
) -> None:
    field = declared(name)
    minpoly = [F(x) for x in FIELDS[name][0]]
    left, right = left[: field.degree], right[: field.degree]
    a, b = field.element(left), field.element(right)
    assert fractions(a) == left
    assert fractions(a + b) == [x + y for x, y in zip(left, right, strict=True)]
    assert fractions(a - b) == [x - y for x, y in zip(left, right, strict=True)]
    assert fractions(a * b) == remainder(product(left, right), minpoly)
    assert fractions(-a) == [-x for x in left]
    assert fractions(c - a) == [c * (i == 0) - x for i, x in enumerate(left)]
    assert fractions(3 - a) == [3 * (i == 0) - x for i, x in enumerate(left)]
    assert fractions(c * a) == fractions(a * c) == [c * x for x in left]
    assert fractions(-4 * a) == [-4 * x for x in left]
    assert fractions(a.over(6)) == [x / 6 for x in left]
    assert all(x.denominator > 0 for x in (a, a + b, a * b, a.reduced(), a.over(6)))
    same = a * field.rational(6).over(6)
    assert same == a and hash(same) == hash(a)
    assert hash(field.rational(c)) == hash(c)


@given(NAMES, ENTRIES)
def test_an_inverse_times_the_number_is_one(name: str, entries: list[F]) -> None:
    field = declared(name)
    x = field.element(entries[: field.degree])
    if any(x.numerators):
        y = x.inverse("here")
        assert y.denominator > 0
        assert fractions(x * y) == fractions(field.one)


def test_rational_numbers_are_inverted_in_every_field() -> None:
    for field in (RealField(Meter()), declared("square root"), declared("quintic")):
        for c in (F(1), F(-3, 7), F(22)):
            assert fractions(field.rational(c).inverse("here"))[0] == 1 / c
        with pytest.raises(Unusable, match="reducible"):
            field.zero.inverse("here")


@given(NAMES, ENTRIES, ENTRIES)
def test_comparisons_are_those_of_the_real_numbers(
    name: str, left: list[F], right: list[F]
) -> None:
    field = declared(name)
    left, right = left[: field.degree], right[: field.degree]
    a, b = field.element(left), field.element(right)
    x, y = number(a, name), number(b, name)
    if left == right:
        y = x
    assert (a < b, a <= b, a > b, a >= b) == (x < y, x <= y, x > y, x >= y)
    assert (a <= a, a >= a, a < a, a == b) == (True, True, False, left == right)
    assert a.sign() == ((x > 0) - (x < 0) if any(left) else 0)
    assert fractions(abs(a)) == (left if a.sign() >= 0 else [-c for c in left])
    assert bool(a) is any(left)


@given(NAMES, ENTRIES, st.sampled_from([120, 250, 380]))
def test_signs_close_to_zero_are_those_of_the_real_numbers(
    name: str, entries: list[F], bits: int
) -> None:
    """The number minus a rational number that is 2^-bits below or above it."""
    field = declared(name)
    x = field.element(entries[: field.degree])
    near = F(int(number(x, name) * 2**bits), 2**bits)
    if any(x.numerators[1:]):
        assert (x - (near + F(1, 2 ** (bits - 1)))).sign() == -1
        assert (x - (near - F(1, 2 ** (bits - 1)))).sign() == 1
        assert (near + F(1, 2 ** (bits - 1)) - x).sign() == 1
        inside = x - near
        assert inside.sign() == (1 if number(inside, name) > 0 else -1)


@given(NAMES, ENTRIES, st.sampled_from([0, 1, 7, 64, 320]), st.sampled_from([1, 10**40]))
def test_roundings_are_below_by_at_most_two(
    name: str, entries: list[F], bits: int, factor: int
) -> None:
    field = declared(name)
    for x in (field.element(entries[: field.degree]) * factor, field.rational(entries[0]).over(3)):
        error = number(x, name) * 2**bits - x.rounded(bits)
        assert -F(1, 2**30) <= error <= 2 + F(1, 2**30)
        if not any(x.numerators[1:]):
            assert x.rounded(bits) == fractions(x)[0] * 2**bits // 1


@given(NAMES, st.lists(st.sampled_from([1, 5, 128, 129, 256]), min_size=1, max_size=4))
def test_enclosures_of_powers_hold_in_any_order_of_precisions(name: str, order: list[int]) -> None:
    field, root = declared(name), theta(name)
    for bits in order:
        lower, upper = field.enclosure(bits)
        assert (lower[0], upper[0]) == (2**bits, 2**bits)
        assert len(lower) == len(upper) == field.degree
        for i, (low, high) in enumerate(zip(lower, upper, strict=True)):
            exact = root**i * 2**bits
            assert low - F(1, 2**60) <= exact <= high + F(1, 2**60)
            assert high - low <= 2 + i * 7**i  # |theta| <= 7
        start, end = field.interval
        first, last = map(F, FIELDS[name][1])
        assert first <= start <= root + F(1, 2**590) and root <= end <= last
        low, high = field._refine(bits)
        assert 0 <= high - low <= 1
        assert low - F(1, 2**60) <= root * 2**bits <= high


@given(NAMES, ENTRIES, st.sampled_from([1, 128, 256]))
def test_an_enclosure_of_a_number_begins_below_it_and_ends_above(
    name: str, entries: list[F], bits: int
) -> None:
    field = declared(name)
    theta = field.element([F(0), F(1)])
    for x in (field.element(entries[: field.degree]), theta, -theta, theta + 1, 1 - theta):
        low, high = x._between(bits)
        exact = number(x, name) * x.denominator * 2**bits
        assert low - F(1, 2**60) <= exact <= high + F(1, 2**60)


def test_degree_one_has_only_the_enclosure_of_one() -> None:
    field = RealField(Meter())
    assert field.enclosure(7) == ([128], [128])
    assert field.minpoly == [0, 1] and field.degree == 1
    assert fractions(field.rational(F(2, 3)) * field.rational(F(-3, 5))) == [F(-2, 5)]


def test_enclosures_of_a_rational_root_keep_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """theta = 1, a root of (x - 1)(x^2 - 2), is met by the bisection itself."""
    monkeypatch.setattr(limits, "MAX_REFINEMENT_BITS", 256)
    for interval in (["1/2", "5/4"], ["0", "5/4"], ["-1", "9/8"], ["2/3", "4/3"]):
        field = read({"minpoly": ["2", "-2", "-1", "1"], "interval": interval})
        for bits in (3, 60, 128):
            lower, upper = field.enclosure(bits)
            assert lower[1] <= 2**bits <= upper[1] and lower[2] <= 2**bits <= upper[2]
            start, end = field.interval
            assert start <= 1 <= end
        with pytest.raises(Unusable, match="MAX_REFINEMENT_BITS"):
            (field.element([F(-1), F(1)])).sign()
        with pytest.raises(Unusable, match="MAX_REFINEMENT_BITS"):
            (field.element([F(1), F(-1)])).sign()  # its enclosure may begin with 0
        assert field.element([F(-2), F(1)]).sign() == -1
        assert field.element([F(-1, 2), F(1)]).sign() == 1


@pytest.mark.parametrize(
    ("minpoly", "interval", "refused"),
    [
        (["-1/2", "1"], ["0", "1"], None),
        (["-1/2", "1"], ["1/2", "1/2"], None),  # degree 1: the root itself
        (["-1/2", "1"], ["1/2", "3"], None),
        (["-1/2", "1"], ["0", "1/2"], None),
        (["1/2", "-1"], ["0", "1"], None),
        (["-1/2", "1"], ["1", "0"], Rejected),
        (["-1/2", "1"], ["0", "1/4"], Rejected),
        (["-1/2", "1"], ["3/4", "1"], Rejected),
        (["-3", "1"], ["1", "2"], Rejected),
        (["3", "0", "-1"], ["1", "2"], None),
        (["3", "0", "-1"], ["3/2", "3/2"], Rejected),
        (["0", "0", "1"], ["0", "0"], Rejected),
        (["-3", "0", "1"], ["2", "1"], Rejected),
        (["1", "0", "1"], ["0", "1"], Rejected),
        # (x^2 - 2)^2 (x - 1) has one root of odd order in [0, 2], but another root there
        (["-4", "4", "4", "-4", "-1", "1"], ["0", "2"], Rejected),
        (["-4", "4", "4", "-4", "-1", "1"], ["0", "5/4"], None),
        # (x - 1)^3: one root, of order three
        (["-1", "3", "-3", "1"], ["0", "3"], None),
        (["-2", *["0"] * 15, "1"], ["1", "2"], None),  # degree 16
        (["-2", *["0"] * 16, "1"], ["1", "2"], Unusable),
        (["-2", "1", "0"], ["1", "3"], Unusable),  # the leading coefficient is 0
        (["5"], ["1", "3"], Unusable),
    ],
)
def test_an_interval_must_isolate_one_root(
    minpoly: list[str], interval: list[str], refused: Any
) -> None:
    field = {"minpoly": minpoly, "interval": interval}
    if refused is None:
        assert read(field).degree == len(minpoly) - 1
    else:
        with pytest.raises(refused):
            read(field)


ROOTS = st.lists(st.fractions(-3, 3, max_denominator=4), min_size=1, max_size=4)
FACTORS = st.lists(
    st.sampled_from([(F(1), F(0), F(1)), (F(3), F(-2), F(1)), (F(-2),), (F(5, 3),)]), max_size=2
)


@given(ROOTS, FACTORS, st.tuples(*[st.fractions(-4, 4, max_denominator=3)] * 2))
def test_a_field_is_read_exactly_where_the_interval_has_one_root(
    roots: list[F], factors: list[tuple[F, ...]], ends: tuple[F, F]
) -> None:
    """Polynomials whose roots are known; those without a sign change at the ends are refused."""
    minpoly = [F(1)]
    for factor in (*((-root, F(1)) for root in roots), *factors):
        minpoly = product(minpoly, factor)
    start, end = ends
    inside = [root for root in roots if start < root < end]
    good = len(set(inside)) == 1 and len(inside) % 2 == 1 and not {start, end} & set(roots)
    if len(minpoly) == 2:
        good = start <= roots[0] <= end
    field = {"minpoly": [str(c) for c in minpoly], "interval": [str(start), str(end)]}
    if good:
        assert read(field).degree == len(minpoly) - 1
    else:
        with pytest.raises(Rejected):
            read(field)


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=6), st.integers(-9, 9), st.integers(1, 9))
def test_the_sign_of_a_polynomial_at_a_fraction(
    polynomial: list[int], numerator: int, denominator: int
) -> None:
    exact = at([F(c) for c in polynomial], F(numerator, denominator))
    assert sign_at(polynomial, numerator, denominator, Meter()) == (exact > 0) - (exact < 0)


def test_a_root_of_the_polynomial_has_sign_zero() -> None:
    assert sign_at([-1, 0, 4], 1, 2, Meter()) == 0
    assert sign_at([], 1, 2, Meter()) == 0


def test_two_fields_are_the_same_if_polynomial_and_interval_are() -> None:
    one, again = declared("square root"), declared("square root")
    other = read({"minpoly": ["-2", "0", "1"], "interval": ["1", "3/2"]})
    cubic = read({"minpoly": ["-2", "0", "0", "1"], "interval": ["1", "2"]})
    assert one.same_as(one) and one.same_as(again)
    assert not one.same_as(other) and not one.same_as(cubic)
    again.element([F(1), F(1)]).sign()  # makes its interval narrower
    assert one.same_as(again)
    assert (one.element([F(1), F(1)]) + again.element([F(0), F(1)])).numerators == (1, 2)
    for field in (other, cubic):
        with pytest.raises(Unusable, match="two different fields"):
            _ = one.one * field.one


def test_a_coefficient_list_is_read_as_a_fraction_where_it_is_one() -> None:
    field = declared("cubic")
    assert field.read([F(2, 3), F(0), F(0)], "here") == F(2, 3)
    assert isinstance(field.read([F(2, 3), F(0)], "here"), F)
    x = field.read([F(0), F(1)], "here")
    assert isinstance(x, Real) and x.numerators == (0, 1, 0)
    for count in (0, 4):
        with pytest.raises(Unusable, match="coefficients"):
            field.read([F(1)] * count, "here")
    assert rational(F(2, 3), "here") == F(2, 3)
    with pytest.raises(Unusable, match="must be a rational number"):
        rational(x, "here")


def test_numbers_are_shown_with_their_coefficients() -> None:
    field = declared("cubic")
    assert str(field.element([F(1, 2), F(0), F(-1)])) == "[1/2, 0, -1]"
    assert show(field.rational(F(1, 2))) == "1/2"


def test_a_denominator_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_DENOMINATOR_BITS", 100)
    field = declared("square root")
    x, y = field.element([F(0), F(1, 2**70)]), field.element([F(0), F(1, 3**45)])
    assert (x * field.element([F(0), F(1, 2**29)])).denominator == 2**99
    operations: list[Any] = [lambda: x * y, lambda: x + y, lambda: y + x, lambda: x - y]
    for operation in operations:
        with pytest.raises(Unusable, match="MAX_DENOMINATOR_BITS"):
            operation()


def test_precisions_end_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sign is sought with up to MAX_REFINEMENT_BITS, a rounding with up to twice as many."""
    monkeypatch.setattr(limits, "MAX_REFINEMENT_BITS", 256)
    field = declared("square root")
    near = F(int(theta("square root") * 2**200), 2**200)
    assert (field.element([-near, F(1)])).sign() == 1
    closer = F(int(theta("square root") * 2**300), 2**300)
    with pytest.raises(Unusable, match="MAX_REFINEMENT_BITS"):
        field.element([-closer, F(1)]).sign()
    x = field.element([F(1), F(1)])
    assert 0 <= number(x, "square root") * 2**448 - x.rounded(448) <= 2
    for bits in (449, 500):
        with pytest.raises(Unusable, match="MAX_REFINEMENT_BITS"):
            x.rounded(bits)
    assert field.rational(F(1, 3)).rounded(1000) == 2**1000 // 3


def test_a_number_whose_enclosure_is_too_wide_is_not_rounded() -> None:
    """The error of theta^2 is that of theta times about 2 theta = 2^101."""
    root = 2**100
    interval = [str(root), str(root + 1)]
    field = read({"minpoly": [str(-(root**3) - 1), "0", "0", "1"], "interval": interval})
    theta = field.element([F(0), F(1)])
    assert root - 2 <= theta.rounded(0) <= root
    with pytest.raises(Unusable, match="not rounded"):
        (theta * theta).rounded(0)
