"""From an analysis of an integral loss to certificates: one for every claim it makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import pairwise
from typing import Any, Final

from flint import fmpq

from exactland.arithmetic.inertia import Inertia
from exactland.arithmetic.number_fields import element_to_json
from exactland.arithmetic.ordered import sign
from exactland.arithmetic.ordered_polynomials import Number
from exactland.arithmetic.rationals import format_rational
from exactland.certificates.claims import Certificate, Step
from exactland.certificates.inertia_witness import InertiaWitness, inertia_witness
from exactland.derivatives.integral import integral_state
from exactland.derivatives.integral_hessian import SymmetricRows, quadratic_form
from exactland.landscape.integral.analysis import IntegralAnalysis
from exactland.landscape.integral.classification import responding_direction, target_slope
from exactland.landscape.integral.gradient_descent import StepSize
from exactland.problem.files import problem_to_json
from exactland.problem.integral import IntegralProblem, Parameters

MAX_STEP_CERTIFICATES: Final = 8
"""Step sizes that get a certificate of their own (each file holds two witnesses of inertia)."""

Json = dict[str, Any]


def integral_steps(analysis: IntegralAnalysis) -> Iterator[Step]:
    """Yield the steps in which the certificates of an analysis are made, the simplest first.

    Examples
    --------
    >>> from exactland.landscape.integral.analysis import analyze_integral
    >>> from exactland.landscape.integral.family import critical_family
    >>> steps = integral_steps(analyze_integral(critical_family("relu", 2).problem))
    >>> made = [certificate for step in steps for certificate in step()]
    >>> [certificate.name for certificate in made][:3], made[-1].claim["dimension"]
    (['loss_value.json', 'stationary_classical.json', 'stationary_directional.json'], 2)
    """
    problem = problem_to_json(analysis.problem)
    yield lambda: [_loss_value(problem, analysis.loss)]
    if analysis.verdict == "global_minimum":
        yield lambda: [Certificate(problem, {"kind": "global_minimum"}, {})]
    yield partial(_stationarity, problem, analysis)
    witness = cache(partial(_hessian_witness, analysis))
    yield lambda: _inertia(problem, analysis, witness())
    yield lambda: _minimality(problem, analysis, witness())
    for step, dimension in _step_sizes(analysis):
        yield partial(_center_stable, problem, analysis, witness, step, dimension)


def _loss_value(problem: Json, loss: Number) -> Certificate:
    return Certificate(problem, {"kind": "loss_value", "loss": element_to_json(loss)}, {})


# Stationarity.


def _stationarity(problem: Json, analysis: IntegralAnalysis) -> Iterator[Certificate]:
    notions = analysis.stationarity
    senses: dict[str, tuple[bool | None, Json | None]] = {
        "classical": (notions.classical, None if notions.classical else _response(analysis)),
        "directional": (notions.directional, _descent_direction(analysis)),
        "clarke": (notions.clarke, _clarke(analysis)),
        "generalized_gradient_ge": (
            notions.generalized_ge,
            _nonzero_coordinate(analysis, notions.gradient_ge),
        ),
        "generalized_gradient_gt": (
            notions.generalized_gt,
            _nonzero_coordinate(analysis, notions.gradient_gt),
        ),
    }
    for sense, (holds, witness) in senses.items():
        if holds is None or (not holds and witness is None):
            continue
        kind = "stationary" if holds else "not_stationary"
        shown = witness if witness is not None and (sense == "clarke" or not holds) else {}
        yield Certificate(problem, {"kind": kind, "sense": sense}, shown)


def _nonzero_coordinate(analysis: IntegralAnalysis, gradient: tuple[Number, ...]) -> Json | None:
    names = analysis.problem.coordinates
    found = next((n for n, entry in zip(names, gradient, strict=True) if entry != 0), None)
    return None if found is None else {"coordinate": found}


def _regular_coordinate(analysis: IntegralAnalysis) -> Json | None:
    """A nonzero component outside of w_j, b_j of the degenerate neurons with v != 0."""
    free = {f"{block}{j}" for j in _loose(analysis) for block in "wb"}
    entries = zip(analysis.problem.coordinates, analysis.stationarity.gradient_ge, strict=True)
    found = next((name for name, entry in entries if entry != 0 and name not in free), None)
    return None if found is None else {"coordinate": found}


def _loose(analysis: IntegralAnalysis) -> list[int]:
    if analysis.state.smooth:
        return []
    return [j for j, kind in enumerate(analysis.neurons) if kind.degenerate and not kind.flat]


def _descent_direction(analysis: IntegralAnalysis) -> Json | None:
    witness = analysis.stationarity.witness
    return None if witness is None else {"direction": _direction(witness.direction)}


def _response(analysis: IntegralAnalysis) -> Json | None:
    """A direction with a one-sided derivative that is not 0."""
    regular = _regular_coordinate(analysis)
    if regular is not None:
        return {"direction": {regular["coordinate"]: "1"}}
    move = responding_direction(analysis.state)
    if move is None or not _loose(analysis):
        return _descent_direction(analysis)
    j = _loose(analysis)[0]
    return {"direction": _direction({f"w{j}": move[0], f"b{j}": move[1]})}


def _clarke(analysis: IntegralAnalysis) -> Json | None:
    notions, loose = analysis.stationarity, _loose(analysis)
    if not notions.clarke:
        regular = _regular_coordinate(analysis)
        hull = notions.hull
        if regular is not None or hull is None or hull.separator is None:
            return regular
        up = sign(analysis.problem.parameters.v[loose[0]])
        separator = [element_to_json(up * entry) for entry in hull.separator]
        kept = separator if analysis.problem.has_hidden_biases else separator[:1]
        return {"neuron": loose[0], "separator": kept}
    if not loose:
        return {"neurons": {}}
    hull = notions.hull
    if hull is not None and hull.contains_zero:
        pairs = list(zip(hull.directions, hull.shares, strict=True))
    else:  # the residual vanishes: every limit is 0
        pairs = [((fmpq(1), fmpq(0)), fmpq(1))]
    terms = []
    for (weight, bias), share in pairs:
        both = [element_to_json(weight), element_to_json(bias)]
        kept = both if analysis.problem.has_hidden_biases else both[:1]
        terms.append({"multiplier": element_to_json(share), "direction": kept})
    return {"neurons": {str(j): terms for j in loose}}


def _direction(direction: dict[str, Number]) -> Json:
    return {name: element_to_json(entry) for name, entry in direction.items() if entry != 0}


# Second order.


def _inertia(
    problem: Json, analysis: IntegralAnalysis, witness: InertiaWitness | None
) -> Iterator[Certificate]:
    if witness is not None:
        claim = {"kind": "inertia", "of": _of(analysis), "inertia": list(witness.counts)}
        yield Certificate(problem, claim, witness.to_json())


def _of(analysis: IntegralAnalysis) -> str:
    return "hessian" if analysis.second_order.rows is not None else "modified_hessian"


def _rows(analysis: IntegralAnalysis) -> SymmetricRows | None:
    second = analysis.second_order
    return second.rows if second.rows is not None else second.rows_modified


def _hessian_witness(analysis: IntegralAnalysis) -> InertiaWitness | None:
    rows, known = _rows(analysis), analysis.second_order.witness
    if rows is None:
        return None
    use = known if isinstance(known, Inertia) and analysis.second_order.rows is not None else None
    return inertia_witness(rows, use)


def _minimality(
    problem: Json, analysis: IntegralAnalysis, witness: InertiaWitness | None
) -> Iterator[Certificate]:
    if analysis.verdict == "saddle":
        yield from _negative_curvature(problem, analysis)
        ascent = _ascent(analysis, witness)
        if analysis.descent is not None and ascent is not None:
            shown = {"descent": _direction(analysis.descent.direction), "ascent": ascent}
            notes = {"reason": f"{analysis.classification.clause}: {analysis.descent.name}"}
            yield Certificate(problem, {"kind": "saddle"}, shown, notes)
    if analysis.verdict == "local_minimum":
        shown = {}
        if analysis.classification.clause == "Morse-Bott":
            if witness is None:
                return
            shown = {"inertia": witness.to_json()}
        notes = {"reason": analysis.classification.clause}
        minimum = Certificate(problem, {"kind": "local_minimum"}, shown, notes)
        yield minimum
        yield from _spurious(problem, analysis, minimum)


def _negative_curvature(problem: Json, analysis: IntegralAnalysis) -> Iterator[Certificate]:
    rows, way = _rows(analysis), analysis.descent
    if rows is None or way is None or way.order != 2:
        return
    vector = [way.direction.get(name, fmpq(0)) for name in analysis.problem.coordinates]
    claim = {
        "kind": "negative_curvature",
        "of": _of(analysis),
        "direction": _direction(way.direction),
        "value": element_to_json(quadratic_form(rows, vector)),
    }
    yield Certificate(problem, claim, {}, {"reason": way.name})


def _ascent(analysis: IntegralAnalysis, witness: InertiaWitness | None) -> Json | None:
    """A direction along which L rises: c, or the descent with v reversed, or the Hessian's."""
    if analysis.problem.has_output_bias:
        return {"c": "1"}
    names, rows = analysis.problem.coordinates, analysis.second_order.rows
    if rows is not None:
        positive = next((i for i, row in enumerate(rows) if row[i] > 0), None)
        if positive is not None:
            return {names[positive]: "1"}
        for column in witness.congruence if witness is not None else ():
            vector = [fmpq(entry) for entry in column]
            if quadratic_form(rows, vector) > 0:
                return _direction(dict(zip(names, vector, strict=True)))
    way = analysis.descent
    if way is None:
        return None
    return _direction(
        {name: -entry if name[0] == "v" else entry for name, entry in way.direction.items()}
    )


