"""Continuous first-order changes of the network are orthogonal to the residual."""

from __future__ import annotations

from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER


def _check(ledger: Ledger) -> None:
    ledger.identity(
        "piece", r"\int_{\text{piece }i}\delta f\,r=\dot s_i\frac{s_ih_i^3}{12}", "x s a h u t",
        lambda A, x, s, a, h, u, t: (
            A.integral(s * (x - a - h / 2) * (u + t * x), x, a, a + h), t * s * h**3 / 12,
        ),
    )  # fmt: skip
    # eps = eps_l, u = (-1)^(l-1): eps_1 = u eps for u = +-1; sums from moment-consistency:
    # sum_{i<l} (-1)^i e_i^2 = g_0 + u g_l, the whole sum is g_0 = eps_1 (1 - gamma).
    for eps, name in ((1, "+"), (-1, "-")):
        for u in (1, -1):
            ledger.identity(
                f"kink {name}, l {'odd' if u > 0 else 'even'}",
                rf"g_l\sum_{{i<l}}(-1)^ie_i^2+(1+\gamma-g_l)\sum_{{i\ge l}}(-1)^ie_i^2=0,"
                rf"\ \varepsilon_l={name}1,\ (-1)^{{l-1}}={u}",
                "gamma",
                lambda A, gamma, eps=eps, u=u: (
                    (gamma if eps > 0 else 1)
                    * (u * eps * (1 - gamma) + u * (gamma if eps > 0 else 1))
                    + (1 + gamma - (gamma if eps > 0 else 1))
                    * (-u * (gamma if eps > 0 else 1)),
                    0 * gamma,
                ),
            )  # fmt: skip


CASE = Case(
    id="cjr/orthogonality",
    title="Continuous changes of the network are orthogonal to the residual",
    paper=PAPER,
    number="used in Theorem 3; restated",
    statement_latex=r"""At a critical point with $r\not\equiv0$ every
$\delta f=\dot c+\sum_l\dot\kappa_l(x-q_l)S_l$ has slopes with $\sum_i(-1)^ie_i^2\dot s_i=0$,
equivalently $\int\delta f\,r=0$.""",
    hypotheses=(r"$0\le\gamma<1$", r"$n\ge1$ arbitrary"),
    verified=(r"for every kink $l$ (both signs, both parities), all $\gamma$",),
    prose=(),
    checks=5,
    function=_check,
)
