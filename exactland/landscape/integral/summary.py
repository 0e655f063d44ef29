"""An integral-loss analysis, or a critical family, as labelled lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exactland.arithmetic.ordered import as_rational, format_decimal_exact, format_exact
from exactland.arithmetic.ordered_polynomials import Number
from exactland.landscape.integral.gradient_descent import GradientDescent

if TYPE_CHECKING:
    from exactland.landscape.integral.analysis import IntegralAnalysis
    from exactland.landscape.integral.family import CriticalFamily

MOST = 12
"""Entries of a list beyond which a line of text shows only some; the JSON has all."""

LONGEST = 48
"""Characters of an exact number beyond which only its decimal is shown."""


def summary_rows(analysis: IntegralAnalysis) -> list[tuple[str, str]]:
    """Return (label, value) pairs: what a reader wants to know first.

    Examples
    --------
    >>> from exactland.landscape.integral.analysis import analyze_integral
    >>> from exactland.landscape.integral.family import critical_family
    >>> rows = dict(summary_rows(analyze_integral(critical_family("relu", 2).problem)))
    >>> rows["breakpoints"], rows["Hessian inertia"]
    ('1/3, 2/3', '2 negative, 2 zero, 3 positive')
    """
    notions, second = analysis.stationarity, analysis.second_order
    rows = [
        ("loss", shown(analysis.loss)),
        ("neurons", _counted([kind.name for kind in analysis.neurons])),
        ("breakpoints", listed([shown(site.at) for site in analysis.state.sites])),
        ("differentiable here", yes(notions.differentiable)),
        ("classically stationary", yes(notions.classical)),
        ("directionally stationary", yes(notions.directional)),
        ("Clarke stationary", yes(notions.clarke)),
        (
            "generalised gradient zero",
            f"{yes(notions.generalized_ge)} (derivative 1 at 0), "
            f"{yes(notions.generalized_gt)} (derivative gamma at 0)",
        ),
        ("twice differentiable", _twice(analysis)),
    ]
    if analysis.member is not None and analysis.member.n:
        rows.append(("sums v w at breakpoints", listed([*map(shown, analysis.member.sums)])))
        rows.append(("Lambda", str(analysis.member.total)))
    counts, name = second.inertia, "Hessian inertia"
    if counts is None:
        counts, name = second.inertia_modified, "modified Hessian inertia"
    if counts is not None:
        rows.append((name, f"{counts[0]} negative, {counts[1]} zero, {counts[2]} positive"))
    if analysis.strict is not None:
        rows.append(("strict saddle", yes(analysis.strict)))
    if analysis.morse_bott is not None:
        dimension = f"critical manifold of dimension {analysis.manifold_dimension}"
        rows.append(("Morse-Bott", f"{yes(analysis.morse_bott)} ({dimension})"))
    if analysis.descent is not None:
        way = analysis.descent
        parts = ", ".join(f"{name}: {shown(entry)}" for name, entry in way.direction.items())
        rows.append(("descent direction", parts if len(parts) <= 200 else parts[:197] + "..."))
        order = {1: "first", 2: "second", 3: "third"}.get(way.order, f"{way.order}th")
        text = f"{order} order, coefficient {shown(way.coefficient)} ({way.name})"
        rows.append(("descent along it", text))
    if analysis.gradient_descent is not None:
        rows += _gradient_descent(analysis.gradient_descent)
    if analysis.threshold is not None:
        sign = {1: "below", 0: "at", -1: "above"}[analysis.threshold.margin]
        text = f"{analysis.threshold.level_decimal}; the loss is {sign} it"
        rows.append(("convergence threshold", text))
    rows.append(("verdict", analysis.verdict.replace("_", " ")))
    rows.append(("because", f"{analysis.classification.clause}: {analysis.classification.reason}"))
    return rows


def family_rows(family: CriticalFamily) -> list[tuple[str, str]]:
    """Return (label, value) pairs that describe a critical family.

    Examples
    --------
    >>> from exactland.landscape.integral.family import critical_family
    >>> dict(family_rows(critical_family("relu", 2)))["loss"]
    '1/972'
    """
    return [
        ("family", f"{family.activation}, n = {family.n}, first sign {family.first_sign}"),
        ("breakpoints", listed([*map(str, family.breakpoints)])),
        ("sums v w at breakpoints", listed([*map(str, family.sums)])),
        ("Lambda", str(family.total)),
        ("loss", str(family.loss)),
        ("Hessian inertia", "{} negative, {} zero, {} positive".format(*family.inertia)),
    ]


def shown(value: Number) -> str:
    """Return a number exactly where that is short, with a decimal where it is not an integer."""
    text, plain = format_exact(value), as_rational(value)
    if plain is not None and (plain.q == 1 or len(text) <= 8):
        return text
    decimal = format_decimal_exact(value, 10)
    return f"{text} ({decimal})" if len(text) <= LONGEST else f"about {decimal}"


def listed(texts: list[str]) -> str:
    """Return the texts in a row, those in the middle of a long list left out.

    Examples
    --------
    >>> listed([str(k) for k in range(100)])
    '0, 1, 2, 3, 4, 5, 6, 7, 8, ..., 99 (100 in all)'
    """
    if len(texts) > MOST:
        texts = [*texts[: MOST - 3], "...", f"{texts[-1]} ({len(texts)} in all)"]
    return ", ".join(texts) or "none"


def yes(value: bool | None) -> str:
    """Return yes, no or undecided."""
    return "undecided" if value is None else "yes" if value else "no"


def _twice(analysis: IntegralAnalysis) -> str:
    smooth = analysis.stationarity.regularity
    if smooth.c2_near:
        return "yes, in a neighbourhood"
    text = "yes, but not in a neighbourhood" if smooth.twice_differentiable else "no"
    return f"{text} ({smooth.reason})" if smooth.reason else text


def _gradient_descent(found: GradientDescent) -> list[tuple[str, str]]:
    rows = []
    if found.breakpoints is None:
        rows.append(("center-stable dimension", f"{found.small_step_dimension} for small steps"))
    else:
        steps = [f"{float(step.decimal):.6g}" for step in found.breakpoints]
        parts = [f"{d} up to {s}" for d, s in zip(found.dimensions, steps, strict=False)]
        parts.append(f"{found.dimensions[-1]} beyond" if steps else f"{found.dimensions[-1]}")
        rows.append(("center-stable dimension", "by step size: " + listed(parts)))
    if found.singular:
        singular = [f"{float(step.decimal):.6g}" for step in found.singular]
        rows.append(("singular step sizes", listed(singular)))
    rows.append(("strict-saddle argument", f"{yes(found.covered)}: {found.clause}"))
    return rows


def _counted(names: list[str]) -> str:
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"
