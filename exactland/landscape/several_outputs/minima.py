"""Second-order proofs that a block with escape neurons is a local minimum, cell by cell.

On every product of cells some neurons are *examined* (their moves are coordinates of the form);
the others are *relaxed*: their cost is nonnegative there, and their contribution to the output is
replaced by any element of the linear space in which it lies to first order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Final

from flint import fmpq

from exactland.arithmetic.copositive import MAX_ORDER, split_nonnegative, strict_copositivity
from exactland.arithmetic.field_matrices import rank, solve
from exactland.arithmetic.matrices import independent_rows
from exactland.arithmetic.ordered import Scalar, sign
from exactland.arithmetic.rationals import ZERO, dot
from exactland.derivatives.empirical import EmpiricalPoint, OneSidedFunctional
from exactland.landscape.several_outputs.blocks import Block, touched
from exactland.landscape.several_outputs.faces import Cell, Face, Ray, slopes
from exactland.landscape.several_outputs.form import (
    INPUT,
    MAX_VARIABLES,
    Coordinate,
    Terms,
    coordinates_of,
    diagonalise,
    make_terms,
    matrix_of,
    psi_on_cell,
    relaxed_coordinates,
)
from exactland.problem.network import Matrix, Vector

MAX_CHOICES: Final = 256
"""Products of cells that are examined."""
MAX_OPTIONAL: Final = 4
"""Groups of neurons for which both roles are tried on a product of cells."""

TYPE_1, STRICT, REDUCED_RANK, MIXED = "type_1", "type_2_strict", "reduced_rank", "mixed"

Pairs = tuple[tuple[tuple[int, int], tuple[int, int], Scalar], ...]
"""((neuron, class), (neuron, class), N)."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What an attempt needs: the point, its one-sided functionals, a block and its faces."""

    point: EmpiricalPoint
    functionals: tuple[OneSidedFunctional, ...]
    block: Block
    faces: Mapping[int, Face]


@dataclass(frozen=True, slots=True)
class Leaf:
    """The proof on one product of cells.

    Attributes
    ----------
    cells : {neuron: cell}, for the neurons whose loose classes are decided
    examined : neurons whose moves are coordinates of the form; the others are relaxed
    criterion : ``type_2_strict`` (Q - sum N alpha beta is positive semidefinite, with no kernel but
        the symmetries, where alpha = |x~_class . v_neuron|), ``reduced_rank`` (one group, Q
        positive semidefinite) or ``type_1`` (nothing is examined)
    pairs : the terms N alpha beta
    relaxed_dimension : of the space that stands for the relaxed neurons and the output bias
    gauge : dimension of the symmetries of the examined neurons
    coordinates, matrix, inertia : of the form, for print
    """

    cells: Mapping[int, Cell]
    examined: tuple[int, ...] = ()
    criterion: str = TYPE_1
    pairs: Pairs = ()
    relaxed_dimension: int = 0
    gauge: int = 0
    coordinates: tuple[Coordinate, ...] = ()
    matrix: Matrix = ()
    inertia: tuple[int, int, int] = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class BlockMinimum:
    """A block proved to be a local minimum.

    ``type`` is ``type_1`` (no escape neuron), the criterion of all its leaves, or ``mixed``.
    """

    block: Block
    type: str
    faces: tuple[Face, ...]
    leaves: tuple[Leaf, ...] = ()


def block_minimum(setting: Setting) -> BlockMinimum | str:
    """Prove that a block is a local minimum, or say what was tried.

    References
    ----------
    proofs/CERTIFICATES-several-outputs.md, theorems 1 to 3.
    """
    faces = tuple(setting.faces[i] for i in setting.block.neurons)
    if not any(face.escapes for face in faces):
        return BlockMinimum(setting.block, TYPE_1, faces)
    branched = _branched(faces)
    if branched is None:
        return "second-order form: cells that are too many or not simplicial"
    leaves = []
    for chosen in product(
        *([(face.index, cell) for cell in face.cells or ()] for face in branched)
    ):
        leaf = _prove_leaf(setting, dict(chosen))
        if isinstance(leaf, str):
            return leaf
        leaves.append(leaf)
    kinds = {leaf.criterion for leaf in leaves} - {TYPE_1}
    kind = kinds.pop() if len(kinds) == 1 else MIXED
    return BlockMinimum(setting.block, kind, faces, tuple(leaves))


