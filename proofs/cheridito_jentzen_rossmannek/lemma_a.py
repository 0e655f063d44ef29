"""Lemma A's sign argument: what the tails of the first moment allow, and what they exclude."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise, product

from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER
from ._problems import problem

SLOPES = (Fraction(0), Fraction(1, 4), Fraction(1, 2), Fraction(9, 16), Fraction(7, 8))
LONGEST = 10


def _check(ledger: Ledger) -> None:
    ledger.identity(
        "slopes",
        r"r(q_{i+1}^-)=r(q_{i+1}^+)\ \Rightarrow\ s_ih_i=-s_{i+1}h_{i+1}"
        r"\text{: the moments }\tfrac{s_ih_i^3}{12}\text{ alternate in sign}",
        "s h k",
        lambda A, s, h, k: ((-s * h / k) * k**3 / 12, -(s * h**3 / 12) * (k / h) ** 2),
    )
    ledger.identity(
        "monotone",
        r"G'(t)=-\int_t^{b}s\bigl(x-\tfrac{a+b}2\bigr)dx=-\tfrac s2(b-t)(t-a)",
        "x s a b t",
        lambda A, x, s, a, b, t: (
            -A.integral(s * (x - (a + b) / 2), x, t, b), -s * (b - t) * (t - a) / 2,
        ),
    )  # fmt: skip
    ledger.identity(
        "tail at +",
        r"\varepsilon=+:\ M_{\text{tail}}+\gamma(M-M_{\text{tail}})=0,\ "
        r"M_{\text{tail}}=-\tfrac{\gamma M}{1-\gamma}",
        "M g",
        lambda A, M, g: (-g * M / (1 - g) + g * (M + g * M / (1 - g)), 0 * M),
    )
    ledger.identity(
        "tail at -",
        r"\varepsilon=-:\ \gamma M_{\text{tail}}+(M-M_{\text{tail}})=0,\ "
        r"M_{\text{tail}}=\tfrac M{1-\gamma}",
        "M g",
        lambda A, M, g: (g * M / (1 - g) + (M - M / (1 - g)), 0 * M),
    )
    ledger.instances(
        "signs",
        r"\text{moments alternate}\iff\text{signs as in Theorem 1},\ n\le10",
        "exhaustive enumeration of sign vectors",
        len(SLOPES) * sum(2**n for n in range(1, LONGEST + 1)), _sign_vectors(),
    )  # fmt: skip
    ledger.instances(
        "constant target",
        r"\alpha=0:\text{ stationary (every notion)}\iff r\equiv0",
        "exact analysis", 567, _constant_targets(),
    )  # fmt: skip


def _sign_vectors() -> Iterator[tuple[str, bool, object]]:
    for slope in SLOPES:
        tail = {1: -slope / (1 - slope), -1: 1 / (1 - slope)}
        for n in range(1, LONGEST + 1):
            for signs in product((1, -1), repeat=n):
                tails = [Fraction(1), *(tail[sign] for sign in signs), Fraction(0)]
                moments = [a - b for a, b in pairwise(tails)]
                possible = all(a * b < 0 for a, b in pairwise(moments))
                listed = all(a == -b for a, b in pairwise(signs))
                if not slope:
                    listed = listed and signs[0] == 1 and n % 2 == 0
                yield f"{slope}, {signs}", possible == listed, possible


def _constant_targets() -> Iterator[tuple[str, bool, object]]:
    from exactland.landscape.integral.analysis import analyze_integral

    entries = ("-1", "0", "1/2")
    for activation, slope in (("relu", ""), ("relu", "1/4"), ("quadratic", "")):
        for w, b, v in product(("-1", "0", "1"), entries, ("-1", "0", "2")):
            for c in ("-1", "-1/2", "0", "1/4", "1/2", "1", "2"):
                point = problem([(w, b, v)], c, activation, slope, alpha="0")
                found = analyze_integral(point)
                notions = found.stationarity
                vanishes = found.state.residual_vanishes
                held = notions.classical is vanishes and notions.directional is vanishes
                held = held and notions.clarke is vanishes and (found.loss == 0) is vanishes
                yield f"{activation} {slope} {w} {b} {v} {c}", held, found


CASE = Case(
    id="cjr/lemma-a",
    title="The sign argument that makes the list of critical points complete",
    paper=PAPER,
    number="Lemma A, Theorem 1 (completeness); restated",
    statement_latex=r"""At a critical point with $r\not\equiv0$ every piece of $r$ has mean zero,
the
moments of the pieces alternate strictly in sign, and the tail moment behind a kink is
$-\frac{\gamma M}{1-\gamma}$ or $\frac M{1-\gamma}$ as $\varepsilon_i=\pm$. Hence the signs
alternate; for ReLU the first is $+$ and $n$ is even. If $\alpha=0$, every critical point has
$r\equiv0$.""",
    hypotheses=(r"$0\le\gamma<1$",),
    verified=(
        "slopes of neighbouring pieces, tails and the monotone function $G$, for all values",
        r"all vectors of signs with $n\le10$ and five slopes: the moments alternate exactly for "
        r"those of Theorem 1",
        r"$\alpha=0$: a grid of $567$ networks with one neuron, three activations",
    ),
    prose=(
        r"longer vectors of signs: the condition concerns three neighbours at a time",
        r"$\alpha=0$ in general: $\int rf=0$ and $\int r=0$ at a critical point, so that "
        r"$L=-\alpha M$",
        r"neurons without an interior breakpoint: as in the case \texttt{tail-alternation}",
    ),
    checks=6,
    function=_check,
)