def _spurious(
    problem: Json, analysis: IntegralAnalysis, minimum: Certificate
) -> Iterator[Certificate]:
    better = _better(analysis) if analysis.classification.spurious else None
    if better is None:
        return
    loss = integral_state(better).loss
    parts = [
        minimum,
        _loss_value(problem, analysis.loss),
        _loss_value(problem_to_json(better), loss),
    ]
    claim = {
        "kind": "spurious_local_minimum",
        "loss": element_to_json(analysis.loss),
        "better_loss": element_to_json(loss),
    }
    yield Certificate(problem, claim, {"parts": [part.to_json() for part in parts]})


def _better(analysis: IntegralAnalysis) -> IntegralProblem | None:
    """One neuron, active (or with a slope) on the whole interval, represents an affine target."""
    problem = analysis.problem
    activation, width = problem.network.activation, problem.width
    lower, upper = problem.loss.interval
    zero, one = fmpq(0), fmpq(1)
    active = activation.alpha_plus != 0
    slope = activation.alpha_plus if active else activation.alpha_minus
    if width == 0 or slope == 0 or len(problem.loss.target) > 2:
        return None
    rest = [zero] * (width - 1)
    bias = one - lower if active else -one - upper  # w x + b >= 1, or <= -1
    target = target_slope(problem)
    height = target / slope
    constant = (problem.loss.target[0] if problem.loss.target else zero) - target * bias
    parameters = Parameters((one, *rest), (bias, *rest), (height, *rest), constant)
    return problem.at(parameters)


