"""H1-H4: the Hessian on the directions D_i is minus a Dirichlet Laplacian of a path."""

from __future__ import annotations

from typing import Any

from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER

# h, k, m are the lengths of three neighbouring pieces.  e_(i) runs from 0 to -k/(h+k) on the
# piece of length h, jumps by 1 at q_i, and runs from h/(h+k) to 0 on the piece of length k.
# R_i = 2 rho sign(alpha) eps_i (1/h + 1/k), as R_i = s_i - s_{i-1} and |s_i| h_i = 2 rho.


def _jump(rho: Any, h: Any, k: Any) -> Any:
    return 2 * rho * (1 / h + 1 / k)


def _rising(A: Any, x: Any, h: Any, k: Any) -> Any:
    """e_(i) on its left piece, x from 0 to h."""
    return -k / (h + k) * x / h


def _falling(A: Any, x: Any, h: Any, k: Any) -> Any:
    """e_(i) on its right piece, x from 0 to k."""
    return h / (h + k) * (1 - x / k)


def _check(ledger: Ledger) -> None:
    ledger.identity(
        "H1", r"\int e_{(i)}^2=\frac{h_{i-1}h_i}{3(h_{i-1}+h_i)}", "x h k",
        lambda A, x, h, k: (
            A.integral(_rising(A, x, h, k) ** 2, x, 0 * x, h)
            + A.integral(_falling(A, x, h, k) ** 2, x, 0 * x, k),
            h * k / (3 * (h + k)),
        ),
    )  # fmt: skip
    ledger.identity(
        "H2", r"H[D_i,D_i]=2R_i^2\!\int e_{(i)}^2-2\rho|R_i|"
        r"=-\tfrac{4\rho^2}3\bigl(\tfrac1{h_{i-1}}+\tfrac1{h_i}\bigr)=-\tfrac23\rho|R_i|",
        "rho h k",
        lambda A, rho, h, k: (
            2 * _jump(rho, h, k) ** 2 * h * k / (3 * (h + k)) - 2 * rho * _jump(rho, h, k),
            -4 * rho**2 / 3 * (1 / h + 1 / k),
        ),
    )  # fmt: skip
    ledger.identity(
        "H2 curvature", r"-\tfrac{4\rho^2}3\bigl(\tfrac1{h_{i-1}}+\tfrac1{h_i}\bigr)"
        r"=-\tfrac23(1-\gamma)\rho|\kappa_i|,\ (1-\gamma)|\kappa_i|=|R_i|", "rho h k",
        lambda A, rho, h, k: (
            -4 * rho**2 / 3 * (1 / h + 1 / k), A.rational(-2, 3) * rho * _jump(rho, h, k),
        ),
    )  # fmt: skip
    ledger.identity(
        "H3", r"H[D_i,D_{i+1}]=2R_iR_{i+1}\!\int e_{(i)}e_{(i+1)}=\frac{4\rho^2}{3h_i}",
        "x rho h k m",
        lambda A, x, rho, h, k, m: (
            -2 * _jump(rho, h, k) * _jump(rho, k, m)
            * A.integral(_falling(A, x, h, k) * _rising(A, x, k, m), x, 0 * x, k),
            4 * rho**2 / (3 * k),
        ),
    )  # fmt: skip
    ledger.identity(
        "H4", r"\frac{(\tau_{i+1}-\tau_i)^2}{h_i}=\frac{\tau_i^2}{h_i}+\frac{\tau_{i+1}^2}{h_i}"
        r"-\frac{2\tau_i\tau_{i+1}}{h_i}", "h t u",
        lambda A, h, t, u: ((u - t) ** 2 / h, t**2 / h + u**2 / h - 2 * t * u / h),
    )  # fmt: skip
    for n in range(1, 7):
        lengths = [f"h{i}" for i in range(n + 1)]
        shifts = [f"t{i}" for i in range(1, n + 1)]
        ledger.identity(
            f"whole form, n = {n}",
            r"H\Bigl[\sum\tau_iD_i\Bigr]=-\frac{4\rho^2}3\sum_{i=0}^n"
            rf"\frac{{(\tau_{{i+1}}-\tau_i)^2}}{{h_i}},\ n={n}",
            " ".join(["x", "rho", *lengths, *shifts]),
            lambda A, x, rho, *rest, n=n: _whole(A, x, rho, rest[: n + 1], rest[n + 1 :]),
        )


def _whole(A: Any, x: Any, rho: Any, h: Any, tau: Any) -> tuple[Any, Any]:
    """The form by integrating (delta f)^2 over every piece, and the sum of squares."""
    n = len(tau)
    padded = [0 * rho, *tau, 0 * rho]
    total = 0 * rho
    for i in range(n + 1):
        change = 0 * rho
        if i >= 1:
            jump = (-1) ** i * _jump(rho, h[i - 1], h[i])
            change = change - padded[i] * jump * _falling(A, x, h[i - 1], h[i])
            total = total - 2 * rho * _jump(rho, h[i - 1], h[i]) * padded[i] ** 2
        if i < n:
            jump = (-1) ** (i + 1) * _jump(rho, h[i], h[i + 1])
            change = change - padded[i + 1] * jump * _rising(A, x, h[i], h[i + 1])
        total = total + 2 * A.integral(change**2, x, 0 * x, h[i])
    squares = sum(
        ((padded[i + 1] - padded[i]) ** 2 / h[i] for i in range(1, n + 1)), padded[1] ** 2 / h[0]
    )
    return total, -4 * rho**2 / 3 * squares


CASE = Case(
    id="cjr/saddle-hessian",
    title="Negative curvature at every saddle with breakpoints",
    paper=PAPER,
    number="Theorem 3, core; restated",
    statement_latex=r"""At a critical point of Theorem 1 with $n\ge1$,
\[H\Bigl[\sum_i\tau_iD_i\Bigr]=-\frac{4\rho^2}3\sum_{i=0}^n\frac{(\tau_{i+1}-\tau_i)^2}{h_i}<0
\qquad(\tau\ne0,\ \tau_0=\tau_{n+1}=0),\]
and $H[D_i,D_i]=-\frac23(1-\gamma)\rho|\kappa_i|$: at least $n$ negative eigenvalues.""",
    hypotheses=(r"$n\ge1$ arbitrary", r"$0\le\gamma<1$", r"$\alpha\ne0$"),
    verified=(
        r"the entries $(i,i)$ and $(i,i+1)$ for all $\rho$, $h_{i-1}$, $h_i$, $h_{i+1}$",
        r"the whole form for $n=1,\dots,6$ with all $h_i$, $\tau_i$, $\rho$ symbolic",
    ),
    prose=(
        r"$H[D_i,D_j]=0$ for $|i-j|\ge2$: the changes of the network have disjoint supports, and"
        r" $D_i$ moves no breakpoint but $q_i$",
        "a sum of squares that vanishes has all its terms zero, so that the form is definite",
    ),
    checks=11,
    function=_check,
)
