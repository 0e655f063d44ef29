"""What proves the verdict, ready for print: region and radius, curve down, Clarke multipliers."""

from __future__ import annotations

from typing import Final

from flint import fmpq

from exactland.arithmetic.rationals import ZERO, dot
from exactland.certificates.latex.blocks import blocks_context
from exactland.certificates.latex.derivatives import signed_sets, value
from exactland.certificates.latex.groups import MAX_GROUPS, Group, index_list
from exactland.certificates.latex.markup import Tex
from exactland.certificates.latex.numbers import number, numbers, polynomial
from exactland.derivatives.empirical import PiecewiseLinearForm
from exactland.landscape.analysis import Analysis
from exactland.landscape.clarke import ContainsZero, Separated, SeparationBranch, SeparationTree
from exactland.landscape.directions import Coefficients, Curve, LossAlongCurve, loss_along
from exactland.landscape.outcomes import LocalMinimum, NotLocalMinimum, Undetermined
from exactland.landscape.spurious import BetterPoint
from exactland.landscape.stationarity import output_gradient, phi, violation_line
from exactland.problem.network import Network, Vector

Context = dict[str, object]

MAX_SEARCH: Final = 200_000
"""Products m*N*d up to which the constraint that limits the radius is looked up again."""
MAX_MOVED: Final = 12
"""Neurons of a curve, or of a better network, that are printed."""
MAX_VIOLATIONS: Final = 8
MAX_CELLS: Final = 12


def verdict_contexts(analysis: Analysis, groups: list[Group]) -> Context:
    """Return what proves the verdict: region, curve, violations, Clarke witness, what was tried."""
    minimality = analysis.minimality
    context: Context = {
        "region": None,
        "blocks": blocks_context(analysis),
        "descent": None,
        "tried": minimality.tried if isinstance(minimality, Undetermined) else (),
        "undecided": analysis.directional.undecided[:MAX_VIOLATIONS],
        "violations": _violations(analysis),
        "violations_left": max(0, len(analysis.directional.violations) - MAX_VIOLATIONS),
        "clarke": _clarke(analysis),
        "better": None if analysis.better is None else _better(analysis, analysis.better),
    }
    if isinstance(minimality, LocalMinimum):
        context["region"] = _region(analysis, groups)
    elif isinstance(minimality, NotLocalMinimum):
        context["descent"] = {
            **_curve(minimality.curve),
            **_along(analysis, minimality.along),
            "reason": minimality.reason,
        }
    elif analysis.directional.violations:
        line = violation_line(analysis.point, analysis.directional.violations[0])
        context["descent"] = {
            **_curve(line),
            **_along(analysis, loss_along(analysis.point, line)),
            "reason": "",
        }
    return context


def _region(analysis: Analysis, groups: list[Group]) -> Context:
    assert isinstance(analysis.minimality, LocalMinimum)
    region = analysis.minimality.region
    rows = []
    for place, group in enumerate(groups[:MAX_GROUPS], 1):
        active, inactive, boundary = signed_sets(group.pattern)
        cones = []
        for ray in group.rays[:MAX_GROUPS]:
            spread = region.spreads[ray.neurons[0]]
            one = len(ray.output) == 1
            cones.append(
                {
                    "neurons": index_list(ray.neurons),
                    "all": spread is None,
                    "sign": (1 if ray.output[0] > 0 else -1) if one else 0,
                    "spreads": [
                        {"neuron": neuron, "spread": number(region.spreads[neuron] or ZERO)}
                        for neuron in (() if one or spread is None else ray.neurons[:6])
                    ],
                }
            )
        kinds = {None if cone["all"] else cone["sign"] for cone in cones}
        same = len(kinds) == 1 and (None in kinds or len(group.rays[0].output) == 1)
        rows.append(
            {
                "place": place,
                "active": active,
                "inactive": inactive,
                "boundary": boundary,
                # Then one clause serves all neurons of the group.
                "cones": cones[:1] if same else cones,
                "same": same,
            }
        )
    return {
        "rows": rows,
        "left": max(0, len(groups) - MAX_GROUPS),
        "radius": number(region.radius),
        "binding": _binding(analysis, region.radius, region.spreads),
        "table_proves": all(
            neuron.generators is not None or neuron.method == "smooth" or functional.is_zero()
            for neuron, functional in zip(analysis.neurons, analysis.functionals, strict=True)
        ),
    }


def _binding(analysis: Analysis, radius: fmpq, spreads: tuple[fmpq | None, ...]) -> Context | None:
    """Which constraint limits the radius (None where that would need a long search)."""
    point = analysis.point
    for index, spread in enumerate(spreads):
        if spread is not None and spread / point.output_dimension == radius:
            return {"kind": "cone", "neuron": index, "spread": number(spread)}
    if point.width * len(point.inputs) * point.dimension > MAX_SEARCH:
        return None
    norms = [sum((abs(entry) for entry in row), ZERO) for row in point.inputs]
    for index, (weight, pattern) in enumerate(zip(point.weights, point.patterns, strict=True)):
        for k, (row, norm, sign) in enumerate(zip(point.inputs, norms, pattern, strict=True)):
            if sign == "0":
                continue
            height = abs(dot(weight, row))
            if height == radius * norm:
                return {
                    "kind": "sign",
                    "neuron": index,
                    "k": k + 1,
                    "height": number(height),
                    "norm": number(norm),
                }
    return {"kind": "none"}


