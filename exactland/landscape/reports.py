"""How an analysis is shown: as a JSON object, as text, as HTML in a notebook."""

from __future__ import annotations

from html import escape as escape_html
from typing import TYPE_CHECKING, Any

from exactland.arithmetic.number_fields import element_to_json, field_to_json
from exactland.arithmetic.ordered import format_decimal_exact, format_exact
from exactland.landscape.directions import Coefficients, Curve, LossAlongCurve
from exactland.landscape.escape import Escapes
from exactland.landscape.outcomes import BlockwiseMinimum, LocalMinimum, NotLocalMinimum, Region
from exactland.landscape.tables import aligned
from exactland.problem.files import network_to_json, vector_to_json
from exactland.problem.network import Vector

if TYPE_CHECKING:
    from exactland.landscape.analysis import Analysis, NeuronReport
    from exactland.landscape.several_outputs.minima import BlockMinimum


def analysis_json(analysis: Analysis) -> dict[str, Any]:
    """Return the analysis as a JSON object; every number is exact.

    Numbers are strings ``"p/q"``; irrational elements of the problem's number field, which is then
    in the object, are coefficient lists.  The loss is readable text in either case.
    """
    point = analysis.point
    stationary = analysis.directional.holds
    escape_neurons = analysis.escape_neurons
    result: dict[str, Any] = {
        "loss": format_exact(point.loss),
        "loss_decimal": format_decimal_exact(point.loss, 10),
        "mean_squared_error": format_exact(point.mean_squared_error),
        "mean_squared_error_decimal": format_decimal_exact(point.mean_squared_error, 10),
        "verdict": analysis.verdict,
        "reason": analysis.reason,
        "spurious": analysis.spurious,
        "differentiable": analysis.differentiable,
        "stationary": {
            "differentiable": stationary and analysis.differentiable,
            "directional": stationary,
            "clarke": analysis.clarke.holds,
        },
        "escape_neurons": None if escape_neurons is None else list(escape_neurons),
        "neurons": [_neuron_json(analysis, neuron) for neuron in analysis.neurons],
    }
    if (field := point.problem.field) is not None:
        result["field"] = field_to_json(field)
        result["loss_exact"] = element_to_json(point.loss)
    if analysis.directional.violations:
        result["violations"] = [
            {
                "kind": violation.kind,
                "neuron": violation.neuron,
                "direction": vector_json(violation.direction),
                "derivative": element_to_json(violation.derivative),
            }
            for violation in analysis.directional.violations
        ]
    if isinstance(analysis.minimality, LocalMinimum):
        result["minimum_type"] = "type_1"
        result["region"] = region_json(analysis.minimality.region)
        result["radius"] = element_to_json(analysis.minimality.region.radius)
    elif isinstance(analysis.minimality, BlockwiseMinimum):
        result["minimum_type"] = analysis.minimality.type
        result["blocks"] = [block_json(block) for block in analysis.minimality.blocks]
    elif isinstance(analysis.minimality, NotLocalMinimum):
        result["descent_curve"] = {
            "curve": curve_json(analysis, analysis.minimality.curve),
            **along_json(analysis.minimality.along),
        }
    if analysis.hessian_inertia is not None:
        result["hessian"] = hessian_json(analysis.hessian_inertia)
    if analysis.better is not None:
        result["better_point"] = {
            "loss": format_exact(analysis.better.loss),
            "network": network_to_json(analysis.better.problem.network),
        }
    return result


def hessian_json(inertia: tuple[int, int, int]) -> dict[str, Any]:
    """Return the inertia, and what it says about gradient descent with small step sizes.

    The center-stable subspace of gradient descent (identity minus step size times Hessian), for
    step sizes up to 2 / (largest eigenvalue), is spanned by the eigenvectors of the nonnegative
    eigenvalues.
    """
    negative, zero, positive = inertia
    return {
        "inertia": [negative, zero, positive],
        "gradient_descent": {
            "strict_saddle": negative > 0,
            "center_stable_dimension_small_steps": zero + positive,
            "codimension": negative,
        },
    }


def block_json(block: BlockMinimum) -> dict[str, Any]:
    """Return a block of a local minimum: its neurons and data, and what decides it."""
    result: dict[str, Any] = {
        "neurons": list(block.block.neurons),
        "data": list(block.block.data),
        "type": block.type,
    }
    if block.leaves:
        result["cells"] = [
            {
                "criterion": leaf.criterion,
                "examined": list(leaf.examined),
                "inertia": list(leaf.inertia),
                "symmetries": leaf.gauge,
            }
            for leaf in block.leaves
        ]
    return result


