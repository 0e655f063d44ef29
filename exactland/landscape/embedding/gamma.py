"""Which gamma keep what when a neuron is replicated: exact sets, proved by cases.

The copies (beta_l w, gamma_l h), beta_l > 0, sum_l beta_l gamma_l = 1, have psi_l = psi and
phi_l = gamma_l phi, with psi and phi = h . psi those of the replicated neuron: the signs of the
pre-activations and the residuals are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flint import fmpq

from exactland.arithmetic.ordered import format_exact
from exactland.derivatives.empirical import Kink, OneSidedFunctional
from exactland.landscape.analysis import Analysis
from exactland.landscape.escape import Escapes, decide_escape
from exactland.landscape.reports import vector_json
from exactland.landscape.stationarity import phi
from exactland.problem.network import Vector

ALL, NONNEGATIVE, POSITIVE, NONE, UNDETERMINED = (
    "all",
    "nonnegative",
    "positive",
    "none",
    "undetermined",
)


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a proof: for these gamma the property holds or not, and why."""

    condition: str
    holds: bool | None
    because: str

    def to_json(self) -> dict[str, Any]:
        """Return the case as a JSON object."""
        return {"case": self.condition, "holds": self.holds, "because": self.because}


@dataclass(frozen=True, slots=True)
class GammaSet:
    """The set of gamma in the hyperplane sum_l beta_l gamma_l = 1 for which a property holds.

    ``kind`` is ``all``, ``nonnegative`` (every gamma_l >= 0), ``positive`` (every gamma_l > 0),
    ``none`` or ``undetermined``.  ``cases`` cover the hyperplane.

    Examples
    --------
    >>> GammaSet(NONNEGATIVE, ()).contains((fmpq(1), fmpq(0)))
    True
    """

    kind: str
    cases: tuple[Case, ...]

    def contains(self, gammas: Sequence[fmpq]) -> bool | None:
        """Return whether a point of the hyperplane is in the set; None where undetermined."""
        if self.kind == UNDETERMINED:
            return None
        if self.kind == NONNEGATIVE:
            return all(gamma >= 0 for gamma in gammas)
        if self.kind == POSITIVE:
            return all(gamma > 0 for gamma in gammas)
        return self.kind == ALL

    def formula(self, betas: Sequence[fmpq]) -> str:
        """Return the set as a formula in gamma_1, gamma_2, ...

        Examples
        --------
        >>> GammaSet(POSITIVE, ()).formula((fmpq(1), fmpq(1, 3)))
        'gamma_1 + 1/3*gamma_2 = 1 and gamma_1 > 0 and gamma_2 > 0'
        >>> GammaSet(NONE, ()).formula((fmpq(1),))
        'false'
        """
        if self.kind in (NONE, UNDETERMINED):
            return "false" if self.kind == NONE else "undetermined"
        if len(betas) > 6:
            plane, quantified = "sum_l beta_l*gamma_l = 1", " for every l"
            names = ["gamma_l"]
        else:
            names, quantified = [f"gamma_{index + 1}" for index in range(len(betas))], ""
            terms = [
                name if beta == 1 else f"{format_exact(beta)}*{name}"
                for beta, name in zip(betas, names, strict=True)
            ]
            plane = " + ".join(terms) + " = 1"
        relation = {NONNEGATIVE: ">= 0", POSITIVE: "> 0"}.get(self.kind)
        if relation is None:
            return plane
        return " and ".join([plane, *(f"{name} {relation}" for name in names)]) + quantified

    def to_json(self, betas: Sequence[fmpq]) -> dict[str, Any]:
        """Return the set as a JSON object."""
        return {
            "set": self.kind,
            "formula": self.formula(betas),
            "cases": [case.to_json() for case in self.cases],
        }


@dataclass(frozen=True, slots=True)
class ReplicationSets:
    """For one neuron of a point and given betas, the gamma for which each property holds.

    ``differentiable``, ``directional``, ``clarke``: the wider point is stationary in that sense
    (for ``differentiable``: the loss is differentiable there with gradient 0).
    ``local_minimum``: it is a local minimum.  ``direction`` has phi(direction) > 0, where phi >= 0
    is not identically zero.
    """

    neuron: int
    betas: Vector
    differentiable: GammaSet
    directional: GammaSet
    clarke: GammaSet
    local_minimum: GammaSet
    direction: Vector | None

    def to_json(self) -> dict[str, Any]:
        """Return the sets as a JSON object."""
        names = ("differentiable", "directional", "clarke", "local_minimum")
        result: dict[str, Any] = {
            "neuron": self.neuron,
            "beta": vector_json(self.betas),
            **{name: getattr(self, name).to_json(self.betas) for name in names},
        }
        if self.direction is not None:
            result["direction"] = vector_json(self.direction)
        return result


def replication_sets(parent: Analysis, neuron: int, betas: Vector) -> ReplicationSets:
    """Return, for free gamma, the exact sets on which each property is kept.

    References
    ----------
    Spec, section 3 (replication), with the converse of each clause.

    Examples
    --------
    >>> from exactland.landscape.analysis import analyze_empirical
    >>> from exactland.problem.files import problem_from_json
    >>> parent = analyze_empirical(problem_from_json({
    ...     "format": "exactland-problem/1",
    ...     "network": {"activation": {"kind": "relu"}, "w": [["0"]], "v": [["-1"]]},
    ...     "loss": {"kind": "empirical", "x": [["1"]], "y": [["1"]]}}))
    >>> replication_sets(parent, 0, (fmpq(1), fmpq(2))).directional.formula((fmpq(1), fmpq(2)))
    'gamma_1 + 2*gamma_2 = 1 and gamma_1 >= 0 and gamma_2 >= 0'
    """
    flat = phi(parent.point, parent.functionals[neuron], neuron).is_zero()
    single = len(betas) == 1
    direction = None
    if parent.directional.holds and not flat:
        direction = _positive_direction(parent, neuron)
    return ReplicationSets(
        neuron,
        betas,
        _differentiable(parent),
        _symmetric() if single and parent.directional.holds else _directional(parent, flat),
        _clarke(parent),
        _minimum(parent, neuron, betas),
        direction,
    )