def _branched(faces: Sequence[Face]) -> list[Face] | None:
    """Return the neurons whose cells are told apart: all if the cells are few, else those that
    escape; None if these are too many.
    """
    for chosen in (list(faces), [face for face in faces if face.escapes or not face.loose]):
        count = 1
        for face in chosen:
            count *= len(face.cells or ())
        if 0 < count <= MAX_CHOICES:
            return chosen
    return None


def groups_of(point: EmpiricalPoint, faces: Sequence[Face]) -> list[tuple[int, ...]]:
    """Return the neurons that enter the second order through sum_i s_i h_i w_i^T only.

    Those with proportional slopes on the data they touch, the same held classes and no loose one;
    a neuron with loose classes is a group of its own.
    """
    found: dict[object, list[int]] = {}
    for face in faces:
        held = tuple(q for q, _ in face.margins)
        key: object = face.index
        if not face.loose:
            key = _proportions(slopes(point, face, ())), held, touched(point, face.index)
        found.setdefault(key, []).append(face.index)
    return [tuple(group) for group in found.values()]


def _proportions(values: Sequence[Scalar]) -> Vector:
    """The vector on the same line whose first nonzero entry is 1."""
    head = next((value for value in values if value), fmpq(1))
    return tuple(value / head for value in values)


def _silent(setting: Setting, index: int) -> tuple[bool, bool]:
    """Which moves of a neuron without escape do nothing to first order: those of w~_i, of h_i.

    Where h_i = 0, and where the neuron is 0 on all data.
    """
    if setting.faces[index].escapes:
        return False, False
    point = setting.point
    activation, weight = point.problem.network.activation, point.weights[index]
    active = any(activation(dot(weight, point.inputs[k])) for k in setting.block.data)
    return not any(point.outputs[index]), not active


def _prove_leaf(setting: Setting, cells: dict[int, Cell]) -> Leaf | str:
    """Try the roles that are allowed on this product of cells, the fewest examined first."""
    free = [i for i in setting.block.neurons if _may_be_relaxed(setting, i, cells.get(i))]
    must = [i for i in setting.block.neurons if i not in free]
    if not must:
        return Leaf(cells)
    tried = ""
    # With two silent moves, what a neuron adds to the second order is no o(1) times a coordinate.
    optional = [i for i in free if i in cells and not all(_silent(setting, i))]
    for extra in _subsets(setting, optional):
        examined = tuple(sorted([*must, *extra]))
        made = _terms(setting, cells, examined)
        if isinstance(made, str):
            return made
        leaf = _examine(setting, cells, examined, *made)
        if isinstance(leaf, Leaf):
            return leaf
        tried = tried or leaf
    return tried


def _may_be_relaxed(setting: Setting, index: int, cell: Cell | None) -> bool:
    """Whether h'.psi_i >= 0 for h' near h_i: no escape, or psi_i vanishes on the cell."""
    face = setting.faces[index]
    if not face.escapes:
        return True
    if cell is None:
        return False
    psi = psi_on_cell(setting.functionals[index], face, cell)
    return not any(dot(row, b) for row in psi for b in face.basis)


