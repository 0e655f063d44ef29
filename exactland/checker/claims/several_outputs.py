"""The claim of a local minimum by blocks and second order (several outputs).

The blocks touch no datum in common, so that the loss is a sum over them.  In each, V_i is where
neuron i can move without the cost of a margin; a tree of signs divides the moves into products of
cells, and every leaf proves that the second order decides there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from exactland.checker.claims.case import (
    Case,
    require_zero_bias_derivative,
    require_zero_output_derivatives,
    vanishes,
)
from exactland.checker.elimination import kernel, rank, semidefinite_rank
from exactland.checker.fields import Number, Whole
from exactland.checker.functional import Derivatives
from exactland.checker.numbers import dot, scale, total
from exactland.checker.outcome import Rejected, Unusable
from exactland.checker.reader import Field
from exactland.checker.second_order import (
    Data,
    Examined,
    Face,
    Product,
    form,
    held_on_cell,
    make_face,
    psi_on,
    read_data,
    relaxed_columns,
    slopes_on,
    touched,
    with_margins,
)
from exactland.checker.trees import prove_nonnegative, read_tree

TYPE_1, STRICT, REDUCED_RANK, MIXED = "type_1", "type_2_strict", "reduced_rank", "mixed"


@dataclass(frozen=True, slots=True)
class Block:
    """The neurons of a block with their faces, which of them are proved not to escape, its data."""

    faces: Mapping[int, Face]
    calm: frozenset[int]
    points: list[int]


def blockwise_minimum(case: Case) -> str:
    """P is a local minimum, because every block is one."""
    claimed = case.read_claim("type")["type"]
    d = case.derivatives()
    require_zero_bias_derivative(case, d)
    for i in range(case.problem.width):
        require_zero_output_derivatives(case, i, d.linear_part(i), d)
    data, kinds = read_data(d), set()
    seen: set[int] = set()
    points: set[int] = set()
    for field in case.witness.members(("blocks",))["blocks"].items():
        members = field.members(("neurons",), ("cells",))
        neurons = members["neurons"].indexed(case.problem.width)
        touching = {k for i in neurons for k in touched(i, data, d)}
        if seen & set(neurons):
            raise Rejected(field.where, "a neuron is in two blocks")
        if points & touching or (points and touching and case.problem.output_bias is not None):
            raise Rejected(
                field.where, "touches a datum of another block, or shares the output bias"
            )
        seen |= set(neurons)
        points |= touching
        if touching and case.problem.output_bias is not None:
            touching = set(range(len(data.rows)))
        kinds |= _check_block(case, neurons, members.get("cells"), sorted(touching), data, d)
    if len(seen) != case.problem.width:
        raise Rejected(case.witness.where, "a neuron is in no block")
    kind = next(iter(kinds)) if len(kinds) == 1 else MIXED if kinds else TYPE_1
    if claimed.text() != kind:
        raise Rejected(claimed.where, f'the witness proves "{kind}"')
    return f"{case.problem}: a local minimum ({kind.replace('_', ' ')})"


def _check_block(
    case: Case,
    neurons: Mapping[int, Field],
    cells: Field | None,
    points: list[int],
    data: Data,
    d: Derivatives,
) -> set[str]:
    """Check a block and return the criteria its leaves use, type_1 left out."""
    calm, held = set(), {}
    for i, field in neurons.items():
        margins = _check_neuron(case, i, field, d)
        held[i] = frozenset(q for q, amount in margins.items() if amount)
        if field.value is None or field.has("spread"):
            calm.add(i)
    if cells is None:
        for i, field in neurons.items():
            if i not in calm:
                raise Rejected(field.where, "the neuron may escape, and the block has no cells")
        return set()
    faces = {i: make_face(i, held[i], data, d) for i in neurons}
    block = Block(faces, frozenset(calm), points)
    return {
        kind
        for leaf, signs in _leaves(cells, faces, {i: {} for i in faces}, d)
        if (kind := _check_leaf(case, leaf, block, signs, data, d)) != TYPE_1
    }


def _check_neuron(case: Case, i: int, field: Field, d: Derivatives) -> dict[int, Number]:
    """Return the margins m of a neuron after checking what is claimed of it.

    null: psi_i = 0.  With a spread: (h_i +- spread e_j) . psi_i >= m.  Otherwise: phi_i >= m.
    """
    rows, h = d.linear_part(i), case.problem.outputs[i]
    if field.value is None:
        if not vanishes(rows, i, d):
            raise Rejected(field.where, f"psi_{i} is not identically zero")
        return {}
    calm = field.has("spread")
    keys = ("margins", "spread", "plus", "minus") if calm else ("margins", "tree")
    members = field.members(keys)
    margins = {q: item.exact() for q, item in members["margins"].indexed().items()}
    classes = d.kink_classes(i)
    for q, amount in margins.items():
        if q not in classes or amount < 0:
            raise Rejected(members["margins"].where, f"{q} is no class, or its margin is negative")
    if not calm:
        phi = with_margins(d.along(i, rows, h), margins, d)
        prove_nonnegative(phi, read_tree(members["tree"]), d)
        return margins
    spread = members["spread"].exact()
    if spread <= 0:
        raise Rejected(members["spread"].where, "must be positive")
    for side, amount in (("plus", spread), ("minus", -spread)):
        for j, tree in enumerate(members[side].items(case.problem.output_dimension)):
            corner = [*h[:j], total((h[j], amount), case.meter), *h[j + 1 :]]
            moved = with_margins(d.along(i, rows, corner), margins, d)
            prove_nonnegative(moved, read_tree(tree), d)
    return margins


Signs = dict[int, dict[int, int]]


def _leaves(
    tree: Field, faces: Mapping[int, Face], signs: Signs, d: Derivatives
) -> Iterator[tuple[Field, Signs]]:
    """Yield each leaf with the sides decided on the way, {neuron: {class: 1 or -1}}.

    A leaf "empty" is left out after checking that no point of V_i has these strict signs.
    """
    if tree.has("empty"):
        _check_empty(tree.members(("empty",))["empty"], faces, signs, d)
        return
    if not tree.has("class"):
        yield tree, signs
        return
    members = tree.members(("neuron", "class", "plus", "minus"))
    i, q = members["neuron"].index(), members["class"].index()
    if i not in faces or q not in faces[i].loose or q in signs[i]:
        raise Rejected(tree.where, f"{q} is not a class of neuron {i} that is still to be decided")
    for name, side in (("plus", 1), ("minus", -1)):
        yield from _leaves(members[name], faces, {**signs, i: {**signs[i], q: side}}, d)


def _check_empty(field: Field, faces: Mapping[int, Face], signs: Signs, d: Derivatives) -> None:
    members = field.members(("neuron", "multipliers"))
    i = members["neuron"].index()
    if i not in faces:
        raise Rejected(members["neuron"].where, "is not a neuron of the block")
    multipliers = _multipliers(members["multipliers"], signs[i])
    if not any(multipliers.values()):
        raise Rejected(members["multipliers"].where, "are all zero")
    zero = Face(i, [], frozenset(), faces[i].basis, [], [])
    if not held_on_cell(zero, signs[i], multipliers, [], d):
        raise Rejected(members["multipliers"].where, "do not combine to zero")


def _multipliers(field: Field, signs: Mapping[int, int]) -> dict[int, Number]:
    """Read multipliers >= 0 of decided classes."""
    found = {q: item.exact() for q, item in field.indexed().items()}
    for q, value in found.items():
        if q not in signs or value < 0:
            raise Rejected(field.where, f"{q} is not decided here, or its multiplier is negative")
    return found


def _check_leaf(
    case: Case, leaf: Field, block: Block, signs: Signs, data: Data, d: Derivatives
) -> str:
    """Check one product of cells and return the criterion used."""
    members = leaf.members(("examined", "criterion", "held"), ("products",))
    criterion = members["criterion"].text()
    if criterion not in (TYPE_1, STRICT, REDUCED_RANK):
        raise Unusable(members["criterion"].where, "unknown criterion")
    chosen = [item.index(case.problem.width) for item in members["examined"].items()]
    if len(set(chosen)) < len(chosen) or not set(chosen) <= set(block.faces):
        raise Rejected(members["examined"].where, "must be different neurons of the block")
    if bool(chosen) != (criterion != TYPE_1):
        raise Rejected(members["criterion"].where, 'is "type_1" exactly if nothing is examined')
    held = _held(case, members["held"], block, signs, d)
    bases = {i: _level(block.faces[i], held.get(i, {}), d) for i in block.faces}

    columns = []
    for i, face in block.faces.items():
        if i in chosen:
            if set(face.loose) - set(signs[i]) or i not in held:
                raise Rejected(leaf.where, f"neuron {i} is examined on no single cell")
        else:
            _require_relaxable(face, signs[i], i in block.calm, d, leaf.where)
            columns += relaxed_columns(face, signs[i], bases[i], data, d)
    if not chosen:
        return criterion
    if case.problem.output_bias is not None:
        columns.append([1] * len(data.rows))
    products = _products(members.get("products"), chosen, signs)
    if criterion == REDUCED_RANK:
        silent: dict[int, tuple[bool, bool]] = {i: (False, False) for i in chosen}
        if products or not _one_model(block, chosen, signs, bases, data, d):
            raise Rejected(leaf.where, "not one linear model, or products where none are allowed")
        gauge = None
    else:
        silent = {i: _silent(case, i, i in block.calm, block, d) for i in chosen}
        hidden = [i for i in chosen if all(silent[i])]
        if hidden:
            raise Rejected(leaf.where, f"both moves of neuron {hidden[0]} are silent: relax it")
        whole = [i for i in chosen if not any(silent[i])]
        gauge, bases = _slice(block, whole, bases, data, d, leaf.where)
    examined = [
        Examined(block.faces[i], signs[i], [] if silent[i][0] else bases[i], not silent[i][1])
        for i in chosen
    ]
    matrix = form(case.problem, examined, columns, products, block.points, data, d)
    found = semidefinite_rank(matrix, case.meter)
    if found is None:
        raise Rejected(leaf.where, "the second-order form is not positive semidefinite")
    if gauge is not None:
        outputs = case.problem.output_dimension
        free = outputs * (len(columns) - rank(columns, case.meter))
        if found != len(matrix) - gauge - free:
            raise Rejected(leaf.where, "the form vanishes on more than the symmetries")
    return criterion


def _silent(case: Case, i: int, calm: bool, block: Block, d: Derivatives) -> tuple[bool, bool]:
    """Tell which moves of a calm neuron do nothing to first order: of w~_i, of h_i."""
    signs = d.forward.signs[i]
    plus, minus = d.forward.slopes.numerators
    slope = {"+": plus, "-": minus, "0": 0}
    idle = not any(slope[signs[k]] for k in block.points)
    return calm and not any(case.problem.outputs[i]), calm and idle


def _proportional(left: list[Whole], right: list[Whole], d: Derivatives) -> bool:
    """Tell whether one vector is a nonzero multiple of the other."""
    place = next((k for k, x in enumerate(left) if x), None)
    if place is None or not right[place]:
        return place is None and not any(right)
    u, v = scale(right[place], left, d.meter), scale(left[place], right, d.meter)
    return u == v


def _one_model(
    block: Block,
    chosen: list[int],
    signs: Signs,
    bases: Mapping[int, list[list[Whole]]],
    data: Data,
    d: Derivatives,
) -> bool:
    """Tell whether the neurons have proportional slopes on their cells, and one level space."""
    first = slopes_on(block.faces[chosen[0]], signs[chosen[0]], data, d)
    together = rank([b for i in chosen for b in bases[i]], d.meter)
    return all(
        _proportional(first, slopes_on(block.faces[i], signs[i], data, d), d)
        and len(bases[i]) == together
        for i in chosen
    )


def _positive(multipliers: Mapping[int, Number]) -> frozenset[int]:
    return frozenset(q for q, value in multipliers.items() if value)


def _held(
    case: Case, field: Field, block: Block, signs: Signs, d: Derivatives
) -> dict[int, dict[int, Number]]:
    """Read, for some neurons, phi_i = sum lambda_q side_q x~_q . v on V_i, with lambda_q >= 0."""
    held = {}
    for i, item in field.indexed(case.problem.width).items():
        if i not in block.faces or set(block.faces[i].loose) - set(signs[i]):
            raise Rejected(item.where, "is not a neuron of the block with all classes decided")
        held[i] = _multipliers(item, signs[i])
        if not held_on_cell(block.faces[i], signs[i], held[i], case.problem.outputs[i], d):
            raise Rejected(item.where, f"do not combine to phi_{i}")
    return held


def _level(face: Face, multipliers: Mapping[int, Number], d: Derivatives) -> list[list[Whole]]:
    """Return a basis of the part of V_i on which phi_i has no positive multiplier."""
    classes = sorted(_positive(multipliers))
    if not classes:
        return face.basis
    return _within(face.basis, [d.directions[q] for q in classes], d)


def _within(
    basis: list[list[Whole]], normals: list[list[Whole]], d: Derivatives
) -> list[list[Whole]]:
    """Return a basis of the vectors of a space that are orthogonal to the normals."""
    equations = [[dot(normal, b, d.meter) for b in basis] for normal in normals]
    columns = list(zip(*basis, strict=True))
    return [
        [dot(combination, column, d.meter) for column in columns]
        for combination in kernel(equations, len(basis), d.meter)
    ]


def _require_relaxable(
    face: Face, signs: Mapping[int, int], calm: bool, d: Derivatives, where: str
) -> None:
    """Require h'.psi_i >= 0 near P on the cell: no escape, or psi_i = 0 there."""
    if calm:
        return
    if set(face.loose) - set(signs) or any(any(psi_on(face, signs, b, d)) for b in face.basis):
        raise Rejected(where, f"neuron {face.neuron} may escape here and is not examined")


