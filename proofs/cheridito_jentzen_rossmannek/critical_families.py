"""The families of Theorem 1 are critical: small n with every other symbol free."""

from __future__ import annotations

from typing import Any

from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER
from ._families import SYMBOLS, Family, leaky_family, relu_family


def _check(ledger: Ledger) -> None:
    kinds = [("leaky", n, sign) for n in (1, 2, 3, 4) for sign in (1, -1)]
    for kind, n, sign in [*kinds, ("ReLU", 2, 1), ("ReLU", 4, 1)]:
        label = f"{kind}, n = {n}" + (f", first sign {sign:+d}" if kind == "leaky" else "")

        def member(
            A: Any, x: Any, *rest: Any, kind: str = kind, n: int = n, sign: int = sign
        ) -> Family:
            family: Family = (
                leaky_family(A, n, sign, x, *rest)
                if kind == "leaky"
                else relu_family(A, n, x, *rest)
            )
            return family

        # Sums with the weights 1, u, u^2, ...: zero for all u means that every term is zero.
        ledger.identity(
            f"{label}: gradient",
            r"\int r=0,\ \textstyle\int r\sigma'(w_jx+b_j)=\int xr\sigma'(w_jx+b_j)=0",
            SYMBOLS + " u",
            lambda A, x, T0, T, alpha, beta, u, member=member: (
                _gradient(A, member(A, x, T0, T, alpha, beta), x, u), 0 * u,
            ),
        )  # fmt: skip
        ledger.identity(
            f"{label}: pieces", r"r=s_i\bigl(x-\tfrac{q_i+q_{i+1}}2\bigr),\ "
            r"s_i=-\varepsilon_1(-1)^i\tfrac{\alpha(1-\gamma)}{\Lambda e_i}", SYMBOLS + " u",
            lambda A, x, T0, T, alpha, beta, u, member=member: (
                _pieces(member(A, x, T0, T, alpha, beta), x, alpha, u), 0 * u,
            ),
        )  # fmt: skip
        ledger.identity(
            f"{label}: loss", r"L=\tfrac{\alpha^2(1-\gamma)^2T^3}{12\Lambda^4}", SYMBOLS,
            lambda A, x, T0, T, alpha, beta, member=member: _loss(
                A, member(A, x, T0, T, alpha, beta), x, T, alpha
            ),
        )  # fmt: skip
        ledger.identity(
            f"{label}: universal",
            r"L+\alpha M=0,\ r(T_0)^2=r(T_1)^2,\ T_1r(T_1)^2-T_0r(T_0)^2=3L", SYMBOLS + " u",
            lambda A, x, T0, T, alpha, beta, u, member=member: (
                _universal(A, member(A, x, T0, T, alpha, beta), x, T0, T, alpha, u), 0 * u,
            ),
        )  # fmt: skip


def _gradient(A: Any, family: Family, x: Any, u: Any) -> Any:
    whole = [family.tail(A, x, 0, power) for power in (0, 1)]
    terms = [whole[0]]
    for j, sign in enumerate(family.signs):
        for power in (0, 1):
            tail = family.tail(A, x, j + 1, power)
            head = whole[power] - tail
            terms.append(tail + family.gamma * head if sign > 0 else head + family.gamma * tail)
    return sum(term * u**k for k, term in enumerate(terms))


def _pieces(family: Family, x: Any, alpha: Any, u: Any) -> Any:
    total = 0 * u
    for i, piece in enumerate(family.pieces):
        slope = -family.signs[0] * (-1) ** i * alpha * (1 - family.gamma)
        slope = slope / (family.total * family.lengths[i])
        middle = (family.knots[i] + family.knots[i + 1]) / 2
        total = total + u**i * (piece - slope * (x - middle))
    return total


def _integrated(A: Any, family: Family, x: Any) -> Any:
    return sum(
        A.integral(piece**2, x, family.knots[i], family.knots[i + 1])
        for i, piece in enumerate(family.pieces)
    )


def _loss(A: Any, family: Family, x: Any, T: Any, alpha: Any) -> tuple[Any, Any]:
    level = alpha**2 * (1 - family.gamma) ** 2 * T**3 / (12 * family.total**4)
    return _integrated(A, family, x), level


def _universal(A: Any, family: Family, x: Any, T0: Any, T: Any, alpha: Any, u: Any) -> Any:
    loss = _integrated(A, family, x)
    first = A.at(family.pieces[0], {x: T0})
    last = A.at(family.pieces[-1], {x: T0 + T})
    return (
        loss
        + alpha * family.tail(A, x, 0, 1)
        + u * (first**2 - last**2)
        + u**2 * ((T0 + T) * last**2 - T0 * first**2 - 3 * loss)
    )


CASE = Case(
    id="cjr/critical-families",
    title="The families are critical points, for every slope",
    paper=PAPER,
    number="Theorem 1 (existence), small n; restated",
    statement_latex=r"""For $n=1,2,3,4$ and both first signs (leaky ReLU, every $\gamma\in(0,1)$),
and
for $n=2,4$ (ReLU), the points of Theorem 1 are critical, $r$ is affine with mean zero on every
piece and has the stated slopes, and $L=\frac{\alpha^2(1-\gamma)^2T^3}{12\Lambda^4}=-\alpha M$.""",
    hypotheses=(r"$\alpha\ne0$", r"$T>0$", r"$0<\gamma<1$ (leaky)"),
    verified=(
        r"directly from $c$, $q_i$, $\kappa_i$ by integrating the network's residual, for all"
        r" $\alpha,\beta,T_0,T$ and all $\gamma$ (with $\sqrt\gamma$, $\sqrt{1+\gamma}$ exact)",
    ),
    prose=(
        r"for general $n$: the cases \texttt{slope-identity}, \texttt{centering},"
        r" \texttt{moment-consistency}, \texttt{loss-levels}",
        "that there are no further critical points: Lemma A",
    ),
    checks=40,
    function=_check,
)
