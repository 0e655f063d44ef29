"""What an embedding preserves: both points analysed exactly, and the clause that explains it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from exactland.arithmetic.ordered import format_decimal_exact, format_exact
from exactland.landscape.analysis import Analysis, analyze_empirical
from exactland.landscape.embedding.gamma import ReplicationSets, replication_sets
from exactland.landscape.embedding.operations import (
    InactiveUnit,
    Operation,
    Propagation,
    Replication,
    check_betas,
    embed,
)
from exactland.landscape.reports import vector_json, verdict_text
from exactland.landscape.stationarity import output_gradient, phi
from exactland.landscape.tables import aligned
from exactland.problem.files import problem_to_json
from exactland.problem.losses import Problem
from exactland.problem.network import Vector

PROPERTIES = ("differentiable", "directional", "clarke", "local_minimum", "type_1")


@dataclass(frozen=True, slots=True)
class Clause:
    """The clause of section 3 that applies: its name, and what it says here.

    ``directional`` and ``type_1`` are its predictions for the wider point, None where it makes
    none.
    """

    name: str
    statement: str
    directional: bool | None
    type_1: bool | None


@dataclass(frozen=True, slots=True)
class Embedding:
    """A point, a wider point with the same predictions, and what is the same about them.

    Attributes
    ----------
    narrow, wide : Analysis
        The complete exact analysis of both.
    clause : Clause
        Why (the exact analysis of the wider point agrees with its predictions).
    sets : ReplicationSets or None
        For a replication, the exact sets of all gamma that keep each property.
    """

    operation: Operation
    narrow: Analysis
    wide: Analysis
    clause: Clause
    sets: ReplicationSets | None

    @property
    def problem(self) -> Problem:
        """The wider problem."""
        return self.wide.point.problem

    @property
    def preserved(self) -> dict[str, bool | None]:
        """For each property: True if both points have it, False if it is lost, None if the
        narrower point does not have it or one of the two is undecided.
        """
        before, after = properties(self.narrow), properties(self.wide)
        return {name: after[name] if before[name] else None for name in PROPERTIES}

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``exactland embed --json`` prints."""
        result: dict[str, Any] = {
            "operation": operation_json(self.operation),
            "loss": format_exact(self.wide.loss),
            "narrow": point_json(self.narrow),
            "wide": point_json(self.wide),
            "preserved": {"loss": self.wide.loss == self.narrow.loss, **self.preserved},
            "clause": {"name": self.clause.name, "statement": self.clause.statement},
        }
        if self.sets is not None:
            result["gamma_sets"] = self.sets.to_json()
        result["problem"] = problem_to_json(self.problem)
        return result

    def summary_rows(self) -> list[tuple[str, str]]:
        """Return (label, value) pairs."""
        widths = self.narrow.point.width, self.wide.point.width
        loss = self.wide.loss
        rows = [
            ("width", f"{widths[0]} -> {widths[1]}"),
            ("loss", f"{format_exact(loss)}  ({format_decimal_exact(loss, 10)}), unchanged"),
            ("narrower point", verdict_text(self.narrow)),
            ("wider point", verdict_text(self.wide)),
        ]
        labels = {
            "differentiable": "differentiable stationarity",
            "directional": "directional stationarity",
            "clarke": "Clarke stationarity",
            "local_minimum": "local minimality",
            "type_1": "type 1 (no escape neuron)",
        }
        before, after = properties(self.narrow), properties(self.wide)
        for name, label in labels.items():
            rows.append((label, _change(before[name], after[name])))
        rows += [("clause", self.clause.name), ("because", self.clause.statement)]
        if self.sets is not None:
            rows += set_rows(self.sets)
        return rows

    def __str__(self) -> str:
        return aligned(self.summary_rows())


def embedding(problem: Problem, operation: Operation) -> Embedding:
    """Embed a point in a wider landscape and decide exactly what is preserved.

    Raises
    ------
    InputError
        If the operation does not keep the predictions on the data.

    Examples
    --------
    >>> from flint import fmpq
    >>> from exactland.problem.files import problem_from_json
    >>> narrow = problem_from_json({
    ...     "format": "exactland-problem/1",
    ...     "network": {"activation": {"kind": "relu"}, "w": [["-1"]], "v": [["3"]]},
    ...     "loss": {"kind": "empirical", "x": [["1"]], "y": [["1"]]}})
    >>> found = embedding(narrow, Propagation((fmpq(1),)))
    >>> found.preserved["local_minimum"], found.clause.name
    (False, 'inactive propagation')
    """
    wide = embed(problem, operation)
    narrow_analysis, wide_analysis = analyze_empirical(problem), analyze_empirical(wide)
    if narrow_analysis.point.residuals != wide_analysis.point.residuals:
        raise AssertionError("an embedding changed a prediction")
    sets = None
    if isinstance(operation, Replication):
        sets = replication_sets(narrow_analysis, operation.neuron, operation.betas)
    clause = _clause(narrow_analysis, wide_analysis, operation, sets)
    after = properties(wide_analysis)
    for predicted, found in (
        (clause.directional, after["directional"]),
        (clause.type_1, after["type_1"]),
    ):
        # Two independent routes to one fact: a difference would be a defect, so nothing is said.
        if None not in (predicted, found) and predicted != found:
            raise AssertionError(f"clause {clause.name!r} and the analysis disagree")
    return Embedding(operation, narrow_analysis, wide_analysis, clause, sets)


