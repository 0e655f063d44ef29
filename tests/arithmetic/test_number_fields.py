"""Real number fields against pairs (a, b) for a + b sqrt(D), mpmath and the axioms."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any

import mpmath
import pytest
import sympy
from flint import ctx, fmpq, fmpq_poly
from hypothesis import given, settings
from hypothesis import strategies as st

from exactland.arithmetic.field_extensions import (
    adjoin_square_root,
    adjoin_square_roots,
    square_root,
)
from exactland.arithmetic.number_fields import (
    MixedFieldsError,
    NumberField,
    RealAlgebraic,
    element_from_json,
    element_to_json,
    field_from_json,
    field_to_json,
    sqrt_field,
)
from exactland.arithmetic.ordered import format_decimal_exact, format_latex, sign, to_ball
from exactland.arithmetic.radicals import rational_square_root, reduced_radical
from exactland.arithmetic.rationals import format_decimal
from exactland.errors import InputError, UnsupportedError

Q = fmpq
few = settings(max_examples=40, deadline=None)
fractions = st.fractions(min_value=-4, max_value=4, max_denominator=6)

# Ascending minimal polynomial and an isolating interval: every degree and place of root.
FIELDS: dict[str, tuple[list[int], tuple[int, int]]] = {
    "rational": ([-3, 2], (0, 2)),
    "golden ratio": ([-1, -1, 1], (1, 2)),
    "minus sqrt 5": ([-5, 0, 1], (-3, 0)),
    "real cube root": ([-2, 0, 0, 1], (0, 2)),
    "middle root": ([1, -3, 0, 1], (0, 1)),
    "sqrt 2 + sqrt 3": ([1, 0, -10, 0, 1], (3, 4)),
    "sqrt 2 - sqrt 3": ([1, 0, -10, 0, 1], (-1, 0)),
    "quintic": ([-1, -1, 0, 0, 0, 1], (1, 2)),
}


@cache
def field_called(name: str) -> NumberField:
    minpoly, (lower, upper) = FIELDS[name]
    return NumberField(fmpq_poly(minpoly), (Q(lower), Q(upper)))


@cache
def reference_generator(name: str) -> Any:
    with mpmath.workdps(80):
        minpoly, (lower, upper) = FIELDS[name]
        roots = mpmath.polyroots(minpoly[::-1], maxsteps=200, extraprec=300)
        return next(
            r for r in map(mpmath.re, roots) if lower <= r <= upper and vanishes(minpoly, r)
        )


def vanishes(minpoly: list[int], value: Any) -> bool:
    return bool(abs(mpmath.polyval(minpoly[::-1], value)) < mpmath.mpf(10) ** -60)


def exact(value: Fraction) -> fmpq:
    return Q(value.numerator, value.denominator)


def elements_of(field: NumberField) -> st.SearchStrategy[RealAlgebraic]:
    coefficients = st.lists(fractions.map(exact), min_size=field.degree, max_size=field.degree)
    return coefficients.map(field.element)


@st.composite
def several(draw: st.DrawFn, count: int) -> tuple[str, list[RealAlgebraic]]:
    name = draw(st.sampled_from(sorted(FIELDS)))
    return name, [draw(elements_of(field_called(name))) for _ in range(count)]


def reference(name: str, element: RealAlgebraic) -> Any:
    generator = reference_generator(name)
    terms = (
        mpmath.mpf(int(c.p)) / int(c.q) * generator**i for i, c in enumerate(element.coefficients)
    )
    return mpmath.fsum(terms)


@few
@given(several(3))
def test_the_field_axioms_hold(drawn: tuple[str, list[RealAlgebraic]]) -> None:
    x, y, z = drawn[1]
    assert x + y == y + x and (x + y) + z == x + (y + z)
    assert x * y == y * x and (x * y) * z == x * (y * z)
    assert x * (y + z) == x * y + x * z
    assert x - x == 0 and x + 0 == x == x * 1 == +x and -x == 0 - x
    if y != 0:
        assert x / y * y == x and y**-2 * y * y == 1 and y**0 == 1
        assert 1 / y == y**-1 and (Q(2, 3) / y) * y == Q(2, 3)


@few
@given(several(3))
def test_the_order_axioms_hold(drawn: tuple[str, list[RealAlgebraic]]) -> None:
    x, y, z = drawn[1]
    assert [x < y, x == y, x > y].count(True) == 1
    assert (x <= y) == (not x > y) and (x >= y) == (not x < y) and (x < y) == (y > x)
    assert (x < y) == (x + z < y + z)
    if z > 0:
        assert (x < y) == (x * z < y * z)
    assert sign(x * y) == sign(x) * sign(y) and x * x >= 0
    assert abs(x) == max(x, -x) and abs(x) + abs(y) >= abs(x + y)
    assert sorted([x, y, z])[0] == min(x, y, z)


@few
@given(several(2))
def test_sign_ball_and_decimal_agree_with_mpmath(drawn: tuple[str, list[RealAlgebraic]]) -> None:
    name, (x, y) = drawn
    with mpmath.workdps(80):
        for value in (x, x * y, x - y):
            expected = reference(name, value)
            if value == 0:
                assert abs(expected) < mpmath.mpf(10) ** -60 and value.sign() == 0
                continue
            assert value.sign() == mpmath.sign(expected)
            text = Q(*Fraction(mpmath.nstr(expected, 60)).as_integer_ratio())
            assert format_decimal_exact(value, 25) == format_decimal(text, 25) or value.rational()
            ball = to_ball(value, 100)
            assert ball.rel_accuracy_bits() >= 100
            assert abs(ball.mid().fmpq() - text) <= abs(text) / 2**98


@few
@given(fractions, fractions, fractions, fractions, st.sampled_from([2, 3, 5, 8, 12, 45]))
def test_a_square_root_field_is_the_field_of_pairs(
    a: Fraction, b: Fraction, c: Fraction, d: Fraction, radicand: int
) -> None:
    field = sqrt_field(Q(radicand))

    def pair(one: Fraction, two: Fraction) -> RealAlgebraic:
        return field.element([exact(one), exact(two)])

    def pair_sign(one: Fraction, two: Fraction) -> int:
        if one * two >= 0:
            return sign(exact(one if one else two))
        return sign(exact(one)) * sign(exact(one * one - radicand * two * two))

    x, y = pair(a, b), pair(c, d)
    assert x + y == pair(a + c, b + d) and x - y == pair(a - c, b - d)
    assert x * y == pair(a * c + radicand * b * d, a * d + b * c)
    norm = c * c - radicand * d * d
    if norm:
        assert x / y == pair((a * c - radicand * b * d) / norm, (b * c - a * d) / norm)
    assert x.sign() == pair_sign(a, b) and sign(x - y) == pair_sign(a - c, b - d)


@few
@given(several(1), fractions)
def test_rational_elements_are_rationals_to_eq_and_hash(
    drawn: tuple[str, list[RealAlgebraic]], value: Fraction
) -> None:
    number = exact(value)
    element = drawn[1][0].field.element([number])
    assert element == number and number == element and hash(element) == hash(number)
    assert {number: "found"}[element] == "found"
    assert (drawn[1][0] < number) == (number > drawn[1][0])
    assert number - drawn[1][0] == -(drawn[1][0] - number)
    assert element.rational() == number


@few
@given(several(1))
def test_files_give_back_fields_and_elements(drawn: tuple[str, list[RealAlgebraic]]) -> None:
    value = drawn[1][0]
    field = field_from_json(field_to_json(value.field))
    assert field == value.field and hash(field) == hash(value.field)
    again = element_from_json(element_to_json(value), field)
    assert again == value and hash(again) == hash(value)
    assert pickle.loads(pickle.dumps(value)) == value == copy.deepcopy(value)


@pytest.mark.parametrize("digits", [10, 40, 60, 200, 1000])
def test_near_ties_of_a_sum_of_square_roots_are_decided(digits: int) -> None:
    _, (two, three) = adjoin_square_roots([2, 3])
    with mpmath.workdps(digits + 30):
        total = mpmath.floor((mpmath.sqrt(2) + mpmath.sqrt(3)) * mpmath.mpf(10) ** digits)
        below = Q(int(total), 10**digits)
    assert below < two + three < below + Q(1, 10**digits)
    assert sign((two + three) - below) == 1 and sign(two * three - (below**2 - 5) / 2) == 1
    assert (two + three) ** 2 - 5 - 2 * two * three == 0


def test_powers_that_nearly_vanish_are_not_zero() -> None:
    unit = sqrt_field(Q(2)).generator - 1
    tiny = unit**400  # about 1e-153, a difference of two numbers of 153 digits
    assert tiny.sign() == 1 and tiny != 0 and tiny < Q(1, 10**153) < 10 * tiny
    assert tiny.decimal(12) == mpmath_power(400)
    assert tiny * (unit + 2) ** 400 == 1


def mpmath_power(exponent: int) -> str:
    with mpmath.workdps(60):
        text: str = mpmath.nstr((mpmath.sqrt(2) - 1) ** exponent, 12)
    return text


def test_the_precision_of_the_caller_changes_nothing() -> None:
    before = ctx.prec
    try:
        ctx.prec = 2
        value = sqrt_field(Q(7)).generator - Q(26457513110645905905, 10**19)
        assert value.sign() == 1 and ctx.prec == 2
        assert value.decimal(8) == "1.6157536e-21"  # sqrt(7) = 2.6457513110645905905016157536...
    finally:
        ctx.prec = before


def test_decimals_have_any_number_of_correct_digits() -> None:
    text = sqrt_field(Q(2)).generator.decimal(3000)
    scaled = int(text.replace(".", ""))
    assert len(text) == 3001
    assert (2 * scaled - 1) ** 2 < 8 * 10**5998 < (2 * scaled + 1) ** 2


def test_fields_are_equal_by_generator_not_by_interval() -> None:
    wide = NumberField(fmpq_poly([-2, 0, 1]), (Q(0), Q(10)))
    narrow = NumberField(fmpq_poly([-4, 0, 2]), (Q(1), Q(3, 2)))
    negative = NumberField(fmpq_poly([-2, 0, 1]), (Q(-10), Q(0)))
    assert wide == narrow and hash(wide) == hash(narrow) and wide != negative
    assert wide.generator + narrow.generator == 2 * wide.generator
    assert negative.generator < 0 and str(negative.generator) == "-sqrt(2)"


def test_two_fields_do_not_mix() -> None:
    x, y = sqrt_field(Q(2)).generator, sqrt_field(Q(3)).generator
    for operation in (
        lambda: x + y,
        lambda: x - y,
        lambda: x * y,
        lambda: x / y,
        lambda: x < y,
        lambda: x == y,
    ):
        with pytest.raises(MixedFieldsError, match=r"Q\(sqrt\(2\)\) and Q\(sqrt\(3\)\) differ"):
            operation()


def test_floats_and_division_by_zero_are_refused() -> None:
    x = sqrt_field(Q(2)).generator
    with pytest.raises(TypeError):
        x + 0.5
    with pytest.raises(TypeError):
        assert x > 0.5
    with pytest.raises(TypeError):
        x**0.5  # type: ignore[operator]
    assert (x == 1.4142) is False
    divisions: list[Callable[[], Any]] = [
        lambda: 1 / (x - x),
        lambda: x / (x * x - 2),
        lambda: (x - x) ** -1,
    ]
    for division in divisions:
        with pytest.raises(ZeroDivisionError):
            division()
    with pytest.raises(ZeroDivisionError):
        x / 0


@pytest.mark.parametrize(
    ("obj", "message"),
    [
        (["-2", "0", "1"], "field: expected an object"),
        ({"interval": ["0", "2"]}, "field.minpoly: expected a list"),
        ({"minpoly": ["-2", "0", "1"]}, "field.interval: expected the two ends"),
        ({"minpoly": ["-4", "0", "1"], "interval": ["0", "3"]}, "field.minpoly: reducible"),
        ({"minpoly": ["2", "-4", "2"], "interval": ["0", "3"]}, "field.minpoly: reducible"),
        ({"minpoly": ["1"], "interval": ["0", "3"]}, "field.minpoly: degree 0"),
        ({"minpoly": [], "interval": ["0", "3"]}, "field.minpoly: expected a list"),
        ({"minpoly": ["0", "0"], "interval": ["0", "3"]}, "field.minpoly: degree -1"),
        ({"minpoly": ["2"] + ["0"] * 64 + ["1"], "interval": ["0", "3"]}, "minpoly: degree 65"),
        ({"minpoly": ["-2", "0", "x"], "interval": ["0", "3"]}, r"field.minpoly\[2\]: "),
        ({"minpoly": ["-2", "0", 1.0], "interval": ["0", "3"]}, r"field.minpoly\[2\]: a binary"),
        ({"minpoly": ["9" * 1001, "1"], "interval": ["0", "3"]}, r"minpoly\[0\]: more than 1000"),
        ({"minpoly": ["1", "0", "1"], "interval": ["0", "3"]}, "field.interval: it contains no"),
        ({"minpoly": ["-2", "0", "1"], "interval": ["0", "1"]}, "field.interval: it contains no"),
        ({"minpoly": ["-2", "0", "1"], "interval": ["-2", "2"]}, "field.interval: it contains 2"),
        ({"minpoly": ["-2", "0", "1"], "interval": ["2", "0"]}, "field.interval: its left end"),
        ({"minpoly": ["-2", "0", "1"], "interval": ["0", "3"], "name": "a"}, "field.name: unknown"),
    ],
)
def test_a_malformed_field_is_named(obj: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        field_from_json(obj)


def test_errors_name_the_place_in_the_file() -> None:
    field = sqrt_field(Q(2))
    with pytest.raises(InputError, match=r"^problem.field.interval: it contains no"):
        field_from_json({"minpoly": ["-2", "0", "1"], "interval": ["5", "6"]}, "problem.field")
    with pytest.raises(InputError, match=r"^w\[0\]: 3 coefficients in a field of degree 2"):
        element_from_json(["1", "2", "3"], field, "w[0]")
    with pytest.raises(InputError, match=r"^w\[0\]\[1\]: "):
        element_from_json(["1", "1/0"], field, "w[0]")
    with pytest.raises(InputError, match=r"^w\[0\]\[0\]: a number of 20001 characters"):
        element_from_json(["1" * 20001], field, "w[0]")
    with pytest.raises(InputError, match=r"^w: 0 coefficients"):
        element_from_json([], field, "w")


@pytest.mark.parametrize(
    ("name", "coefficients", "plain", "latex"),
    [
        ("golden ratio", [0, 1], "1/2 + 1/2*sqrt(5)", r"\frac{1}{2} + \frac{1}{2}\sqrt{5}"),
        ("minus sqrt 5", [1, 2], "1 - 2*sqrt(5)", r"1 - 2\sqrt{5}"),
        ("real cube root", [0, -1, 3], "-a + 3*a^2", "-a + 3a^{2}"),
        ("real cube root", [0, 0, 0], "0", "0"),
        ("sqrt 2 + sqrt 3", [0, 1, 0, 0], "sqrt(2) + sqrt(3)", r"\sqrt{2} + \sqrt{3}"),
        ("sqrt 2 - sqrt 3", [0, 1, 0, 0], "sqrt(2) - sqrt(3)", r"\sqrt{2} - \sqrt{3}"),
        ("sqrt 2 - sqrt 3", [5, 0, -1, 0], "2*sqrt(6)", r"2\sqrt{6}"),
        ("rational", [7], "7", "7"),
    ],
)
def test_text_and_latex(name: str, coefficients: list[int], plain: str, latex: str) -> None:
    value = field_called(name).element(coefficients)
    assert str(value) == repr(value) == plain and format_latex(value) == latex


@few
@given(several(1))
def test_the_text_denotes_the_number(drawn: tuple[str, list[RealAlgebraic]]) -> None:
    name, (value,) = drawn
    with mpmath.workdps(40):
        names = {"sqrt": mpmath.sqrt, "a": reference_generator(name), "mpf": mpmath.mpf}
        text = str(value).replace("^", "**")
        shown = eval(text, {"__builtins__": {}}, names)
        assert mpmath.almosteq(shown, reference(name, value), abs_eps=mpmath.mpf(10) ** -12)


@few
@given(several(1))
def test_squares_have_their_square_root(drawn: tuple[str, list[RealAlgebraic]]) -> None:
    value = drawn[1][0]
    assert square_root(value * value) == abs(value)
    root = square_root(value)
    if root is not None:
        assert root >= 0 and root * root == value
    elif value > 0:
        # Then X^2 - value is irreducible, and adjoining its root doubles the degree.
        extension = adjoin_square_root(value)
        assert extension.field.degree == 2 * value.field.degree
        assert extension.root > 0 and extension.root**2 == extension.embed(value)


@few
@given(several(2))
def test_an_embedding_respects_arithmetic_and_order(drawn: tuple[str, list[RealAlgebraic]]) -> None:
    x, y = drawn[1]
    extension = adjoin_square_root(x.field.element([7]) + x.field.generator)
    embed = extension.embed
    assert embed(x) + embed(y) == embed(x + y) and embed(x) * embed(y) == embed(x * y)
    assert sign(embed(x) - embed(y)) == sign(x - y) and embed(Q(2, 3)) == Q(2, 3)
    assert embed(x).decimal(30) == x.decimal(30)


@pytest.mark.parametrize("text", ["sqrt(2)+sqrt(3)", "sqrt(2+sqrt(3))", "sqrt(1+sqrt(5))"])
def test_minimal_polynomials_are_those_of_sympy(text: str) -> None:
    values: dict[str, Callable[[], Any]] = {
        "sqrt(2)+sqrt(3)": lambda: sum(adjoin_square_roots([2, 3])[1]),
        "sqrt(2+sqrt(3))": lambda: adjoin_square_root(2 + sqrt_field(Q(3)).generator).root,
        "sqrt(1+sqrt(5))": lambda: adjoin_square_root(1 + sqrt_field(Q(5)).generator).root,
    }
    value = values[text]()
    symbol = sympy.Symbol("x")
    coefficients = sympy.minimal_polynomial(sympy.sympify(text), symbol, polys=True).all_coeffs()
    assert sum(value**i * int(c) for i, c in enumerate(coefficients[::-1])) == 0
    assert value.decimal(40) == format_decimal(
        Q(*Fraction(str(sympy.sympify(text).evalf(60))).as_integer_ratio()), 40
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(st.fractions(min_value=0, max_value=12, max_denominator=4), max_size=4))
def test_adjoined_square_roots_square_to_the_radicands(radicands: list[Fraction]) -> None:
    field, roots = adjoin_square_roots([exact(r) for r in radicands])
    for root, radicand in zip(roots, radicands, strict=True):
        assert root >= 0 and root * root == exact(radicand)
        rational = rational_square_root(exact(radicand))
        assert (rational is not None) == isinstance(root, fmpq)
    assert (field is None) == all(isinstance(root, fmpq) for root in roots)
    if field is not None:
        assert sum((r for r in roots), field.element([0])).field == field


def test_the_fields_of_the_leaky_slopes() -> None:
    for slope, name, degree in (("1/4", "Q(sqrt(5))", 2), ("1/3", "Q(sqrt(3))", 2)):
        gamma = Q(*map(int, slope.split("/")))
        field, (root, other) = adjoin_square_roots([gamma, 1 + gamma])
        assert str(field) == name and field is not None and field.degree == degree
        assert root**2 == gamma and other**2 == 1 + gamma
    field, _ = adjoin_square_roots([Q(1, 2), Q(3, 2)])
    assert field is not None and field.degree == 4
    assert adjoin_square_roots([Q(9, 16), Q(25, 16)]) == (None, (Q(3, 4), Q(5, 4)))


def test_limits_of_adjoining() -> None:
    field, roots = adjoin_square_roots([2, 3, 5, 7, 11, 13])
    assert field is not None and field.degree == 64 and roots[5] ** 2 == 13
    with pytest.raises(UnsupportedError, match="degree 128"):
        adjoin_square_roots([2, 3, 5, 7, 11, 13, 17])
    with pytest.raises(InputError, match=r"radicands\[1\]: -1/2 is negative"):
        adjoin_square_roots([Q(2), Q(-1, 2)])
    with pytest.raises(InputError, match="is negative"):
        adjoin_square_root(1 - sqrt_field(Q(2)).generator)
    for radicand in (Q(0), Q(-2), Q(4, 9)):
        with pytest.raises(InputError, match="radicand"):
            sqrt_field(radicand)


@few
@given(st.fractions(min_value=Fraction(1, 50), max_value=3000, max_denominator=50))
def test_reduced_radicals(number: Fraction) -> None:
    outside, inside = reduced_radical(exact(number))
    assert outside > 0 and outside**2 * inside == exact(number)
    assert all(exponent == 1 for exponent in sympy.factorint(int(inside)).values())
