"""The document of an integral-loss analysis: statement, data, derivatives, descent."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from flint import fmpq

from exactland.arithmetic.ordered import format_decimal_exact, format_exact, format_latex
from exactland.arithmetic.ordered_polynomials import Number, Polynomial, evaluate
from exactland.certificates.latex.drawing import coordinate, path
from exactland.certificates.latex.environment import fill_document
from exactland.certificates.latex.markup import Tex, digest_context, escape
from exactland.certificates.latex.numbers import digits
from exactland.landscape.integral.analysis import IntegralAnalysis
from exactland.problem.activations import Quadratic

MAX_ROWS: Final = 60
"""Neurons, pieces and coordinates that a table lists."""
SHORT: Final = 40
"""Characters of the exact text up to which a number is set as a formula."""
NARROW: Final = 24
"""The same in a column of a table."""
LONG: Final = 300
SAMPLES: Final = 48

Context = dict[str, object]


def render_integral_document(
    analysis: IntegralAnalysis,
    *,
    title: str = "",
    digests: Sequence[tuple[str, str]] = (),
    fragment: bool = False,
) -> str:
    r"""Return LaTeX source that states the verdict on a point of an integral loss and proves it.

    Parameters
    ----------
    analysis : IntegralAnalysis
        What :func:`exactland.analyze` returned for an integral loss.
    title : str
        The title, plain text: it is escaped, as every string from outside is.
    digests : pairs of strings
        Certificate file names with their SHA-256 digests, listed at the end.
    fragment : bool
        A part to ``\input`` into a paper instead of a complete document.

    Examples
    --------
    >>> from exactland.landscape.integral.analysis import analyze_integral
    >>> from exactland.landscape.integral.family import critical_family
    >>> point = critical_family("relu", 2).problem
    >>> source = render_integral_document(analyze_integral(point), title="A & B")
    >>> r"A \& B" in source, r"\frac{1}{972}" in source, "is a saddle" in source
    (True, True, True)
    """
    context: Context = {
        **_head(analysis, title),
        **_problem(analysis),
        **_neurons(analysis),
        **_derivatives(analysis),
        **_second_order(analysis),
        **_descent(analysis),
        "figure": _figure(analysis),
        **digest_context(digests),
    }
    return fill_document("integral.tex", context, fragment=fragment)


def exact(value: Number, short: int = SHORT) -> Tex:
    r"""Return a number in text mode: exactly while that is readable, else rounded with a remark.

    Examples
    --------
    >>> print(exact(fmpq(-7, 25)))
    $-\frac{7}{25}$
    """
    text = format_exact(value)
    if len(text) <= short:
        return Tex(f"${format_latex(value)}$")
    if isinstance(value, fmpq) and len(text) <= LONG:
        return digits(text)
    return Tex(rf"$\approx {_decimal(value)}$ {{\footnotesize(exactly in the certificate)}}")


def full(value: Number) -> Tex:
    """Return :func:`exact` with a decimal gloss where that says more."""
    text = format_exact(value)
    if len(text) > LONG or (isinstance(value, fmpq) and value.q == 1) or isinstance(value, int):
        return exact(value)
    return Tex(rf"{exact(value)} $\approx {_decimal(value)}$")


def polynomial(coefficients: Polynomial) -> Tex:
    r"""Return a polynomial in x in text mode, one formula a term.

    Examples
    --------
    >>> print(polynomial((fmpq(1, 2), fmpq(-1))))
    $\frac{1}{2}$ $-$ $x$
    """
    parts: list[str] = []
    for power, value in enumerate(coefficients):
        if value == 0:
            continue
        name = "" if power == 0 else "x" if power == 1 else f"x^{{{power}}}"
        several = " " in format_exact(value)  # such as 1/2 - sqrt(5): kept together in brackets
        size = value if several else abs(value)
        factor = "" if name and size == 1 else f"({exact(size)})" if several else str(exact(size))
        sign = "$-$" if value < 0 and not several else "$+$" if parts else ""
        body = f"{factor}${name}$" if name else factor
        parts.append(f"{sign} {body}".strip())
    return Tex(" ".join(parts) or "$0$")


def _decimal(value: Number, places: int = 7) -> Tex:
    mantissa, _, exponent = format_decimal_exact(value, places).partition("e")
    return Tex(rf"{mantissa}\cdot10^{{{exponent}}}" if exponent else mantissa)


def _name(coordinate: str) -> Tex:
    """Return w0 as $w_{0}$."""
    return Tex(f"${coordinate[0]}_{{{coordinate[1:]}}}$" if coordinate[1:] else "$c$")


def _head(analysis: IntegralAnalysis, title: str) -> Context:
    from exactland import __version__

    known = "|".join([title, format_exact(analysis.loss), *analysis.problem.coordinates[:99]])
    found = analysis.classification
    return {
        "title": escape(title) if title.strip() else Tex("An exact verdict on a network"),
        "version": __version__,
        "label": Tex("exactland:" + sha256(known.encode("utf-8", "replace")).hexdigest()[:8]),
        "verdict": analysis.verdict,
        "clause": found.clause,
        "reason": found.reason,
        "theorem": found.theorem,
        "spurious": found.spurious is True,
        "loss": full(analysis.loss),
        "loss_zero": bool(analysis.loss == 0),
    }


def _problem(analysis: IntegralAnalysis) -> Context:
    problem = analysis.problem
    loss, activation = problem.loss, problem.network.activation
    slopes = None
    if not isinstance(activation, Quadratic):
        slopes = {"plus": exact(activation.alpha_plus), "minus": exact(activation.alpha_minus)}
    field = None
    if problem.field is not None:
        minpoly = problem.field.minpoly
        low, high = problem.field.interval
        field = {
            "minpoly": polynomial(tuple(minpoly.coeffs())),
            "low": exact(low),
            "high": exact(high),
        }
    return {
        "width": problem.width,
        "slopes": slopes,
        "field": field,
        "start": exact(loss.interval[0]),
        "end": exact(loss.interval[1]),
        "target": polynomial(loss.target),
        "density": polynomial(loss.density),
        "unit_density": bool(tuple(loss.density) == (fmpq(1),)),
        "has_bias": problem.has_hidden_biases,
        "has_output_bias": problem.has_output_bias,
        "constant": exact(problem.parameters.c),
    }


def _neurons(analysis: IntegralAnalysis) -> Context:
    state = analysis.state
    w, b, v, _ = analysis.problem.parameters
    rows = [
        {
            "j": j,
            "w": exact(w[j], NARROW),
            "b": exact(b[j], NARROW),
            "v": exact(v[j], NARROW),
            "kind": kind.name,
            "breakpoint": Tex("--") if kind.breakpoint is None else exact(kind.breakpoint, NARROW),
        }
        for j, kind in enumerate(analysis.neurons[:MAX_ROWS])
    ]
    pieces = [
        {
            "start": exact(state.knots[i], NARROW),
            "end": exact(state.knots[i + 1], NARROW),
            "residual": polynomial(piece),
        }
        for i, piece in enumerate(state.pieces[:MAX_ROWS])
    ]
    return {
        "neurons": rows,
        "neurons_left": max(0, len(analysis.neurons) - MAX_ROWS),
        "pieces": pieces,
        "pieces_left": max(0, len(state.pieces) - MAX_ROWS),
        "vanishes": state.residual_vanishes,
        "first_moment": full(state.residual_tails[1][0]),
    }


def _derivatives(analysis: IntegralAnalysis) -> Context:
    notions = analysis.stationarity
    names = analysis.problem.coordinates
    pairs = list(zip(names, notions.gradient_ge, strict=True))
    nonzero = [(name, entry) for name, entry in pairs if entry != 0]
    senses = [
        ("classical (differentiable, gradient zero)", notions.classical),
        ("directional (no one-sided derivative is negative)", notions.directional),
        ("Clarke (zero is in the subdifferential)", notions.clarke),
        ("generalised gradient, slope at 0 that of the active side", notions.generalized_ge),
        ("generalised gradient, slope at 0 that of the other side", notions.generalized_gt),
    ]
    return {
        "gradient": [
            {"name": _name(name), "value": exact(entry)} for name, entry in nonzero[:MAX_ROWS]
        ],
        "gradient_left": max(0, len(nonzero) - MAX_ROWS),
        "senses": [
            {"name": name, "holds": "undecided" if holds is None else "yes" if holds else "no"}
            for name, holds in senses
        ],
        "stationary": notions.directional,
    }


def _second_order(analysis: IntegralAnalysis) -> Context:
    second = analysis.second_order
    counts = second.inertia if second.inertia is not None else second.inertia_modified
    found = analysis.gradient_descent
    steps = []
    if found is not None and found.breakpoints is not None:
        ends = [Tex(step.decimal) for step in found.breakpoints]
        for place, dimension in enumerate(found.dimensions[:MAX_ROWS]):
            until = ends[place] if place < len(ends) else None
            steps.append({"until": until or Tex(r"\infty"), "dimension": dimension})
    return {
        "inertia": counts,
        "modified": second.inertia is None,
        "regularity": analysis.stationarity.regularity.reason,
        "c2_near": second.c2_near,
        "steps": steps,
        "coverage": analysis.coverage[0],
        "coverage_clause": analysis.coverage[1],
    }


def _descent(analysis: IntegralAnalysis) -> Context:
    way = analysis.descent
    if way is None:
        return {"descent": None}
    parts = list(way.direction.items())
    return {
        "descent": {
            "parts": [{"name": _name(name), "value": exact(x)} for name, x in parts[:MAX_ROWS]],
            "parts_left": max(0, len(parts) - MAX_ROWS),
            "order": way.order,
            "coefficient": full(way.coefficient),
            "name": way.name,
            "changes": [
                {"step": exact(step), "change": _decimal(change)} for step, change in way.changes
            ],
        }
    }


def _figure(analysis: IntegralAnalysis) -> Context:
    state, loss = analysis.state, analysis.problem.loss
    lower, upper = state.knots[0], state.knots[-1]
    straight = len(loss.target) <= 2
    curve: list[tuple[Number, Number]] = []
    for i, piece in enumerate(state.pieces):
        start, end = state.knots[i], state.knots[i + 1]
        count = 1 if straight and len(piece) <= 2 else max(2, SAMPLES // len(state.pieces))
        points = [start + (end - start) * fmpq(k, count) for k in range(count + (end == upper))]
        curve += [(x, evaluate(piece, x) + evaluate(loss.target, x)) for x in points]
    sampled = [lower + (upper - lower) * fmpq(k, SAMPLES) for k in range(SAMPLES + 1)]
    ends = (lower, upper) if straight else sampled
    target = [(x, evaluate(loss.target, x)) for x in ends]
    kinks = [
        (knot, evaluate(piece, knot) + evaluate(loss.target, knot))
        for knot, piece in zip(state.knots[1:-1], state.pieces[1:], strict=True)
    ]
    return {
        "network": path(curve),
        "target": path(target),
        "kinks": path(kinks),
        "any_kinks": bool(kinks),
        "xmin": coordinate(lower),
        "xmax": coordinate(upper),
    }
