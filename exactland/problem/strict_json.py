"""Strict JSON: numbers stay text, every surprise is an error that says where."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from flint import fmpq

from exactland.arithmetic.rationals import parse_rational
from exactland.errors import InputError
from exactland.problem.network import Matrix, Vector

MAX_DEPTH = 64
"""Nesting beyond which a JSON text is refused (a problem file needs five levels)."""

# Possessive repetition keeps the scan linear on any text, unterminated strings included.
_STRING_OR_BRACKET = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]|[\]}]', re.DOTALL)


class Numeral(str):
    """A JSON number, kept as the text that stands in the file."""

    __slots__ = ()


def quoted(text: object, limit: int = 40) -> str:
    r"""Return text in double quotes, shortened and on one line, for an error message.

    Examples
    --------
    >>> print(quoted("1/0"), quoted("two\nlines"))
    "1/0" "two\nlines"
    """
    shown = str(text)
    return json.dumps(shown if len(shown) <= limit else shown[: limit - 3] + "...")


def parse_json(data: bytes | str) -> Any:
    """Return the value of a JSON text; its numbers become :class:`Numeral`, never floats.

    Parameters
    ----------
    data : bytes or str
        UTF-8 (without a byte order mark) or decoded text.

    Raises
    ------
    InputError
        If it is not UTF-8 or not JSON, an object has a key twice, or nesting exceeds
        :data:`MAX_DEPTH`.

    Notes
    -----
    NaN and Infinity, which Python's reader would accept, become numerals that no field takes.

    Examples
    --------
    >>> parse_json('{"y": [0.28, "1/3"]}')
    {'y': ['0.28', '1/3']}
    >>> parse_json('{"w": 1, "w": 2}')
    Traceback (most recent call last):
    ...
    exactland.errors.InputError: the key "w" occurs twice in one object
    """
    text = data if isinstance(data, str) else decode_utf8(data)
    if text.startswith("\ufeff"):
        raise InputError("", "starts with a byte order mark; JSON is UTF-8 without one")
    if not text.strip():
        raise InputError("", "is empty")
    _check_depth(text)
    try:
        return json.loads(
            text,
            object_pairs_hook=_unique_keys,
            parse_int=Numeral,
            parse_float=Numeral,
            parse_constant=Numeral,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InputError(where, f"is not JSON: {error.msg}") from None


def decode_utf8(data: bytes) -> str:
    """Return the text of UTF-8 bytes, or raise an InputError that gives the offending byte."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError("", f"is not UTF-8 text (byte {error.start})") from None


def dump_json(value: Any, indent: int = 0) -> str:
    """Return JSON text for people: objects and tables broken over lines, each vector on one.

    Examples
    --------
    >>> print(dump_json({"w": [["1", "0"], ["2", "1/3"]], "b": ["1"]}))
    {
      "w": [
        ["1", "0"],
        ["2", "1/3"]
      ],
      "b": ["1"]
    }
    """
    margin, inner = " " * indent, " " * (indent + 2)
    if isinstance(value, Mapping) and value:
        lines = [f"{inner}{json.dumps(k)}: {dump_json(v, indent + 2)}" for k, v in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{margin}}}"
    if isinstance(value, list | tuple) and any(isinstance(e, list | tuple | dict) for e in value):
        lines = [inner + dump_json(entry, indent + 2) for entry in value]
        return "[\n" + ",\n".join(lines) + f"\n{margin}]"
    return json.dumps(value, allow_nan=False)


def expect_object(
    value: Any, field: str, required: Sequence[str], optional: Sequence[str] = ()
) -> Mapping[str, Any]:
    """Return `value` if it is an object with the required keys and none but the known ones.

    Raises
    ------
    InputError
        Otherwise, naming the keys.

    Examples
    --------
    >>> expect_object({"x": [], "weights": []}, "loss", ["x", "y"])
    Traceback (most recent call last):
    ...
    exactland.errors.InputError: loss: unknown key "weights"; expected x, y
    """
    if not isinstance(value, Mapping):
        raise InputError(field, f"expected an object, found {describe(value)}")
    unknown = [key for key in value if key not in (*required, *optional)]
    if unknown:
        names = ", ".join(quoted(key) for key in unknown[:5]) + (", ..." if unknown[5:] else "")
        known = ", ".join((*required, *optional))
        plural = "s" if len(unknown) > 1 else ""
        raise InputError(field, f"unknown key{plural} {names}; expected {known}")
    for key in required:
        if key not in value:
            raise InputError(below(field, key), "is missing")
    return value


