"""Predicates over facts: a small expression language with its own tokenizer and parser.

    predicate   = disjunction [ "implies" predicate ]
    disjunction = conjunction { "or" conjunction }
    conjunction = negation { "and" negation }
    negation    = "not" negation | comparison
    comparison  = sum [ ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) sum ]
    sum         = product { ( "+" | "-" ) product }
    product     = sign { ( "*" | "/" ) sign }
    sign        = "-" sign | atom
    atom        = number | "text" | name | "true" | "false" | "(" predicate ")"

Every expression has a type (truth, number, text), checked when it is read.  Nothing is executed
but the operations above, so that a predicate can neither run code nor take long.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NoReturn, TypeAlias

from flint import fmpq

from exactland.arithmetic.rationals import parse_rational
from exactland.errors import InputError

MAX_CHARACTERS: Final = 1000
MAX_DEPTH: Final = 40
MAX_DIGITS: Final = 40
FIELD: Final = "PREDICATE"

Value: TypeAlias = bool | fmpq | str | None
"""None: undecided, or undefined for the instance (a quotient by zero, say)."""

Facts: TypeAlias = Mapping[str, Value]

TRUTH, NUMBER, TEXT = "truth value", "number", "text"

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][A-Za-z_0-9]*)"""
    r"""|(?P<text>"[^"]*"|'[^']*')|(?P<sign>==|!=|<=|>=|[-+*/()<>]))"""
)
_WORDS: Final = frozenset(["and", "or", "not", "implies", "true", "false"])
_COMPARISONS: Final = ("==", "!=", "<", "<=", ">", ">=")


@dataclass(frozen=True, slots=True)
class Expression:
    """A typed expression; ``value`` computes it from the facts of an instance."""

    kind: str
    value: Callable[[Facts], Value]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    column: int


@dataclass(frozen=True, slots=True)
class Predicate:
    """A predicate and the names that occur in it.

    Examples
    --------
    >>> from flint import fmpq
    >>> claim = parse_predicate("clarke implies loss < 1/3", {"clarke": TRUTH, "loss": NUMBER})
    >>> claim({"clarke": True, "loss": fmpq(1, 2)}), claim({"clarke": None, "loss": fmpq(1, 4)})
    (False, True)
    >>> print(claim({"clarke": None, "loss": fmpq(1)}))
    None
    """

    text: str
    names: tuple[str, ...]
    expression: Expression

    def __call__(self, facts: Facts) -> bool | None:
        """Return whether it holds; None where an undecided fact matters."""
        value = self.expression.value(facts)
        assert value is None or isinstance(value, bool)
        return value


def parse_predicate(text: str, types: Mapping[str, str]) -> Predicate:
    """Return the predicate that a text means.

    Parameters
    ----------
    text : str
        See the grammar above.
    types : mapping
        The names that may occur, each with its type.

    Raises
    ------
    InputError
        If it is no predicate; the message gives the column.

    Examples
    --------
    >>> parse_predicate("loss >", {"loss": NUMBER})
    Traceback (most recent call last):
    ...
    exactland.errors.InputError: PREDICATE: column 7: ends where an expression is expected
    >>> parse_predicate("eval('1')", {"loss": NUMBER})
    Traceback (most recent call last):
    ...
    exactland.errors.InputError: PREDICATE: column 1: no fact is called 'eval'; known are: loss
    """
    if len(text) > MAX_CHARACTERS:
        raise InputError(FIELD, f"{len(text)} characters, more than {MAX_CHARACTERS}")
    tokens = _tokens(text)
    parser = _Parser(tokens, types, len(text) + 1)
    expression = parser.predicate(0)
    if parser.place < len(tokens):
        parser.fail(f"{parser.text()!r} is left over")
    if expression.kind != TRUTH:
        raise InputError(FIELD, f"is a {expression.kind}, not a statement")
    used = dict.fromkeys(t.text for t in tokens if t.kind == "name" and t.text in types)
    return Predicate(text, tuple(used), expression)


def _tokens(text: str) -> list[_Token]:
    found, place = [], 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if match is None:
            column = place + len(text[place:]) - len(text[place:].lstrip()) + 1
            raise InputError(FIELD, f"column {column}: {text[column - 1]!r} is not understood")
        kind = match.lastgroup or ""
        word = match.group(kind)
        if len(word) > MAX_DIGITS and kind == "number":
            raise InputError(FIELD, f"column {match.start(kind) + 1}: the number is too long")
        kind = "sign" if word in _WORDS else kind
        found.append(_Token(kind, word, match.start(match.lastgroup or "") + 1))
        place = match.end()
    return found


