"""Is a piecewise-linear form g(v) = a.v + sum_q c_q |u_q.v| nonnegative everywhere?  With proof.

Where all c_q >= 0 the form is convex, and g >= 0 exactly if a lies in the zonotope
{ sum_q lambda_q u_q : |lambda_q| <= c_q }: one linear program.  A term with c_q < 0 is the smaller
of two linear ones, so the question splits into two, each with the sign of u_q.v decided.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from flint import fmpq

from exactland.arithmetic.echelon import shorten_direction
from exactland.arithmetic.linear_programs import Feasible, find_point
from exactland.arithmetic.matrices import independent_rows, solve_linear
from exactland.derivatives.empirical import PiecewiseLinearForm
from exactland.problem.network import Vector

MAX_BRANCHING: Final = 12
"""Negative terms beyond which the question is left undecided (2**12 linear programs)."""

MAX_QUICK_NORMALS: Final = 8


@dataclass(frozen=True, slots=True)
class Leaf:
    """a = sum_q lambda_q u_q with every lambda_q within the bound its term allows."""

    multipliers: tuple[tuple[int, fmpq], ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """The two halves u_q.v >= 0 (``plus``) and u_q.v <= 0 (``minus``)."""

    index: int
    plus: Tree
    minus: Tree


Tree = Leaf | Branch


@dataclass(frozen=True, slots=True)
class Nonnegative:
    """g >= 0 everywhere, proved by the tree."""

    tree: Tree


@dataclass(frozen=True, slots=True)
class Negative:
    """g(direction) < 0."""

    direction: Vector


@dataclass(frozen=True, slots=True)
class Undecided:
    """Neither was established within the limits; ``tried`` says what was tried."""

    tried: str


def decide_nonnegative(form: PiecewiseLinearForm) -> Nonnegative | Negative | Undecided:
    """Decide whether g >= 0 on the whole space, exactly.

    Returns
    -------
    Nonnegative, Negative or Undecided
        A tree of multipliers, a direction (a short integer vector) with g < 0, or what was
        tried (only for more than :data:`MAX_BRANCHING` negative terms).

    References
    ----------
    Spec, section 1 (condition S2 and the alternative certificate by multipliers).

    Examples
    --------
    >>> from exactland.derivatives.empirical import KinkTerm
    >>> one, normal = fmpq(1), (fmpq(1),)
    >>> decide_nonnegative(PiecewiseLinearForm((one / 2,), (KinkTerm(0, normal, one),)))
    Nonnegative(tree=Leaf(multipliers=((0, 1/2),)))
    >>> decide_nonnegative(PiecewiseLinearForm((2 * one,), (KinkTerm(0, normal, one),)))
    Negative(direction=(-1,))
    """
    if not form.terms and any(form.linear):
        return Negative(_shortened(form, tuple(-entry for entry in form.linear)))
    for direction in _quick_candidates(form):
        if form(direction) < 0:
            return Negative(_shortened(form, direction))
    negative = [term.index for term in form.terms if term.coefficient < 0]
    if len(negative) > MAX_BRANCHING:
        return Undecided(f"{len(negative)} concave kinks (limit {MAX_BRANCHING})")
    found = _prove(form, negative, {})
    if isinstance(found, Leaf | Branch):
        return Nonnegative(found)
    assert form(found) < 0
    return Negative(_shortened(form, found))


def _shortened(form: PiecewiseLinearForm, direction: Vector) -> Vector:
    """A short integer vector near the direction, with g < 0 as well."""
    return shorten_direction(direction, lambda short: form(short) < 0)


def _quick_candidates(form: PiecewiseLinearForm) -> Iterator[Vector]:
    """Directions worth a try before any linear program: the first few normals, because they are
    short, and the steepest descent of the linear part.
    """
    for term in form.terms[:MAX_QUICK_NORMALS]:
        yield term.normal
        yield tuple(-entry for entry in term.normal)
    if any(form.linear):
        yield tuple(-entry for entry in form.linear)


def _prove(
    form: PiecewiseLinearForm, undecided: list[int], decided: Mapping[int, int]
) -> Tree | Vector:
    """Return a tree for g >= 0 on the region of the decided signs, or a direction with g < 0."""
    if not undecided:
        return _leaf(form, decided)
    index, rest = undecided[0], undecided[1:]
    plus = _prove(form, rest, {**decided, index: 1})
    if not isinstance(plus, Leaf | Branch):
        return plus
    minus = _prove(form, rest, {**decided, index: -1})
    if not isinstance(minus, Leaf | Branch):
        return minus
    return Branch(index, plus, minus)


def _leaf(form: PiecewiseLinearForm, decided: Mapping[int, int]) -> Leaf | Vector:
    """Find multipliers, or by linear-programming duality a direction of descent.

    On the region where the decided signs hold, lambda_q u_q.v + c_q |u_q.v| >= 0 needs only
    lambda_q >= -c_q (sign +) or lambda_q <= c_q (sign -).
    """
    lower: list[fmpq | None] = []
    upper: list[fmpq | None] = []
    for term in form.terms:
        side = decided.get(term.index, 0)
        lower.append(None if side < 0 else -term.coefficient)
        upper.append(None if side > 0 else term.coefficient)
    normals = [term.normal for term in form.terms]
    unique = _unique_multipliers(form.linear, normals, lower, upper)
    if unique is None:
        found = find_point(normals, form.linear, lower, upper)
        if not isinstance(found, Feasible):
            return tuple(-entry for entry in found.certificate)
        unique = found.point
    pairs = zip(form.terms, unique, strict=True)
    return Leaf(tuple((term.index, value) for term, value in pairs if value))


def _unique_multipliers(
    linear: Vector, normals: list[Vector], lower: list[fmpq | None], upper: list[fmpq | None]
) -> Vector | None:
    """Solve a = sum lambda_q u_q where the normals are few and independent; None otherwise or
    where a bound fails (the linear program then also finds the direction).
    """
    if len(normals) > len(linear) or len(independent_rows(normals)) < len(normals):
        return None
    solution = solve_linear(list(zip(*normals, strict=True)) or [()] * len(linear), linear)
    if solution is None:
        return None
    for value, least, greatest in zip(solution, lower, upper, strict=True):
        if (least is not None and value < least) or (greatest is not None and value > greatest):
            return None
    return tuple(solution)
