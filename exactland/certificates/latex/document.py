"""The document of an analysis: theorem, data, network, derivatives, proof, figure, certificates."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from flint import fmpq

from exactland.arithmetic.number_field_text import field_latex
from exactland.arithmetic.number_fields import NumberField
from exactland.arithmetic.ordered import format_exact
from exactland.arithmetic.rationals import ZERO, dot
from exactland.certificates.latex.derivatives import group_contexts, groups_to_tell, value
from exactland.certificates.latex.environment import fill_document
from exactland.certificates.latex.figure import figure_context
from exactland.certificates.latex.groups import (
    MAX_GROUPS,
    MAX_NEURONS,
    MAX_POINTS,
    Group,
    group_neurons,
    index_list,
)
from exactland.certificates.latex.markup import (
    MAX_TEXT,
    Tex,
    digest_context,
    escape,
    escape_breakable,
)
from exactland.certificates.latex.numbers import number
from exactland.certificates.latex.verdicts import verdict_contexts
from exactland.landscape.analysis import Analysis
from exactland.landscape.escape import Escapes
from exactland.landscape.outcomes import NotLocalMinimum

MAX_DIGITS: Final = 60_000
"""Characters of exact parameters that are printed; beyond, the document shows decimals only."""
TABLE_WIDTH: Final = 56
"""Characters that fit into the columns of a table with one line a row."""
DECIMAL: Final = 12
"""Characters that the decimal of one further output takes."""

Context = dict[str, object]


def render_document(
    analysis: Analysis,
    *,
    title: str = "",
    digests: Sequence[tuple[str, str]] = (),
    fragment: bool = False,
) -> str:
    r"""Return LaTeX source that states the verdict and proves it, with the numbers in the proof.

    Parameters
    ----------
    analysis : Analysis
        What :func:`exactland.landscape.analysis.analyze` returned for an empirical loss.
    title : str
        The title, plain text: it is escaped, as every string from outside is.
    digests : pairs of strings
        Certificate file names with their SHA-256 digests, listed at the end.
    fragment : bool
        False: a complete document.  True: a part to ``\input`` into a paper; its first lines name
        the packages that the paper must load.

    Examples
    --------
    >>> from flint import fmpq
    >>> from exactland.landscape.analysis import analyze_empirical
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss, Problem
    >>> from exactland.problem.network import Network
    >>> data = EmpiricalLoss(((fmpq(1),),), ((fmpq(1),),))
    >>> dead = Network(relu(), ((fmpq(-1),),), ((fmpq(3),),))
    >>> source = render_document(analyze_empirical(Problem(dead, data)), title="A & B")
    >>> r"A \& B" in source, "is a spurious local minimum" in source
    (True, True)
    """
    groups = group_neurons(analysis)
    context: Context = {
        **_head(analysis, title),
        **_setting(analysis),
        **_statement(analysis),
        **_data(analysis),
        **_network(analysis, groups),
        "groups": group_contexts(analysis, groups),
        "told_groups": groups_to_tell(analysis, groups),
        "groups_left": max(0, len(groups) - MAX_GROUPS),
        **verdict_contexts(analysis, groups),
        "figure": figure_context(analysis),
        **digest_context(digests),
    }
    return fill_document("body.tex", context, fragment=fragment)


def _head(analysis: Analysis, title: str) -> Context:
    from exactland import __version__

    point = analysis.point
    # Labels that differ between the fragments of one paper.
    known = "|".join([title, format_exact(point.loss), *point.patterns[:MAX_NEURONS]])
    return {
        "title": _title(title) if title.strip() else Tex("An exact verdict on a network"),
        "version": __version__,
        "label": Tex("exactland:" + sha256(known.encode("utf-8", "replace")).hexdigest()[:8]),
    }


def _title(text: str) -> Tex:
    """A title, with line breaks allowed in words too long for a line."""
    words = text[:MAX_TEXT].split()
    shown = [escape(word) if len(word) <= 24 else escape_breakable(word) for word in words]
    return Tex(" ".join(shown) + (r"\ldots{}" if len(text) > MAX_TEXT else ""))


def _setting(analysis: Analysis) -> Context:
    point = analysis.point
    network, scale = point.problem.network, point.problem.loss.scale
    activation = network.activation
    doubled = number(2 * scale)
    return {
        "width": network.width,
        "points": len(point.inputs),
        "inputs": len(point.problem.loss.inputs[0]),
        "outputs": point.output_dimension,
        "activation": str(activation),
        "alpha_plus": number(activation.alpha_plus),
        "alpha_minus": number(activation.alpha_minus),
        "kinked": bool(activation.kink),
        "has_bias": network.hidden_biases is not None,
        "has_output_bias": network.output_bias is not None,
        "scale": Tex(r"\tfrac12" if scale == fmpq(1, 2) else number(scale).math),
        "scale_one": scale == 1,
        "field": _field(point.problem.field),
        "two_s": Tex("" if 2 * scale == 1 else doubled.math),
    }


def _field(field: NumberField | None) -> Context | None:
    """The number field, and its generator where the numbers are written with it."""
    if field is None:
        return None
    name, equation = field_latex(field)
    return {"name": Tex(name), "equation": Tex(equation)}


def _statement(analysis: Analysis) -> Context:
    point, minimality = analysis.point, analysis.minimality
    escaping = analysis.escape_neurons
    curve_neuron = None
    if isinstance(minimality, NotLocalMinimum) and len(minimality.curve.neurons) == 1:
        only = minimality.curve.neurons[0].neuron
        if isinstance(analysis.neurons[only].escape, Escapes) and not any(point.outputs[only]):
            curve_neuron = only
    told = curve_neuron if curve_neuron is not None else escaping[0] if escaping else None
    return {
        "verdict": analysis.verdict,
        "reason": analysis.reason,
        "spurious": analysis.spurious is True,
        "loss": number(point.loss),
        "loss_zero": point.loss == 0,
        "mean_squared_error": number(point.mean_squared_error),
        "directional": analysis.directional.holds,
        "differentiable": analysis.differentiable,
        "escaping": None if escaping is None else index_list(escaping),
        "escaping_count": len(escaping or ()),
        "escape": None if told is None else _escape(analysis, told),
        "curve_neuron": curve_neuron,
        "inertia": analysis.hessian_inertia,
    }


def _escape(analysis: Analysis, index: int) -> Context:
    escape_of = analysis.neurons[index].escape
    assert isinstance(escape_of, Escapes)
    return {
        "neuron": index,
        "direction": value(escape_of.direction),
        "psi": value(escape_of.psi),
    }


def _data(analysis: Analysis) -> Context:
    point, loss = analysis.point, analysis.point.problem.loss
    rows = []
    widths = [0] * 4
    printed = range(min(len(point.inputs), MAX_POINTS))
    for k in printed:
        residual, target = point.residuals[k], loss.targets[k]
        prediction = tuple(e + y for e, y in zip(residual, target, strict=True))
        cells = [value(row) for row in (loss.inputs[k], target, prediction, residual)]
        widths = [max(width, cell.size) for width, cell in zip(widths, cells, strict=True)]
        rows.append(
            {
                "k": k + 1,
                "x": cells[0],
                "y": cells[1],
                "f": cells[2],
                "e": cells[3],
            }
        )
    checks = [
        sum((e * (e + y) for e, y in zip(errors, targets, strict=True)), ZERO)
        for errors, targets in zip(
            zip(*point.residuals, strict=True), zip(*loss.targets, strict=True), strict=True
        )
    ]
    return {
        "data": rows,
        "data_left": len(point.inputs) - len(rows),
        "data_wide": sum(widths) + DECIMAL * (point.output_dimension - 1) > TABLE_WIDTH,
        "orthogonal": not any(checks),
        "energy": number(
            -sum((dot(e, y) for e, y in zip(point.residuals, loss.targets, strict=True)), ZERO)
        ),
        "repeated": len(set(loss.inputs)) < len(loss.inputs),
    }


def _network(analysis: Analysis, groups: list[Group]) -> Context:
    network = analysis.point.problem.network
    chosen: list[tuple[int, int]] = []
    for place, group in enumerate(groups, 1):
        chosen += [(place, neuron) for neuron in group.neurons]
        if len(chosen) >= MAX_NEURONS:
            break
    rows = []
    widths, total = [0] * 3, 0
    for place, neuron in chosen[:MAX_NEURONS]:
        weight, output = value(network.input_weights[neuron]), value(network.neuron_output(neuron))
        bias = None if network.hidden_biases is None else number(network.hidden_biases[neuron])
        sizes = [weight.size, output.size, 0 if bias is None else bias.size]
        widths = [max(pair) for pair in zip(widths, sizes, strict=True)]
        total += sum(sizes)
        rows.append({"place": place, "neuron": neuron, "w": weight, "b": bias, "h": output})
    parts: list[Context] = []
    for row in rows:
        if not parts or parts[-1]["place"] != row["place"]:
            parts.append({"place": row["place"], "neurons": []})
        members = parts[-1]["neurons"]
        assert isinstance(members, list)
        members.append(row)
    bias_form = None if network.output_bias is None else value(network.output_bias)
    return {
        "parts": parts,
        "neurons_left": network.width - len(rows),
        "network_wide": sum(widths) > TABLE_WIDTH,
        "network_decimal": total > MAX_DIGITS,
        "output_bias": bias_form,
    }
