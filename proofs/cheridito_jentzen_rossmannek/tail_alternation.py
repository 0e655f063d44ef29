"""R4: continuity and the tail moments force the lengths of the pieces."""

from __future__ import annotations

from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER


def _check(ledger: Ledger) -> None:
    ledger.identity(
        "continuity", r"r(q_i^+)-r(q_i^-)=-\tfrac12(s_ih_i+s_{i-1}h_{i-1})", "x q h_before h u s",
        lambda A, x, q, h_before, h, u, s: (
            A.at(s * (x - q - h / 2), {x: q}) - A.at(u * (x - q + h_before / 2), {x: q}),
            -(s * h + u * h_before) / 2,
        ),
    )  # fmt: skip
    # d/dw = 2 v (int x r d), d = active side 1, other side gamma; the tail is int_{q_i}^{T1} x r.
    ledger.identity(
        "tail +",
        r"\gamma(M-\mathcal T)+\mathcal T=0\ \text{at}\ \mathcal T=-\tfrac{\gamma M}{1-\gamma}",
        "gamma M",
        lambda A, gamma, M: (
            gamma * (M + gamma * M / (1 - gamma)) - gamma * M / (1 - gamma), 0 * M,
        ),
    )  # fmt: skip
    ledger.identity(
        "tail -", r"(M-\mathcal T)+\gamma\mathcal T=0\ \text{at}\ \mathcal T=\tfrac{M}{1-\gamma}",
        "gamma M",
        lambda A, gamma, M: ((M - M / (1 - gamma)) + gamma * M / (1 - gamma), 0 * M),
    )  # fmt: skip
    # The moment of a piece, T_i - T_{i+1} = (T_i (1-gamma) - ...) / (1-gamma), is
    # eps_1 (-1)^i M e_i^2 / (1-gamma), as T_i = -gamma M/(1-gamma) where g_i = gamma, else
    # M/(1-gamma).
    ends = {
        "first piece, +": (r"\mathcal T_0-\mathcal T_1=\tfrac{M}{1-\gamma}e_0^2,\ e_0^2=1",
                           lambda A, c, M: (M + c * M / (1 - c), M / (1 - c))),
        "first piece, -": (r"\mathcal T_0-\mathcal T_1=-\tfrac{M}{1-\gamma}e_0^2,\ e_0^2=\gamma",
                           lambda A, c, M: (M - M / (1 - c), -c * M / (1 - c))),
        "inner piece, + -": (r"\mathcal T_i-\mathcal T_{i+1}=-\tfrac{M}{1-\gamma}e_i^2,\ "
                             r"e_i^2=1+\gamma",
                             lambda A, c, M: (-c * M / (1 - c) - M / (1 - c),
                                              -(1 + c) * M / (1 - c))),
        "last piece, +": (r"\mathcal T_n-0=-\tfrac{M}{1-\gamma}e_n^2,\ e_n^2=\gamma",
                          lambda A, c, M: (-c * M / (1 - c), -M / (1 - c) * c)),
        "last piece, -": (r"\mathcal T_n-0=\tfrac{M}{1-\gamma}e_n^2,\ e_n^2=1",
                          lambda A, c, M: (M / (1 - c) - 0 * c, M / (1 - c))),
    }  # fmt: skip
    for name, (expression, build) in ends.items():
        ledger.identity(name, expression, "gamma M", build)
    ledger.identity(
        "lengths", r"\frac{s_ih_i^3/12}{s_jh_j^3/12}=\pm\frac{h_i^2}{h_j^2}\ \text{if}\ "
        r"s_ih_i=\pm s_jh_j", "a h k sign",
        lambda A, a, h, k, sign: (
            # s_i = a / h_i and s_j = sign a / h_j with sign^2 = 1: 1 / sign = sign.
            (a / h) * h**3 * sign**2, (sign * a / k) * k**3 * (sign * h**2 / k**2),
        ),
    )  # fmt: skip


CASE = Case(
    id="cjr/tail-alternation",
    title="Tail moments force the lengths of the pieces",
    paper=PAPER,
    number="Lemma A and Theorem 1; restated",
    statement_latex=r"""At a critical point with $r\not\equiv0$ and non-flat breakpoints
$q_1<\dots<q_n$, $r$ has mean zero on every piece, $s_ih_i=(-1)^is_0h_0$, and
$\mathcal T_i=\int_{q_i}^{T_1}xr=-\frac{\gamma M}{1-\gamma}$ if $\varepsilon_i=+$,
$\frac M{1-\gamma}$ if $\varepsilon_i=-$, $M=\int xr\ne0$. Hence $\varepsilon_{i+1}=-\varepsilon_i$
and $h_i$ is proportional to $e_i$, $e_i^2=g_i+g_{i+1}$ inside, $e_0^2=1+\gamma-g_1$,
$e_n^2=g_n$.""",
    hypotheses=(r"$\alpha\ne0$", r"$0\le\gamma<1$", r"$n\ge1$ arbitrary"),
    verified=(
        r"for all $\gamma$, $M$, $s$, $h$: the two tail values solve $\partial_wL=0$; the moments"
        r" of first, inner and last pieces are $\pm\frac M{1-\gamma}e_i^2$; moments are to each"
        r" other as $\pm h_i^2$",
    ),
    prose=(
        "Lemma A's sign argument: a piece of slope 0 would propagate to $r=0$ by continuity;"
        r" consecutive tails differ because a piece with $s_i\ne0$ has moment $s_ih_i^3/12\ne0$;"
        r" $M=0$ would make all tails equal; neurons without an interior breakpoint that see the"
        r" interval would give $M=0$; flat kinks sit at the $q_i$ because"
        r" $G(t)=\int_t^{T_1}r(x)(x-t)dx$ is strictly monotone on each piece.",
    ),
    checks=9,
    function=_check,
)