def _products(field: Field | None, chosen: list[int], signs: Signs) -> list[Product]:
    found = []
    for item in field.items() if field is not None else []:
        i, q, k, p, amount = item.items(5)
        left, right = (i.index(), q.index()), (k.index(), p.index())
        for neuron, kink in (left, right):
            if neuron not in chosen or kink not in signs[neuron]:
                raise Rejected(item.where, "names a class that is not decided here")
        if amount.exact() < 0:
            raise Rejected(amount.where, "must not be negative")
        found.append(Product(left, right, amount.exact()))
    return found


def _same_model(first: Face, second: Face, data: Data, d: Derivatives) -> bool:
    """Tell whether two neurons without loose classes have one space and proportional slopes."""
    if first.loose or second.loose or first.held != second.held or first.touched != second.touched:
        return False
    return _proportional(slopes_on(first, {}, data, d), slopes_on(second, {}, data, d), d)


def _slice(
    block: Block,
    chosen: list[int],
    bases: Mapping[int, list[list[Whole]]],
    data: Data,
    d: Derivatives,
    where: str,
) -> tuple[int, dict[int, list[list[Whole]]]]:
    """Return the dimension of the symmetries that remain, and the bases without the others.

    n neurons with one linear model and no loose class have GL(n), which is left in the kernel; one
    with loose classes has its rescaling, which is cut off: its moves are orthogonal to w~_i.
    """
    groups: list[list[int]] = []
    sliced = dict(bases)
    for i in chosen:
        face = block.faces[i]
        if face.loose:
            sliced[i] = _within(bases[i], [d.forward.weights[i].numerators], d)
        home = next((g for g in groups if _same_model(block.faces[g[0]], face, data, d)), None)
        if home is None:
            groups.append([i])
        else:
            home.append(i)
    gauge = 0
    for group in groups:
        points = block.faces[group[0]].touched
        weights = [d.forward.weights[i].numerators for i in group]
        values = [[dot(data.rows[k], w, d.meter) for k in points] for w in weights]
        if rank(values, d.meter) < len(group):
            raise Rejected(where, f"the input weights of neurons {group} are dependent")
        if not block.faces[group[0]].loose:
            gauge += len(group) ** 2
    return gauge, sliced