@dataclass(frozen=True, slots=True)
class FreeGamma:
    """A point, and for the replication of one of its neurons the exact sets of gamma."""

    narrow: Analysis
    sets: ReplicationSets

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``exactland embed --json`` prints without --gamma."""
        operation = {
            "kind": "replication",
            "neuron": self.sets.neuron,
            "beta": vector_json(self.sets.betas),
        }
        return {
            "operation": operation,
            "loss": format_exact(self.narrow.loss),
            "narrow": point_json(self.narrow),
            "gamma_sets": self.sets.to_json(),
        }

    def summary_rows(self) -> list[tuple[str, str]]:
        """Return (label, value) pairs."""
        rows = [("narrower point", verdict_text(self.narrow)), *set_rows(self.sets)]
        for name, found in (
            ("directional", self.sets.directional),
            ("minimality", self.sets.local_minimum),
        ):
            words = {True: "yes", False: "no", None: "open"}
            rows += [
                (f"{name}, {case.condition}", f"{words[case.holds]}: {case.because}")
                for case in found.cases
            ]
        return rows

    def __str__(self) -> str:
        return aligned(self.summary_rows())


def gamma_sets(problem: Problem, neuron: int, betas: Vector) -> FreeGamma:
    """Return, for a replication with free gamma, the exact set that keeps each property.

    Raises
    ------
    InputError
        If there is no such neuron, or a beta is not positive.

    Examples
    --------
    >>> from flint import fmpq
    >>> from exactland.problem.files import problem_from_json
    >>> narrow = problem_from_json({
    ...     "format": "exactland-problem/1",
    ...     "network": {"activation": {"kind": "relu"}, "w": [["-1"]], "v": [["3"]]},
    ...     "loss": {"kind": "empirical", "x": [["1"]], "y": [["1"]]}})
    >>> gamma_sets(narrow, 0, (fmpq(1), fmpq(1))).sets.local_minimum.kind
    'all'
    """
    check_betas(problem, neuron, betas)
    narrow = analyze_empirical(problem)
    return FreeGamma(narrow, replication_sets(narrow, neuron, betas))


def properties(analysis: Analysis) -> dict[str, bool | None]:
    """Return which of the properties of an embedding a point has, None where undecided."""
    stationary = analysis.directional.holds
    minimum = {
        "local_minimum": True,
        "global_minimum": True,
        "saddle": False,
        "not_stationary": False,
    }.get(analysis.verdict)
    return {
        "differentiable": stationary and analysis.differentiable,
        "directional": stationary,
        "clarke": analysis.clarke.holds,
        "local_minimum": minimum,
        "type_1": minimum and _without_escape(analysis),
    }


def _without_escape(analysis: Analysis) -> bool | None:
    escapes = [neuron.escapes for neuron in analysis.neurons]
    return None if None in escapes and True not in escapes else True not in escapes


def _clause(
    narrow: Analysis, wide: Analysis, operation: Operation, sets: ReplicationSets | None
) -> Clause:
    stationary, type_1 = narrow.directional.holds, properties(narrow)["type_1"]
    if isinstance(operation, Replication):
        assert sets is not None
        return _replication_clause(sets, operation, type_1)
    functional = wide.functionals[-1]
    dual = output_gradient(wide.point, functional, wide.point.width - 1)
    if isinstance(operation, Propagation):
        kept = stationary and not any(dual)
        zero = functional.is_zero()
        if any(dual):
            text = "Psi(w) is not 0: the loss has a slope in the new output weight"
        elif zero:
            text = "h = 0 and psi = 0 near w: stationarity and type-1 minimality are kept"
        else:
            text = (
                "h = 0 and Psi(w) = 0, so directional stationarity is kept; psi is not 0, so the "
                "new neuron is an escape neuron: a stationary point, but not a local minimum"
            )
        return Clause("inactive propagation", text, kept, type_1 and kept and zero)
    if functional.is_zero():
        text = (
            "the unit is inactive near w on all data that matter (psi = 0): stationarity and "
            "type-1 minimality are kept"
        )
        if _open_dead(wide):
            text = (
                "the unit is inactive on a neighbourhood (w . x_k < 0 for all data): the loss does "
                "not depend on it, so stationarity and minimality of every type are kept"
            )
        return Clause("inactive unit, psi = 0", text, stationary, type_1)
    form = phi(wide.point, functional, wide.point.width - 1)
    name = "inactive unit on its boundary"
    report = wide.neurons[-1]
    if any(
        one.kind == "input_weight" and one.neuron == report.index
        for one in wide.directional.violations
    ):
        text = "phi = h . psi is negative in some direction: not directionally stationary"
        return Clause(name, text, False, False)
    if stationary is not True or wide.directional.holds is None:
        return Clause(name, "the other neurons decide", stationary, None)
    if report.escapes:
        text = (
            "phi >= 0 keeps directional stationarity; phi(v) = 0 with psi(v) not 0 makes the unit "
            "an escape neuron" + (" (h = 0)" if form.is_zero() else "")
        )
        return Clause(name, text, stationary, False)
    text = "phi >= 0, and psi vanishes where phi does: stationarity and type-1 minimality are kept"
    return Clause(name, text, stationary, type_1 and not report.escapes)


def _open_dead(wide: Analysis) -> bool:
    inputs, pattern = wide.point.inputs, wide.point.patterns[-1]
    return all(sign == "-" or not any(row) for row, sign in zip(inputs, pattern, strict=True))


def _replication_clause(
    sets: ReplicationSets, operation: Replication, type_1: bool | None
) -> Clause:
    texts = []
    for label, found in (
        ("directionally stationary", sets.directional),
        ("local minimum", sets.local_minimum),
    ):
        case = _case_of(found.cases, operation)
        word = {True: label, False: f"not a {label}", None: f"{label}: open"}[case.holds]
        texts.append(f"{word.replace('a directionally', 'directionally')} ({case.because})")
    directional = sets.directional.contains(operation.gammas)
    predicted = sets.local_minimum.contains(operation.gammas)
    return Clause("replication", "; ".join(texts), directional, predicted if type_1 else None)


def _case_of(cases: Any, operation: Replication) -> Any:
    gammas = operation.gammas
    if len(cases) == 1 or all(gamma > 0 for gamma in gammas):
        return cases[0]
    if any(gamma < 0 for gamma in gammas):
        return cases[-1]
    return cases[1] if len(cases) == 3 else cases[0]


def set_rows(sets: ReplicationSets) -> list[tuple[str, str]]:
    """Return the exact sets of gamma as (label, value) pairs."""
    return [
        ("gamma: directionally stationary", sets.directional.formula(sets.betas)),
        ("gamma: Clarke stationary", sets.clarke.formula(sets.betas)),
        ("gamma: local minimum", sets.local_minimum.formula(sets.betas)),
    ]


def point_json(analysis: Analysis) -> dict[str, Any]:
    """Return the verdicts about one of the two points as a JSON object."""
    found = properties(analysis)
    escapes = analysis.escape_neurons
    return {
        "width": analysis.point.width,
        "verdict": analysis.verdict,
        "reason": analysis.reason,
        "stationary": {name: found[name] for name in ("differentiable", "directional", "clarke")},
        "local_minimum": found["local_minimum"],
        "type": minimum_type(analysis),
        "escape_neurons": None if escapes is None else list(escapes),
    }


def minimum_type(analysis: Analysis) -> int | None:
    """Return 1 for a local minimum without escape neuron, 2 for one with, None otherwise."""
    found = properties(analysis)
    if not found["local_minimum"] or found["type_1"] is None:
        return None
    return 1 if found["type_1"] else 2


def operation_json(operation: Operation) -> dict[str, Any]:
    """Return an operation as a JSON object."""
    if isinstance(operation, Replication):
        return {
            "kind": "replication",
            "neuron": operation.neuron,
            "beta": vector_json(operation.betas),
            "gamma": vector_json(operation.gammas),
        }
    if isinstance(operation, InactiveUnit):
        weight, output = vector_json(operation.weight), vector_json(operation.output)
        return {"kind": "inactive_unit", "weight": weight, "output": output}
    return {"kind": "inactive_propagation", "weight": vector_json(operation.weight)}


def _change(before: bool | None, after: bool | None) -> str:
    words = {True: "yes", False: "no", None: "undecided"}
    if before and after:
        return "kept"
    if before and after is False:
        return "lost"
    if before is False and after is False:
        return "neither point has it"
    return f"{words[before]} -> {words[after]}"
