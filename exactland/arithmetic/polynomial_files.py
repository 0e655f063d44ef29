"""Polynomials, intervals and isolated roots in files: written, and read strictly within limits."""

from __future__ import annotations

from flint import fmpq, fmpq_poly, fmpz

from exactland.arithmetic.polynomials import IsolatedRoot, count_roots, primitive_polynomial
from exactland.arithmetic.rationals import MAX_DIGITS, format_rational, parse_rational, sign
from exactland.errors import InputError

MAX_JSON_DEGREE = 1000
"""Degree beyond which a root in a file is refused."""


def polynomial_to_json(polynomial: fmpq_poly) -> list[str]:
    """Return the coefficients as text, ascending.

    Examples
    --------
    >>> polynomial_to_json(fmpq_poly([-2, 0, fmpq(1, 3)]))
    ['-2', '0', '1/3']
    """
    return [format_rational(value) for value in polynomial.coeffs()]


def polynomial_from_json(value: object, where: str, max_degree: int, max_digits: int) -> fmpq_poly:
    """Return the polynomial with the ascending coefficients in a file, its size limited.

    Raises
    ------
    InputError
        Naming the coefficient that is not a number, or the limit that is exceeded.

    Examples
    --------
    >>> p = fmpq_poly([-2, 0, fmpq(1, 3)])
    >>> polynomial_from_json(["-2", 0, "1/3"], "field.minpoly", 64, 100) == p
    True
    """
    if not isinstance(value, list) or not value:
        raise InputError(where, "expected a list of coefficients, ascending")
    if len(value) > max_degree + 1:
        raise InputError(where, f"degree {len(value) - 1} (limit {max_degree})")
    coefficients = [limited_rational(c, f"{where}[{i}]", max_digits) for i, c in enumerate(value)]
    return fmpq_poly(coefficients)


def limited_rational(value: object, where: str, max_digits: int) -> fmpq:
    """Return the rational number in a file if neither part of it has more than `max_digits` digits.

    Examples
    --------
    >>> limited_rational("12345", "number", 4)
    Traceback (most recent call last):
    ...
    exactland.errors.InputError: number: more than 4 digits
    """
    number = parse_rational(value, where)
    if max(abs(number.p), number.q) >= fmpz(10) ** max_digits:
        raise InputError(where, f"more than {max_digits} digits")
    return number


def root_to_json(root: IsolatedRoot) -> dict[str, object]:
    """Return the file form of a root.

    Examples
    --------
    >>> from exactland.arithmetic.polynomials import real_roots
    >>> root_to_json(real_roots(fmpq_poly([-1, 3]))[0])
    {'polynomial': ['-1', '3'], 'interval': ['1/3', '1/3'], 'multiplicity': 1}
    """
    return {
        "polynomial": polynomial_to_json(root.polynomial),
        "interval": [format_rational(root.lower), format_rational(root.upper)],
        "multiplicity": root.multiplicity,
    }


def root_from_json(obj: object, where: str = "root") -> IsolatedRoot:
    """Return the root that a file describes, every condition on it checked exactly.

    Raises
    ------
    InputError
        Naming the part that is malformed, or the condition of :class:`IsolatedRoot` that fails.

    Examples
    --------
    >>> from exactland.arithmetic.polynomials import compare, real_roots
    >>> root = real_roots(fmpq_poly([-2, 0, 1]))[0]
    >>> compare(root_from_json(root_to_json(root)), root)
    0
    """
    if not isinstance(obj, dict):
        raise InputError(where, "expected an object")
    polynomial = polynomial_from_json(
        obj.get("polynomial"), f"{where}.polynomial", MAX_JSON_DEGREE, MAX_DIGITS
    )
    if polynomial.degree() < 1 or polynomial.gcd(polynomial.derivative()).degree() > 0:
        raise InputError(f"{where}.polynomial", "not a squarefree polynomial of positive degree")
    lower, upper = interval_from_json(obj.get("interval"), f"{where}.interval")
    multiplicity = obj.get("multiplicity", 1)
    if type(multiplicity) is not int or multiplicity < 1:
        raise InputError(f"{where}.multiplicity", "expected a positive integer")
    at_lower, at_upper = sign(polynomial(lower)), sign(polynomial(upper))
    if at_lower if lower == upper else at_lower * at_upper >= 0:
        raise InputError(f"{where}.interval", "the polynomial does not change sign there")
    if count_roots(polynomial, lower, upper) != 1:
        raise InputError(f"{where}.interval", "it contains more than one root")
    return IsolatedRoot(primitive_polynomial(polynomial), lower, upper, multiplicity)


def interval_from_json(value: object, where: str) -> tuple[fmpq, fmpq]:
    """Return the two ends of a closed interval in a file, in order.

    Examples
    --------
    >>> interval_from_json(["1", "1.5"], "field.interval")
    (1, 3/2)
    """
    if not isinstance(value, list) or len(value) != 2:
        raise InputError(where, "expected the two ends of an interval")
    lower, upper = (parse_rational(end, f"{where}[{i}]") for i, end in enumerate(value))
    if lower > upper:
        raise InputError(where, "its left end is greater than its right end")
    return lower, upper
