"""The neurons of a block in a leaf of a certificate, as they are read and as they are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flint import fmpq

from exactland.certificates.rocq import terms
from exactland.certificates.rocq.block_forms import Integers, combination
from exactland.certificates.rocq.geometry import (
    Geometry,
    Neuron,
    Sides,
    Slopes,
    rational_number,
    whole,
)
from exactland.errors import InputError

TYPE_1, STRICT, REDUCED_RANK, MIXED = "type_1", "type_2_strict", "reduced_rank", "mixed"
WHOLE, ONLY_OUTPUT, ONLY_INPUT = "Whole", "OnlyOutput", "OnlyInput"
WHERE: Final = "witness.blocks"

Levels = dict[int, dict[int, fmpq]]
Split = tuple[list[fmpq], list[fmpq]]
"""Coefficients of the functionals of a neuron, and of the directions along which moving costs."""


@dataclass(frozen=True, slots=True)
class Block:
    """The neurons of a block, and its data."""

    neurons: Mapping[int, Neuron]
    data: list[int]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf of the certificate."""

    criterion: str
    examined: list[int]
    held: Levels
    products: list[tuple[int, int, int, int, fmpq]]

    @staticmethod
    def read(block: Block, obj: Any, sides: Sides) -> Leaf:
        """Read a leaf of the witness."""
        if (
            not {"examined", "criterion", "held"}
            <= set(obj)
            <= {
                "examined",
                "criterion",
                "held",
                "products",
            }
        ):
            raise InputError(WHERE, "a leaf must have examined, criterion and held")
        chosen = [terms.index(i) for i in obj["examined"]]
        criterion = str(obj["criterion"])
        if len(set(chosen)) < len(chosen) or not set(chosen) <= set(block.neurons):
            raise InputError(WHERE, "examined must be different neurons of the block")
        if criterion not in (TYPE_1, STRICT, REDUCED_RANK) or bool(chosen) is (criterion == TYPE_1):
            raise InputError(WHERE, "the criterion does not fit")
        held: Levels = {}
        for key, values in obj["held"].items():
            i = terms.index(key)
            if i not in block.neurons or set(block.neurons[i].loose) - set(sides[i]):
                raise InputError(WHERE, "held is for neurons whose classes are all decided")
            held[i] = {terms.index(q): rational_number(z) for q, z in values.items()}
            if any(q not in sides[i] or z < 0 for q, z in held[i].items()):
                raise InputError(WHERE, "a multiplier is negative, or of no decided class")
        if set(chosen) - set(held):
            raise InputError(WHERE, "an examined neuron has no multipliers")
        products = []
        for i, q, k, p, amount in obj.get("products", []):
            entry = (*map(terms.index, (i, q, k, p)), rational_number(amount))
            products.append(entry)
            if entry[4] < 0 or not {entry[0], entry[2]} <= set(chosen):
                raise InputError(WHERE, "a product is negative, or of no examined neuron")
            if entry[1] not in sides[entry[0]] or entry[3] not in sides[entry[2]]:
                raise InputError(WHERE, "a product names a class that is not decided")
        if products and criterion != STRICT:
            raise InputError(WHERE, "products where none are allowed")
        return Leaf(criterion, chosen, held, products)


@dataclass(slots=True)
class Part:
    """A neuron on the cell: slopes, costly classes, and as what it is examined (None: relaxed)."""

    neuron: Neuron
    slopes: Slopes
    level: str
    costly: list[int]
    kind: str | None
    free: list[Integers]
    functionals: list[Integers]
    steps: list[Split]
    psi: list[Split]
    relaxed_psi: bool = False


def matrix(rows: Sequence[Sequence[int]]) -> str:
    """Return rows of integers as a term."""
    return terms.items(map(terms.integers, rows), " " * 6)


def rational(rows: Sequence[Sequence[int]]) -> list[list[fmpq]]:
    """Return rows of rational numbers."""
    return [[fmpq(a) for a in row] for row in rows]


def split(target: Sequence[fmpq], part: Part) -> Split:
    """Write a vector as a combination of the functionals, and of what costs or is zero."""
    found = combination(target, rational([*part.functionals, *part.free]))
    if found is None:
        raise InputError(WHERE, f"neuron {part.neuron.index} does not have the model it should")
    count = len(part.functionals)
    return found[:count], found[count:]


def side_split(g: Geometry, part: Part, q: int, side: int) -> Split:
    """Write a side of a class of a neuron as such a combination."""
    return split([side * a for a in g.vector(q)], part)


def integers(values: Sequence[fmpq], unit: int) -> Integers:
    """Return the integers that numbers are over a denominator."""
    return [whole(unit * value) for value in values]


def resolved(split: Split, unit: int) -> str:
    """Return a combination as a term, over a denominator."""
    own, free = (terms.integers(integers(half, unit)) for half in split)
    return f"resolve {own} {free}"
