"""Everything exactland says about one point of an empirical loss landscape, as one result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flint import fmpq

from exactland.arithmetic.matrices import inertia
from exactland.arithmetic.rationals import ZERO
from exactland.cells.patterns import boundary_set
from exactland.derivatives.empirical import (
    EmpiricalPoint,
    OneSidedFunctional,
    evaluate,
    one_sided_functionals,
)
from exactland.derivatives.hessian import (
    Hessian,
    hessian,
    is_smooth,
    is_within_limits,
)
from exactland.landscape.escape import (
    Bound,
    Escapes,
    Generator,
    Undecided,
    decide_escape,
    generator_table,
)
from exactland.landscape.minimality import decide_minimality
from exactland.landscape.outcomes import (
    BlockwiseMinimum,
    LocalMinimum,
    Minimality,
    NotLocalMinimum,
    Undetermined,
)
from exactland.landscape.reports import analysis_html, analysis_json, analysis_text, summary_rows
from exactland.landscape.spurious import BetterPoint, better_point
from exactland.landscape.stationarity import (
    ClarkeStationarity,
    DirectionalStationarity,
    clarke_stationarity,
    directional_stationarity,
    is_differentiable,
)
from exactland.problem.losses import Problem


@dataclass(frozen=True, slots=True)
class NeuronReport:
    """What is known of one neuron.

    Attributes
    ----------
    kind : str
        ``zero`` (w~ = 0, h = 0), ``zero_input`` (w~ = 0), ``zero_output`` (h = 0), ``dead`` (no
        data point on the open active side, negative slope 0), ``boundary`` (some data point on the
        boundary), ``smooth``.  The first that applies.
    boundary : data indices k with w~ . x~_k = 0.
    method : str
        How psi_i was examined: ``smooth`` (no kink), ``fan`` (generators), ``linear_program``.
    generators : the fan table, or None where it was not needed or too large.
    escape : Escapes, Bound, Undecided, or None where the point is not directionally stationary.
    """

    index: int
    kind: str
    boundary: tuple[int, ...]
    method: str
    generators: tuple[Generator, ...] | None
    escape: Escapes | Bound | Undecided | None

    @property
    def escapes(self) -> bool | None:
        """True, False, or None (undecided, or the point is not directionally stationary)."""
        if isinstance(self.escape, Escapes):
            return True
        return False if isinstance(self.escape, Bound) else None


@dataclass(frozen=True, slots=True)
class Analysis:
    """The verdict about a point, with a witness for every part of it.

    ``verdict`` is one of ``not_stationary``, ``global_minimum``, ``local_minimum``, ``saddle``,
    ``undetermined``; ``reason`` names the theorem or the witness.  A stationary point that is not a
    local minimum is a saddle: a local maximum would make the loss constant nearby (the loss is
    convex in the output weights), so it would be a local minimum as well.
    """

    point: EmpiricalPoint
    functionals: tuple[OneSidedFunctional, ...]
    differentiable: bool
    directional: DirectionalStationarity
    clarke: ClarkeStationarity
    neurons: tuple[NeuronReport, ...]
    minimality: Minimality | None
    hessian: Hessian | None
    hessian_inertia: tuple[int, int, int] | None
    verdict: str
    reason: str
    better: BetterPoint | None

    @property
    def loss(self) -> fmpq:
        """The exact loss, in the scale of the problem."""
        return self.point.loss

    @property
    def escape_neurons(self) -> tuple[int, ...] | None:
        """Indices of the escape neurons; None unless the point is directionally stationary."""
        if not self.directional.holds:
            return None
        return tuple(neuron.index for neuron in self.neurons if neuron.escapes)

    @property
    def spurious(self) -> bool | None:
        """For a local minimum: True with a strictly better network at hand, False at a global
        minimum, None where nothing better is known.
        """
        if self.verdict == "global_minimum":
            return False
        return True if self.better is not None else None

    def summary_rows(self) -> list[tuple[str, str]]:
        """Return (label, value) pairs: the analysis in a dozen lines."""
        return summary_rows(self)

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``exactland analyze --json`` prints."""
        return analysis_json(self)

    def __str__(self) -> str:
        return analysis_text(self)

    def _repr_html_(self) -> str:
        return analysis_html(self)