class _Parser:
    """Recursive descent; `place` is the next token."""

    def __init__(self, tokens: list[_Token], types: Mapping[str, str], end: int) -> None:
        self.tokens, self.types, self.end, self.place = tokens, types, end, 0

    def text(self) -> str:
        return self.tokens[self.place].text if self.place < len(self.tokens) else ""

    def fail(self, message: str) -> NoReturn:
        column = self.tokens[self.place].column if self.place < len(self.tokens) else self.end
        raise InputError(FIELD, f"column {column}: {message}")

    def take(self, *signs: str) -> str:
        """Return the next token if it is one of these signs, and step past it; else nothing."""
        if self.place == len(self.tokens) or self.tokens[self.place].kind != "sign":
            return ""
        if self.text() not in signs:
            return ""
        self.place += 1
        return self.tokens[self.place - 1].text

    def predicate(self, depth: int) -> Expression:
        if depth > MAX_DEPTH:
            self.fail("is nested too deeply")
        left = self.joined(depth, "or")
        if not self.take("implies"):
            return left
        right = self.predicate(depth + 1)
        self.demand(TRUTH, left, right)
        return Expression(TRUTH, lambda facts: _or(_not(left.value(facts)), right.value(facts)))

    def joined(self, depth: int, word: str) -> Expression:
        below = self.negation if word == "and" else lambda d: self.joined(d, "and")
        parts = [below(depth)]
        while self.take(word):
            parts.append(below(depth))
        if len(parts) == 1:
            return parts[0]
        self.demand(TRUTH, *parts)
        return Expression(TRUTH, _folded(_and if word == "and" else _or, parts))

    def negation(self, depth: int) -> Expression:
        if depth > MAX_DEPTH:
            self.fail("is nested too deeply")
        if not self.take("not"):
            return self.comparison(depth)
        inner = self.negation(depth + 1)
        self.demand(TRUTH, inner)
        return Expression(TRUTH, lambda facts: _not(inner.value(facts)))

    def comparison(self, depth: int) -> Expression:
        left = self.arithmetic(depth, "+", "-")
        sign = self.take(*_COMPARISONS)
        if not sign:
            return left
        right = self.arithmetic(depth, "+", "-")
        if sign in ("==", "!="):
            self.demand(left.kind, right)
        else:
            self.demand(NUMBER, left, right)
        return Expression(
            TRUTH, lambda facts: _compare(sign, left.value(facts), right.value(facts))
        )

    def arithmetic(self, depth: int, *signs: str) -> Expression:
        def below() -> Expression:
            return self.sign(depth) if "*" in signs else self.arithmetic(depth, "*", "/")

        result = below()
        while sign := self.take(*signs):
            left, right = result, below()
            self.demand(NUMBER, left, right)
            result = Expression(NUMBER, _operation(sign, left, right))
        return result

    def sign(self, depth: int) -> Expression:
        if depth > MAX_DEPTH:
            self.fail("is nested too deeply")
        if not self.take("-"):
            return self.atom(depth)
        inner = self.sign(depth + 1)
        self.demand(NUMBER, inner)
        zero = Expression(NUMBER, lambda facts: fmpq(0))
        return Expression(NUMBER, _operation("-", zero, inner))

    def atom(self, depth: int) -> Expression:
        if self.take("("):
            inner = self.predicate(depth + 1)
            if not self.take(")"):
                self.fail("a closing bracket is missing")
            return inner
        if word := self.take("true", "false"):
            return Expression(TRUTH, lambda facts: word == "true")
        if self.place == len(self.tokens):
            self.fail("ends where an expression is expected")
        token = self.tokens[self.place]
        if token.kind == "number":
            self.place += 1
            number = parse_rational(token.text, FIELD)
            return Expression(NUMBER, lambda facts: number)
        if token.kind == "text":
            self.place += 1
            return Expression(TEXT, lambda facts: token.text[1:-1])
        if token.kind != "name":
            self.fail(f"{token.text!r} where an expression is expected")
        if token.text not in self.types:
            known = ", ".join(sorted(self.types))
            self.fail(f"no fact is called {token.text!r}; known are: {known}")
        self.place += 1
        return Expression(self.types[token.text], lambda facts: facts[token.text])

    def demand(self, kind: str, *parts: Expression) -> None:
        for part in parts:
            if part.kind != kind:
                self.place = max(0, self.place - 1)
                self.fail(f"a {part.kind} stands where a {kind} is needed")


def _folded(
    join: Callable[[Value, Value], Value], parts: list[Expression]
) -> Callable[[Facts], Value]:
    def value(facts: Facts) -> Value:
        result = parts[0].value(facts)
        for part in parts[1:]:
            result = join(result, part.value(facts))
        return result

    return value


def _not(value: Value) -> Value:
    return None if value is None else not value


def _and(left: Value, right: Value) -> Value:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _or(left: Value, right: Value) -> Value:
    if left is True or right is True:
        return True
    return None if left is None or right is None else False


def _compare(sign: str, left: Value, right: Value) -> Value:
    if left is None or right is None:
        return None
    if sign in ("==", "!="):
        return bool(left == right) is (sign == "==")
    assert isinstance(left, fmpq) and isinstance(right, fmpq)
    if sign in ("<", ">="):
        return bool(left < right) is (sign == "<")
    return bool(left > right) is (sign == ">")


def _operation(sign: str, left: Expression, right: Expression) -> Callable[[Facts], Value]:
    def value(facts: Facts) -> Value:
        a, b = left.value(facts), right.value(facts)
        if not isinstance(a, fmpq) or not isinstance(b, fmpq):
            return None
        if sign == "/":
            return a / b if b else None
        return a + b if sign == "+" else a - b if sign == "-" else a * b

    return value
