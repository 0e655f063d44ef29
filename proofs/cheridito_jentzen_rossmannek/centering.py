"""C1-C4: the critical points of Theorem 1 are centered, c = alpha m + beta."""

from __future__ import annotations

from typing import Any

from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER


def _check(ledger: Ledger) -> None:
    def closed_form(total: Any, g0: Any, g_next: Any, e: Any) -> Any:
        """Q(m) with total = E_{m+1} = e_0 + ... + e_m and g_next = g_{m+1}."""
        return total**2 / 2 - g0 / 2 + g_next / 2 - g_next * total / e

    ledger.identity(
        "C1 step",
        r"Q(m)-Q(m-1)=g_m\Bigl(\frac1{e_{m-1}}+\frac1{e_m}\Bigr)E_m,\quad"
        r" Q(m)=\frac{E_{m+1}^2-g_0+g_{m+1}}2-\frac{g_{m+1}E_{m+1}}{e_m}",
        "E g0 g e_before e",
        lambda A, E, g0, g, e_before, e: (
            closed_form(E + e, g0, e**2 - g, e) - closed_form(E, g0, g, e_before),
            g * (1 / e_before + 1 / e) * E,
        ),
    )  # fmt: skip
    ledger.identity(
        "C2 base", "Q(0)=0", "g0 e0",
        lambda A, g0, e0: (closed_form(e0, g0, e0**2 - g0, e0), 0 * e0),
    )  # fmt: skip
    ledger.identity(
        "C3 squares step",
        r"\sum_{i\le m}e_i^2=g_0+2\sum_{i=1}^mg_i+g_{m+1}\ \text{(step)}", "g0 G g e",
        lambda A, g0, G, g, e: (
            # G = sum of g_1..g_{m-1}, g = g_m, and g_{m+1} = e^2 - g.
            (g0 + 2 * (G + g) + (e**2 - g)) - (g0 + 2 * G + g), e**2,
        ),
    )  # fmt: skip
    for sign, name in ((1, "+"), (-1, "-")):
        ledger.identity(
            f"C3 ends {name}",
            rf"Q(n)=\frac{{\Lambda^2}}2-\frac{{\varepsilon_1(1-\gamma)}}2,\ \varepsilon_1={name}1",
            "L e gamma",
            lambda A, L, e, gamma, sign=sign: (
                closed_form(L, 1 + gamma - 2 * (gamma if sign > 0 else 1), 0 * e, e),
                L**2 / 2 - sign * (1 - gamma) / 2,
            ),
        )  # fmt: skip
    # f(T0) = c - sum kappa_i g_i (q_i - T0), q_i - T0 = (T / Lambda) E_i.
    ledger.identity(
        "C4 centered",
        r"\alpha m+\beta-\frac{\alpha T}{\Lambda^2}Q(n)-(\alpha T_0+\beta)=-\frac{s_0h_0}2",
        "alpha beta gamma T0 T L e0 sign",
        lambda A, alpha, beta, gamma, T0, T, L, e0, sign: (
            alpha * (T0 + T / 2) + beta
            - alpha * T / L**2 * (L**2 / 2 - sign * (1 - gamma) / 2) - alpha * T0 - beta,
            -(-sign * alpha * (1 - gamma) / (L * e0)) * (T * e0 / L) / 2,
        ),
    )  # fmt: skip


CASE = Case(
    id="cjr/centering",
    title="Critical points that are not global minima are centered",
    paper=PAPER,
    number="Theorem 1; restated",
    statement_latex=r"""With $E_i=\sum_{l<i}e_l$,
\[\frac{\varepsilon_1(1-\gamma)}2+\sum_{i=1}^ng_i\Bigl(\frac1{e_{i-1}}+\frac1{e_i}\Bigr)E_i
=\frac{\Lambda^2}2,\]
so that $\int r=0$ on the first piece exactly if $c=\alpha m+\beta$, $m=\frac{T_0+T_1}2$; with the
slopes and jumps of the case \texttt{slope-identity} every piece then has mean zero.""",
    hypotheses=(r"$e_i\ne0$ for all $i$", r"$0\le\gamma<1$", r"$n\ge1$ arbitrary, also odd"),
    verified=(
        r"base, step and ends of the induction on $m$, for all values of $e_i$, $g_i$, $\gamma$",
        r"$c=\alpha m+\beta$ for all $\alpha,\beta,\gamma,T_0,T,\Lambda,e_0$ and both signs",
    ),
    prose=("the principle of induction itself",),
    checks=6,
    function=_check,
)
