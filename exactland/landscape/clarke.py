"""Clarke stationarity in one weight vector: is 0 in the convex hull of the gradients over the
*realisable* cells?  (Not in the Minkowski sum of segments, which is only an outer bound.).

Column generation: a linear program over the cells known so far either finds the convex
combination or a direction v that separates 0 from them; a branch and bound over sign vectors then
either finds a realisable cell on the wrong side of v, or its tree proves that there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flint import fmpq

from exactland.arithmetic.linear_programs import (
    Feasible,
    InteriorPoint,
    find_point,
    strict_sign_point,
)
from exactland.arithmetic.rationals import ZERO, dot
from exactland.derivatives.empirical import PiecewiseLinearForm
from exactland.problem.network import Vector

MAX_CELLS: Final = 400
"""Cells the column generation may collect."""
MAX_NODES: Final = 4000
"""Nodes a branch and bound may visit."""


@dataclass(frozen=True, slots=True)
class CellWeight:
    """A realisable cell, named by an interior point, and its weight in the convex combination."""

    multiplier: fmpq
    cell: Vector


@dataclass(frozen=True, slots=True)
class ContainsZero:
    """0 = sum of multiplier * (gradient in the cell), multipliers >= 0 with sum 1."""

    combination: tuple[CellWeight, ...]


@dataclass(frozen=True, slots=True)
class Separated:
    """On this part of the tree every cell gradient g has g . direction > 0, by the crude bound."""


@dataclass(frozen=True, slots=True)
class EmptyCell:
    """No cell has the decided signs: sum of multiplier * sign * normal = 0, multipliers >= 0."""

    multipliers: tuple[tuple[int, fmpq], ...]


@dataclass(frozen=True, slots=True)
class SeparationBranch:
    """The cells with u_q . p > 0 (``plus``) and with u_q . p < 0 (``minus``)."""

    index: int
    plus: SeparationTree
    minus: SeparationTree


SeparationTree = Separated | EmptyCell | SeparationBranch


@dataclass(frozen=True, slots=True)
class ExcludesZero:
    """Every realisable cell gradient g has g . direction > 0, proved by the tree."""

    direction: Vector
    tree: SeparationTree


@dataclass(frozen=True, slots=True)
class Undecided:
    """Neither was established within the limits."""

    tried: str


class _LimitError(Exception):
    """The branch and bound visited too many nodes."""


def clarke_contains_zero(
    form: PiecewiseLinearForm, normals: Sequence[Vector]
) -> ContainsZero | ExcludesZero | Undecided:
    """Decide whether 0 is in the Clarke subdifferential at 0 of g(v) = a.v + sum_q c_q |u_q.v|.

    Parameters
    ----------
    form : PiecewiseLinearForm
        phi_i, the one-sided derivative of the loss in one weight vector.
    normals : vectors
        All nonzero data points of the boundary set: the interior points of the result avoid every
        one of their hyperplanes, also those where the slope does not jump.

    References
    ----------
    Spec, section 4; the hull over all cells is the product over neurons of these hulls.

    Examples
    --------
    >>> from exactland.derivatives.empirical import KinkTerm
    >>> u = (fmpq(1),)
    >>> form = PiecewiseLinearForm((fmpq(1, 2),), (KinkTerm(0, u, fmpq(-1)),))
    >>> [(w.multiplier, w.cell[0] > 0) for w in clarke_contains_zero(form, [u]).combination]
    [(1/4, False), (3/4, True)]
    """
    dimension = len(form.linear)
    if not any(form.linear):
        balanced = _balanced_pair(form, normals)
        if balanced is not None:
            return balanced
    outer = find_point(
        [term.normal for term in form.terms],
        tuple(-entry for entry in form.linear),
        [-abs(term.coefficient) for term in form.terms],
        [abs(term.coefficient) for term in form.terms],
    )
    if not isinstance(outer, Feasible):
        return ExcludesZero(tuple(-entry for entry in outer.certificate), Separated())
    cells: dict[tuple[bool, ...], tuple[Vector, Vector]] = {}
    _add_cell(cells, form, _generic(tuple([ZERO] * dimension), normals))
    while len(cells) <= MAX_CELLS:
        gradients = [gradient for _, gradient in cells.values()]
        combination = _convex_combination(gradients, dimension)
        if isinstance(combination, list):
            pairs = zip(combination, cells.values(), strict=True)
            chosen = [CellWeight(weight, cell) for weight, (cell, _) in pairs if weight]
            return ContainsZero(tuple(sorted(chosen, key=lambda item: item.multiplier)))
        direction = combination
        opposite = tuple(-entry for entry in direction)
        known = len(cells)
        for guess in (opposite, direction):
            point = _generic(guess, normals)
            if dot(_gradient(form, point), direction) <= 0:
                _add_cell(cells, form, point)
        if len(cells) > known:
            continue
        try:
            found = _Search(form, direction).run()
        except _LimitError:
            return Undecided(
                f"branch and bound over {len(form.terms)} kinks (limit {MAX_NODES} nodes)"
            )
        if not isinstance(found, tuple):
            return ExcludesZero(direction, found)
        _add_cell(cells, form, _generic(found, normals))
    return Undecided(f"column generation with {MAX_CELLS} cells")


def _balanced_pair(form: PiecewiseLinearForm, normals: Sequence[Vector]) -> ContainsZero | None:
    """Where a = 0, opposite cells have opposite gradients: half of each."""
    point = _generic(tuple([ZERO] * len(form.linear)), normals)
    half = fmpq(1, 2)
    mirrored = tuple(-entry for entry in point)
    if not form.terms:
        return ContainsZero((CellWeight(fmpq(1), point),))
    return ContainsZero((CellWeight(half, point), CellWeight(half, mirrored)))


def _gradient(form: PiecewiseLinearForm, point: Vector) -> Vector:
    gradient = list(form.linear)
    for term in form.terms:
        side = term.coefficient if dot(term.normal, point) > 0 else -term.coefficient
        gradient = [g + side * n for g, n in zip(gradient, term.normal, strict=True)]
    return tuple(gradient)


def _add_cell(
    cells: dict[tuple[bool, ...], tuple[Vector, Vector]], form: PiecewiseLinearForm, point: Vector
) -> None:
    signs = tuple(dot(term.normal, point) > 0 for term in form.terms)
    cells.setdefault(signs, (point, _gradient(form, point)))


def _convex_combination(gradients: list[Vector], dimension: int) -> list[fmpq] | Vector:
    """Return weights of a convex combination that is 0, or v with g.v > 0 for every gradient."""
    columns = [(*gradient, fmpq(1)) for gradient in gradients]
    target = (*([ZERO] * dimension), fmpq(1))
    found = find_point(columns, target, [ZERO] * len(columns), [None] * len(columns))
    if isinstance(found, Feasible):
        return list(found.point)
    return tuple(-entry for entry in found.certificate[:dimension])


def _generic(start: Vector, normals: Sequence[Vector]) -> Vector:
    """Return a point off every hyperplane, in a cell whose closure contains `start`."""
    if all(dot(normal, start) for normal in normals) and any(start):
        return start
    dimension, step = len(start), fmpq(1)
    for attempt in range(1, 10_000):
        moved = tuple(
            entry + step * fmpq(attempt) ** axis for axis, entry in enumerate(start[:dimension])
        )
        values = [(dot(normal, start), dot(normal, moved)) for normal in normals]
        if all(new and (not old or (old > 0) == (new > 0)) for old, new in values):
            return moved
        if any(old and (not new or (old > 0) != (new > 0)) for old, new in values):
            step /= 4
    raise AssertionError("the moment curve meets finitely many hyperplanes finitely often")


class _Search:
    """Depth-first branch and bound for a realisable cell with gradient . direction <= 0."""

    def __init__(self, form: PiecewiseLinearForm, direction: Vector) -> None:
        slopes = [term.coefficient * dot(term.normal, direction) for term in form.terms]
        order = sorted(range(len(slopes)), key=lambda q: -abs(slopes[q]))
        self.terms = [form.terms[q] for q in order]
        self.slopes = [slopes[q] for q in order]
        self.base = dot(form.linear, direction)
        self.nodes = 0

    def run(self) -> SeparationTree | Vector:
        """Return an interior point of such a cell, or the tree that excludes every cell."""
        return self._visit([], self.base - sum((abs(s) for s in self.slopes), ZERO))

    def _visit(self, signs: list[int], bound: fmpq) -> SeparationTree | Vector:
        """`bound` is a lower bound of gradient . direction over all cells with these signs."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise _LimitError
        if bound > 0:
            return Separated()
        rows = [
            tuple(sign * entry for entry in term.normal)
            for sign, term in zip(signs, self.terms, strict=False)
        ]
        if rows:
            found = strict_sign_point(rows)
            if not isinstance(found, InteriorPoint):
                pairs = zip(self.terms, found.multipliers, strict=False)
                return EmptyCell(tuple((term.index, value) for term, value in pairs if value))
            if len(signs) == len(self.terms):
                return found.point
        slope = self.slopes[len(signs)]
        sides: dict[int, SeparationTree] = {}
        for sign in (-1, 1) if slope > 0 else (1, -1):
            loss = abs(slope) + sign * slope
            child = self._visit([*signs, sign], bound + loss)
            if isinstance(child, tuple):
                return child
            sides[sign] = child
        return SeparationBranch(self.terms[len(signs)].index, sides[1], sides[-1])
