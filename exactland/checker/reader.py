"""Strict, bounded JSON, and typed access to it that knows where in the document it is."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from fractions import Fraction

from exactland.checker import limits
from exactland.checker.fields import Number, RealField
from exactland.checker.limits import Meter
from exactland.checker.numbers import parse_number
from exactland.checker.outcome import Unusable

_BRACKETS = re.compile(r'"(?:[^"\\]|\\.?)*+"?|[\[{]|[\]}]', re.DOTALL)
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")


class JsonNumber(str):
    """The text of a JSON number, kept as text so that it never passes through a float."""

    __slots__ = ()


def load(text: str) -> object:
    """Parse a JSON document; a number becomes a `JsonNumber`, a repeated key is refused."""
    if len(text) > limits.MAX_FILE_BYTES:
        raise Unusable("file", f"longer than MAX_FILE_BYTES = {limits.MAX_FILE_BYTES}")
    if text.startswith("\ufeff"):
        raise Unusable("file", "starts with a byte order mark")
    # Before parsing: a bound on the number of values (each follows a comma or an opening
    # bracket), then the nesting, with strings skipped.
    if text.count(",") + text.count("[") + text.count("{") >= limits.MAX_VALUES:
        raise Unusable("file", f"more than MAX_VALUES = {limits.MAX_VALUES} values")
    depth = 0
    for token in _BRACKETS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(text[token.start()], 0)
        if depth > limits.MAX_NESTING:
            raise _too_deep()
    try:
        document: object = json.loads(
            text,
            parse_int=JsonNumber,
            parse_float=JsonNumber,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object_without_repeats,
        )
    except json.JSONDecodeError as error:
        raise Unusable("file", f"not JSON: {error}") from None
    return document


def _too_deep() -> Unusable:
    return Unusable("file", f"nested deeper than MAX_NESTING = {limits.MAX_NESTING}")


def _refuse_constant(name: str) -> None:
    raise Unusable("file", f"{name} is not a number")


def _object_without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result: dict[str, object] = {}
    for key, value in pairs:
        if key in result:
            raise Unusable("file", f"the key {key[:40]!a} occurs twice in one object")
        result[key] = value
    return result


def normalise(value: object) -> object:
    """Return a copy of a Python object as `load` would have produced it.

    Dictionaries with string keys, lists, tuples, strings, integers, booleans and None are
    understood; floats are not.  The limits on size and nesting apply, so that an object that
    contains itself is refused.
    """
    budget = [limits.MAX_VALUES, limits.MAX_FILE_BYTES]

    def copy(value: object, depth: int) -> object:
        budget[0] -= 1
        if isinstance(value, str):
            budget[1] -= len(value)
        if min(budget) < 0:
            raise Unusable("certificate", "more than MAX_VALUES values or MAX_FILE_BYTES of text")
        if depth >= limits.MAX_NESTING and isinstance(value, dict | list | tuple):
            raise _too_deep()
        if isinstance(value, dict):
            return {key_of(key): copy(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [copy(item, depth + 1) for item in value]
        if value is None or isinstance(value, bool | JsonNumber):
            return value
        if isinstance(value, str):
            return str(value)
        if isinstance(value, int):
            if value.bit_length() > 14_000:  # Python prints at most 4300 digits
                raise Unusable("certificate", "an integer of more than 4,000 digits; pass its text")
            return JsonNumber(value)
        raise Unusable("certificate", f"contains a {type(value).__name__}")

    def key_of(key: object) -> str:
        if not isinstance(key, str):
            raise Unusable("certificate", f"a key of type {type(key).__name__}")
        return str(copy(key, 0))

    return copy(value, 0)


@dataclass(frozen=True, slots=True)
class Field:
    """A value of the document with its path, read through methods that check its type.

    `reals` is the number field that the certificate declares, where its numbers may lie in one.
    """

    value: object
    where: str
    meter: Meter
    reals: RealField | None = None

    def within(self, reals: RealField | None) -> Field:
        """Return the same value, its numbers read in this number field."""
        return replace(self, reals=reals)

    def _wrong(self, expected: str) -> Unusable:
        names = {
            JsonNumber: "a number",
            str: "a string",
            dict: "an object",
            list: "an array",
            bool: "a truth value",
        }
        found = names.get(type(self.value), "null")
        return Unusable(self.where or "certificate", f"expected {expected}, found {found}")

    def _object(self) -> dict[str, object]:
        if not isinstance(self.value, dict):
            raise self._wrong("an object")
        return self.value

    def _member(self, key: str, value: object) -> Field:
        where = f"{self.where}.{key}" if self.where else key
        return Field(value, where, self.meter, self.reals)

    def get(self, key: str) -> Field:
        """Return one required member, leaving the others unread."""
        value = self._object()
        if key not in value:
            raise Unusable(self.where or "certificate", f'the key "{key}" is missing')
        return self._member(key, value[key])

    def has(self, key: str) -> bool:
        """Tell whether this is an object with that member."""
        return isinstance(self.value, dict) and key in self.value

    def members(
        self, required: tuple[str, ...], optional: tuple[str, ...] = ()
    ) -> dict[str, Field]:
        """Return the members of an object, which must be the required ones and known ones."""
        for key in self._object():
            if key not in required and key not in optional:
                raise Unusable(self.where or "certificate", f"unknown key {key[:40]!a}")
        for key in required:
            self.get(key)
        return {key: self._member(key, value) for key, value in self._object().items()}

    def indexed(self, bound: int | None = None) -> dict[int, Field]:
        """Return the members of an object whose keys are indices, below `bound` if given."""
        result = {}
        for key, value in self._object().items():
            if _INDEX.fullmatch(key) is None or (bound is not None and int(key) >= bound):
                raise Unusable(self.where, f"the key {key[:40]!a} is not an index in range")
            result[int(key)] = self._member(key, value)
        return result

    def items(self, length: int | None = None) -> list[Field]:
        """Return the items of an array, of the given length."""
        if not isinstance(self.value, list):
            raise self._wrong("an array")
        if length is not None and len(self.value) != length:
            raise Unusable(self.where, f"has {len(self.value)} items, expected {length}")
        return [
            Field(item, f"{self.where}[{position}]", self.meter, self.reals)
            for position, item in enumerate(self.value)
        ]

    def number(self) -> Fraction:
        """Return the rational number written here, as a string or a JSON number."""
        if not isinstance(self.value, str):
            raise self._wrong("a number")
        return parse_number(self.value, self.where, self.meter)

    def numbers(self, length: int | None = None) -> list[Fraction]:
        """Return an array of numbers, of the given length."""
        return [item.number() for item in self.items(length)]

    def exact(self) -> Number:
        """Return the number written here: rational, or coefficients in the number field."""
        if self.reals is None or not isinstance(self.value, list):
            return self.number()
        return self.reals.read(self.numbers(), self.where)

    def exacts(self, length: int | None = None) -> list[Number]:
        """Return an array of such numbers, of the given length."""
        return [item.exact() for item in self.items(length)]

    def index(self, bound: int | None = None) -> int:
        """Return an index: a JSON integer (not 1.0, not true, not "1"), below `bound` if given."""
        if not isinstance(self.value, JsonNumber):
            raise self._wrong("an index")
        if _INDEX.fullmatch(self.value) is None or (bound is not None and int(self.value) >= bound):
            raise Unusable(self.where, f"{self.value[:40]} is not an index in range")
        return int(self.value)

    def text(self) -> str:
        """Return a string."""
        if not isinstance(self.value, str) or isinstance(self.value, JsonNumber):
            raise self._wrong("a string")
        return self.value