def _neuron_json(analysis: Analysis, neuron: NeuronReport) -> dict[str, Any]:
    result: dict[str, Any] = {
        "index": neuron.index,
        "kind": neuron.kind,
        "boundary": list(neuron.boundary),
        "pattern": analysis.point.patterns[neuron.index],
        "method": neuron.method,
        "escape": neuron.escapes,
    }
    if isinstance(neuron.escape, Escapes):
        result["escape_direction"] = vector_json(neuron.escape.direction)
        result["escape_value"] = vector_json(neuron.escape.psi)
    if neuron.generators is not None:
        result["generators"] = [
            {
                "direction": vector_json(generator.direction),
                "psi": vector_json(generator.psi),
                "phi": element_to_json(generator.phi),
                "lineality": generator.lineality,
            }
            for generator in neuron.generators
        ]
    return result


def vector_json(vector: Vector) -> list[Any]:
    """Return a vector as strings, coefficient lists where it is irrational."""
    return vector_to_json(vector)


def region_json(region: Region) -> dict[str, Any]:
    """Return R(P) as in the claim of a certificate ``local_minimum``."""
    return {
        "neurons": [
            {
                "signs": pattern,
                "output": "all" if spread is None else {"spread": element_to_json(spread)},
            }
            for pattern, spread in zip(region.patterns, region.spreads, strict=True)
        ]
    }


def curve_json(analysis: Analysis, curve: Curve) -> dict[str, Any]:
    """Return a curve as in the witness of a certificate ``not_local_minimum``."""
    with_bias = analysis.point.problem.network.hidden_biases is not None
    neurons = {}
    for moved in curve.neurons:
        weights = [_coefficients(entry) for entry in moved.weights]
        part: dict[str, Any] = {"w": weights[:-1] if with_bias else weights}
        if with_bias:
            part["b"] = weights[-1]
        part["v"] = [_coefficients(entry) for entry in moved.outputs]
        neurons[str(moved.neuron)] = part
    result: dict[str, Any] = {"neurons": neurons}
    if curve.output_bias is not None:
        result["c"] = [_coefficients(entry) for entry in curve.output_bias]
    return result


def along_json(along: LossAlongCurve) -> dict[str, Any]:
    """Return L(P(tau)) - L(P) as ascending coefficients, and the range where it is negative."""
    until = along.decreasing_until
    return {
        "polynomial": [element_to_json(value) for value in along.coefficients],
        "order": along.order,
        "leading": element_to_json(along.leading),
        "valid_until": element_to_json(along.valid_until),
        "decreasing_until": None if until is None else element_to_json(until),
    }


def _coefficients(entry: Coefficients) -> list[Any]:
    return vector_to_json(entry)


def polynomial_text(coefficients: Coefficients) -> str:
    """Return a polynomial in tau, lowest term first.

    Examples
    --------
    >>> from flint import fmpq
    >>> polynomial_text((fmpq(0), fmpq(0), fmpq(-3, 2), fmpq(0), fmpq(2)))
    '-3/2 tau^2 + 2 tau^4'
    """
    parts = []
    for power, value in enumerate(coefficients):
        if value:
            name = "" if power == 0 else " tau" if power == 1 else f" tau^{power}"
            size = format_exact(abs(value))
            shown = f"({size})" if name and " " in size else size
            parts.append(("- " if value < 0 else "+ ") + shown + name)
    text = " ".join(parts) or "0"
    return text.removeprefix("+ ") if not text.startswith("- ") else "-" + text[2:]


