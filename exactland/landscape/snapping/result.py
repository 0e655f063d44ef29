"""The result of snapping, as an object, as JSON, as text, as HTML."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape as escape_html
from typing import Any

from flint import fmpq

from exactland.arithmetic.matrices import multiply, transpose
from exactland.arithmetic.number_fields import element_to_json, field_to_json
from exactland.arithmetic.ordered import Scalar, format_exact
from exactland.arithmetic.ordered import format_decimal_exact as format_decimal
from exactland.arithmetic.rationals import sign
from exactland.cells.patterns import boundary_set
from exactland.derivatives.empirical import EmpiricalPoint
from exactland.landscape.reports import shortened, vector_json
from exactland.landscape.snapping.groups import is_dead
from exactland.landscape.snapping.search import Failure
from exactland.landscape.tables import aligned
from exactland.problem.losses import Problem
from exactland.problem.network import Matrix


@dataclass(frozen=True, slots=True)
class SnappedGroup:
    """Neurons with one exact activation pattern (and, for one output, one sign of h).

    ``output_sign`` is -1, 0 or 1 for one output and None for several; ``boundary`` lists the data
    indices with w~ . x~_k = 0; ``product`` is sum_i h_i w~_i^T, J x d~.
    """

    pattern: str
    output_sign: int | None
    neurons: tuple[int, ...]
    boundary: tuple[int, ...]
    product: Matrix


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of one pair of tolerances.

    ``outcome`` is ``ok``, ``FAR``, a failure code, or ``SAME`` where the tolerances give the same
    groups as an earlier pair; ``loss``, ``distance`` and ``zeroed`` (a count) are there for the
    verified points.
    """

    angle_tolerance: fmpq
    mass_tolerance: fmpq
    outcome: str
    loss: fmpq | None = None
    distance: fmpq | None = None
    zeroed: int | None = None
    detail: Failure | None = None


