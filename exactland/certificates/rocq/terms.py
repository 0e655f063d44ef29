"""Numbers, lists and trees as terms of the Rocq development."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import Any

from exactland.arithmetic.rationals import parse_rational
from exactland.errors import InputError, UnsupportedError

Rows = list[list[Fraction]]


def number(value: object, where: str = "witness") -> Fraction:
    """Return a number of a certificate.

    Examples
    --------
    >>> number("-0.28")
    Fraction(-7, 25)
    """
    return rational_entry(parse_rational(value, where))


def rational_entry(value: Any) -> Fraction:
    """Return an entry of a problem that was read.

    Raises
    ------
    UnsupportedError
        If it is not rational.
    """
    if not (hasattr(value, "p") and hasattr(value, "q")):
        message = "the formal development covers rational numbers, not algebraic ones"
        raise UnsupportedError("problem.field", message)
    return Fraction(int(value.p), int(value.q))


def numbers(values: Any, length: int, where: str) -> list[Fraction]:
    """Return a vector of a certificate, refusing another length."""
    if not isinstance(values, list | tuple) or len(values) != length:
        raise InputError(where, f"must be a list of {length} numbers")
    return [number(value, where) for value in values]


def common_denominator(values: Iterable[Fraction]) -> int:
    """Return the least common denominator.

    Examples
    --------
    >>> common_denominator([Fraction(1, 4), Fraction(5, 6)])
    12
    """
    return lcm(1, *{value.denominator for value in values})


def cleared(values: Sequence[Fraction], denominator: int | None = None) -> list[int]:
    """Return the numerators over a common denominator.

    Examples
    --------
    >>> cleared([Fraction(1, 4), Fraction(5, 6)])
    [3, 10]
    """
    unit = common_denominator(values) if denominator is None else denominator
    return [value.numerator * (unit // value.denominator) for value in values]


def rational(value: Fraction) -> str:
    """Return a term of type Q, in its scope.

    Examples
    --------
    >>> rational(Fraction(-7, 25)), rational(Fraction(3)), rational(Fraction(-3))
    ('(-7#25)', '3', '(-3)')
    """
    if value.denominator == 1:
        return str(value.numerator) if value >= 0 else f"({value.numerator})"
    sign = "" if value >= 0 else "-"
    return f"({sign}{abs(value.numerator)}#{value.denominator})"


def shown(value: object) -> str:
    """Return a number of a claim as it stands in a sentence."""
    text = str(value)
    return text if len(text) <= 200 else "the number below"


def integer(value: int) -> str:
    """Return a term of type Z, in its scope."""
    return str(value) if value >= 0 else f"({value})"


def vector(values: Iterable[Fraction]) -> str:
    """Return a list of rational numbers.

    Examples
    --------
    >>> vector([Fraction(1, 2), Fraction(-1)])
    '[(1#2); (-1)]'
    """
    return "[" + "; ".join(map(rational, values)) + "]"


def matrix(rows: Iterable[Iterable[Fraction]], indent: str = "    ") -> str:
    """Return a list of rows, each on its own line."""
    return "[" + f";\n{indent} ".join(map(vector, rows)) + "]"


def integers(values: Iterable[int]) -> str:
    """Return a list of integers, in any scope.

    Examples
    --------
    >>> integers([3, -4])
    '[3; (-4)]%Z'
    """
    return "[" + "; ".join(map(integer, values)) + "]%Z"


def positives(values: Iterable[int]) -> str:
    """Return a list of positive integers, in any scope."""
    return "[" + "; ".join(map(str, values)) + "]%positive"


def items(values: Iterable[str], indent: str = "    ") -> str:
    """Return a list of terms, each on its own line."""
    return "[" + f";\n{indent} ".join(values) + "]"


def cell(sides: Any, width: int, points: int) -> str:
    """Return the sides of a cell: for each neuron a string of + and -.

    Examples
    --------
    >>> cell(["+-"], 1, 2)
    '["+-"%string]'
    """
    if not isinstance(sides, list) or len(sides) != width:
        raise InputError("claim.cell", f"needs {width} strings of signs")
    for signs in sides:
        good = isinstance(signs, str) and set(signs) <= set("+-")
        if not good or len(signs) != points:
            raise InputError("claim.cell", "must have a sign + or - for each data point")
    return items(f'"{signs}"%string' for signs in sides)


def _members(obj: Any, *keys: str) -> list[Any]:
    if not isinstance(obj, Mapping) or set(obj) != set(keys):
        raise InputError("witness", f"a tree node must have the keys {', '.join(keys)}")
    return [obj[key] for key in keys]


def index(value: Any, where: str = "witness") -> int:
    """Return an index of a certificate (an integer, or its decimal text as a key)."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**6:
        raise InputError(where, "is not an index")
    return value


def _multipliers(obj: Any) -> tuple[int, str]:
    if not isinstance(obj, Mapping):
        raise InputError("witness", "multipliers must be an object")
    values = [number(value) for value in obj.values()]
    unit = common_denominator(values)
    terms = [
        f"times {index(key)} {integer(value)}"
        for key, value in zip(obj, cleared(values, unit), strict=True)
    ]
    return unit, "[" + "; ".join(terms) + "]"


def class_numbers(values: Mapping[int, int]) -> str:
    """Return integers for some classes of parallel data.

    Examples
    --------
    >>> class_numbers({3: 5, 0: -1})
    '[times 3 5; times 0 (-1)]'
    """
    return "[" + "; ".join(f"times {q} {integer(z)}" for q, z in values.items()) + "]"


def _over_denominator(obj: Any) -> str:
    unit, terms = _multipliers(obj)
    return f"{unit} {terms}"


def _positive_multiples(obj: Any) -> str:
    # A positive multiple serves as well.
    return _multipliers(obj)[1]


def tree(obj: Any, multipliers: Callable[[Any], str] = _over_denominator) -> str:
    """Return a positivity tree; `multipliers` writes those of a leaf.

    Examples
    --------
    >>> tree({"multipliers": {"4": "97/269"}})
    '(Leaf 269 [times 4 97])'
    """
    if isinstance(obj, Mapping) and "multipliers" in obj:
        return f"(Leaf {multipliers(_members(obj, 'multipliers')[0])})"
    position, plus, minus = _members(obj, "class", "plus", "minus")
    return f"(Branch {index(position)} {tree(plus, multipliers)} {tree(minus, multipliers)})"


def separation(obj: Any, multipliers: Callable[[Any], str] = _positive_multiples) -> str:
    """Return a tree that separates cell gradients from zero; `multipliers` writes those of a cell.

    Examples
    --------
    >>> separation({"class": 0, "plus": {"separated": True}, "minus": {"empty": {"0": "1/2"}}})
    '(Cases 0 Separated (EmptyCell [times 0 1]))'
    """
    if isinstance(obj, Mapping) and "separated" in obj:
        if _members(obj, "separated")[0] is not True:
            raise InputError("witness", "separated must be true")
        return "Separated"
    if isinstance(obj, Mapping) and "empty" in obj:
        return f"(EmptyCell {multipliers(_members(obj, 'empty')[0])})"
    position, plus, minus = _members(obj, "class", "plus", "minus")
    parts = (separation(part, multipliers) for part in (plus, minus))
    return f"(Cases {index(position)} {' '.join(parts)})"
