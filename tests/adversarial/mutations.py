"""Hostile changes of a certificate, as text; every mutant is a function of a random generator.

Some keep the meaning (another spelling of a number), most break it; the checker must answer all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from fractions import Fraction
from random import Random
from typing import Any

Json = dict[str, Any]
Path = tuple[Any, ...]
Mutation = Callable[[Random, Json, list[Json]], "str | bytes"]

NASTY_NUMBERS = [
    "1e999999999", "1e-999999999", "1e20001", "1E+20000", "NaN", "Infinity", "-Infinity", "nan",
    "inf", "0x10", "1_000", " 1", "1 ", "+1", "--1", "1/0", "0/0", "1/-2", "-0", "00", "01", "1.",
    ".5", ".", "", "1/2/3", "1e", "1e1.5", "١٢", "１２", "1⁄2", "½", "²", "1\u0000", "1\n", "𝟏",
    "1" * 4301, "1" * 100_001, "1/" + "3" * 5000, "0." + "0" * 5000 + "1", "true", "null", "1j",
]  # fmt: skip
JSON_NUMBERS = [
    "NaN", "Infinity", "-Infinity", "1e999999999", "-0", "-0.0", "1.0", "1e0", "01", "1E400",
    "9" * 5000, "1" + "0" * 1_000_000, "0.1", "-1", "99999999999999999999", "1e-400",
]  # fmt: skip
WRONG_TYPES: list[Any] = [None, True, False, [], {}, "", "x", 0, 1, -1, "0", [[]], [{}], {"": ""}]
SHORT_NUMBER = re.compile(r"-?[0-9]{1,200}(/0*[1-9][0-9]{0,200})?|-?[0-9]{1,20}[.][0-9]{1,20}")
TEXTS = ["\u202e", "\ud800", "a\x00b", "é" * 300, "__class__", "../../etc/passwd", "{{7*7}}"]


def places(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every place in the document with the value there."""
    if path:
        yield path, value
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    for key, item in items:
        yield from places(item, (*path, key))


def at(document: Any, path: Path) -> Any:
    for step in path:
        document = document[step]
    return document


def _pick(random: Random, document: Json, wanted: Callable[[Any], bool]) -> Path | None:
    found = [path for path, value in places(document) if wanted(value)]
    return random.choice(found) if found else None


def _put(document: Json, path: Path, value: Any) -> str:
    result = deepcopy(document)
    at(result, path[:-1])[path[-1]] = value
    return json.dumps(result)


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return SHORT_NUMBER.fullmatch(value) is not None
    return isinstance(value, int) and not isinstance(value, bool)


# Changes of the tree.


def other_number(random: Random, document: Json, _: list[Json]) -> str:
    """A number moved a little or a lot, its sign changed, or zero."""
    path = _pick(random, document, _is_number)
    if path is None:
        return json.dumps(document)
    old = at(document, path)
    value = Fraction(old)
    change = [-value, Fraction(0), value + 1, value - 1, value * 2, value / 3, 1 - value]
    change += [value + Fraction(1, 10**50), value * (1 + Fraction(1, 10**9)), Fraction(10) ** 40]
    new = random.choice(change)
    return _put(document, path, int(new) if isinstance(old, int) else str(new))


def same_number(random: Random, document: Json, _: list[Json]) -> str:
    """Another spelling of the same number: still true."""
    path = _pick(random, document, lambda x: isinstance(x, str) and _is_number(x))
    if path is None:
        return json.dumps(document)
    value, factor = Fraction(at(document, path)), random.choice([2, 7, 10**30])
    spelling = f"{value.numerator * factor}/{value.denominator * factor}"
    if value.denominator == 1 and random.random() < 0.5:
        spelling = random.choice([f"{value}.000", f"{value}e0", f"{value}0e-1", f"{value}/1"])
    return _put(document, path, spelling)


def nasty_number(random: Random, document: Json, _: list[Json]) -> str:
    path = _pick(random, document, _is_number)
    return _put(document, path or ("claim",), random.choice(NASTY_NUMBERS))


def raw_number(random: Random, document: Json, _: list[Json]) -> str:
    """A JSON number, or what looks like one, in the place of a value."""
    path = _pick(random, document, lambda x: not isinstance(x, dict)) or ("claim",)
    return _put(document, path, "@@@").replace('"@@@"', random.choice(JSON_NUMBERS), 1)


def wrong_type(random: Random, document: Json, _: list[Json]) -> str:
    path = _pick(random, document, lambda _: True) or ("claim",)
    return _put(document, path, random.choice(WRONG_TYPES))


def strange_text(random: Random, document: Json, _: list[Json]) -> str:
    path = _pick(random, document, lambda x: isinstance(x, str)) or ("claim",)
    return _put(document, path, random.choice(TEXTS))


def dropped(random: Random, document: Json, _: list[Json]) -> str:
    """A witness, a row, a key left out."""
    inside = random.choice([("witness",), ("witness",), ("claim",), ("problem",), ()])
    root = at(document, inside)
    path = _pick(random, root, lambda _: True)
    if path is None:
        return json.dumps(document)
    result = deepcopy(document)
    del at(result, (*inside, *path[:-1]))[path[-1]]
    return json.dumps(result)


def extra(random: Random, document: Json, _: list[Json]) -> str:
    """A field or an item more."""
    path = _pick(random, document, lambda x: isinstance(x, dict | list))
    result = deepcopy(document)
    place = at(result, path or ())
    more = random.choice([*WRONG_TYPES, "1/2"])
    if isinstance(place, dict):
        place[random.choice(["0", "notes", "kind", "c", "b", "scale", "zzz", "", "neurons"])] = more
    elif place and random.random() < 0.7:
        place.insert(random.randrange(len(place) + 1), deepcopy(random.choice(place)))
    else:
        place.append(more)
    return json.dumps(result)


