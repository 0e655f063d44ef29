"""Every small change of a certificate, one place at a time: false ones by one digit or one witness.

Unlike `mutations`, which is random and hostile, this is systematic; `scripts.mutate_checker` looks
among them for documents that tell the checker from a changed one.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from fractions import Fraction
from typing import Any

from tests.adversarial.mutations import SHORT_NUMBER, Json, Path, at, places

SMALL = Fraction(1, 10**9)
SIGNS = "+-0"


def near_misses(document: Json, others: list[Json]) -> Iterator[Json]:
    """Yield copies of the document with one place changed; parts of `others` are put in."""
    for path, value in places(document):
        for new in _instead(path, value, others):
            if new != value or type(new) is not type(value):
                yield put(document, path, new)
        if isinstance(path[-1], str):
            yield without(document, path)
            if path[-1].isdigit():
                yield renamed(document, path, str(int(path[-1]) + 1))
    yield document | {"zzz": 0}


def put(document: Json, path: Path, value: Any) -> Json:
    result = deepcopy(document)
    at(result, path[:-1])[path[-1]] = value
    return result


def without(document: Json, path: Path) -> Json:
    result = deepcopy(document)
    del at(result, path[:-1])[path[-1]]
    return result


def renamed(document: Json, path: Path, key: str) -> Json:
    result = deepcopy(document)
    place = at(result, path[:-1])
    place[key] = place.pop(path[-1])
    return result


def _instead(path: Path, value: Any, others: list[Json]) -> Iterator[Any]:
    yield None
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, value - 1, 0, 1, str(value), 99)
    elif isinstance(value, list):
        yield from _lists(value)
    elif isinstance(value, dict):
        yield from ({}, {**value, "zzz": 0})
        if set(value) >= {"plus", "minus"}:
            yield value | {"plus": value["minus"], "minus": value["plus"]}
            yield from (value["plus"], value["minus"])
        if all(key.isdigit() for key in value):
            yield from ({**value, str(key): "0"} for key in range(6))
    elif not isinstance(value, str):
        yield from ({}, [], "0")
    elif SHORT_NUMBER.fullmatch(value):
        number = Fraction(value)
        yield from map(str, _numbers(number))
        yield from ([value], [value, "1"], [value, "0"], int(number))
    else:
        yield from ("", value + "x", "0", 0)
        if value and set(value) <= set(SIGNS):
            for k, old in enumerate(value):
                yield from (value[:k] + new + value[k + 1 :] for new in SIGNS if new != old)
    for other in others:
        try:
            part = at(other, path)
        except (KeyError, IndexError, TypeError):
            continue
        yield part


def _numbers(number: Fraction) -> list[Fraction]:
    return [
        Fraction(0),
        -number,
        number + SMALL,
        number - SMALL,
        number + 1,
        number - 1,
        2 * number,
        number / 2,
        1 - number,
        Fraction(number.numerator),
    ]


def _lists(value: list[Any]) -> Iterator[list[Any]]:
    yield []
    yield [*value, "0"]
    if value:
        yield from (value[:-1], value[1:], [*value, value[-1]], [value[0], *value])
        yield [{}, *value[1:]]
    if len(value) > 1:
        yield from (value[::-1], [value[0]] * len(value), [value[-1]] * len(value))
        yield [value[1], value[0], *value[2:]]
    if all(isinstance(x, str) and SHORT_NUMBER.fullmatch(x) for x in value):
        yield ["0"] * len(value)
        yield [str(-Fraction(x)) for x in value]
        yield [str(2 * Fraction(x)) for x in value]
