"""An analysis as a JSON object, numbers as exact text with a decimal gloss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from exactland.arithmetic.number_fields import element_to_json, field_to_json
from exactland.arithmetic.ordered import as_rational, format_decimal_exact, format_exact
from exactland.arithmetic.ordered_polynomials import Number
from exactland.arithmetic.rationals import format_rational
from exactland.landscape.integral.gradient_descent import GradientDescent, StepSize

if TYPE_CHECKING:
    from exactland.landscape.integral.analysis import IntegralAnalysis

LARGEST_MATRIX = 46
"""Size up to which the Hessian itself is part of the report."""


def report(analysis: IntegralAnalysis) -> dict[str, Any]:
    """Return the object that ``exactland analyze --json`` prints for an integral loss.

    Rational numbers are ``"p/q"``; other elements of the problem's number field are objects with
    ``coefficients`` (of the powers of the generator), ``text`` and ``decimal``.

    Examples
    --------
    >>> from exactland.landscape.integral.analysis import analyze_integral
    >>> from exactland.landscape.integral.family import critical_family
    >>> shown = report(analyze_integral(critical_family("relu", 2).problem))
    >>> shown["loss"], shown["verdict"], shown["hessian"]["inertia"]
    ('1/972', 'saddle', [2, 2, 3])
    """
    state, found = analysis.state, analysis.classification
    result: dict[str, Any] = {
        "loss": format_exact(state.loss),
        "loss_exact": exact(state.loss),
        "loss_decimal": format_decimal_exact(state.loss, 20),
        "verdict": found.verdict,
        "reason": f"{found.clause}: {found.reason}",
        "clause": found.clause,
        "affine_theorem_applies": found.theorem,
        "stationary": _stationary(analysis),
        "regularity": _regularity(analysis),
        "neurons": _neurons(analysis),
        "escape_neurons": list(found.escape),
        "sites": [{"at": exact(s.at), "neurons": list(s.neurons)} for s in state.sites],
        "coordinates": list(analysis.problem.coordinates),
        "gradient": [exact(entry) for entry in analysis.stationarity.gradient_ge],
        "gradient_strict": [exact(entry) for entry in analysis.stationarity.gradient_gt],
        "one_sided": _one_sided(analysis),
        "M": exact(_moment(analysis)),
        "hessian": _hessian(analysis),
        "strict_saddle_argument": {
            "covered": analysis.coverage[0],
            "clause": analysis.coverage[1],
        },
        "descent": _descent(analysis),
        "checks": dict(analysis.checks),
    }
    if found.spurious is not None:
        result["spurious"] = found.spurious
    if analysis.problem.field is not None:
        result["field"] = field_to_json(analysis.problem.field)
    return result | _family(analysis) | _threshold(analysis)


def exact(value: Number) -> Any:
    """Return a number for JSON: "p/q", or coefficients, text and a decimal.

    Examples
    --------
    >>> from flint import fmpq
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> exact(fmpq(1, 3)), exact(sqrt_field(fmpq(2)).generator)["coefficients"]
    ('1/3', ['0', '1'])
    """
    plain = as_rational(value)
    if plain is not None:
        return format_rational(plain)
    return {
        "coefficients": element_to_json(value),
        "text": format_exact(value),
        "decimal": format_decimal_exact(value, 20),
    }


def _stationary(analysis: IntegralAnalysis) -> dict[str, Any]:
    notions = analysis.stationarity
    result: dict[str, Any] = {
        "differentiable": notions.classical,
        "classical": notions.classical,
        "directional": notions.directional,
        "clarke": notions.clarke,
        "generalized_gradient": {
            "at_zero_1": notions.generalized_ge,
            "at_zero_gamma": notions.generalized_gt,
        },
        "coordinatewise": notions.coordinatewise,
        "right_partials_zero": notions.right_partials_zero,
        "not_directional_witness": None,
        "clarke_witness": None,
    }
    if notions.witness is not None:
        result["not_directional_witness"] = {
            "neuron": notions.witness.neuron,
            "direction": {k: exact(entry) for k, entry in notions.witness.direction.items()},
            "directional_derivative": exact(notions.witness.derivative),
        }
    hull = notions.hull
    if hull is not None and hull.contains_zero:
        result["clarke_witness"] = [
            {"w": exact(weight), "b": exact(bias), "share": exact(share)}
            for (weight, bias), share in zip(hull.directions, hull.shares, strict=True)
        ]
    elif hull is not None and hull.separator is not None:
        result["clarke_separator"] = [exact(entry) for entry in hull.separator]
    return result


def _regularity(analysis: IntegralAnalysis) -> dict[str, Any]:
    smooth = analysis.stationarity.regularity
    return {
        "differentiable": smooth.differentiable,
        "C2_near": smooth.c2_near,
        "twice_differentiable": smooth.twice_differentiable,
        "reason": smooth.reason or None,
    }


def _neurons(analysis: IntegralAnalysis) -> list[dict[str, Any]]:
    return [
        {
            "index": index,
            "kind": kind.name,
            "flat": kind.flat,
            "boundary": None if kind.breakpoint is None else exact(kind.breakpoint),
            "escape": index in analysis.classification.escape,
        }
        for index, kind in enumerate(analysis.neurons)
    ]


def _one_sided(analysis: IntegralAnalysis) -> list[dict[str, Any]]:
    return [
        {key: value if key == "j" else exact(value) for key, value in row.items()}
        for row in analysis.stationarity.one_sided
    ]


def _moment(analysis: IntegralAnalysis) -> Number:
    """M = int x r p, without the loss's scale."""
    return analysis.state.residual_tails[1][0] / analysis.problem.loss.scale


