"""The document about a network given by layers: the minimum on linear pieces, a better network."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from exactland.arithmetic.rationals import format_decimal, format_rational
from exactland.cells.deep_breakpoints import deep_graph
from exactland.certificates.latex.derivatives import value
from exactland.certificates.latex.drawing import coordinate, path
from exactland.certificates.latex.environment import fill_document
from exactland.certificates.latex.markup import Tex, digest_context, escape
from exactland.certificates.latex.numbers import number
from exactland.landscape.linear_pieces import (
    DeepAnalysis,
    LogisticMinimum,
    SpuriousMinimum,
    analyze_deep,
)
from exactland.landscape.linear_pieces.hypotheses import affine_fit
from exactland.problem.deep import DeepNetwork, DeepProblem
from exactland.problem.huber import HuberLoss
from exactland.problem.logistic import LogisticLoss
from exactland.problem.network import Matrix, Vector

MAX_ROWS: Final = 40
"""Data points, and neurons of a layer, that a table lists."""
MAX_DRAWN: Final = 400
"""Data points, and vertices of a curve, beyond which there is no figure."""

Context = dict[str, object]


def render_layers_document(
    found: DeepAnalysis | SpuriousMinimum | LogisticMinimum,
    *,
    title: str = "",
    digests: Sequence[tuple[str, str]] = (),
    fragment: bool = False,
) -> str:
    r"""Return LaTeX source that states what is known of a network given by layers, with the proof.

    Parameters
    ----------
    found : DeepAnalysis, SpuriousMinimum or LogisticMinimum
        The verdict on one network, or a constructed spurious local minimum with a better network.
    title : str
        The title, plain text: it is escaped, as every string from outside is.
    digests : pairs of strings
        Certificate file names with their SHA-256 digests, listed at the end.
    fragment : bool
        A part to ``\input`` into a paper instead of a complete document.

    Examples
    --------
    >>> from flint import fmpq
    >>> from exactland.landscape.linear_pieces import spurious_minimum
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> from exactland.problem.piecewise_linear import relu
    >>> rows = [tuple((fmpq(k),) for k in values) for values in ((-1, 0, 1), (1, 0, 1))]
    >>> source = render_layers_document(spurious_minimum(EmpiricalLoss(*rows), relu(), [2]))
    >>> "is a spurious local minimum" in source, "$1/3$" in source
    (True, True)
    """
    from exactland import __version__

    if isinstance(found, LogisticMinimum):
        problem, better, verdict = found.centre, found.better, "spurious_local_minimum"
    elif isinstance(found, SpuriousMinimum):
        problem, better = found.minimum.problem, found.better.problem
        verdict = "spurious_local_minimum"
    else:
        problem, better, verdict = found.point.problem, None, found.verdict
    known = "|".join([title, *map(format_rational, problem.network.layers[0].biases)])
    context: Context = {
        "version": __version__,
        "title": escape(title) if title.strip() else Tex("A network with hidden layers"),
        "label": Tex("exactland:" + sha256(known.encode("utf-8", "replace")).hexdigest()[:8]),
        "verdict": verdict,
        **_setting(problem),
        **_result(found, problem, better),
        "networks": [
            {"name": Tex(name), "layers": _layers(one.network)}
            for name, one in (("P", problem), ("Q", better))
            if one is not None
        ],
        "pieces": _pieces(problem),
        "figure": _figure(problem, better),
        **digest_context(digests),
    }
    return fill_document("layers.tex", context, fragment=fragment)


def _setting(problem: DeepProblem) -> Context:
    loss, activation = problem.loss, problem.network.activation
    rows = []
    for k, (x, y) in enumerate(zip(loss.inputs, loss.targets, strict=True)):
        if k == MAX_ROWS:
            break
        f = problem.network(x)
        e = tuple(a - b for a, b in zip(f, y, strict=True))
        rows.append(
            {"k": k + 1, **{name: value(v) for name, v in zip("xyfe", (x, y, f, e), strict=True)}}
        )
    ends: list[Tex] = [Tex(r"-\infty"), *(number(t).math for t in activation.knots), Tex(r"\infty")]
    return {
        "hidden": len(problem.network.widths),
        "widths": Tex(r",\ ".join(f"${width}$" for width in problem.network.widths)),
        "parameters": problem.network.parameters,
        "points": loss.points,
        "inputs": problem.network.input_dimension,
        "outputs": problem.network.output_dimension,
        "scale": number(loss.scale),
        "huber": number(loss.delta) if isinstance(loss, HuberLoss) else None,
        "logistic": isinstance(loss, LogisticLoss),
        "knots": len(activation.knots),
        "value": number(activation.value),
        "first_knot": number(activation.knots[0]),
        "slopes": [
            {"slope": number(slope), "left": left, "right": right}
            for slope, left, right in zip(activation.slopes, ends, ends[1:], strict=False)
        ],
        "data": rows,
        "data_left": loss.points - len(rows),
    }


def _result(
    found: DeepAnalysis | SpuriousMinimum | LogisticMinimum,
    problem: DeepProblem,
    better: DeepProblem | None,
) -> Context:
    context: Context = {"better_loss": None, "valley": None, "radius": None, "reason": ""}
    if isinstance(found, LogisticMinimum):
        fit = found.fit
        context |= {
            "loss": Tex(f"${format_decimal(found.loss[0], 20)}\\ldots$"),
            "lower": number(found.loss[0]),
            "upper": number(found.loss[1]),
            "better_loss": number(found.better_loss),
            "radius": number(found.radius),
            "step": number(fit.step),
            "curvature": [number(m) for m in fit.curvature],
            "map": _map(fit.matrix, fit.constants),
        }
        return context
    analysis = found if isinstance(found, DeepAnalysis) else analyze_deep(problem)
    context |= {"loss": number(analysis.point.loss).full, "reason": analysis.reason}
    if isinstance(found, SpuriousMinimum):
        context["better_loss"] = number(found.better.loss)
    if analysis.verdict == "local_minimum":
        matrix, constants, _ = affine_fit(analysis.point.data_loss)
        context["map"] = _map(matrix, constants)
        if analysis.valley is not None and analysis.valley.dimension is not None:
            context["valley"] = analysis.valley
    return context


def _map(matrix: Matrix, constants: Vector) -> list[Context]:
    return [
        {"row": value(row), "constant": number(constant)}
        for row, constant in zip(matrix, constants, strict=True)
    ]


def _layers(network: DeepNetwork) -> list[Context]:
    return [
        {
            "number": index,
            "rows": [
                {"neuron": i, "w": value(row), "b": number(bias)}
                for i, (row, bias) in enumerate(zip(layer.weights, layer.biases, strict=True))
                if i < MAX_ROWS
            ],
            "left": max(0, len(layer.weights) - MAX_ROWS),
            "last": index == len(network.layers),
        }
        for index, layer in enumerate(network.layers, 1)
    ]


def _pieces(problem: DeepProblem) -> list[Context]:
    """For every neuron the range of its pre-activations on the data, and the piece they are in."""
    network = problem.network
    rows: list[Context] = []
    forward = [network.forward(row) for row in problem.loss.inputs]
    for layer in range(len(network.widths)):
        for neuron, column in enumerate(zip(*(values[layer] for values in forward), strict=True)):
            if len(rows) == MAX_ROWS:
                return rows
            pieces = {network.activation.piece(value) for value in column}
            (only,) = pieces if len(pieces) == 1 else (None,)
            rows.append(
                {
                    "layer": layer + 1,
                    "neuron": neuron,
                    "least": number(min(column)),
                    "greatest": number(max(column)),
                    "slope": None if only is None else number(network.activation.slopes[only]),
                }
            )
    return rows


def _figure(problem: DeepProblem, better: DeepProblem | None) -> Context | None:
    loss = problem.loss
    if problem.network.input_dimension != 1 or loss.points > MAX_DRAWN or loss.points < 2:
        return None
    places = [row[0] for row in loss.inputs]
    margin = (max(places) - min(places)) / 12
    ends = min(places) - margin, max(places) + margin
    curves = []
    for one in (problem, better):
        if one is not None:
            vertices = deep_graph(one.network, *ends)
            if len(vertices) > MAX_DRAWN:
                return None
            for j in range(problem.network.output_dimension):
                curves.append(path((x, y[j]) for x, y in vertices))
    outputs = problem.network.output_dimension
    return {
        "curves": curves[:outputs],
        "better": curves[outputs:],
        "data": [
            path(zip(places, column, strict=True)) for column in zip(*loss.targets, strict=True)
        ],
        "xmin": coordinate(ends[0]),
        "xmax": coordinate(ends[1]),
        "several": outputs > 1,
    }
