"""Escape neurons: neurons with a direction v such that phi_i(v) = 0 and psi_i(v) != 0.

Where the answer is no, a spread delta is returned: every output weight h' in the cone over
h_i +- delta e_j keeps h'.psi_i >= 0, which is what makes the point a local minimum.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from flint import fmpq

from exactland.arithmetic.linear_programs import Feasible, find_point
from exactland.arithmetic.matrices import nullspace
from exactland.arithmetic.rationals import ZERO, dot
from exactland.cells.fans import Fan, fan, ray_candidates
from exactland.derivatives.empirical import OneSidedFunctional
from exactland.landscape.positivity import Negative, Nonnegative, decide_nonnegative
from exactland.problem.network import Vector

MAX_RAYS: Final = 256
"""Subsets of normals up to which the fan of a boundary set is enumerated."""
MAX_HALVINGS: Final = 40
"""Spreads tried where the fan is too large to enumerate."""


@dataclass(frozen=True, slots=True)
class Generator:
    """A generator of the fan with the values of psi_i and phi_i on it."""

    direction: Vector
    psi: Vector
    phi: fmpq
    lineality: bool


@dataclass(frozen=True, slots=True)
class Escapes:
    """phi_i(direction) = 0 and psi_i(direction) = psi != 0."""

    direction: Vector
    psi: Vector


@dataclass(frozen=True, slots=True)
class Bound:
    """No escape.  ``spread`` is None where psi_i vanishes identically (any h' will do)."""

    spread: fmpq | None


@dataclass(frozen=True, slots=True)
class Undecided:
    """Neither was established within the limits."""

    tried: str


def generator_table(functional: OneSidedFunctional, output: Vector) -> tuple[Generator, ...] | None:
    """Return psi_i and phi_i on the generators of the fan of psi_i's kinks, or None if too many.

    psi_i is linear on every cell of the arrangement of its kinks, so this table determines it.
    """
    normals = [kink.normal for kink in functional.kinks]
    dimension = len(functional.linear[0])
    if ray_candidates(normals, dimension) > MAX_RAYS:
        return None
    return tuple(_generators(functional, output, fan(normals, dimension)))


def _generators(functional: OneSidedFunctional, output: Vector, cone: Fan) -> Iterator[Generator]:
    for lineality, directions in ((True, cone.lineality), (False, cone.rays)):
        for direction in directions:
            psi = functional(direction)
            yield Generator(direction, psi, dot(output, psi), lineality)


def decide_escape(
    functional: OneSidedFunctional, output: Vector, table: tuple[Generator, ...] | None
) -> Escapes | Bound | Undecided:
    """Decide whether a neuron of a directionally stationary point is an escape neuron.

    Parameters
    ----------
    functional : OneSidedFunctional
        psi_i, with phi_i = output . psi_i >= 0 already established.
    output : vector of length J
        h_i.
    table : generators or None
        The fan of psi_i where it is small enough (:func:`generator_table`): then testing the
        generators decides, because phi_i vanishes on a face of every cell.

    References
    ----------
    Spec, section 1, "escape neuron" (Wu, Simsek, Ged, Definition 4.1, restated).

    Examples
    --------
    >>> psi = OneSidedFunctional(((fmpq(1),), (fmpq(0),)), ())
    >>> decide_escape(psi, (fmpq(0), fmpq(2)), None)
    Escapes(direction=(1,), psi=(1, 0))
    """
    if functional.is_zero():
        return Bound(None)
    if not any(output):
        return _nonzero_direction(functional, table)
    if len(output) == 1:
        return Bound(abs(output[0]))
    if table is not None:
        return _decide_on_generators(output, table)
    return _decide_by_spreads(functional, output)


def _nonzero_direction(
    functional: OneSidedFunctional, table: tuple[Generator, ...] | None
) -> Escapes:
    candidates = (
        (generator.direction for generator in table)
        if table is not None
        else _directions_with_nonzero_value(functional)
    )
    found = [(direction, functional(direction)) for direction in candidates]
    direction, psi = max(
        ((direction, psi) for direction, psi in found if any(psi)),
        key=lambda pair: max(abs(value) for value in pair[1]) / max(abs(v) for v in pair[0]),
    )
    return Escapes(direction, psi)


def _directions_with_nonzero_value(functional: OneSidedFunctional) -> Iterator[Vector]:
    """Directions among which psi is nonzero at least once, without enumerating rays.

    psi(v) - psi(-v) = 2 A v settles the case A != 0.  Otherwise take a generic p on one kink's
    hyperplane and step across: psi(p + s u) + psi(p - s u) - 2 psi(p) = 2 s |u|^2 kappa != 0.
    """
    for row in functional.linear:
        if any(row):
            yield row
            yield tuple(-entry for entry in row)
            return
    normal = functional.kinks[0].normal
    others = [kink.normal for kink in functional.kinks[1:]]
    basis = nullspace([normal], len(normal))
    for attempt in range(1, 10_000):
        powers = [fmpq(attempt) ** exponent for exponent in range(len(basis))]
        point = tuple(
            sum((p * b[axis] for p, b in zip(powers, basis, strict=True)), ZERO)
            for axis in range(len(normal))
        )
        heights = [(abs(dot(other, point)), abs(dot(other, normal))) for other in others]
        if all(height for height, _ in heights):
            step = min((height / speed for height, speed in heights if speed), default=fmpq(2)) / 2
            yield point
            yield tuple(p + step * n for p, n in zip(point, normal, strict=True))
            yield tuple(p - step * n for p, n in zip(point, normal, strict=True))
            return


def _decide_on_generators(output: Vector, table: tuple[Generator, ...]) -> Escapes | Bound:
    spreads = []
    for generator in table:
        largest = max(abs(value) for value in generator.psi)
        if largest and not generator.phi:
            return Escapes(generator.direction, generator.psi)
        if largest:
            spreads.append(generator.phi / largest)
    return Bound(min(spreads))


def _decide_by_spreads(
    functional: OneSidedFunctional, output: Vector
) -> Escapes | Bound | Undecided:
    """Halve the spread until every corner h +- delta e_j is nonnegative, or an escape shows up in
    the cell where a corner fails.
    """
    spread = max(abs(value) for value in output)
    for _ in range(MAX_HALVINGS):
        failing = _failing_corner(functional, output, spread)
        if failing is None:
            return Bound(spread)
        if isinstance(failing, Undecided):
            return failing
        escape = _escape_in_cell(functional, output, failing)
        if escape is not None:
            return escape
        spread /= 2
    return Undecided(f"spreads down to {spread} by linear programming")


def _failing_corner(
    functional: OneSidedFunctional, output: Vector, spread: fmpq
) -> Vector | Undecided | None:
    for axis in range(len(output)):
        for corner in (spread, -spread):
            moved = tuple(h + corner * (index == axis) for index, h in enumerate(output))
            decision = decide_nonnegative(functional.contracted(moved))
            if isinstance(decision, Negative):
                return decision.direction
            if not isinstance(decision, Nonnegative):
                return Undecided(decision.tried)
    return None


def _escape_in_cell(
    functional: OneSidedFunctional, output: Vector, start: Vector
) -> Escapes | None:
    """Look for v in the closed cell of `start` with phi(v) = 0 and some |psi_j(v)| = 1: v is a
    solution of a linear program, because psi is linear on the cell.
    """
    sides, gradients = [], [list(row) for row in functional.linear]
    for kink in functional.kinks:
        side = fmpq(1) if dot(kink.normal, start) >= 0 else fmpq(-1)
        sides.append(tuple(side * entry for entry in kink.normal))
        for gradient, jump in zip(gradients, kink.jump, strict=True):
            for axis, entry in enumerate(kink.normal):
                gradient[axis] += side * jump * entry
    slope = tuple(dot(output, column) for column in zip(*gradients, strict=True))
    for gradient in gradients:
        for value in (fmpq(1), fmpq(-1)):
            rows = [slope, tuple(gradient), *sides]
            columns = [*zip(*rows, strict=True)]
            for index in range(len(sides)):
                slack = [ZERO] * len(rows)
                slack[2 + index] = fmpq(-1)
                columns.append(tuple(slack))
            target = (ZERO, value, *([ZERO] * len(sides)))
            free: list[fmpq | None] = [None] * len(slope)
            lower = [*free, *([ZERO] * len(sides))]
            found = find_point(columns, target, lower, [None] * len(columns))
            if isinstance(found, Feasible):
                direction = tuple(found.point[: len(slope)])
                return Escapes(direction, functional(direction))
    return None