@dataclass(frozen=True, slots=True)
class SnapResult:
    """An exact stationary point near a trained network, or why none was found.

    Attributes
    ----------
    status : str
        ``ok``; ``FAR`` (verified, but farther than `max_distance`; the point is kept); or that of
        the failure in `detail`.
    problem : Problem or None
        The exact point, verified to be directionally stationary.
    loss, distance, loss_gap : rational or None
        Its exact loss; the largest change of a parameter and the change of the loss, against the
        exact dyadic checkpoint.
    groups : tuple of SnappedGroup
        The neurons that are neither dead nor zero.
    dead, zeroed : tuples of neuron indices
        Strictly inactive on all data; w~ = 0 and h = 0.
    angle_tolerance, mass_tolerance : rational or None
        Those that led to the point; None where the checkpoint itself is stationary.
    """

    status: str
    problem: Problem | None
    loss: fmpq | None
    distance: fmpq | None
    loss_gap: fmpq | None
    max_distance: fmpq
    groups: tuple[SnappedGroup, ...] = ()
    dead: tuple[int, ...] = ()
    zeroed: tuple[int, ...] = ()
    angle_tolerance: fmpq | None = None
    mass_tolerance: fmpq | None = None
    detail: Failure | None = None
    attempts: tuple[Attempt, ...] = ()

    @property
    def mean_squared_error(self) -> fmpq | None:
        """The mean of the squared residuals over all entries, whatever the scale of the loss."""
        if self.problem is None or self.loss is None:
            return None
        loss = self.problem.loss
        return self.loss / (loss.scale * loss.points * len(loss.targets[0]))

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``exactland snap --json`` prints."""
        return {
            "status": self.status,
            "loss": _text(self.loss),
            "mean_squared_error": _text(self.mean_squared_error),
            **self._field_json(),
            "distance": _decimal(self.distance),
            "loss_gap": _decimal(self.loss_gap),
            "max_distance": _decimal(self.max_distance),
            "groups": [
                {
                    "pattern": group.pattern,
                    "output_sign": group.output_sign,
                    "neurons": list(group.neurons),
                    "boundary": list(group.boundary),
                    "product": [vector_json(row) for row in group.product],
                }
                for group in self.groups
            ],
            "dead": list(self.dead),
            "zeroed": list(self.zeroed),
            "angle_tolerance": _text(self.angle_tolerance),
            "mass_tolerance": _text(self.mass_tolerance),
            "detail": None if self.detail is None else _failure_json(self.detail),
            "attempts": [
                {
                    "angle_tolerance": _text(attempt.angle_tolerance),
                    "mass_tolerance": _text(attempt.mass_tolerance),
                    "outcome": attempt.outcome,
                    "loss": _text(attempt.loss),
                    "distance": _decimal(attempt.distance),
                    "detail": None if attempt.detail is None else _failure_json(attempt.detail),
                }
                for attempt in self.attempts
            ],
        }

    def _field_json(self) -> dict[str, Any]:
        """The number field, where the point needs one, and the loss in it."""
        field = None if self.problem is None else self.problem.field
        if field is None:
            return {}
        return {"field": field_to_json(field), "loss_exact": element_to_json(self.loss)}

    def __str__(self) -> str:
        return aligned(_rows(self))

    def _repr_html_(self) -> str:
        cells = "".join(
            f"<tr><th style='text-align:left'>{escape_html(label)}</th>"
            f"<td style='text-align:left'>{escape_html(value)}</td></tr>"
            for label, value in _rows(self)
        )
        return f"<table>{cells}</table>"


def describe(
    point: EmpiricalPoint,
) -> tuple[tuple[SnappedGroup, ...], tuple[int, ...], tuple[int, ...]]:
    """Return groups, dead and zero neurons of an exact point, read off from scratch."""
    activation = point.problem.network.activation
    live = [index for index, row in enumerate(point.inputs) if any(row)]
    dead, zeroed = [], []
    members: dict[tuple[str, int | None], list[int]] = {}
    for index, pattern in enumerate(point.patterns):
        output = point.outputs[index]
        if not any(point.weights[index]) and not any(output):
            zeroed.append(index)
        elif is_dead([pattern[k] for k in live], activation):
            dead.append(index)
        else:
            side = sign(output[0]) if len(output) == 1 else None
            members.setdefault((pattern, side), []).append(index)
    groups = tuple(
        SnappedGroup(
            pattern,
            side,
            tuple(neurons),
            boundary_set(pattern),
            multiply(
                transpose([point.outputs[i] for i in neurons]), [point.weights[i] for i in neurons]
            ),
        )
        for (pattern, side), neurons in members.items()
    )
    return groups, tuple(dead), tuple(zeroed)


def _rows(result: SnapResult) -> list[tuple[str, str]]:
    """Return (label, value) pairs for reading."""
    rows = [("status", result.status)]
    field = None if result.problem is None else result.problem.field
    if field is not None:
        rows.append(("number field", shortened(str(field), 80)))
    if result.detail is not None:
        rows.append(("because", _failure_text(result.detail)))
    if result.loss is not None and result.mean_squared_error is not None:
        for name, value in (
            ("loss", result.loss),
            ("mean squared error", result.mean_squared_error),
        ):
            text = shortened(format_exact(value))
            rows.append((name, f"{text}  ({format_decimal(value, 10)})"))
        for group in result.groups:
            rows.append((_count(len(group.neurons)), _group_text(group)))
        if result.dead:
            rows.append((_count(len(result.dead)), "dead (strictly inactive on all data)"))
        if result.zeroed:
            rows.append((_count(len(result.zeroed)), f"zero: {_indices(result.zeroed)}"))
    if result.distance is not None and result.loss_gap is not None:
        limit = f"(largest change of a parameter; limit {format_decimal(result.max_distance, 3)})"
        rows.append(("distance", f"{format_decimal(result.distance, 4)}  {limit}"))
        rows.append(("loss gap", f"{format_decimal(result.loss_gap, 4)}  (to the checkpoint)"))
    if result.angle_tolerance is not None and result.mass_tolerance is not None:
        angle, mass = (
            format_decimal(result.angle_tolerance),
            format_decimal(result.mass_tolerance),
        )
        rows.append(("tolerances", f"angle {angle}, mass {mass}"))
    elif result.problem is not None:
        rows.append(("tolerances", "none: the checkpoint itself is exactly stationary"))
    return rows


def _group_text(group: SnappedGroup) -> str:
    if not group.boundary:
        where = "active on all data" if "-" not in group.pattern else f"pattern {group.pattern}"
    else:
        points = ", ".join(f"x_{index + 1}" for index in group.boundary[:6])
        more = ", ..." if len(group.boundary) > 6 else ""
        where = f"pattern {group.pattern}, orthogonal to {points}{more}"
    side = {None: "", 1: ", h > 0", 0: ", h = 0", -1: ", h < 0"}[group.output_sign]
    if len(group.product) > 1:
        return where + side
    entries = ", ".join(shortened(format_exact(entry), 30) for entry in group.product[0])
    return f"{where}{side}, sum of h w = ({entries})"


def _failure_text(failure: Failure) -> str:
    parts = [failure.message]
    if failure.pattern is not None:
        parts.append(f"neurons {_indices(failure.neurons)} with pattern {failure.pattern}")
    if failure.neuron is not None:
        parts.append(f"neuron {failure.neuron}")
    if failure.derivative is not None:
        parts.append(f"derivative {format_decimal(failure.derivative)}")
    return "; ".join(parts)


def _failure_json(failure: Failure) -> dict[str, Any]:
    return {
        "status": failure.status,
        "message": failure.message,
        "neuron": failure.neuron,
        "direction": None if failure.direction is None else vector_json(failure.direction),
        "derivative": None if failure.derivative is None else element_to_json(failure.derivative),
        "pattern": failure.pattern,
        "neurons": list(failure.neurons),
    }


def _count(number: int) -> str:
    return "1 neuron" if number == 1 else f"{number} neurons"


def _indices(indices: tuple[int, ...]) -> str:
    return ", ".join(map(str, indices[:12])) + (", ..." if len(indices) > 12 else "")


def _text(value: Scalar | None) -> str | None:
    return None if value is None else format_exact(value)


def _decimal(value: fmpq | None) -> str | None:
    return None if value is None else format_decimal(value)