def expect_string(value: Any, field: str) -> str:
    """Return `value` if it is a string (a JSON number is not)."""
    if not isinstance(value, str) or isinstance(value, Numeral):
        raise InputError(field, f"expected a string, found {describe(value)}")
    return value


def expect_number(value: Any, field: str) -> fmpq:
    """Return the rational number that a string or JSON number shows, on one line if it fails."""
    if isinstance(value, str) and not (value.isascii() and value.isprintable()):
        raise InputError(field, f"{quoted(value)} is not a rational number")
    return parse_rational(value, field)


NumberReader: TypeAlias = Callable[[Any, str], fmpq]
"""Reads one number of a file; a second argument says where it stands."""


def expect_vector(value: Any, field: str, read: NumberReader = expect_number) -> Vector:
    """Return a list of numbers as a vector, rational unless `read` reads others.

    Examples
    --------
    >>> expect_vector(["1/2", 3], "network.b")
    (1/2, 3)
    """
    return tuple(
        read(entry, f"{field}[{index}]")
        for index, entry in enumerate(_expect_list(value, field, "a list of numbers"))
    )


def expect_matrix(value: Any, field: str, read: NumberReader = expect_number) -> Matrix:
    """Return a list of equally long lists of numbers as a matrix, rational unless `read` says so.

    Raises
    ------
    InputError
        Naming the entry that is no number, or the row that is of another length than the first.

    Examples
    --------
    >>> expect_matrix([["1", "0"], ["2"]], "network.w")
    Traceback (most recent call last):
    ...
    exactland.errors.InputError: network.w[1]: has 1 entry, but w[0] has 2
    """
    rows = _expect_list(value, field, "a list of rows")
    matrix = []
    for index, row in enumerate(rows):
        matrix.append(expect_vector(row, f"{field}[{index}]", read))
        if len(matrix[index]) != len(matrix[0]):
            name = field.rpartition(".")[2]
            message = f"has {entries(len(row))}, but {name}[0] has {len(matrix[0])}"
            raise InputError(f"{field}[{index}]", message)
    return tuple(matrix)


def entries(count: int) -> str:
    """Return "1 entry", "2 entries"."""
    return f"{count} entry" if count == 1 else f"{count} entries"


def below(field: str, key: str) -> str:
    """Return the path of `key` in the object at `field` (the empty path is the whole file)."""
    return f"{field}.{key}" if field else key


def describe(value: Any) -> str:
    """Return what kind of JSON value this is, in the words of a message."""
    kinds: list[tuple[type | tuple[type, ...], str]] = [
        (bool, "a truth value"),
        (Numeral, "a number"),
        (str, "a string"),
        ((int, float, fmpq), "a number"),
        (Mapping, "an object"),
        ((list, tuple), "a list"),
        (type(None), "null"),
    ]
    return next((text for kind, text in kinds if isinstance(value, kind)), type(value).__name__)


def _expect_list(value: Any, field: str, what: str) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise InputError(field, f"expected {what}, found {describe(value)}")
    return value


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        keys = Counter(key for key, _ in pairs)
        twice = next(key for key, count in keys.items() if count > 1)
        raise InputError("", f"the key {quoted(twice)} occurs twice in one object")
    return result


def _check_depth(text: str) -> None:
    """Refuse deep nesting before the parser, which recurses, sees it."""
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        token = match[0]
        if token in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise InputError("", f"is nested more than {MAX_DEPTH} levels deep")
        elif token in "]}":
            depth -= 1
