"""The directions D_i change the network only between the neighbouring breakpoints."""

from __future__ import annotations

from typing import Any

from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER

# Squares of lengths: e_{i-1}^2 = g_{i-1} + g_i and so on; the steepness of e_(i) is proportional
# to 1/h^2 on each side, s_left : s_right = e_i^2 : e_{i-1}^2.


def _check(ledger: Ledger) -> None:
    ledger.identity(
        "slopes", r"R\frac{h_i}{h_{i-1}+h_i}\frac1{h_{i-1}}=\frac{Ra}{h_{i-1}^2},\ "
        r"a=\frac{h_{i-1}h_i}{h_{i-1}+h_i}", "R h k",
        lambda A, R, h, k: (R * k / (h + k) / h, R * (h * k / (h + k)) / h**2),
    )  # fmt: skip
    ledger.identity(
        "values", r"\frac{Ra}{h_{i-1}^2}h_{i-1}-R+\frac{Ra}{h_i^2}h_i=0", "R h k",
        lambda A, R, h, k: (
            R * (h * k / (h + k)) / h - R + R * (h * k / (h + k)) / k, 0 * R,
        ),
    )  # fmt: skip
    for eps, name in ((1, "+"), (-1, "-")):
        ledger.identity(
            f"inner {name}", r"\sum_{l=i-1}^{i+1}\dot\kappa_lg_l=0\ (1<i<n)", "gamma R",
            lambda A, gamma, R, eps=eps: (
                _left_slope(gamma, eps, (R, R), (True, True)), 0 * R,
            ),
        )  # fmt: skip
        ledger.identity(
            f"first {name}",
            r"\dot\kappa_1g_1+\dot\kappa_2g_2=s_\ell\ (i=1<n,\ e_0^2=g_2,\ e_1^2=g_1+g_2)",
            "gamma R",
            lambda A, gamma, R, eps=eps: (
                _left_slope(
                    gamma, eps, (R * (1 + gamma), R * _low(gamma, -eps)), (False, True)
                ),
                R * (1 + gamma),
            ),
        )  # fmt: skip
        ledger.identity(
            f"last {name}",
            r"\dot\kappa_{n-1}g_{n-1}+\dot\kappa_ng_n=0\ (i=n>1,\ e_n^2=g_n)", "gamma R",
            lambda A, gamma, R, eps=eps: (
                _left_slope(
                    gamma, eps, (R * _low(gamma, eps), R * (1 + gamma)), (True, False)
                ),
                0 * R,
            ),
        )  # fmt: skip
        ledger.identity(
            f"only {name}", r"\dot\kappa_1g_1=s_\ell\ (i=n=1)", "gamma R",
            lambda A, gamma, R, eps=eps: (
                _left_slope(
                    gamma, eps, (R * _low(gamma, eps), R * _low(gamma, -eps)), (False, False)
                ),
                R * _low(gamma, eps),
            ),
        )  # fmt: skip
    ledger.identity(
        "constant",
        r"\delta c=\kappa_ig_i-\sum_l\dot\kappa_lg_l(T_0-q_l)\Rightarrow\delta f(T_0)=0",
        "kappa g k1 g1 q1 T0",
        lambda A, kappa, g, k1, g1, q1, T0: (
            (kappa * g - k1 * g1 * (T0 - q1)) + k1 * (T0 - q1) * g1 - kappa * g, 0 * g,
        ),
    )  # fmt: skip


def _low(gamma: Any, eps: int) -> Any:
    """G for the sign eps: the slope of the activation left of the breakpoint."""
    return gamma if eps > 0 else 1


def _left_slope(gamma: Any, eps: int, steep: tuple[Any, Any], present: tuple[bool, bool]) -> Any:
    """Sum of kappa'_l g_l with kappa'_l = eps_l J_l / (1 - gamma): the slope of delta f at T0."""
    left, right = steep
    total = eps * (right - left) * _low(gamma, eps)
    if present[0]:
        total = total - eps * left * _low(gamma, -eps)
    if present[1]:
        total = total + eps * right * _low(gamma, -eps)
    return total / (1 - gamma)


CASE = Case(
    id="cjr/descent-directions",
    title=r"The directions of negative curvature",
    paper=PAPER,
    number="Theorem 3, proof; restated",
    statement_latex=r"""$D_i$ shifts the neurons at $q_i$ ($\delta b_j=-w_j$), rescales those at
$q_{i-1},q_i,q_{i+1}$ by $\delta v_j=v_j\dot\kappa_l/\kappa_l$,
$\dot\kappa_l=\varepsilon_lJ_l/(1-\gamma)$ with $J_{i-1}=s_\ell$, $J_i=s_r-s_\ell$, $J_{i+1}=-s_r$
(indices outside $1..n$
dropped), and adds
$\delta c=\kappa_ig_i-\sum_l\dot\kappa_lg_l(T_0-q_l)$. Then $\delta f=-R\,e_{(i)}$, supported on
$[q_{i-1},q_{i+1}]$.""",
    hypotheses=(r"the $e_i$, $g_i$, $\varepsilon_i$ of Theorem 1", r"$n\ge1$ arbitrary"),
    verified=(
        r"$\delta f$ vanishes with its slope left of the support (inner and last $i$) or starts"
        r" with the slope $s_\ell$ at $T_0$ (first or only $i$), both signs, for all $\gamma$",
        r"value at $T_0$, jump at $q_i$ and return to 0, for all lengths",
    ),
    prose=(),
    checks=11,
    function=_check,
)
