"""What all six notebooks share: figures, verdicts and exercises whose answers the library checks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import marimo as mo
from flint import fmpq

from exactland.arithmetic.ordered import Scalar, format_exact, format_latex
from exactland.arithmetic.rationals import format_decimal, parse_rational
from exactland.errors import ExactlandError
from exactland.plots.printed import as_image
from exactland.plots.scene import Scene
from exactland.problem.files import problem_from_json
from exactland.problem.losses import Problem

X = ("-1", "-3/5", "-1/10", "3/10", "7/10")
Y = ("7/25", "-1/10", "3/100", "23/100", "-11/50")
"""The five data points of Wu, Simsek and Ged, figure 3, as exact decimals."""

KINDS = {
    "global_minimum": "success",
    "local_minimum": "success",
    "saddle": "warn",
    "not_stationary": "danger",
    "undetermined": "neutral",
    "accepted": "success",
    "rejected": "danger",
    "unusable": "danger",
}


def empirical(
    inputs: Sequence[Sequence[Any]],
    targets: Sequence[Any],
    weights: Sequence[Sequence[Any]],
    outputs: Sequence[Any],
    activation: str = "relu",
) -> Problem:
    """Return a point of an empirical loss landscape with one output, from exact numbers or text."""
    problem = problem_from_json(
        {
            "format": "exactland-problem/1",
            "network": {
                "activation": {"kind": activation},
                "w": [[str(entry) for entry in row] for row in weights],
                "v": [[str(entry) for entry in outputs]],
            },
            "loss": {
                "kind": "empirical",
                "x": [[str(entry) for entry in row] for row in inputs],
                "y": [[str(target)] for target in targets],
            },
        }
    )
    assert isinstance(problem, Problem)
    return problem


def five_points(weights: Sequence[Sequence[Any]], outputs: Sequence[Any]) -> Problem:
    """Return a ReLU network on the five points; the second input is the constant 1 (the bias)."""
    return empirical([(x, "1") for x in X], Y, weights, outputs)


def figure(scene: Scene) -> mo.Html:
    """Return a picture that scales with the page and carries a description for screen readers."""
    return mo.Html(as_image(scene))


def tex(value: Scalar) -> str:
    """Return an exact number for a formula, with its decimal where it is long."""
    source = format_latex(value)
    if len(format_exact(value)) <= 12:
        return source
    plain = value if isinstance(value, fmpq) else None
    decimal = format_decimal(plain, 6) if plain is not None else value.decimal(6)
    return source if len(source) <= 60 and plain is None else rf"{source}\approx {decimal}"


def verdict(name: str, sentences: Sequence[str], rows: Sequence[tuple[str, str]] = ()) -> mo.Html:
    """Return the verdict as a coloured box: its name, why, and a table of exact values.

    `sentences` are Markdown; `rows` are (label, text) pairs, shown as they are.
    """
    shown = f'<b class="exactland-verdict">{escape(name.replace("_", " "))}</b>'
    body = "".join(
        f"<tr><td style='padding-right:1em'>{escape(label)}</td><td>{escape(text)}</td></tr>"
        for label, text in rows
    )
    parts: list[Any] = [mo.md(f"Verdict: {shown}. " + " ".join(sentences))]
    if rows:
        parts.append(mo.Html(f'<table class="exactland-values">{body}</table>'))
    return mo.callout(mo.vstack(parts), kind=KINDS.get(name, "info"))


def yes(value: bool | None) -> str:
    """Return a decision in a word."""
    return {True: "yes", False: "no", None: "undecided"}[value]


def signs(pattern: str) -> str:
    """Return a sign vector with minus signs as wide as its plus signs."""
    return pattern.replace("-", "−")


def numbers(*texts: str) -> tuple[list[fmpq], str]:
    """Read exact numbers typed by a reader: the numbers, or nothing and what is wrong."""
    if not all(text.strip() for text in texts):
        return [], "No answer yet."
    try:
        return [parse_rational(text.strip(), "your answer") for text in texts], ""
    except ExactlandError as error:
        return [], f"{error}. Write p/q, an integer, or a decimal."


def judged(texts: Sequence[str], judge: Callable[..., tuple[bool, str]]) -> mo.Html:
    """Judge an answer of one or more exact numbers; `judge` returns (right, explanation)."""
    found, problem = numbers(*texts)
    if problem:
        return mo.callout(mo.md(problem), kind="neutral")
    try:
        right, why = judge(*found)
    except ExactlandError as error:
        return mo.callout(mo.md(str(error)), kind="warn")
    return _judgement(right, why)


def chosen(answer: str | None, right: str, why: str) -> mo.Html:
    """Judge an answer picked from a list; `right` was computed by the library, not written down."""
    if answer is None:
        return mo.callout(mo.md("No answer yet."), kind="neutral")
    return _judgement(answer == right, why if answer == right else f"Not {answer}: {why}")


def _judgement(right: bool, why: str) -> mo.Html:
    word = '<b class="exactland-judgement">Right.</b>' if right else (
        '<b class="exactland-judgement">Not yet.</b>'
    )  # fmt: skip
    return mo.callout(mo.md(f"{word} {why}"), kind="success" if right else "warn")
