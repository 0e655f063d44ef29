"""Pictures of the book: pgfplots axes from exact points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flint import fmpq

from exactland.arithmetic.ordered_polynomials import Number
from exactland.cells.function_graph import function_graph
from exactland.certificates.latex.drawing import path
from exactland.problem.losses import Problem


@dataclass(frozen=True, slots=True)
class Curve:
    """A polygon or a set of marks with exact vertices.

    ``style`` is a list of pgfplots options; without a ``legend`` the curve is not listed.
    """

    points: tuple[tuple[Number, Number], ...]
    style: str = "black"
    legend: str = ""

    @staticmethod
    def of_network(problem: Problem, start: fmpq, end: fmpq, style: str, legend: str) -> Curve:
        """Return the graph of a network with one input (beside a constant one) and one output."""
        vertices = function_graph(problem, start, end).vertices
        return Curve(tuple((x, y[0]) for x, y in vertices), style, legend)


def axis(curves: Sequence[Curve], xlabel: str, ylabel: str, options: str = "") -> str:
    r"""Return a ``tikzpicture`` with the curves in one pair of axes.

    Parameters
    ----------
    curves : sequence of Curve
    xlabel, ylabel : LaTeX
    options : further pgfplots options of the axis

    Examples
    --------
    >>> print(axis([Curve(((fmpq(0), fmpq(1, 3)), (fmpq(1), fmpq(1))))], "$x$", "$y$"))
    \begin{tikzpicture}
    \begin{axis}[width=0.82\linewidth, height=0.44\linewidth, xlabel={$x$}, ylabel={$y$}]
    \addplot[black] coordinates {(0,1/3) (1,1)};
    \end{axis}
    \end{tikzpicture}
    """
    size = r"width=0.82\linewidth, height=0.44\linewidth"
    listed = any(curve.legend for curve in curves)
    legend = (
        ", legend style={at={(0.5,-0.2)}, anchor=north, legend columns=4, "
        "/tikz/every even column/.append style={column sep=1em}}"
        if listed
        else ""
    )
    more = f", {options}" if options else ""
    lines = [
        r"\begin{tikzpicture}",
        rf"\begin{{axis}}[{size}, xlabel={{{xlabel}}}, ylabel={{{ylabel}}}{legend}{more}]",
    ]
    for curve in curves:
        silent = ", forget plot" if listed and not curve.legend else ""
        lines.append(rf"\addplot[{curve.style}{silent}] coordinates {{{path(curve.points)}}};")
        if curve.legend:
            lines.append(rf"\addlegendentry{{{curve.legend}}}")
    return "\n".join([*lines, r"\end{axis}", r"\end{tikzpicture}"])
