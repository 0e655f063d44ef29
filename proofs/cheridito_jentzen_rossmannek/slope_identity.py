"""S1-S3: the slopes of the residual that the sums kappa_i of Theorem 1 give."""

from __future__ import annotations

from typing import Any

from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER

# Conventions of Theorem 1: g_0 := 1 + gamma - 2 g_1 and g_{n+1} := 0, so that
# e_i^2 = g_i + g_{i+1} for all i = 0..n.  A symbol g stands for g_i; g_{i+1} is then e_i^2 - g_i.


def _check(ledger: Ledger) -> None:
    def closed_form(total: Any, g0: Any, e0: Any, g_next: Any, e: Any) -> Any:
        return total - g0 / e0 - g_next / e

    # S(m) = sum_{i<=m} e_i.
    ledger.identity(
        "S1 base", r"\sum_{i=0}^{0}e_i-\frac{g_0}{e_0}-\frac{g_1}{e_0}=0", "g0 e0",
        lambda A, g0, e0: (closed_form(e0, g0, e0, e0**2 - g0, e0), 0 * e0),
    )  # fmt: skip
    ledger.identity(
        "S1 step",
        r"P(m)-P(m-1)=g_m\Bigl(\frac1{e_{m-1}}+\frac1{e_m}\Bigr),\quad"
        r" P(m)=\sum_{i=0}^me_i-\frac{g_0}{e_0}-\frac{g_{m+1}}{e_m}",
        "S g0 e0 g e_before e",
        lambda A, S, g0, e0, g, e_before, e: (
            closed_form(S + e, g0, e0, e**2 - g, e) - closed_form(S, g0, e0, g, e_before),
            g * (1 / e_before + 1 / e),
        ),
    )  # fmt: skip
    for sign, name in ((1, "+"), (-1, "-")):
        ledger.identity(
            f"S2 ends {name}", rf"P(n)=\Lambda-\varepsilon_1\frac{{1-\gamma}}{{e_0}},"
            rf"\quad\varepsilon_1={name}1,\ g_{{n+1}}=0",
            "L e0 e gamma",
            lambda A, L, e0, e, gamma, sign=sign: (
                closed_form(
                    L, 1 + gamma - 2 * (gamma if sign > 0 else 1), e0, 0 * e, e,
                ),
                L - sign * (1 - gamma) / e0,
            ),
        )  # fmt: skip
    ledger.identity(
        "first slope",
        r"\sum_i\kappa_ig_i-\alpha=-\varepsilon_1\frac{\alpha(1-\gamma)}{\Lambda e_0}=s_0",
        "alpha gamma L e0 sign",
        lambda A, alpha, gamma, L, e0, sign: (
            alpha / L * (L - sign * (1 - gamma) / e0) - alpha,
            -sign * alpha * (1 - gamma) / (L * e0),
        ),
    )  # fmt: skip
    # sign = eps_i; eps_1 (-1)^(i-1) = eps_i, eps_1 (-1)^i = -eps_i.
    ledger.identity(
        "S3 jump", r"s_i-s_{i-1}=(1-\gamma)\varepsilon_i\kappa_i", "alpha gamma L e_before e sign",
        lambda A, alpha, gamma, L, e_before, e, sign: (
            sign * alpha * (1 - gamma) / (L * e) + sign * alpha * (1 - gamma) / (L * e_before),
            (1 - gamma) * sign * alpha / L * (1 / e_before + 1 / e),
        ),
    )  # fmt: skip


CASE = Case(
    id="cjr/slope-identity",
    title="Slopes of the residual",
    paper=PAPER,
    number="Theorem 1; restated",
    statement_latex=r"""With $e_i^2=g_i+g_{i+1}$ ($g_0=1+\gamma-2g_1$, $g_{n+1}=0$),
$\Lambda=\sum e_i$, one has
\[\sum_{i=1}^ng_i\Bigl(\frac1{e_{i-1}}+\frac1{e_i}\Bigr)=\Lambda-\varepsilon_1\frac{1-\gamma}{e_0},\]
so that the sums $\kappa_i=\frac\alpha\Lambda(\frac1{e_{i-1}}+\frac1{e_i})$ give $r$ the slopes
$s_i=-\varepsilon_1(-1)^i\frac{\alpha(1-\gamma)}{\Lambda e_i}$ on the pieces $i=0,\dots,n$.""",
    hypotheses=(r"$e_i\ne0$ for all $i$", r"$0\le\gamma<1$", r"$n\ge1$ arbitrary"),
    verified=(
        r"base and step of the induction on $m$, for all $e_i$, $g_i$, $\gamma$, $\alpha$",
        "both signs at the ends; the slope on the first piece and the jumps at every breakpoint",
    ),
    prose=("the principle of induction itself: base, step and ends are checked separately",),
    checks=6,
    function=_check,
)
