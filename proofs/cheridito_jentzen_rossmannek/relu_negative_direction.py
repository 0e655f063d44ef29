"""The direction D_1 at every ReLU saddle with breakpoints, for symbolic n; leaky for small n."""

from __future__ import annotations

from typing import Any

from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER
from ._families import SYMBOLS, Family, leaky_family


def _check(ledger: Ledger) -> None:
    ledger.identity(
        "network, first piece", r"\delta f=\frac{2\alpha}{n+1}+\frac{\alpha}{T}(x-q_2)"
        r"=\frac\alpha T(x-T_0)\ \text{on}\ [T_0,q_1]", "x T0 T alpha n",
        lambda A, x, T0, T, alpha, n: (_before(x, T0, T, alpha, n), alpha / T * (x - T0)),
    )  # fmt: skip
    ledger.identity(
        "network, second piece", r"\delta f=\frac\alpha T(x-q_2)\ \text{on}\ [q_1,q_2]",
        "x T0 T alpha n",
        lambda A, x, T0, T, alpha, n: (
            _before(x, T0, T, alpha, n) - 2 * alpha / (n + 1),
            alpha / T * (x - T0 - 2 * T / (n + 1)),
        ),
    )  # fmt: skip
    ledger.identity(
        "network, beyond", r"\delta f=\frac{2\alpha}{n+1}-\kappa_1=0\ \text{on}\ [q_2,T_1]",
        "alpha n",
        lambda A, alpha, n: (2 * alpha / (n + 1) - alpha / (n + 1) * (1 + 1), 0 * n),
    )  # fmt: skip
    ledger.identity(
        "curvature", r"2\!\int(\delta f)^2+2\kappa_1r(q_1)=-\frac{2\alpha^2T}{3(n+1)^3}",
        "x T0 T alpha n",
        lambda A, x, T0, T, alpha, n: (
            2 * A.integral(_before(x, T0, T, alpha, n) ** 2, x, T0, T0 + T / (n + 1))
            + 2 * A.integral(
                (_before(x, T0, T, alpha, n) - 2 * alpha / (n + 1)) ** 2,
                x, T0 + T / (n + 1), T0 + 2 * T / (n + 1),
            )
            + 2 * (2 * alpha / (n + 1)) * (-alpha * T / (2 * (n + 1) ** 2)),
            -2 * alpha**2 * T / (3 * (n + 1) ** 3),
        ),
    )  # fmt: skip
    for n in (1, 2, 3):
        for sign in (1, -1):
            for i in range(n):
                ledger.identity(
                    f"leaky, n = {n}, first sign {sign:+d}, D_{i + 1}",
                    r"H[D_i,D_i]=-\tfrac23(1-\gamma)\rho|\kappa_i|\ (\text{both sides times "
                    r"}\mathrm{sgn}\,\alpha\cdot\mathrm{sgn}\,\alpha)",
                    SYMBOLS,
                    lambda A, x, T0, T, alpha, beta, n=n, sign=sign, i=i: _leaky(
                        A, leaky_family(A, n, sign, x, T0, T, alpha, beta), i, x, T, alpha
                    ),
                )


def _before(x: Any, T0: Any, T: Any, alpha: Any, n: Any) -> Any:
    """The change delta f left of q_1, from the changes of v_2 and c."""
    kappa = 2 * alpha / (n + 1)
    second = T0 + 2 * T / (n + 1)
    return 2 * alpha / (n + 1) + (n + 1) / (2 * T) * kappa * (x - second)


def _leaky(A: Any, family: Family, i: int, x: Any, T: Any, alpha: Any) -> tuple[Any, Any]:
    """H[D_i, D_i] from the direction's entries: 2 int (delta f)^2 plus the kink's term."""
    gamma, n = family.gamma, len(family.signs)
    low = [gamma if sign > 0 else 1 for sign in family.signs]
    h, k = family.knots[i + 1] - family.knots[i], family.knots[i + 2] - family.knots[i + 1]
    common = (1 - gamma) * family.signs[i] * family.kappa[i] * h * k / (h + k)
    before, after = common / h**2, common / k**2
    moved = [0 * alpha] * n
    for index, jump in ((i - 1, before), (i, after - before), (i + 1, -after)):
        if 0 <= index < n:
            moved[index] = family.signs[index] * jump / (1 - gamma)
    constant = family.kappa[i] * low[i]
    for index in range(n):
        constant = constant - moved[index] * low[index] * (
            family.knots[0] - family.knots[index + 1]
        )
    form = 0 * alpha
    for piece in range(n + 1):
        change = constant
        for index in range(n):
            active = (family.signs[index] > 0) == (index < piece)
            gate = 1 if active else gamma
            change = change + moved[index] * (x - family.knots[index + 1]) * gate
            if index == i:
                change = change - family.kappa[i] * gate
        form = form + 2 * A.integral(change**2, x, family.knots[piece], family.knots[piece + 1])
    # The kink: 2 (1 - gamma) eps_i kappa_i r(q_i) tau^2, with r(q_i) from the residual itself.
    height = A.at(family.pieces[i], {x: family.knots[i + 1]})
    form = form + 2 * (1 - gamma) * family.signs[i] * family.kappa[i] * height
    # rho |kappa_i| = (alpha (1-gamma) T / (2 Lambda^2)) kappa_i, as alpha kappa_i > 0.
    rho = alpha * (1 - gamma) * T / (2 * family.total**2)
    return form, A.rational(-2, 3) * (1 - gamma) * rho * family.kappa[i]


CASE = Case(
    id="cjr/relu-negative-direction",
    title="An explicit direction of negative curvature for the whole family",
    paper=PAPER,
    number="Theorem 3, ReLU family; restated",
    statement_latex=r"""At every ReLU saddle with $n\ge2$ breakpoints the direction
$\delta b_j=-w_j$ (neurons at $q_1$), $\delta v_j=\frac{(n+1)v_j}{2T}$ (neurons at $q_2$),
$\delta c=\frac{2\alpha}{n+1}$ has $H[D_1,D_1]=-\frac{2\alpha^2T}{3(n+1)^3}<0$. For leaky ReLU,
$H[D_i,D_i]=-\frac23(1-\gamma)\rho|\kappa_i|$.""",
    hypotheses=(r"$\alpha\ne0$", r"$n\ge2$ even (ReLU), arbitrary"),
    verified=(
        r"ReLU: for symbolic $n,\alpha,T_0,T$, from the entries of the direction",
        r"leaky: every $D_i$, $n=1,2,3$, both first signs, all $\alpha,\beta,T_0,T,\gamma$, from"
        r" the entries of the direction and the residual of the network",
    ),
    prose=(r"leaky, general $n$: the case \texttt{saddle-hessian}",),
    checks=16,
    function=_check,
)