def _positive_direction(parent: Analysis, neuron: int) -> Vector:
    output = parent.point.outputs[neuron]
    functional = parent.functionals[neuron]
    form = phi(parent.point, functional, neuron)
    jumps = {term.index: term.coefficient for term in form.terms}
    kinks = tuple(
        Kink(kink.parallel_class, (jumps[kink.index],))
        for kink in functional.kinks
        if kink.index in jumps
    )
    assert any(output)
    found = decide_escape(OneSidedFunctional((form.linear,), kinks), (fmpq(0),), None)
    assert isinstance(found, Escapes) and found.psi[0] > 0
    return found.direction


def _differentiable(parent: Analysis) -> GammaSet:
    if parent.directional.holds and parent.differentiable:
        because = "no phi_i has a kink, hence no gamma_l phi has one, and the gradient stays 0"
        return GammaSet(ALL, (Case("any gamma", True, because),))
    if parent.directional.holds is None:
        return _undetermined("directional stationarity of the narrower point is undecided")
    because = (
        "the narrower point is not stationary in this sense: a phi_i has a kink or is negative "
        "somewhere, or a smooth derivative is not 0; for some copy gamma_l is not 0"
    )
    return GammaSet(NONE, (Case("any gamma", False, because),))


def _symmetric() -> GammaSet:
    because = "one copy: gamma = 1/beta is a rescaling, which keeps everything"
    return GammaSet(ALL, (Case("any gamma", True, because),))


def _directional(parent: Analysis, flat: bool) -> GammaSet:
    if parent.directional.holds is None:
        return _undetermined("directional stationarity of the narrower point is undecided")
    if not parent.directional.holds:
        because = (
            "the narrower point is not directionally stationary: a violation outside the neuron's "
            "phi stays; if phi(v) < 0, then gamma_l phi(v) >= 0 makes every gamma_l <= 0, against "
            "sum_l beta_l gamma_l = 1"
        )
        return GammaSet(NONE, (Case("any gamma", False, because),))
    if flat:
        because = "phi = 0, so phi_l = gamma_l phi = 0 for every copy"
        return GammaSet(ALL, (Case("any gamma", True, because),))
    return GammaSet(
        NONNEGATIVE,
        (
            Case("every gamma_l >= 0", True, "phi_l = gamma_l phi >= 0"),
            Case("some gamma_l < 0", False, "phi_l(v) = gamma_l phi(v) < 0 where phi(v) > 0"),
        ),
    )


def _clarke(parent: Analysis) -> GammaSet:
    if parent.clarke.holds is None:
        return _undetermined("Clarke stationarity of the narrower point is undecided")
    if parent.clarke.holds:
        because = "the hull of copy l is gamma_l times the neuron's hull, which contains 0"
        return GammaSet(ALL, (Case("any gamma", True, because),))
    because = "some gamma_l is not 0, and gamma_l times a hull without 0 does not contain 0"
    return GammaSet(NONE, (Case("any gamma", False, because),))


def _minimum(parent: Analysis, neuron: int, betas: Vector) -> GammaSet:
    is_minimum = parent.verdict in ("local_minimum", "global_minimum")
    if parent.verdict in ("saddle", "not_stationary"):
        because = "a curve down from the narrower point is copied: (beta_l w(t), gamma_l h(t))"
        return GammaSet(NONE, (Case("any gamma", False, because),))
    if len(betas) == 1 and is_minimum:
        return _symmetric()
    escapes = parent.escape_neurons
    if len(betas) > 1 and escapes is not None and neuron in escapes:
        because = (
            "the neuron is an escape neuron, and so is every copy; moving output weights against "
            "each other costs nothing (Lemma A), so the loss falls along a curve"
        )
        return GammaSet(NONE, (Case("any gamma", False, because),))
    if not is_minimum:
        return _undetermined("minimality of the narrower point is undetermined")
    if escapes is None or escapes or any(one.escapes is None for one in parent.neurons):
        return _undetermined("the narrower minimum is not of type 1: it has another escape neuron")
    if parent.functionals[neuron].is_zero():
        because = "psi = 0, so no copy is an escape neuron and phi_l = 0, whatever its gamma_l"
        return GammaSet(ALL, (Case("any gamma", True, because),))
    return GammaSet(
        POSITIVE,
        (
            Case(
                "every gamma_l > 0",
                True,
                "phi_l = gamma_l phi vanishes only where phi, hence psi, does: no escape neuron",
            ),
            Case(
                "every gamma_l >= 0, some gamma_l = 0",
                False,
                "that copy has output weight 0 and psi is not 0: an escape neuron with a cubic "
                "descent curve",
            ),
            Case("some gamma_l < 0", False, "not directionally stationary"),
        ),
    )


def _undetermined(because: str) -> GammaSet:
    return GammaSet(UNDETERMINED, (Case("any gamma", None, because),))