def swapped(random: Random, document: Json, _: list[Json]) -> str:
    """Two rows exchanged, or two values of one object."""
    path = _pick(random, document, lambda x: isinstance(x, dict | list) and len(x) > 1)
    if path is None:
        return json.dumps(document)
    result = deepcopy(document)
    place = at(result, path)
    keys = list(place) if isinstance(place, dict) else list(range(len(place)))
    first, second = random.sample(keys, 2)
    place[first], place[second] = place[second], place[first]
    return json.dumps(result)


def grafted(random: Random, document: Json, others: list[Json]) -> str:
    """A part of another certificate (its problem, claim, witness, or anything in it) put in."""
    other = random.choice(others)
    if random.random() < 0.4:
        key = random.choice(["problem", "claim", "witness"])
        return json.dumps(document | {key: other[key]})
    source = _pick(random, other, lambda _: True) or ("claim",)
    target = _pick(random, document, lambda _: True) or ("claim",)
    return _put(document, target, at(other, source))


def renamed(random: Random, document: Json, others: list[Json]) -> str:
    """The same witness for another claim."""
    result = deepcopy(document)
    result["claim"]["kind"] = random.choice(others)["claim"]["kind"]
    return json.dumps(result)


def several(random: Random, document: Json, others: list[Json]) -> str:
    """Two or three changes of the tree at once."""
    for _time in range(random.choice([2, 3])):
        try:
            changed = json.loads(random.choice(TREE)(random, document, others))
        except ValueError:
            continue
        if isinstance(changed, dict) and all(
            isinstance(changed.get(key), dict) for key in ("problem", "claim")
        ):
            document = changed
    return json.dumps(document)


# Changes of the text.


def digit(random: Random, document: Json, _: list[Json]) -> str:
    text = json.dumps(document)
    k = random.choice([k for k, c in enumerate(text) if c.isdigit()])
    return text[:k] + random.choice("0123456789٣３") + text[k + 1 :]


def sign(random: Random, document: Json, _: list[Json]) -> str:
    text = json.dumps(document)
    k = random.choice([k for k, c in enumerate(text) if c.isdigit() or c == "-"])
    return text[:k] + text[k + 1 :] if text[k] == "-" else f"{text[:k]}-{text[k:]}"


def characters(random: Random, document: Json, _: list[Json]) -> bytes:
    """Bytes changed, inserted, removed or repeated."""
    data = bytearray(json.dumps(document).encode())
    for _time in range(random.choice([1, 1, 2, 5])):
        k, kind = random.randrange(len(data)), random.randrange(4)
        if kind == 0:
            data[k] = random.randrange(256)
        elif kind == 1:
            data.insert(k, random.choice(b'{}[]",:\\eE.-/0 \xff\x00'))
        elif kind == 2:
            del data[k : k + random.randint(1, 9)]
        else:
            data[k:k] = data[k : k + random.randint(1, 40)]
    return bytes(data)


def truncated(random: Random, document: Json, _: list[Json]) -> str:
    text = json.dumps(document)
    return text[: random.randrange(len(text))]


def framed(random: Random, document: Json, _: list[Json]) -> bytes:
    """A byte order mark, another encoding, something before or after the document."""
    text = json.dumps(document)
    return random.choice(
        [
            b"\xef\xbb\xbf" + text.encode(),
            text.encode("utf-16"),
            text.encode("utf-32"),
            text.encode() + b"\x00",
            text.encode() + b" {}",
            b"[" + text.encode() + b"]",
            b" \t\r\n" + text.encode() + b"\n\n",
            b"\xff\xfe" + text.encode(),
            b"",
            b"null",
            b'"' + b"a" * 1000,
        ]
    )


def twice(random: Random, document: Json, _: list[Json]) -> str:
    """A key twice in one object, with another value."""
    text = json.dumps(document)
    key, value = random.choice(
        [(path[-1], value) for path, value in places(document) if isinstance(path[-1], str)]
    )
    member = f"{json.dumps(key)}: {json.dumps(value)}"
    other = json.dumps(random.choice([*WRONG_TYPES, value]))
    return text.replace(member, f"{json.dumps(key)}: {other}, {member}", 1)


def nested(random: Random, document: Json, _: list[Json]) -> str:
    """Brackets, thousands deep, closed or not; or a tree of branches as deep."""
    path = _pick(random, document, lambda _: True) or ("claim",)
    depth = random.choice([90, 101, 5000, 100_000])
    opening, closing = random.choice([("[", "]"), ('{"a":', "}"), ('{"class":0,"plus":', "}")])
    inner = opening * depth + "1" + closing * (depth if random.random() < 0.5 else 0)
    return _put(document, path, "@@@").replace('"@@@"', inner, 1)


TREE: list[Mutation] = [
    other_number,
    nasty_number,
    wrong_type,
    dropped,
    extra,
    swapped,
    grafted,
    renamed,
    same_number,
]
ALL: list[Mutation] = [
    *TREE,
    other_number,
    raw_number,
    strange_text,
    several,
    several,
    digit,
    sign,
    characters,
    truncated,
    framed,
    twice,
    nested,
]


def mutant(random: Random, document: Json, others: list[Json]) -> tuple[str, bytes]:
    """Return the name of a mutation, and the bytes of the mutant."""
    mutation = random.choice(ALL)
    made = mutation(random, document, others)
    return mutation.__name__, made if isinstance(made, bytes) else made.encode("utf-8", "replace")
