"""V1-V2: the loss at the critical points of Theorem 1."""

from __future__ import annotations

from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER


def _check(ledger: Ledger) -> None:
    ledger.identity(
        "V1", r"\frac{s_i^2h_i^3}{12}=\frac{\alpha^2(1-\gamma)^2T^3}{12\Lambda^5}e_i",
        "alpha gamma T L e",
        lambda A, alpha, gamma, T, L, e: (
            (alpha * (1 - gamma) / (L * e)) ** 2 * (T * e / L) ** 3 / 12,
            alpha**2 * (1 - gamma) ** 2 * T**3 * e / (12 * L**5),
        ),
    )  # fmt: skip
    ledger.identity(
        "V2", r"\sum_ie_i=\Lambda\ \Rightarrow\ L=\frac{\alpha^2(1-\gamma)^2T^3}{12\Lambda^4}",
        "alpha gamma T L",
        lambda A, alpha, gamma, T, L: (
            alpha**2 * (1 - gamma) ** 2 * T**3 / (12 * L**5) * L,
            alpha**2 * (1 - gamma) ** 2 * T**3 / (12 * L**4),
        ),
    )  # fmt: skip
    ledger.identity(
        "height", r"\frac{|s_i|h_i}2=\frac{|\alpha|(1-\gamma)T}{2\Lambda^2}=\rho", "a gamma T L e",
        lambda A, a, gamma, T, L, e: (
            (a * (1 - gamma) / (L * e)) * (T * e / L) / 2, a * (1 - gamma) * T / (2 * L**2),
        ),
    )  # fmt: skip
    ledger.identity(
        "height and loss", r"T\rho^2=3L", "alpha gamma T L",
        lambda A, alpha, gamma, T, L: (
            T * (alpha * (1 - gamma) * T / (2 * L**2)) ** 2,
            3 * alpha**2 * (1 - gamma) ** 2 * T**3 / (12 * L**4),
        ),
    )  # fmt: skip
    ledger.identity(
        "ReLU", r"(n+1)\int\bigl(\tfrac{\alpha}{1}(x-\tfrac h2)\bigr)^2\big|_{s=\alpha/(n+1)},"
        r"\ h=\tfrac T{n+1}:\ \frac{\alpha^2T^3}{12(n+1)^4}", "x alpha T n",
        lambda A, x, alpha, T, n: (
            (n + 1) * A.integral(
                (alpha / (n + 1)) ** 2 * (x - T / (2 * (n + 1))) ** 2, x, 0 * x, T / (n + 1)
            ),
            alpha**2 * T**3 / (12 * (n + 1) ** 4),
        ),
    )  # fmt: skip
    ledger.identity(
        "n = 0", r"\int_{T_0}^{T_0+T}\alpha^2(x-m)^2dx=\frac{\alpha^2T^3}{12}", "x alpha T0 T",
        lambda A, x, alpha, T0, T: (
            A.integral(alpha**2 * (x - T0 - T / 2) ** 2, x, T0, T0 + T), alpha**2 * T**3 / 12,
        ),
    )  # fmt: skip


CASE = Case(
    id="cjr/loss-levels",
    title="Loss levels of the critical points",
    paper=PAPER,
    number="Theorem 1; restated",
    statement_latex=r"""$L=\frac{\alpha^2(1-\gamma)^2T^3}{12\Lambda^4}$,
$|r(q_i)|=\rho=\frac{|\alpha|(1-\gamma)T}{2\Lambda^2}$ for $0\le i\le n+1$; ReLU:
$L=\frac{\alpha^2T^3}{12(n+1)^4}$; $n=0$: $L=\frac{\alpha^2T^3}{12}$.""",
    hypotheses=(r"$\Lambda=\sum e_i>0$", r"$0\le\gamma<1$", r"$n\ge0$ arbitrary"),
    verified=(r"for all $\alpha$, $\gamma$, $T$, $e_i$, $\Lambda$; ReLU for symbolic $n$",),
    prose=(),
    checks=6,
    function=_check,
)