def analyze_empirical(problem: Problem) -> Analysis:
    """Decide everything about the point: loss, stationarity, escape neurons, minimality.

    Examples
    --------
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> from exactland.problem.network import Network
    >>> data = EmpiricalLoss(((fmpq(1),),), ((fmpq(1),),))
    >>> analyze_empirical(Problem(Network(relu(), ((fmpq(0),),), ((fmpq(0),),)), data)).verdict
    'saddle'
    >>> analyze_empirical(Problem(Network(relu(), ((fmpq(-1),),), ((fmpq(3),),)), data)).verdict
    'local_minimum'
    """
    point = evaluate(problem)
    functionals = one_sided_functionals(point)
    directional = directional_stationarity(point, functionals)
    neurons = tuple(
        _neuron_report(point, functional, index, stationary=directional.holds is True)
        for index, functional in enumerate(functionals)
    )
    curvature = None
    if directional.holds and is_smooth(point) and is_within_limits(point):
        curvature = hessian(point)
    minimality = None
    if directional.holds:
        escapes = tuple(neuron.escape for neuron in neurons)
        minimality = decide_minimality(point, functionals, escapes)  # type: ignore[arg-type]  # no None when stationary
    verdict, reason = _verdict(point, directional, minimality)
    return Analysis(
        point=point,
        functionals=functionals,
        differentiable=is_differentiable(point, functionals),
        directional=directional,
        clarke=_clarke(point, functionals, directional),
        neurons=neurons,
        minimality=minimality,
        hessian=curvature,
        hessian_inertia=None if curvature is None else inertia(curvature.matrix).counts,
        verdict=verdict,
        reason=reason,
        better=better_point(point) if verdict == "local_minimum" else None,
    )


def _clarke(
    point: EmpiricalPoint,
    functionals: tuple[OneSidedFunctional, ...],
    directional: DirectionalStationarity,
) -> ClarkeStationarity:
    if directional.holds:
        # Directional stationarity implies Clarke stationarity; its witness is made on request.
        return ClarkeStationarity(True)
    return clarke_stationarity(point, functionals)


def _verdict(
    point: EmpiricalPoint,
    directional: DirectionalStationarity,
    minimality: Minimality | None,
) -> tuple[str, str]:
    if is_global_minimum(point):
        if point.loss == 0:
            return "global_minimum", "the loss is zero"
        return (
            "global_minimum",
            "the residuals sum to zero over every group of equal inputs, so no function of x is "
            "better",
        )
    if directional.violations:
        violation = directional.violations[0]
        names = {
            "output_bias": "dL/dc is not zero",
            "output_weight": f"dL/dv of neuron {violation.neuron} is not zero",
            "input_weight": f"the one-sided derivative in w of neuron {violation.neuron} is < 0",
        }
        return "not_stationary", f"{names[violation.kind]} along an explicit direction"
    if isinstance(minimality, LocalMinimum | BlockwiseMinimum):
        return "local_minimum", minimality.reason
    if isinstance(minimality, NotLocalMinimum):
        return "saddle", minimality.reason
    if isinstance(minimality, Undetermined):
        return "undetermined", "tried: " + "; ".join(minimality.tried)
    neuron, tried = directional.undecided[0]
    return "undetermined", f"directional stationarity in neuron {neuron}: tried {tried}"


def is_global_minimum(point: EmpiricalPoint) -> bool:
    """Return whether the residuals sum to zero within every group of equal inputs.

    Then f equals the mean target on every distinct input, which no function of x can improve.
    Sufficient for a global minimum over all networks, not necessary for one of this width.
    """
    sums: dict[tuple[fmpq, ...], list[fmpq]] = {}
    for row, residual in zip(point.problem.loss.inputs, point.residuals, strict=True):
        total = sums.setdefault(row, [ZERO] * len(residual))
        for output, error in enumerate(residual):
            total[output] += error
    return not any(entry for total in sums.values() for entry in total)


def _neuron_report(
    point: EmpiricalPoint, functional: OneSidedFunctional, index: int, *, stationary: bool
) -> NeuronReport:
    output = point.outputs[index]
    table = None
    if functional.is_zero():
        method = "smooth" if not boundary_set(point.patterns[index]) else "fan"
    elif functional.kinks:
        table = generator_table(functional, output)
        method = "fan" if table is not None else "linear_program"
    else:
        table = generator_table(functional, output)
        method = "smooth"
    escape = decide_escape(functional, output, table) if stationary else None
    return NeuronReport(
        index, _kind(point, index), boundary_set(point.patterns[index]), method, table, escape
    )


def _kind(point: EmpiricalPoint, index: int) -> str:
    pattern, activation = point.patterns[index], point.problem.network.activation
    zero_output = not any(point.outputs[index])
    if not any(point.weights[index]):
        return "zero" if zero_output else "zero_input"
    if zero_output:
        return "zero_output"
    if "+" not in pattern and not activation.alpha_minus:
        return "dead"
    return "boundary" if "0" in pattern else "smooth"
