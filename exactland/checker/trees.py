"""Case distinctions on the signs of x~_q . v, and the positivity proofs made of them.

A tree proves  g(v) = a . v + sum_q c_q |x~_q . v| >= 0  for all v, q over the kink classes.

* A leaf gives multipliers lambda_q with  a = sum_q lambda_q x~_q,  so that g(v) is the sum of
  lambda_q t + c_q |t| over t = x~_q . v, each nonnegative: for all t if |lambda_q| <= c_q; for
  t >= 0 (class decided "+") if lambda_q >= -c_q; for t <= 0 (decided "-") if lambda_q <= c_q.
* A branch on q has one subtree for x~_q . v >= 0 and one for x~_q . v <= 0.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass

from exactland.checker.fields import Number, Whole
from exactland.checker.functional import Derivatives, Kinked
from exactland.checker.numbers import add_multiple, bits_of, clear, ratio, scale
from exactland.checker.outcome import Rejected, Unusable
from exactland.checker.reader import Field


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf of one kind; its multipliers lambda_q are 0 where absent."""

    where: str
    kind: str
    multipliers: dict[int, Number]


@dataclass(frozen=True, slots=True)
class Branch:
    """A case distinction on the sign of x~_q . v, q = class_index."""

    where: str
    class_index: int
    plus: Tree
    minus: Tree


Tree = Leaf | Branch


def read_tree(field: Field, leaf_kinds: tuple[str, ...] = ("multipliers",)) -> Tree:
    """Read a tree; the nesting of the document bounds its depth."""
    for kind in leaf_kinds:
        if field.has(kind):
            content = field.members((kind,))[kind]
            if kind == "separated":
                if content.value is not True:
                    raise Unusable(content.where, "must be true")
                return Leaf(field.where, kind, {})
            return Leaf(field.where, kind, {q: x.exact() for q, x in content.indexed().items()})
    members = field.members(("class", "plus", "minus"))
    subtrees = [read_tree(members[side], leaf_kinds) for side in ("plus", "minus")]
    return Branch(field.where, members["class"].index(), *subtrees)


def cases(
    tree: Tree, classes: Container[int], decided: dict[int, int]
) -> Iterator[tuple[Leaf, dict[int, int]]]:
    """Yield each leaf with the signs (class -> 1 or -1) decided on the way to it.

    Every index must be one of `classes`, the representatives on the kink of the neuron.
    """
    if isinstance(tree, Branch):
        q = tree.class_index
        _require_class(q, classes, tree.where)
        if q in decided:
            raise Rejected(tree.where, f"branches twice on class {q}")
        yield from cases(tree.plus, classes, {**decided, q: 1})
        yield from cases(tree.minus, classes, {**decided, q: -1})
    else:
        for q in tree.multipliers:
            _require_class(q, classes, tree.where)
        yield tree, decided


def _require_class(q: int, classes: Container[int], where: str) -> None:
    if q not in classes:
        raise Rejected(where, f"{q} is not the representative of a class on the neuron's kink")


def prove_nonnegative(g: Kinked, tree: Tree, d: Derivatives) -> None:
    """Return if the tree proves g >= 0 everywhere; raise `Rejected` otherwise."""
    for leaf, decided in cases(tree, g.kinks, {}):
        multipliers, unit = scaled_multipliers(leaf, g.denominator, d)
        d.meter.work(len(g.kinks), bits_of(g.kinks.values()), unit.bit_length())
        for q, kink in g.kinks.items():
            bound, multiplier, sign = kink * unit, multipliers.get(q, 0), decided.get(q, 0)
            if (sign >= 0 and multiplier < -bound) or (sign <= 0 and multiplier > bound):
                why = f"the multiplier of class {q} is not covered by its kink"
                raise Rejected(leaf.where, why)
        if combine(multipliers, d) != scale(unit, g.linear, d.meter):
            raise Rejected(leaf.where, "the multipliers do not combine to the linear part")


def scaled_multipliers(leaf: Leaf, factor: int, d: Derivatives) -> tuple[dict[int, Whole], int]:
    """Return integers l_q and T > 0 with  factor * lambda_q x~_q = (l_q / T) p_q."""
    lengths = [d.lengths[q] for q in leaf.multipliers]
    bits = bits_of(part for length in lengths for part in length.as_integer_ratio())
    bits += bits_of(part for x in leaf.multipliers.values() for part in x.as_integer_ratio())
    d.meter.memory(2 * len(lengths), bits + factor.bit_length(), keep=False)
    d.meter.work(2 * len(lengths), bits, factor.bit_length())
    values = [
        ratio(x.numerator * length.numerator * factor, x.denominator * length.denominator, d.meter)
        for x, length in zip(leaf.multipliers.values(), lengths, strict=True)
    ]
    cleared = clear(values, d.meter)
    return dict(zip(leaf.multipliers, cleared.numerators, strict=True)), cleared.denominator


def combine(multipliers: dict[int, Whole], d: Derivatives) -> list[Whole]:
    """Return sum_q l_q p_q."""
    combination: list[Whole] = [0] * len(d.columns[0])
    for q, multiplier in multipliers.items():
        combination = add_multiple(combination, multiplier, d.directions[q], d.meter)
    return combination