def _curve(curve: Curve) -> Context:
    moved = [
        {
            "neuron": part.neuron,
            "weights": _by_power(part.weights),
            "outputs": _by_power(part.outputs),
        }
        for part in curve.neurons[:MAX_MOVED]
    ]
    bias = () if curve.output_bias is None else curve.output_bias
    return {
        "moved": moved,
        "moved_left": len(curve.neurons) - len(moved),
        "bias": _by_power(bias),
    }


def _by_power(coordinates: tuple[Coefficients, ...]) -> list[Context]:
    """The nonzero coefficient vectors of a polynomial curve, each with its power of tau."""
    degree = max(map(len, coordinates), default=0)
    terms: list[Context] = []
    for power in range(degree):
        entries = tuple(c[power] if power < len(c) else ZERO for c in coordinates)
        if any(entries):
            name = Tex(r"\tau" if power == 0 else rf"\tau^{{{power + 1}}}")
            terms.append({"power": name, "vector": value(entries)})
    return terms


def _along(analysis: Analysis, along: LossAlongCurve) -> Context:
    formula, terms = polynomial(along.coefficients)
    until = along.decreasing_until
    sample = None
    if until is not None:
        drop = sum((c * until**power for power, c in enumerate(along.coefficients)), ZERO)
        sample = {"drop": number(drop), "loss": number(analysis.loss + drop)}
    return {
        "formula": formula,
        "terms": [{"power": power, "coefficient": form} for power, form in terms],
        "order": along.order,
        "leading": number(along.leading),
        "valid_until": number(along.valid_until),
        "decreasing_until": None if until is None else number(until),
        "sample": sample,
    }


def _violations(analysis: Analysis) -> list[Context]:
    return [
        {
            "kind": violation.kind,
            "neuron": violation.neuron,
            "direction": value(violation.direction),
            "derivative": number(violation.derivative),
        }
        for violation in analysis.directional.violations[:MAX_VIOLATIONS]
    ]


def _clarke(analysis: Analysis) -> Context:
    clarke = analysis.clarke
    context: Context = {
        "holds": clarke.holds,
        "combinations": [],
        "combinations_left": 0,
        "component": None,
        "separation": None,
        "undecided": clarke.undecided[:MAX_VIOLATIONS],
    }
    if clarke.component is not None:
        kind, neuron, output = clarke.component
        if neuron is None:
            gradient = analysis.point.output_bias_gradient
            assert gradient is not None
        else:
            gradient = output_gradient(analysis.point, analysis.functionals[neuron], neuron)
        context["component"] = {
            "kind": kind,
            "neuron": neuron,
            "output": output + 1,
            "value": number(gradient[output]),
        }
    if clarke.separation is not None:
        neuron, proof = clarke.separation
        form = phi(analysis.point, analysis.functionals[neuron], neuron)
        context["separation"] = _separation(form, neuron, proof.direction, proof.tree)
    told = []
    for neuron, combination in enumerate(clarke.combinations):
        form = phi(analysis.point, analysis.functionals[neuron], neuron)
        if not form.is_zero():
            told.append(_combination(form, neuron, combination))
        if len(told) > MAX_VIOLATIONS:
            break
    context["combinations"] = told[:MAX_VIOLATIONS]
    context["combinations_left"] = max(0, len(told) - MAX_VIOLATIONS)
    return context


def _separation(
    form: PiecewiseLinearForm, neuron: int, direction: Vector, tree: SeparationTree
) -> Context:
    slopes = [abs(term.coefficient * dot(term.normal, direction)) for term in form.terms]
    return {
        "neuron": neuron,
        "direction": value(direction),
        "simple": isinstance(tree, Separated),
        "bound": number(dot(form.linear, direction) - sum(slopes, ZERO)),
        "cases": _leaf_count(tree),
    }


def _leaf_count(tree: SeparationTree) -> int:
    if isinstance(tree, SeparationBranch):
        return _leaf_count(tree.plus) + _leaf_count(tree.minus)
    return 1


def _combination(form: PiecewiseLinearForm, neuron: int, combination: ContainsZero) -> Context:
    cells = []
    for part in combination.combination[:MAX_CELLS]:
        gradient = list(form.linear)
        for term in form.terms:
            side = 1 if dot(term.normal, part.cell) > 0 else -1
            for axis, entry in enumerate(term.normal):
                gradient[axis] += side * term.coefficient * entry
        cells.append(
            {
                "multiplier": number(part.multiplier),
                "cell": value(part.cell),
                "gradient": value(tuple(gradient)),
            }
        )
    return {
        "neuron": neuron,
        "cells": cells,
        "left": len(combination.combination) - len(cells),
    }


def _better(analysis: Analysis, better: BetterPoint) -> Context:
    """The better network, told by the neurons in which it differs."""
    here, there = analysis.point.problem.network, better.problem.network
    changed = [
        index
        for index in range(here.width)
        if _parameters(here, index) != _parameters(there, index)
    ]
    neurons = []
    for index in changed[:MAX_MOVED]:
        weight, bias, output = _parameters(there, index)
        neurons.append(
            {
                "neuron": index,
                "weight": value(weight),
                "bias": None if bias is None else number(bias),
                "output": value(output),
            }
        )
    return {
        "loss": number(better.loss),
        "neurons": neurons,
        "left": len(changed) - len(neurons),
        "difference": numbers([analysis.loss - better.loss])[0],
    }


def _parameters(network: Network, index: int) -> tuple[Vector, fmpq | None, Vector]:
    bias = None if network.hidden_biases is None else network.hidden_biases[index]
    return network.input_weights[index], bias, network.neuron_output(index)
