"""A local minimum by blocks and second order as Rocq text: neurons, blocks, the trees of sides.

The witness of the certificate is completed: the checker in Rocq does no linear algebra but
multiplication, so it gets every combination, basis and sum of squares.  What does not fit together
is refused here, and what is written is checked by the kernel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import fmpq

from exactland.certificates.rocq import terms
from exactland.certificates.rocq.block_forms import combination, denominator_of
from exactland.certificates.rocq.block_leaves import leaf_term
from exactland.certificates.rocq.block_parts import MIXED, TYPE_1, Block, Leaf
from exactland.certificates.rocq.geometry import (
    Geometry,
    Neuron,
    Sides,
    class_numbers,
    geometry,
    member,
    rational_number,
    whole,
)
from exactland.certificates.rocq.instance import Instance
from exactland.errors import InputError


@dataclass(frozen=True, slots=True)
class _Empty:
    """Sides of one neuron that no move has: sum of value * side * direction = 0 on V_i."""

    neuron: int
    values: Mapping[int, fmpq]


def blocks_definition(point: Instance, claim: Any, witness: Any, name: str) -> str:
    """Define the witness of a minimum by blocks.

    Raises
    ------
    InputError
        If the witness does not prove the claim.
    UnsupportedError
        If it uses what the formal development does not cover.
    """
    g = geometry(point)
    neurons: dict[int, Neuron] = {}
    proofs: dict[int, str] = {}
    blocks: list[Block] = []
    free = dict.fromkeys(range(len(g.x)), -1)
    for number, given in enumerate(witness["blocks"]):
        inside = sorted(terms.index(key) for key in given["neurons"])
        for key, proof in given["neurons"].items():
            i = terms.index(key)
            if i in neurons or i >= point.width:
                raise InputError("witness.blocks", "a neuron is in two blocks, or in none")
            proofs[i], margins, calm = _proof(g, i, proof)
            neurons[i] = member(g, i, margins, calm)
        touched = sorted({k for i in inside for k in neurons[i].touched})
        if touched and point.c is not None:
            touched = list(free)
        for k in touched:
            if free[k] >= 0:
                raise InputError("witness.blocks", "two blocks touch a datum, or the output bias")
            free[k] = number
        blocks.append(Block({i: neurons[i] for i in inside}, touched))
    if len(neurons) < point.width:
        raise InputError("witness.blocks", "a neuron is in no block")
    kinds: set[str] = set()
    cells = []
    for block, given in zip(blocks, witness["blocks"], strict=True):
        tree = given.get("cells")
        if tree is None:
            if not all(neuron.calm for neuron in block.neurons.values()):
                raise InputError("witness.blocks", "a neuron may escape, and there are no cells")
            tree = {"examined": [], "criterion": TYPE_1, "held": {}}
        made = _cells(g, block, tree, {i: {} for i in block.neurons}, kinds)
        if isinstance(made, _Empty):
            raise InputError("witness.blocks", "all cells are empty")
        cells.append(made)
    kinds -= {TYPE_1}
    if claim["type"] != (kinds.pop() if len(kinds) == 1 else MIXED if kinds else TYPE_1):
        raise InputError("claim.type", "is not the type that the witness proves")
    homes = {i: number for number, block in enumerate(blocks) for i in block.neurons}
    entries = [
        f"BlockNeuron {homes[i]} {proofs[i]}\n      {_implied(g, neurons[i])} "
        f"{terms.integers(g.gauge(neurons[i]))}"
        for i in range(point.width)
    ]
    places = [number if number >= 0 else len(blocks) for number in free.values()]
    return f"""Definition {name} : blocks_witness := {{|
  block_neurons :=
    {terms.items(entries)};
  data_blocks := [{"; ".join(map(str, places))}]%nat;
  block_cells :=
    {terms.items(cells)} |}}."""


def _proof(g: Geometry, i: int, proof: Any) -> tuple[str, dict[int, fmpq], bool]:
    """Return what is claimed of a neuron as a term, its margins, and whether it is calm."""
    if proof is None:
        return "Vanishing", {}, True
    calm = "spread" in proof
    keys = {"margins", "spread", "plus", "minus"} if calm else {"margins", "tree"}
    if set(proof) != keys:
        raise InputError("witness.blocks", f"a neuron must have the keys {sorted(keys)}")
    margins = {terms.index(q): rational_number(value) for q, value in proof["margins"].items()}
    for q, value in margins.items():
        if q not in g.kinks[i] or value < 0:
            raise InputError("witness.blocks", f"{q} is no class of a neuron, or has no margin")
    step = terms.number(proof["spread"]) if calm else Fraction(1)
    # A coefficient 1 of |x~_q . v| in the integers of the checker.
    scale = g.point.scale
    unit = fmpq(
        scale.denominator * g.slopes_unit * g.residuals_unit * g.point.den_v * step.denominator,
        scale.numerator,
    )
    values = {q: unit * value * g.lengths[q] for q, value in margins.items()}
    factor = denominator_of(list(values.values()))
    costs = class_numbers({q: value * factor for q, value in values.items()})
    if not calm:
        return f"(Escaping {factor} {costs} {terms.tree(proof['tree'])})", margins, False
    sides = []
    for side in ("plus", "minus"):
        if len(proof[side]) != g.point.outputs:
            raise InputError("witness.blocks", f"needs {g.point.outputs} trees")
        sides.append(terms.items(map(terms.tree, proof[side]), " " * 6))
    return f"(Calm {terms.rational(step)} {factor} {costs}\n      {' '.join(sides)})", margins, True


def _implied(g: Geometry, neuron: Neuron) -> str:
    """The classes whose directions are combinations of those with a margin."""
    entries = []
    for q in neuron.implied:
        found = combination(g.vector(q), [g.vector(r) for r in neuron.margined])
        if found is None:
            raise InputError("witness.blocks", f"class {q} is not a combination of held ones")
        factor = denominator_of(found)
        values = dict(zip(neuron.margined, [factor * z for z in found], strict=True))
        entries.append(f"implied {q} {factor} {class_numbers(values)}")
    return terms.items(entries, " " * 6)


def _cells(g: Geometry, block: Block, tree: Any, sides: Sides, kinds: set[str]) -> str | _Empty:
    """Return a tree of sides as a term, with empty cells left out."""
    if "empty" in tree:
        return _empty(g, block, tree["empty"], sides)
    if "class" not in tree:
        leaf = Leaf.read(block, tree, sides)
        kinds.add(leaf.criterion)
        return f"(Leaf_of {leaf_term(g, block, leaf, sides)})"
    if set(tree) != {"neuron", "class", "plus", "minus"}:
        raise InputError("witness.blocks", "a branch must have neuron, class, plus and minus")
    i, q = terms.index(tree["neuron"]), terms.index(tree["class"])
    if i not in block.neurons or q not in block.neurons[i].loose or q in sides[i]:
        raise InputError("witness.blocks", f"{q} is not a class that is still to be decided")
    found = {}
    for name, side in (("plus", 1), ("minus", -1)):
        below = {**sides, i: {**sides[i], q: side}}
        found[side] = _cells(g, block, tree[name], below, kinds)
    return _join(g, block.neurons[i], q, sides[i], found)


def _join(
    g: Geometry, neuron: Neuron, q: int, sides: Mapping[int, int], found: Mapping[int, str | _Empty]
) -> str | _Empty:
    """Return the branch at a class; where one side is empty, the other follows."""
    here: dict[int, _Empty] = {}
    for side in (1, -1):
        part = found[side]
        if isinstance(part, _Empty):
            if part.neuron != neuron.index or q not in part.values:
                return part
            here[side] = part
    if len(here) == 2:
        first, second = (dict(here[side].values) for side in (1, -1))
        a, b = first.pop(q), second.pop(q)
        both = {
            r: b * first.get(r, fmpq(0)) + a * second.get(r, fmpq(0))
            for r in dict.fromkeys([*first, *second])
        }
        if not both:
            raise InputError("witness.blocks", f"class {q} is not loose")
        return _Empty(neuron.index, both)
    if not here:
        plus, minus = found[1], found[-1]
        return f"(Split {neuron.index} {q}\n    {plus}\n    {minus})"
    (side,) = here
    values = dict(here[side].values)
    own = values.pop(q)
    target = [-side * own * x for x in g.vector(q)]
    term = g.from_sides(neuron, target, values, sides)
    factor, from_sides, held = term
    factor_all = denominator_of([own * factor])
    return (
        f"(Follows {neuron.index} {q} {'true' if side < 0 else 'false'} "
        f"{whole(own * factor * factor_all)} "
        f"{class_numbers({r: z * factor_all for r, z in from_sides.items()})} "
        f"{class_numbers({r: z * factor_all for r, z in held.items()})}\n    {found[-side]})"
    )


def _empty(g: Geometry, block: Block, obj: Any, sides: Sides) -> _Empty:
    """Read the multipliers of an empty cell, and require that they combine to zero on V_i."""
    i = terms.index(obj["neuron"])
    if i not in block.neurons:
        raise InputError("witness.blocks", "the empty cell is of no neuron of the block")
    values = {}
    for key, value in obj["multipliers"].items():
        q, z = terms.index(key), rational_number(value)
        if q not in sides[i] or z < 0:
            raise InputError("witness.blocks", f"{q} has no side, or a negative multiplier")
        if z:
            values[q] = z * g.lengths[q]
    if not values:
        raise InputError("witness.blocks", "the multipliers of an empty cell are all zero")
    zero: Sequence[fmpq] = [fmpq(0)] * g.dimension
    g.from_sides(block.neurons[i], zero, values, sides[i])
    return _Empty(i, values)
