"""M = -L / alpha: the alternating sum of the squares of the lengths."""

from __future__ import annotations

from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER


def _check(ledger: Ledger) -> None:
    # u = (-1)^m throughout, so that u^2 = 1 is never needed.
    ledger.identity(
        "step", r"A(m)-A(m-1)=(-1)^me_m^2,\quad A(m)=g_0+(-1)^mg_{m+1}", "g0 g e u",
        lambda A, g0, g, e, u: ((g0 + u * (e**2 - g)) - (g0 - u * g), u * e**2),
    )  # fmt: skip
    ledger.identity("base", r"A(0)=e_0^2", "g0 e0", lambda A, g0, e0: (g0 + (e0**2 - g0), e0**2))
    for sign, name in ((1, "+"), (-1, "-")):
        ledger.identity(
            f"ends {name}",
            rf"A(n)=g_0=\varepsilon_1(1-\gamma),\quad\varepsilon_1={name}1,\ g_{{n+1}}=0",
            "gamma u",
            lambda A, gamma, u, sign=sign: (
                1 + gamma - 2 * (gamma if sign > 0 else 1) + u * 0, sign * (1 - gamma),
            ),
        )  # fmt: skip
    ledger.identity(
        "piece",
        r"\frac{s_ih_i^3}{12}=-\varepsilon_1(-1)^ie_i^2\frac{\alpha(1-\gamma)T^3}{12\Lambda^4}",
        "alpha gamma T L e u sign",
        lambda A, alpha, gamma, T, L, e, u, sign: (
            (-sign * u * alpha * (1 - gamma) / (L * e)) * (T * e / L) ** 3 / 12,
            -sign * u * e**2 * alpha * (1 - gamma) * T**3 / (12 * L**4),
        ),
    )  # fmt: skip
    for sign, name in ((1, "+"), (-1, "-")):
        ledger.identity(
            f"moment {name}",
            rf"M=-\varepsilon_1\frac{{\alpha(1-\gamma)T^3}}{{12\Lambda^4}}\sum_i(-1)^ie_i^2=-L/\alpha"
            rf","
            rf"\quad\varepsilon_1={name}1",
            "alpha gamma T L",
            lambda A, alpha, gamma, T, L, sign=sign: (
                -sign * alpha * (1 - gamma) * T**3 / (12 * L**4) * (sign * (1 - gamma)),
                -(alpha**2 * (1 - gamma) ** 2 * T**3 / (12 * L**4)) / alpha,
            ),
        )  # fmt: skip


CASE = Case(
    id="cjr/moment-consistency",
    title="The first moment of the residual",
    paper=PAPER,
    number="Theorem 1; restated",
    statement_latex=r"""$\sum_{i=0}^n(-1)^ie_i^2=\varepsilon_1(1-\gamma)$; hence
$M=\int xr=-L/\alpha$, consistently with the tail moments.""",
    hypotheses=(r"$\alpha\ne0$", r"$0\le\gamma<1$", r"$n\ge1$ arbitrary"),
    verified=("base, step and ends of the induction, the moment of every piece and their sum, for "
              "all values of the symbols",),
    prose=("the principle of induction itself",),
    checks=7,
    function=_check,
)  # fmt: skip
