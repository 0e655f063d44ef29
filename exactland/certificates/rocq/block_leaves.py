"""The proof on one product of cells as Rocq text: parts of the neurons, features, the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flint import fmpq

from exactland.arithmetic.echelon import nullspace
from exactland.arithmetic.rationals import ZERO, dot
from exactland.certificates.rocq import terms
from exactland.certificates.rocq.block_criteria import Form, definite, low_rank
from exactland.certificates.rocq.block_forms import (
    Integers,
    combination,
    denominator_of,
    integer_vector,
    orthogonal_part,
)
from exactland.certificates.rocq.block_parts import (
    ONLY_INPUT,
    ONLY_OUTPUT,
    REDUCED_RANK,
    STRICT,
    WHERE,
    WHOLE,
    Block,
    Leaf,
    Part,
    Split,
    integers,
    matrix,
    rational,
    resolved,
    side_split,
    split,
)
from exactland.certificates.rocq.geometry import Geometry, Neuron, Sides, class_numbers
from exactland.errors import InputError, UnsupportedError


def leaf_term(g: Geometry, block: Block, leaf: Leaf, sides: Sides) -> str:
    """Return a leaf with its proof as a term."""
    parts = {i: _part(g, block, leaf, i, sides[i]) for i in block.neurons}
    features: list[Integers] = []
    if leaf.examined:
        features = _features(g, block, list(parts.values()))
    leader: Part | None = None
    for i in block.neurons:
        part = parts[i]
        wanted = [q for a, q, c, p, _ in leaf.products for (a, q) in ((a, q), (c, p)) if a == i]
        _resolve(g, part, features, wanted, leader)
        if leaf.criterion == REDUCED_RANK and part.kind and leader is None:
            leader = part
    if leaf.criterion == STRICT:
        _require_single_groups(g, [part for part in parts.values() if part.kind == WHOLE])
    unit = denominator_of(
        [
            value
            for part in parts.values()
            for split in (*part.steps, *part.psi, *_product_splits(g, part, leaf, sides))
            for half in split
            for value in half
        ]
    )
    norms = [sum(a * a for a in y) for y in features]
    weight_unit = denominator_of([fmpq(1, norm) for norm in norms])
    weights = [weight_unit // norm for norm in norms]
    form = Form(g, parts, features, weights, weight_unit, unit)
    criterion = "NoEscape"
    if leaf.criterion == STRICT:
        criterion = definite(form, leaf, sides)
    elif leaf.criterion == REDUCED_RANK:
        criterion = low_rank(form, leaf)
    entries = [f"part_of {i} {_part_term(part, unit)}" for i, part in parts.items()]
    return (
        f"(MakeLeaf\n      {terms.items(entries, ' ' * 6)}\n      {unit} "
        f"{matrix(features)} {terms.integers(weights)} {weight_unit}\n      {criterion})"
    )


def _part(g: Geometry, block: Block, leaf: Leaf, i: int, sides: Mapping[int, int]) -> Part:
    neuron = block.neurons[i]
    slopes = g.slopes(neuron, sides)
    level, costly = "None", list(neuron.held)
    if i in leaf.held:
        # phi_i is this integer vector times 2 scale / (den_v, residuals, slopes and data).
        heights = [row[i] for row in g.v]
        rows = [g.weighted(slopes, e) for e in g.residuals]
        target = [dot(heights, column) for column in zip(*rows, strict=True)]
        scale = g.point.scale
        unit = fmpq(
            g.point.den_v * g.residuals_unit * g.slopes_unit * scale.denominator,
            2 * scale.numerator,
        )
        values = {q: z * g.lengths[q] * unit for q, z in leaf.held[i].items()}
        factor, from_sides, held = g.from_sides(neuron, target, values, sides)
        positive = {q: z for q, z in from_sides.items() if z}
        if positive:
            costs = f"{class_numbers(positive)} {class_numbers(held)}"
            level = f"(Some (level_of {factor} {costs}))"
            costly += positive
    kind = None
    if i in leaf.examined:
        if None in slopes:
            raise InputError(WHERE, f"neuron {i} is examined on no single cell")
        kind = _kind(g, block, leaf, neuron)
    free = [g.directions[q] for q in costly]
    if kind is not None and leaf.criterion == STRICT:
        gauge = g.gauge(neuron)
        if any(gauge):
            free.append(gauge)
        elif kind == WHOLE:
            raise InputError(WHERE, f"the input weights of neuron {i} do not touch its data")
    return Part(neuron, slopes, level, costly, kind, free, [], [], [])


def _kind(g: Geometry, block: Block, leaf: Leaf, neuron: Neuron) -> str:
    """Which moves are coordinates: those of a calm neuron may be silent, one kind of them."""
    if leaf.criterion == REDUCED_RANK or not neuron.calm:
        return WHOLE
    flat = not any(row[neuron.index] for row in g.v)
    idle = not any(g.active(neuron.index, k) for k in block.data)
    if flat and idle:
        raise InputError(WHERE, f"both moves of neuron {neuron.index} are silent")
    return ONLY_OUTPUT if flat else ONLY_INPUT if idle else WHOLE


def _features(g: Geometry, block: Block, parts: Sequence[Part]) -> list[Integers]:
    """Return weights of the data that do not see the relaxed neurons, and all that is examined."""
    known: list[list[fmpq]] = []
    seen: list[list[fmpq]] = []
    if g.point.c is not None:
        known.append([fmpq(1)] * len(block.data))
    for part in parts:
        if part.kind is None:
            known += [
                [fmpq(k == other) for other in block.data]
                for k in block.data
                if part.slopes[k] is None
            ]
        directions = [g.w[part.neuron.index]]
        if part.kind != ONLY_OUTPUT:
            space = rational([g.directions[q] for q in part.costly])
            directions = [integer_vector(b) for b in nullspace(space, g.dimension)]
        for b in directions:
            column = [
                fmpq((part.slopes[k] or 0) * sum(x * y for x, y in zip(g.x[k], b, strict=True)))
                for k in block.data
            ]
            (known if part.kind is None else seen).append(column)
    found = []
    for line in orthogonal_part(known, seen):
        row = [0] * len(g.x)
        for k, entry in zip(block.data, line, strict=True):
            row[k] = entry
        found.append(row)
    return found


def _resolve(
    g: Geometry,
    part: Part,
    features: Sequence[Integers],
    wanted: Sequence[int],
    leader: Part | None,
) -> None:
    """Choose functionals, and write what the neuron does as combinations of them."""
    steps = [g.weighted(part.slopes, y) for y in features]
    psi = [g.weighted(part.slopes, e) for e in g.residuals]
    if part.kind is None:
        part.steps = [split(target, part) for target in steps]
        if not part.neuron.calm:
            if None in part.slopes:
                raise InputError(WHERE, f"neuron {part.neuron.index} may escape here")
            part.relaxed_psi = True
            held = len(part.neuron.held)
            none = [ZERO] * (len(part.free) - held)
            for target in psi:
                found = combination(target, rational(part.free[:held]))
                if found is None:
                    raise InputError(WHERE, f"neuron {part.neuron.index} may escape here")
                part.psi.append(([], found + none))
        return
    if part.kind == ONLY_OUTPUT:
        return
    examined_psi = psi if part.kind == WHOLE else []
    if leader is None:
        for target in [*steps, *examined_psi, *(g.vector(q) for q in wanted)]:
            if combination(target, rational([*part.functionals, *part.free])) is None:
                part.functionals.append(integer_vector(target))
    else:
        _follow(part, leader)
    part.steps = [split(target, part) for target in steps]
    part.psi = [split(target, part) for target in examined_psi]
    if leader is not None and (
        [a for a, _ in part.steps] != [a for a, _ in leader.steps]
        or [a for a, _ in part.psi] != [a for a, _ in leader.psi]
    ):
        raise InputError(WHERE, "the examined neurons have not one linear model")


def _follow(part: Part, leader: Part) -> None:
    """Take the functionals of the leader times the ratio of the slopes."""
    place = next((k for k, s in enumerate(leader.slopes) if s), None)
    ours, theirs = (0, 1) if place is None else (part.slopes[place] or 0, leader.slopes[place] or 1)
    if not ours or [theirs * (s or 0) for s in part.slopes] != [
        ours * (s or 0) for s in leader.slopes
    ]:
        raise InputError(WHERE, "the examined neurons have not one linear model")
    if ours % theirs:
        leader.functionals[:] = [[theirs * a for a in row] for row in leader.functionals]
        leader.steps = [([a / theirs for a in c], rest) for c, rest in leader.steps]
        leader.psi = [([a / theirs for a in c], rest) for c, rest in leader.psi]
    part.functionals = [[a * ours // theirs for a in row] for row in leader.functionals]


def _require_single_groups(g: Geometry, parts: Sequence[Part]) -> None:
    """Two neurons with one linear model have more symmetries than their scales."""
    seen = set()
    for part in parts:
        if part.neuron.loose:
            continue
        head = next((s for s in part.slopes if s), 1)
        slopes = tuple(fmpq(s or 0, head) for s in part.slopes)
        key = (slopes, frozenset(part.neuron.margined), part.neuron.touched)
        if key in seen:
            message = "the formal development does not cover two examined neurons of one model"
            raise UnsupportedError("claim.type", message)
        seen.add(key)


def _product_splits(g: Geometry, part: Part, leaf: Leaf, sides: Sides) -> list[Split]:
    """The classes of a neuron that occur in products, as combinations of its functionals."""
    if part.kind in (None, ONLY_OUTPUT):
        return []
    i = part.neuron.index
    named = [q for a, q, c, p, _ in leaf.products for (a, q) in ((a, q), (c, p)) if a == i]
    return [side_split(g, part, q, sides[i][q]) for q in named]


def _part_term(part: Part, unit: int) -> str:
    if part.kind is None:
        psi = "None"
        if part.relaxed_psi:
            psi = f"(Some {matrix([integers(rest, unit) for _, rest in part.psi])})"
        return f"(Relaxed {part.level} {psi} {matrix([integers(r, unit) for _, r in part.steps])})"
    psi, steps = (
        terms.items((resolved(split, unit) for split in splits), " " * 6)
        for splits in (part.psi, part.steps)
    )
    head = f"Examined {part.kind} {part.level} {matrix(part.functionals)}"
    return f"({head}\n      {psi}\n      {steps})"