def _subsets(setting: Setting, neurons: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Yield unions of groups with independent weights, the smaller first; the extremes if many."""
    point = setting.point
    groups = [
        group
        for group in groups_of(point, [setting.faces[i] for i in neurons])
        if _independent(setting, group) or any(any(_silent(setting, i)) for i in group)
    ]
    sizes = range(len(groups) + 1) if len(groups) <= MAX_OPTIONAL else (0, len(groups))
    for size in sizes:
        for chosen in combinations(groups, size):
            yield tuple(i for group in chosen for i in group)


def _independent(setting: Setting, group: tuple[int, ...]) -> bool:
    """Whether the input weights are independent as functions on the data that they touch."""
    point = setting.point
    data = sorted(touched(point, group[0]))
    values = [[dot(point.weights[i], point.inputs[k]) for k in data] for i in group]
    return rank(values) == len(group)


def relaxed_columns(setting: Setting, cells: Mapping[int, Cell], relaxed: Sequence[int]) -> Matrix:
    """Return a basis of the space in which the relaxed neurons' contributions lie, per output.

    Neuron i contributes s_ik (D x~_k), D with rows in the space where the first order vanishes; off
    its cells, anything on its loose classes.  The output bias contributes a constant.
    """
    point = setting.point
    columns: dict[Vector, None] = {}
    if setting.block.output_bias:
        columns.setdefault((fmpq(1),) * len(point.inputs))
    for i in relaxed:
        face, cell = setting.faces[i], cells.get(i)
        directions = [*face.basis, point.weights[i]]
        values = slopes(point, face, () if cell is None else cell.signs)
        if cell is not None:
            directions = _level_space(setting, i, cell)
        else:
            for kink in face.loose:
                for k in kink.members:
                    columns.setdefault(tuple(fmpq(int(k == p)) for p in range(len(values))))
        for direction in directions:
            columns.setdefault(
                tuple(
                    s * dot(x, direction) if s else ZERO
                    for s, x in zip(values, point.inputs, strict=True)
                )
            )
    rows = list(columns)
    return tuple(rows[place] for place in independent_rows(rows))


def _terms(
    setting: Setting, cells: Mapping[int, Cell], examined: tuple[int, ...]
) -> tuple[Terms, list[tuple[int, Ray]], int] | str:
    """Return the terms on a product of cells, the rays along which the last coordinates run, and
    the dimension of the relaxed space; or why the form is not made.
    """
    point, outputs = setting.point, setting.point.output_dimension
    relaxed = [i for i in setting.block.neurons if i not in examined]
    columns = relaxed_columns(setting, cells, relaxed)
    free: list[Coordinate] = []
    rays: list[tuple[int, Ray]] = []
    for i in examined:
        still, fixed = _silent(setting, i)
        face = setting.faces[i]
        moves = coordinates_of(point, face, () if still else face.lineality)
        free += [one for one in moves if one.kind == INPUT or not fixed]
        if not still:
            rays += [(i, ray) for ray in cells[i].rays if not sign(ray.phi)]
    if len(free) + len(rays) + len(columns) * outputs > MAX_VARIABLES:
        return f"second-order form: more than {MAX_VARIABLES} variables"
    free += relaxed_coordinates(point, columns)
    along = [Coordinate(INPUT, i, ray.direction, 0) for i, ray in rays]
    choice = {i: (setting.faces[i], cells[i]) for i in examined}
    terms = make_terms(point, setting.functionals, setting.block, choice, [*free, *along])
    return terms, rays, len(columns)


def _examine(
    setting: Setting,
    cells: Mapping[int, Cell],
    examined: tuple[int, ...],
    terms: Terms,
    rays: list[tuple[int, Ray]],
    columns: int,
) -> Leaf | str:
    """Definite across the symmetries (theorem 2), or one group and semidefinite (theorem 3)."""
    matrix = matrix_of(terms)
    partial = [i for i in examined if any(_silent(setting, i))]
    whole = [setting.faces[i] for i in examined if i not in partial]
    groups = groups_of(setting.point, whole)
    smooth = [group for group in groups if not setting.faces[group[0]].loose]
    gauge = sum(len(group) ** 2 for group in smooth)
    pairs = _definite(matrix, rays, gauge)
    criterion = STRICT
    dependent = not all(_independent(setting, group) for group in groups)
    counts = diagonalise(matrix).inertia
    if isinstance(pairs, str) or dependent:
        if partial or counts[0] or not _one_model(setting, cells, examined):
            return pairs if isinstance(pairs, str) else "second-order form: dependent weights"
        criterion, pairs, gauge = REDUCED_RANK, (), 0
    return Leaf(
        cells,
        examined,
        criterion,
        pairs,
        columns,
        gauge,
        terms.coordinates,
        tuple(map(tuple, matrix)),
        counts,
    )


def _level_space(setting: Setting, index: int, cell: Cell) -> list[Vector]:
    """Span the moves of w~_i in the cell at no first-order cost."""
    face = setting.faces[index]
    level = [ray.direction for ray in cell.rays if not sign(ray.phi)]
    return [*face.lineality, setting.point.weights[index], *level]


def _one_model(setting: Setting, cells: Mapping[int, Cell], examined: tuple[int, ...]) -> bool:
    """Whether the neurons have proportional slopes on their cells, and one level space."""
    models = {
        _proportions(slopes(setting.point, setting.faces[i], cells[i].signs)) for i in examined
    }
    # Weights count only as functions on the data that the neurons touch.
    data = sorted({k for i in examined for k in touched(setting.point, i)})
    spaces = [
        [
            [dot(v, setting.point.inputs[k]) for k in data]
            for v in _level_space(setting, i, cells[i])
        ]
        for i in examined
    ]
    together = rank([row for space in spaces for row in space])
    return len(models) == 1 and all(rank(space) == together for space in spaces)


def _definite(matrix: list[list[Scalar]], rays: list[tuple[int, Ray]], gauge: int) -> Pairs | str:
    """Split off nonnegative products so that the rest is semidefinite, its kernel the symmetries.

    Free coordinates first, one coordinate a ray: their Schur complement must be strictly
    copositive.
    """
    free = len(matrix) - len(rays)
    schur = schur_complement(matrix, free)
    if isinstance(schur, str):
        return schur
    counts, complement = schur
    if counts[0]:
        return "second-order form: not positive semidefinite"
    if counts[1] != gauge:
        kernel = counts[1] - gauge
        return f"second-order form: positive semidefinite with a kernel of dimension {kernel}"
    if len(rays) > MAX_ORDER:
        return f"second-order form: more than {MAX_ORDER} rays"
    if not strict_copositivity(complement).strict:
        return "second-order form: not strictly copositive"
    split = split_nonnegative(complement)
    if split is None:
        return "second-order form: strictly copositive, without a certificate of the sum form"
    return tuple(
        ((i, left.facet), (k, right.facet), 2 * split[a][b] / (left.height * right.height))
        for (a, (i, left)), (b, (k, right)) in combinations(enumerate(rays), 2)
        if split[a][b]
    )


def schur_complement(
    matrix: list[list[Scalar]], free: int
) -> tuple[tuple[int, int, int], list[list[Scalar]]] | str:
    """Return the inertia of the free block and the complement on the other coordinates.

    Where the free block is positive semidefinite, its kernel must not meet a row of the others:
    otherwise the form is negative near that ray, and a text says so.
    """
    block = [row[:free] for row in matrix[:free]]
    rays = range(free, len(matrix))
    counts = diagonalise(block).inertia
    if counts[0] or not rays:
        return counts, []
    solutions = []
    for ray in rays:
        solution = solve(block, matrix[ray][:free]) if free else ()
        if solution is None:
            return "second-order form: negative near a ray"
        solutions.append(solution)
    return counts, [
        [
            matrix[p][q] - dot(matrix[p][:free], solution)
            for q, solution in zip(rays, solutions, strict=True)
        ]
        for p in rays
    ]
