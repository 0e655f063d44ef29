"""B1, the Hessian in these coordinates, and the count of dimensions in Theorem 3."""

from __future__ import annotations

from typing import Any

from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER


def _check(ledger: Ledger) -> None:
    ledger.identity(
        "B1", r"\det\frac{\partial(\dot\kappa,\tau,\zeta)}{\partial(\dot w,\dot b,\dot v)}"
        r"=\frac1w", "w v q",
        lambda A, w, v, q: (_determinant(((v, 0, w), (-q / w, -1 / w, 0), (1 / w, 0, 0))), 1 / w),
    )  # fmt: skip
    ledger.identity(
        "change of the network", r"(v\dot w)x+v\dot b+\dot vw(x-q)=\dot\kappa(x-q)-vw\tau",
        "x w v q W B V",
        lambda A, x, w, v, q, W, B, V: (
            v * W * x + v * B + V * w * (x - q),
            (w * V + v * W) * (x - q) - v * w * (-(B + q * W) / w),
        ),
    )  # fmt: skip
    ledger.identity(
        "rescaling", r"(\dot w,\dot b,\dot v)=(w,-wq,-v)\ \text{has}\ \dot\kappa=\tau=0,\ \zeta=1",
        "w v q",
        lambda A, w, v, q: (
            (w * (-v) + v * w) + (-(-w * q + q * w) / w) + w / w, 1 + 0 * w,
        ),
    )  # fmt: skip
    ledger.identity(
        "kink term",
        r"\mu_j(\dot b+q\dot w)^2=-2(1-\gamma)\rho\,\mathrm{sgn}(\alpha)\kappa_j\tau_j^2,"
        r"\ r(q)=-\mathrm{sgn}(\alpha)\varepsilon\rho,\ w=\varepsilon|w|",
        "size sign v q gamma r W B",
        lambda A, size, sign, v, q, gamma, r, W, B: (
            2 * v * (1 - gamma) * (-sign * r) / size * (B + q * W) ** 2,
            # |w| = size, w = sign size, sign^2 = 1 (1 / sign = sign); r = sgn(alpha) rho.
            -2 * (1 - gamma) * r * (v * sign * size) * ((B + q * W) / size) ** 2,
        ),
    )  # fmt: skip
    ledger.identity(
        "size of the Hessian", r"n_-+n_0+n_+=3N+1,\ N=\sum m_i+k+N_0,\ m_i=p_i+m_i^-+f_i",
        "n p minus f k idle",
        lambda A, n, p, minus, f, k, idle: (
            (n + (p - n) + k) + (2 * (p + minus + f) - n + f + k + 3 * idle) + (n + 1 + minus + k),
            3 * (p + minus + f + k + idle) + 1,
        ),
    )  # fmt: skip
    ledger.identity(
        "nullity excess", r"n_0-\dim=\sum f_i", "n m f k idle",
        lambda A, n, m, f, k, idle: (
            (2 * m - n + f + k + 3 * idle) - (2 * m - n + k + 3 * idle), f,
        ),
    )  # fmt: skip
    ledger.identity(
        "flat semi-active pair",
        r"\partial_v\partial_w\,2\!\int\! r\,v\,(wx+b)=2\!\int\! xr=2M\ \text{for}\ \int r=0",
        "M m v w b",
        lambda A, M, m, v, w, b: (
            A.derivative(A.derivative(2 * v * (w * M + b * 0), v), w), 2 * M,
        ),
    )  # fmt: skip
    for n in (1, 2, 3):
        names = " ".join(["c", *(f"k{i}" for i in range(1, n + 1))])
        for eps in (1, -1):
            ledger.identity(
                f"independence, n = {n}, first sign {eps:+d}",
                r"\dot c+\sum\dot\kappa_i(x-q_i)S_i:\ \text{slope jump at }q_i"
                r"\text{ is }(1-\gamma)\varepsilon_i\dot\kappa_i",
                "gamma " + names,
                lambda A, gamma, c, *kappa, eps=eps: _jumps(gamma, kappa, eps),
            )


def _determinant(rows: Any) -> Any:
    (a, b, c), (d, e, f), (g, h, i) = rows
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)


def _jumps(gamma: Any, kappa: Any, eps: int) -> tuple[Any, Any]:
    """A weighted sum of the slope jumps (weights 1, 2, 4, ... keep them apart), both ways."""
    left = right = 0 * gamma
    for i in range(len(kappa)):
        slopes = []
        for side in (0, 1):  # before and after q_i
            slope = 0 * gamma
            for index, value in enumerate(kappa):
                sign = eps * (-1) ** index
                active = (sign > 0) == (index < i + side)
                slope = slope + value * (1 if active else gamma)
            slopes.append(slope)
        left = left + 2**i * (slopes[1] - slopes[0])
        right = right + 2**i * (1 - gamma) * eps * (-1) ** i * kappa[i]
    return left, right


CASE = Case(
    id="cjr/basis-and-dimensions",
    title="Coordinates at a kink and the count of dimensions",
    paper=PAPER,
    number="Theorem 3, proof; restated",
    statement_latex=r"""At a kink $(\dot w,\dot b,\dot v)\mapsto(\dot\kappa,\tau,\zeta)$ with
$\dot\kappa=w\dot v+v\dot w$, $\tau=-(\dot b+q\dot w)/w$, $\zeta=\dot w/w$ has determinant $1/w$,
also where $v=0$; in it $\delta f=\dot\kappa(x-q)S-\kappa\tau S$ and the kink adds
$-2(1-\gamma)\rho\,\mathrm{sgn}(\alpha)\kappa\tau^2$ to the Hessian's form. The three counts of
Theorem 3 add up to $3N+1$, and the nullity exceeds the dimension of the critical manifold by the
number of flat kinks.""",
    hypotheses=(r"$w\ne0$", r"$b=-wq$"),
    verified=(
        "all identities for all values of the symbols",
        r"the slope jumps of $\dot c+\sum\dot\kappa_i(x-q_i)S_i$ for $n\le3$ and both signs",
    ),
    prose=(
        r"independence of $1,(x-q_i)S_i$: a vanishing combination has all slope jumps zero, so"
        r" that all $\dot\kappa_i$ and then $\dot c$ vanish",
    ),
    checks=13,
    function=_check,
)
