"""From a grouping to a verified stationary point: fit, check signs, check stationarity, retry.

A violated sign puts its data point on the group's boundary; a face with a descent direction is
released to the side of that direction.  Each happens at most once for a group and a data point, so
the search ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from flint import fmpq

from exactland.arithmetic.rationals import ZERO, dot, sign
from exactland.cells.patterns import SIGN_CHARACTERS, boundary_set
from exactland.derivatives.empirical import (
    EmpiricalPoint,
    OneSidedFunctional,
    evaluate,
    one_sided_functionals,
)
from exactland.landscape.escape import generator_table
from exactland.landscape.snapping.components import fit_low_rank
from exactland.landscape.snapping.fitting import (
    Fit,
    face_coordinates,
    first_hits,
    fit,
    gradient_vanishes,
    in_face,
    readable,
    split,
    unknowns,
)
from exactland.landscape.snapping.groups import (
    Group,
    Proposal,
    RankRule,
    Start,
    make_group,
    with_pattern,
)
from exactland.landscape.snapping.low_rank import NotFoundError, split_low_rank
from exactland.landscape.stationarity import Violation, directional_stationarity
from exactland.problem.losses import Problem
from exactland.problem.network import Matrix, Vector

MAX_ROUNDS: Final = 100
"""Least-squares problems solved for one grouping."""
MAX_UNKNOWNS: Final = 2000
"""Columns of a least-squares problem beyond which the grouping is given up."""
MAX_SYSTEM: Final = 400
"""Independent columns beyond which it is: that many equations are solved exactly."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a grouping led nowhere.

    ``status`` is NOT_STATIONARY (with neuron, direction and the negative derivative along it),
    PATTERN_INFEASIBLE or RANK_DEFICIENT (with the group's pattern and neurons), or NO_CONVERGENCE.
    """

    status: str
    message: str
    neuron: int | None = None
    direction: Vector | None = None
    derivative: fmpq | None = None
    pattern: str | None = None
    neurons: tuple[int, ...] = ()


Build = Callable[[Matrix, Matrix, Vector | None], Problem]
"""Makes the problem from augmented weights (m x d~), outputs (m x J) and output bias."""


def search(
    start: Start, proposal: Proposal, rule: RankRule, bits: int, build: Build
) -> EmpiricalPoint | Failure:
    """Return a point that is verified to be directionally stationary, or why there is none.

    References
    ----------
    Spec, section 5, steps 5 to 7.
    """
    seen = set()
    for _ in range(MAX_ROUNDS):
        if proposal.key in seen:
            return Failure("NO_CONVERGENCE", "the retries went round in a circle")
        seen.add(proposal.key)
        for group in proposal.groups:
            if group.free is None:
                return _about("RANK_DEFICIENT", group, "rank-deficient: no least-squares target")
        active = [group for group in proposal.groups if group.free != "nothing"]
        size = min(unknowns(start, active), len(start.inputs))
        if size > MAX_SYSTEM or unknowns(start, active) > MAX_UNKNOWNS:
            message = f"{unknowns(start, active)} unknowns in {len(active)} groups: too many"
            return Failure("NO_CONVERGENCE", message)
        try:
            low = [group for group in active if group.free == "both"]
            fitted = fit_low_rank(start, active, bits) if low else fit(start, active, bits)
        except NotFoundError as error:
            return _about("RANK_DEFICIENT", low[0], str(error))
        step = _assemble(start, proposal, fitted, bits)
        if isinstance(step, Failure):
            return step
        moved: Proposal | EmpiricalPoint | Failure
        if isinstance(step, dict):
            moved = _onto_faces(start, proposal, step, rule)
        else:
            moved = _verified(start, proposal, evaluate(build(*step)), rule)
        if not isinstance(moved, Proposal):
            return moved
        proposal = moved
    return Failure("NO_CONVERGENCE", f"no answer after {MAX_ROUNDS} retries")


def _assemble(
    start: Start, proposal: Proposal, fitted: Fit, bits: int
) -> tuple[Matrix, Matrix, Vector | None] | dict[tuple[int, ...], int] | Failure:
    """Return all parameters; or the data point that each violated group hits first."""
    factors: list[tuple[Matrix, Matrix, Matrix]] = []
    targets = iter(zip(fitted.coordinates, fitted.factors, strict=True))
    for group in proposal.groups:
        target, low_rank = ((), None) if group.free == "nothing" else next(targets)
        if low_rank is None:
            parts = split(start, group, target)
        else:
            heads = tuple(start.outputs[index] for index in group.neurons)
            parts = split_low_rank(heads, face_coordinates(start, group), low_rank, bits)
        if parts is None:
            return _about("RANK_DEFICIENT", group, "its weights are exactly dependent")
        factors.append((*parts, target))
    exact = [
        in_face(group, coordinates)
        for group, (coordinates, _, _) in zip(proposal.groups, factors, strict=True)
    ]
    hits = first_hits(start, proposal.groups, exact)
    if hits:
        return {proposal.groups[place].neurons: k for place, k in hits.items()}
    short = [
        _shortened(group, *parts, bits) or rows
        for group, parts, rows in zip(proposal.groups, factors, exact, strict=True)
    ]
    for place in first_hits(start, proposal.groups, short):
        short[place] = exact[place]
    weights, outputs = list(start.weights), list(start.outputs)
    for group, (_, chosen, _), rows in zip(proposal.groups, factors, short, strict=True):
        for index, row, head in zip(group.neurons, rows, chosen, strict=True):
            weights[index], outputs[index] = row, head
    for group in proposal.zeroed:
        rows = _switched_off(start, group, fitted.residuals)
        for index, row in zip(group.neurons, rows, strict=True):
            weights[index], outputs[index] = row, (ZERO,) * start.output_dimension
    return tuple(weights), tuple(outputs), fitted.output_bias


def _shortened(
    group: Group, coordinates: Matrix, outputs: Matrix, target: Matrix, bits: int
) -> Matrix | None:
    """Return input weights of few digits with the same product, where they may be changed.

    Irrational ones, which the coupling with a group of low rank can cause, stay as they are.
    """
    if group.free != "weights" or not all(isinstance(c, fmpq) for row in coordinates for c in row):
        return None
    short = readable(group, coordinates, outputs, target, bits)
    return None if short is None else in_face(group, short)


def _switched_off(start: Start, group: Group, residuals: Matrix) -> Matrix:
    """Return input weights for a group with h = 0: the projected ones where Psi vanishes there
    (dL/dh = 0), otherwise 0, which is always stationary.
    """
    if group.basis and gradient_vanishes(start, group, residuals):
        rows = in_face(group, face_coordinates(start, group))
        if not first_hits(start, (group,), (rows,)):
            return rows
    return ((ZERO,) * len(start.inputs[0]),) * len(group.neurons)


def _onto_faces(
    start: Start, proposal: Proposal, hits: dict[tuple[int, ...], int], rule: RankRule
) -> Proposal | Failure:
    """Put the data point that breaks first on the boundary of each violated group."""
    groups, zeroed = [], list(proposal.zeroed)
    for group in proposal.groups:
        if group.neurons not in hits:
            groups.append(group)
            continue
        k = hits[group.neurons]
        if k in group.added:
            message = f"the sign at data point {k} cannot be kept, nor can it be 0"
            return _about("PATTERN_INFEASIBLE", group, message)
        pattern = group.pattern[:k] + "0" + group.pattern[k + 1 :]
        history = replace(group, added=group.added | {k})
        moved = with_pattern(start, history, pattern, rule)
        # A group that is left with w = 0 does nothing: (0, 0) is stationary whatever its h was.
        (groups if moved.basis else zeroed).append(moved)
    return Proposal(_merged(start, groups, rule), tuple(zeroed))


def _verified(
    start: Start, proposal: Proposal, point: EmpiricalPoint, rule: RankRule
) -> Proposal | EmpiricalPoint | Failure:
    """Return the point if it is stationary; otherwise release the faces that descend."""
    functionals = one_sided_functionals(point)
    found = directional_stationarity(point, functionals)
    if found.holds:
        return point
    if found.holds is None:
        neuron, tried = found.undecided[0]
        return Failure("NO_CONVERGENCE", f"stationarity is undecided: {tried}", neuron)
    directions: dict[int, Vector] = {}
    # With one output, neurons of equal pattern and sign of h have phi_i in common up to a factor.
    known: dict[tuple[object, ...], Vector] = {}
    for violation in found.violations:
        index = violation.neuron
        if violation.kind != "input_weight" or index is None:
            return _not_stationary(violation)
        output = point.outputs[index]
        place = (point.patterns[index], sign(output[0]) if len(output) == 1 else output)
        if place not in known:
            known[place] = _steepest_ray(point, functionals, violation)
        directions[index] = known[place]
    moved = []
    for group in proposal.groups:
        parts: dict[str, list[int]] = {}
        for index in group.neurons:
            pattern = group.pattern
            if index in directions:
                pattern = _released(start, pattern, directions.pop(index))
            parts.setdefault(pattern, []).append(index)
        for pattern, neurons in parts.items():
            part = replace(group, neurons=tuple(neurons))
            if pattern != group.pattern:
                taken = set(boundary_set(group.pattern)) - set(boundary_set(pattern))
                if taken & group.released:
                    return _not_stationary(found.violations[0])
                part = replace(part, released=group.released | taken)
            moved.append(with_pattern(start, part, pattern, rule))
    if directions or [group.key for group in moved] == [group.key for group in proposal.groups]:
        return _not_stationary(found.violations[0])
    return Proposal(_merged(start, moved, rule), proposal.zeroed)


def _steepest_ray(
    point: EmpiricalPoint, functionals: tuple[OneSidedFunctional, ...], violation: Violation
) -> Vector:
    """Return the fan generator with the steepest descent, or the given direction where the fan is
    too large: a ray leaves as few boundaries as possible.
    """
    assert violation.neuron is not None
    table = generator_table(functionals[violation.neuron], point.outputs[violation.neuron])
    if table is None:
        return violation.direction
    descending = [generator for generator in table if generator.phi < 0]
    if not descending:
        return violation.direction
    steepness = [(g.phi * g.phi) / dot(g.direction, g.direction) for g in descending]
    return descending[steepness.index(max(steepness))].direction


def _released(start: Start, pattern: str, direction: Vector) -> str:
    """Move the boundary points of a pattern to the side of a direction."""
    characters = list(pattern)
    for k in boundary_set(pattern):
        characters[k] = SIGN_CHARACTERS[sign(dot(direction, start.inputs[k]))]
    return "".join(characters)


def _merged(start: Start, groups: Iterable[Group], rule: RankRule) -> tuple[Group, ...]:
    """Unite groups that have come to the same pattern and sign."""
    united: dict[tuple[str, int | None], Group] = {}
    for group in groups:
        place = (group.pattern, group.sign)
        if place not in united:
            united[place] = group
            continue
        other = united[place]
        neurons = tuple(sorted((*other.neurons, *group.neurons)))
        union = make_group(start, group.pattern, neurons, rule)
        added, released = other.added | group.added, other.released | group.released
        united[place] = replace(union, added=added, released=released)
    return tuple(united.values())


def _about(status: str, group: Group, message: str) -> Failure:
    return Failure(status, message, pattern=group.pattern, neurons=group.neurons)


def _not_stationary(violation: Violation) -> Failure:
    return Failure(
        "NOT_STATIONARY",
        f"negative one-sided derivative in the {violation.kind.replace('_', ' ')}",
        violation.neuron,
        violation.direction,
        violation.derivative,
    )
