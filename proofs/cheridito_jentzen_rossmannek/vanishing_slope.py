"""gamma -> 0: which leaky families tend to ReLU saddles, and how the others leave."""

from __future__ import annotations

from typing import Any

from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER

# The limit of a rational function of (p, q) without a pole is its value at p = 0, q = 1; here
# flint's t = 0 is the same point.  All limits are written that way, with symbolic n and i.


def _check(ledger: Ledger) -> None:
    ends = {"+, even": (1, 1), "-, even": (0, 0), "odd, +": (1, 0), "odd, -": (0, 1)}
    for name, (first, last) in ends.items():
        level = first + last - 1
        ledger.identity(
            f"Lambda {name}", rf"\lim_{{\gamma\to0}}\Lambda=n{level:+d}", "p q n",
            lambda A, p, q, n, first=first, last=last, level=level: (
                _at_zero(A, _end(first, p) + _end(last, p) + (n - 1) * q, p, q), n + level,
            ),
        )  # fmt: skip
        ledger.identity(
            f"loss {name}",
            rf"\lim L=\tfrac{{\alpha^2T^3}}{{12(n{level:+d})^4}}"
            + rf",\ \text{{the ReLU level with }}n{level - 1:+d}\text{{ breakpoints}}",
            "p q n alpha T",
            lambda A, p, q, n, alpha, T, first=first, last=last, level=level: (
                _at_zero(
                    A,
                    alpha**2 * (1 - p * p) ** 2 * T**3
                    / (12 * (_end(first, p) + _end(last, p) + (n - 1) * q) ** 4),
                    p, q,
                ),
                alpha**2 * T**3 / (12 * (n + level) ** 4),
            ),
        )  # fmt: skip
    ledger.identity(
        "breakpoints +, even", r"\lim q_i=T_0+\tfrac{iT}{n+1}", "p q n i T0 T",
        lambda A, p, q, n, i, T0, T: (
            _at_zero(A, T0 + T * (1 + (i - 1) * q) / (2 + (n - 1) * q), p, q),
            T0 + i * T / (n + 1),
        ),
    )  # fmt: skip
    ledger.identity(
        "sums +, even, outer", r"\lim\kappa_1=\lim\kappa_n=\tfrac{2\alpha}{n+1}\ (n\ge2)",
        "p q n alpha",
        lambda A, p, q, n, alpha: (
            _at_zero(A, alpha * (1 + 1 / q) / (2 + (n - 1) * q), p, q), 2 * alpha / (n + 1),
        ),
    )  # fmt: skip
    ledger.identity(
        "sums +, even, inner", r"\lim\kappa_i=\tfrac{2\alpha}{n+1}\ (1<i<n)", "p q n alpha",
        lambda A, p, q, n, alpha: (
            _at_zero(A, alpha * (1 / q + 1 / q) / (2 + (n - 1) * q), p, q), 2 * alpha / (n + 1),
        ),
    )  # fmt: skip
    for name, (first, last) in list(ends.items())[1:]:
        ledger.identity(
            f"outer width {name}", r"\lim h_0=\lim\tfrac{T\sqrt\gamma}\Lambda=0", "p q n T",
            lambda A, p, q, n, T, first=first, last=last: (
                _at_zero(A, T * p / (_end(first, p) + _end(last, p) + (n - 1) * q), p, q), 0 * n,
            ),
        )  # fmt: skip
        level = first + last - 1
        ledger.identity(
            f"outer sum {name}",
            r"\lim\sqrt\gamma\,\kappa=\tfrac{\alpha}{\lim\Lambda}\ne0\ (n\ge2)",
            "p q n alpha",
            lambda A, p, q, n, alpha, first=first, last=last, level=level: (
                _at_zero(
                    A,
                    p * alpha * (1 / p + 1 / q) / (_end(first, p) + _end(last, p) + (n - 1) * q),
                    p, q,
                ),
                alpha / (n + level),
            ),
        )  # fmt: skip


def _end(one: int, p: Any) -> Any:
    return 1 if one else p


def _at_zero(A: Any, expression: Any, p: Any, q: Any) -> Any:
    """The value at p = 0, q = 1 of an expression in lowest terms."""
    return A.at(A.lowest(expression), {p: 0 * p, q: 1 + 0 * q})


CASE = Case(
    id="cjr/vanishing-slope",
    title="The limit of vanishing slope",
    paper=PAPER,
    number="Theorem 1, remark; restated",
    statement_latex=r"""As $\gamma\to0$, the leaky family with first sign $+$ and even $n$ tends to
the
ReLU saddle with $n$ breakpoints. In every other family an outer piece has width tending to 0, its
$\kappa\sim\alpha/(\Lambda\sqrt\gamma)$ tends to infinity, and the loss tends to the ReLU level with
$n-1$ ($n$ odd) or $n-2$ (first sign $-$, $n$ even) breakpoints.""",
    hypotheses=(r"$\alpha\ne0$", r"$n\ge1$ arbitrary (for the sums of the other families $n\ge2$)"),
    verified=(
        r"all limits for symbolic $n$, $i$, $\alpha$, $T_0$, $T$, as values of rational"
        r" functions of"
        r" $\sqrt\gamma$, $\sqrt{1+\gamma}$ at $(0,1)$",
    ),
    prose=(
        "a rational function without a pole is continuous",
        r"$n=1$: $\kappa_1=\alpha/\sqrt\gamma$",
    ),
    checks=17,
    function=_check,
)
