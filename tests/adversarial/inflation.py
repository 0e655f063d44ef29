"""Certificates made large, to see that the checker counts all its work before it does it."""

from __future__ import annotations

import json
from copy import deepcopy
from fractions import Fraction
from random import Random
from typing import Any

from tests.adversarial.mutations import SHORT_NUMBER, at, places

Json = dict[str, Any]


def _long(random: Random, digits: int) -> str:
    numerator = random.randrange(10 ** (digits - 1), 10**digits)
    return f"{numerator}/{random.randrange(10 ** (digits - 1), 10**digits) | 1}"


def long_numbers(random: Random, document: Json) -> Json:
    """Every number of one part, or some, become fractions with thousands of digits."""
    result, digits = deepcopy(document), random.choice([300, 2000, 4200])
    part = random.choice([("problem",), ("witness",), ("claim",), ()])
    share = random.choice([0.1, 0.5, 1.0])
    for path, value in list(places(at(result, part))):
        if isinstance(value, str) and random.random() < share and SHORT_NUMBER.fullmatch(value):
            at(result, (*part, *path[:-1]))[path[-1]] = _long(random, digits)
    return result


def many_items(random: Random, document: Json) -> Json:
    """Arrays of the problem get hundreds of items, keeping their shapes alike."""
    result, count = deepcopy(document), random.choice([30, 300, 1000])
    network, loss = result["problem"].get("network", {}), result["problem"].get("loss", {})
    data = loss if "x" in loss else result["problem"]
    kind = random.randrange(5)
    if kind == 0 and "x" in data:  # points
        for key in ("x", "y"):
            if key in data:
                data[key] = [
                    [_shifted(random, a) for a in random.choice(data[key])] for _ in range(count)
                ]
    elif kind == 1 and "w" in network:  # neurons
        network["w"] = [list(random.choice(network["w"] or [["1"]])) for _ in range(count)]
        network["v"] = [[str(random.randint(-9, 9)) for _ in range(count)] for _ in network["v"]]
        if "b" in network:
            network["b"] = [_long(random, 30) for _ in range(count)]
    elif kind == 2 and "target" in loss:  # degree
        loss["target"] = [_long(random, random.choice([5, 500])) for _ in range(65)]
        loss["weight"] = ["1000000"] + [_long(random, 5) for _ in range(64)]
    elif kind == 3 and "x" in data:  # dimension
        for row in (*data["x"], *network.get("w", [])):
            row += [str(random.randint(-9, 9)) for _ in range(count // 10)]
    else:
        path = random.choice([p for p, value in places(result) if isinstance(value, list)] or [()])
        place: Any = at(result, path)
        if place:
            place[:] = [deepcopy(random.choice(place)) for _ in range(count)]
    if random.random() < 0.5:
        result = long_numbers(random, result)
    return result


def _shifted(random: Random, value: str) -> str:
    return str(Fraction(str(value)) + Fraction(random.randint(-99, 99), 100))


def high_field(random: Random, document: Json) -> Json:
    """A number field of high degree, or with long coefficients, and parameters in it."""
    degree, digits = random.choice([2, 5, 16]), random.choice([1, 100, 4000])
    result = deepcopy(document)
    root = random.randrange(10 ** (digits - 1), 10**digits)
    minpoly = [f"-{2 * root}", *["0"] * (degree - 1), "1"]
    result["problem"]["field"] = {"minpoly": minpoly, "interval": ["0", f"{2 * root}"]}
    network = result["problem"].get("network", {})
    for path, value in list(places(network)):
        if isinstance(value, str) and SHORT_NUMBER.fullmatch(value) and random.random() < 0.7:
            at(network, path[:-1])[path[-1]] = [_long(random, digits) for _ in range(degree)]
    return result


def deep_tree(random: Random, document: Json) -> Json:
    """A witness tree with many branches, as deep as allowed."""
    result = deepcopy(document)
    found = [p for p, v in places(result.get("witness", {})) if isinstance(v, dict)]
    if found:
        path = random.choice(found)
        leaf = at(result["witness"], path)
        tree = deepcopy(leaf)
        for depth in range(random.choice([10, 12])):
            tree = {"class": depth % 5, "plus": tree, "minus": tree}
        at(result["witness"], path[:-1])[path[-1]] = json.loads(json.dumps(tree))
    return result


INFLATIONS = (long_numbers, many_items, many_items, high_field, deep_tree)


def inflated(random: Random, document: Json) -> tuple[str, bytes]:
    """Return the name of an inflation, and the bytes of the large certificate."""
    inflation = random.choice(INFLATIONS)
    return inflation.__name__, json.dumps(inflation(random, document)).encode()