def summary_rows(analysis: Analysis) -> list[tuple[str, str]]:
    """Return (label, value) pairs: the analysis in a dozen lines."""
    point = analysis.point
    loss, error = point.loss, point.mean_squared_error
    rows = [
        ("loss", f"{format_exact(loss)}  ({format_decimal_exact(loss, 10)})"),
        ("mean squared error", f"{format_exact(error)}  ({format_decimal_exact(error, 10)})"),
        ("network", _network_text(analysis)),
        ("neurons", kinds_text(analysis)),
        ("differentiable here", _yes(analysis.differentiable)),
        ("directionally stationary", _yes(analysis.directional.holds)),
        ("Clarke stationary", _yes(analysis.clarke.holds)),
    ]
    if analysis.directional.violations:
        first = analysis.directional.violations[0]
        name = f"neuron {first.neuron}" if first.neuron is not None else "output bias"
        where = f"{first.kind.replace('_', ' ')} of {name}" if first.neuron is not None else name
        value = format_decimal_exact(first.derivative)
        rows.append(("descent", f"{where}: derivative {value} along an exact direction"))
    if analysis.escape_neurons is not None:
        rows.append(("escape neurons", ", ".join(map(str, analysis.escape_neurons)) or "none"))
    if isinstance(analysis.minimality, LocalMinimum):
        radius = analysis.minimality.region.radius
        text = f"{shortened(format_exact(radius))} (about {format_decimal_exact(radius, 4)})"
        rows.append(("radius of the region", text + ", maximum norm of all parameters"))
    if isinstance(analysis.minimality, BlockwiseMinimum):
        rows += block_rows(analysis.minimality)
    if isinstance(analysis.minimality, NotLocalMinimum):
        along = analysis.minimality.along
        rows.append(
            ("loss along a curve", "L(P(tau)) - L(P) = " + polynomial_text(along.coefficients))
        )
    if analysis.hessian_inertia is not None:
        negative, zero, positive = analysis.hessian_inertia
        rows.append(("Hessian inertia", f"{negative} negative, {zero} zero, {positive} positive"))
    if analysis.better is not None:
        better = analysis.better.loss
        text = f"{shortened(format_exact(better))} (about {format_decimal_exact(better, 6)})"
        rows.append(("a lower point of this shape", text))
    rows.append(("verdict", verdict_text(analysis)))
    rows.append(("because", analysis.reason))
    return rows


def block_rows(minimum: BlockwiseMinimum) -> list[tuple[str, str]]:
    """Return a line for every block that touches data: its neurons and its criterion."""
    rows = [("type of the minimum", minimum.type.replace("_", " "))]
    for block in minimum.blocks:
        if not block.block.data:
            continue
        names = ", ".join(map(str, block.block.neurons[:8]))
        names += ", ..." if len(block.block.neurons) > 8 else ""
        text = f"neurons {names}: {block.type.replace('_', ' ')}"
        if block.leaves:
            negative, zero, positive = block.leaves[0].inertia
            text += f"; inertia {negative}, {zero}, {positive}"
            if len(block.leaves) > 1:
                text += f" in the first of {len(block.leaves)} products of cells"
        rows.append(("block", text))
    return rows


def verdict_text(analysis: Analysis) -> str:
    """Return the verdict in words.

    A local minimum with a strictly better network at hand is called spurious.
    """
    words = analysis.verdict.replace("_", " ")
    return f"{words}, spurious" if analysis.spurious else words


def kinds_text(analysis: Analysis) -> str:
    """Return how many neurons there are of each kind, boundary neurons by their data points."""
    counts: dict[str, int] = {}
    for neuron in analysis.neurons:
        name = neuron.kind.replace("_", " ")
        if neuron.kind in ("boundary", "zero_output") and neuron.boundary:
            points = ", ".join(f"x_{index + 1}" for index in neuron.boundary[:4])
            name += f" at {points}" + (", ..." if len(neuron.boundary) > 4 else "")
        elif neuron.kind == "smooth":
            pattern = analysis.point.patterns[neuron.index]
            if "-" not in pattern:
                name = "active on all data"
        counts[name] = counts.get(name, 0) + 1
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"


def shortened(text: str, limit: int = 48) -> str:
    """Return the text, its middle left out where it is longer than `limit`."""
    if len(text) <= limit:
        return text
    half = (limit - 3) // 2
    return f"{text[:half]}...{text[-half:]}"


def analysis_text(analysis: Analysis) -> str:
    """Return the summary as aligned lines of text."""
    return aligned(summary_rows(analysis))


def analysis_html(analysis: Analysis) -> str:
    """Return the summary as an HTML table (shown by notebooks)."""
    cells = "".join(
        f"<tr><th style='text-align:left'>{escape_html(label)}</th>"
        f"<td style='text-align:left'>{escape_html(value)}</td></tr>"
        for label, value in summary_rows(analysis)
    )
    return f"<table>{cells}</table>"


def _network_text(analysis: Analysis) -> str:
    network = analysis.point.problem.network
    parts = (
        (len(analysis.point.problem.loss.inputs[0]), "input"),
        (network.output_dimension, "output"),
        (analysis.point.problem.loss.points, "data point"),
    )
    inputs, outputs, points = (f"{n} {name}" + "s" * (n != 1) for n, name in parts)
    return f"{network.activation}, width {network.width}, {inputs}, {outputs}; {points}"


def _yes(value: bool | None) -> str:
    return "undecided" if value is None else "yes" if value else "no"
