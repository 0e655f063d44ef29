"""Everything about one point of an integral-loss landscape, as one immutable result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from exactland.arithmetic.ordered import format_decimal_exact, format_exact
from exactland.arithmetic.ordered_polynomials import Number
from exactland.cells.breakpoints import NeuronType
from exactland.derivatives.integral import IntegralState, integral_state
from exactland.landscape.integral.classification import (
    Classification,
    FamilyMember,
    classify,
    family_member,
    semi_inactive_sign,
    target_slope,
    theorem_applies,
)
from exactland.landscape.integral.descent import Descent, descent
from exactland.landscape.integral.gradient_descent import (
    GradientDescent,
    gradient_descent,
    strict_saddle_coverage,
)
from exactland.landscape.integral.report import report
from exactland.landscape.integral.second_order import (
    SecondOrder,
    critical_manifold_dimension,
    second_order,
    theorem_inertia,
)
from exactland.landscape.integral.stationarity import Stationarity, stationarity
from exactland.landscape.integral.summary import summary_rows
from exactland.landscape.integral.thresholds import (
    Threshold,
    convergence_threshold,
    family_checks,
    universal_checks,
)
from exactland.problem.activations import Quadratic
from exactland.problem.integral import IntegralProblem


@dataclass(frozen=True, slots=True)
class IntegralAnalysis:
    """Every verdict about one point.

    Attributes
    ----------
    problem, state, stationarity, second_order, classification : the exact parts
    member : place in Theorem 1 (critical points with r != 0, affine target)
    manifold_dimension, morse_bott, strict : of a C^2 critical point; None where not defined
    descent : a verified descent direction at saddles and non-stationary points
    gradient_descent : None where there is no Hessian, not even a one-sided one
    coverage : whether the strict-saddle argument covers the point, and the clause; (None, ...)
        where the question does not arise
    threshold : the convergence threshold of this width
    checks : theorem identities evaluated at this point; all are True

    Examples
    --------
    >>> from exactland.landscape.integral.family import critical_family
    >>> print(analyze_integral(critical_family("relu", 2).problem))
    saddle, loss 1/972 (Theorem 2 (IV)(b)); inertia (2, 2, 3)
    """

    problem: IntegralProblem
    state: IntegralState
    stationarity: Stationarity
    second_order: SecondOrder
    classification: Classification
    member: FamilyMember | None
    manifold_dimension: int | None
    morse_bott: bool | None
    strict: bool | None
    descent: Descent | None
    gradient_descent: GradientDescent | None
    coverage: tuple[bool | None, str]
    threshold: Threshold | None
    checks: dict[str, bool]

    @property
    def loss(self) -> Number:
        """The exact loss."""
        return self.state.loss

    @property
    def neurons(self) -> tuple[NeuronType, ...]:
        """The type of every neuron."""
        return self.state.types

    @property
    def verdict(self) -> str:
        """The verdict: global_minimum, local_minimum, saddle, not_stationary or undetermined."""
        return self.classification.verdict

    @property
    def inertia(self) -> tuple[int, int, int] | None:
        """The inertia of the Hessian, None where L is not twice differentiable."""
        return self.second_order.inertia

    def summary_rows(self) -> list[tuple[str, str]]:
        """Return (label, value) pairs: what a reader wants to know first."""
        return summary_rows(self)

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``exactland analyze --json`` prints."""
        return report(self)

    def __str__(self) -> str:
        text = f"{self.verdict}, loss {_short(self.loss)} ({self.classification.clause})"
        if self.inertia is not None:
            text += f"; inertia {self.inertia}"
        elif self.second_order.inertia_modified is not None:
            text += f"; modified inertia {self.second_order.inertia_modified}"
        return text

    def _repr_html_(self) -> str:
        from html import escape

        return f"<code>{escape(str(self))}</code>"


def analyze_integral(problem: IntegralProblem) -> IntegralAnalysis:
    """Return every verdict about the point of an integral-loss problem.

    Parameters
    ----------
    problem : IntegralProblem
        Rational or number-field parameters.

    Returns
    -------
    IntegralAnalysis
        All decisions are exact.

    Examples
    --------
    >>> from exactland.problem.integral import integral_problem_from_json
    >>> point = integral_problem_from_json({
    ...     "network": {"activation": {"kind": "relu"}, "w": [["1"]], "b": ["-2"],
    ...                 "v": [["3"]], "c": ["1/2"]},
    ...     "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]}})
    >>> print(analyze_integral(point))
    local_minimum, loss 1/12 (Theorem 2 (III)); inertia (0, 3, 1)
    """
    state = integral_state(problem)
    notions = stationarity(state)
    second = second_order(state, notions)
    found = classify(state, notions, second)
    critical = found.theorem and bool(notions.clarke) and not state.residual_vanishes
    piecewise = not isinstance(problem.network.activation, Quadratic)
    member = family_member(state) if critical and piecewise else None
    checks = universal_checks(state) if found.theorem and notions.clarke else {}
    if member is not None:
        checks |= family_checks(state, member)
    dimension = bott = None
    if critical and notions.directional:
        checks |= _inertia_checks(state, second)
        if second.c2_near and second.inertia is not None:
            dimension = critical_manifold_dimension(state)
            bott = dimension == second.inertia[1]
    return IntegralAnalysis(
        problem=problem,
        state=state,
        stationarity=notions,
        second_order=second,
        classification=found,
        member=member,
        manifold_dimension=dimension,
        morse_bott=bott,
        strict=_strict(second, found),
        descent=descent(state, notions, second, found),
        gradient_descent=gradient_descent(state, second, found),
        coverage=strict_saddle_coverage(state, second, found),
        threshold=convergence_threshold(state) if theorem_applies(problem) else None,
        checks=checks,
    )


def _inertia_checks(state: IntegralState, second: SecondOrder) -> dict[str, bool]:
    """Compare with Theorem 3; a non-flat semi-inactive neuron moves one zero to its side's sign."""
    negative, zero, positive = theorem_inertia(state, target_slope(state.problem))
    if second.inertia is not None:
        return {"inertia": second.inertia == (negative, zero, positive)}
    if second.inertia_modified is None:
        return {}
    signs = [semi_inactive_sign(state, j) for j in range(state.problem.width)]
    up, down = signs.count(1), signs.count(-1)
    predicted = (negative + down, zero - up - down, positive + up)
    return {"inertia_modified": second.inertia_modified == predicted}


def _strict(second: SecondOrder, found: Classification) -> bool | None:
    """Whether a saddle has a direction of negative (modified) curvature; None if undefined."""
    counts = second.inertia if second.inertia is not None else second.inertia_modified
    return None if found.verdict != "saddle" or counts is None else counts[0] > 0


def _short(value: Number) -> str:
    text = format_exact(value)
    return text if len(text) <= 40 else format_decimal_exact(value, 12)