# Gradient descent.


def _step_sizes(analysis: IntegralAnalysis) -> list[tuple[fmpq, int]]:
    """A short step size between any two where the center-stable dimension changes, with it."""
    found = analysis.gradient_descent
    if found is None or found.breakpoints is None or not analysis.stationarity.classical:
        return []
    steps = zip(_between(found.breakpoints), found.dimensions, strict=True)
    return list(steps)[:MAX_STEP_CERTIFICATES]


def _center_stable(
    problem: Json,
    analysis: IntegralAnalysis,
    witness: Callable[[], InertiaWitness | None],
    step: fmpq,
    dimension: int,
) -> Iterator[Certificate]:
    rows, matrix = _rows(analysis), witness()
    if rows is None or matrix is None:
        return
    shift = 2 / step
    moved = [
        [entry - shift if i == k else entry for k, entry in enumerate(row)]
        for i, row in enumerate(rows)
    ]
    second = inertia_witness(moved)
    if second is not None:
        claim = {
            "kind": "center_stable_dimension",
            "of": _of(analysis),
            "eta": format_rational(step),
            "dimension": dimension,
        }
        shown = {"matrix": matrix.to_json(), "shifted": second.to_json()}
        yield Certificate(problem, claim, shown)


def _between(breakpoints: tuple[StepSize, ...]) -> list[fmpq]:
    """Return a short rational below, between and above the isolated numbers."""
    ends = [(fmpq(0), fmpq(0)), *((place.lower, place.upper) for place in breakpoints)]
    gaps = [(left[1], right[0]) for left, right in pairwise(ends)]
    gaps.append((ends[-1][1], 2 * ends[-1][1] + 2))
    return [simplest_between(low, high) for low, high in gaps]


def simplest_between(low: fmpq, high: fmpq) -> fmpq:
    """Return the rational with the least denominator strictly between two nonnegative ones.

    Examples
    --------
    >>> simplest_between(fmpq(0), fmpq(28, 45)), simplest_between(fmpq(1), fmpq(2))
    (1/2, 3/2)
    """
    whole = low.floor()
    if whole + 1 < high:
        return fmpq(whole + 1)
    # whole <= low < high <= whole + 1: the continued fraction of the rest, turned over.
    left, right = low - whole, high - whole
    if left == 0:
        return whole + fmpq(1, (1 / right).floor() + 1)
    return whole + 1 / simplest_between(1 / right, 1 / left)