def _hessian(analysis: IntegralAnalysis) -> dict[str, Any] | None:
    second = analysis.second_order
    rows = second.rows if second.rows is not None else second.rows_modified
    if rows is None:
        return None
    matrix = None
    if len(rows) <= LARGEST_MATRIX:
        matrix = [[exact(entry) for entry in row] for row in rows]
    return {
        "inertia": None if second.inertia is None else list(second.inertia),
        "inertia_modified": (
            None if second.inertia_modified is None else list(second.inertia_modified)
        ),
        "matrix": matrix if second.rows is not None else None,
        "matrix_modified": matrix if second.rows is None else None,
        "critical_manifold_dimension": analysis.manifold_dimension,
        "morse_bott": analysis.morse_bott,
        "strict": analysis.strict,
        "gradient_descent": _gradient_descent(analysis.gradient_descent),
    }


def _gradient_descent(found: GradientDescent | None) -> dict[str, Any] | None:
    if found is None:
        return None
    breakpoints = None if found.breakpoints is None else [_step(s) for s in found.breakpoints]
    return {
        "of": found.of,
        "center_stable_dim_small_eta": found.small_step_dimension,
        "eta_breakpoints": breakpoints,
        "center_stable_dimensions": list(found.dimensions),
        "singular_eta": None if found.singular is None else [_step(s) for s in found.singular],
        "covered_by_strict_saddle_argument": found.covered,
        "clause": found.clause,
    }


def _step(step: StepSize) -> dict[str, Any]:
    return {
        "decimal": step.decimal,
        "interval": [format_rational(step.lower), format_rational(step.upper)],
        "polynomial": [format_rational(entry) for entry in step.polynomial],
        "multiplicity": step.multiplicity,
    }


def _descent(analysis: IntegralAnalysis) -> dict[str, Any] | None:
    way = analysis.descent
    if way is None:
        return None
    return {
        "direction": {name: exact(entry) for name, entry in way.direction.items()},
        "order": way.order,
        "coefficient": exact(way.coefficient),
        "curvature": None if way.curvature is None else exact(way.curvature),
        "name": way.name,
        "decrease": [
            {"eps": format_rational(step), "loss_change": exact(change)}
            for step, change in way.changes
        ],
    }


def _family(analysis: IntegralAnalysis) -> dict[str, Any]:
    member = analysis.member
    if member is None:
        return {}
    return {
        "n": member.n,
        "family": member.family,
        "breakpoints": [exact(entry) for entry in member.breakpoints],
        "sums": [exact(entry) for entry in member.sums],
        "Lambda": str(member.total),
        "Lambda_decimal": member.total.decimal(),
    }


def _threshold(analysis: IntegralAnalysis) -> dict[str, Any]:
    found = analysis.threshold
    if found is None:
        return {}
    return {
        "convergence_threshold": {
            "level_times_Lambda_4": exact(found.numerator),
            "Lambda": str(found.total),
            "level_decimal": found.level_decimal,
            "margin_sign": found.margin,
            "margin_decimal": found.margin_decimal,
        }
    }
