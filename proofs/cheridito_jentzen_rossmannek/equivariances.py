"""Changes of variables that reduce any instance to [0, 1], alpha = 1, beta = 0, |w| = 1."""

from __future__ import annotations

from typing import Any

from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER


def _check(ledger: Ledger) -> None:
    # d is the slope of the activation at the input in question, the same on both sides.
    ledger.identity(
        "pre-activation", r"wx+b=(wT)u+(b+wT_0)\ \text{at}\ x=T_0+Tu", "w b T0 T u",
        lambda A, w, b, T0, T, u: (w * (T0 + T * u) + b, (w * T) * u + (b + w * T0)),
    )  # fmt: skip
    ledger.identity(
        "residual", r"r(T_0+Tu)=\alpha T\,\tilde r(u)", "w b v c d alpha beta T0 T u",
        lambda A, w, b, v, c, d, alpha, beta, T0, T, u: (
            c + v * d * (w * (T0 + T * u) + b) - alpha * (T0 + T * u) - beta,
            alpha * T * (
                (c - beta - alpha * T0) / (alpha * T)
                + v / (alpha * T) * d * ((w * T) * u + (b + w * T0))
                - u
            ),
        ),
    )  # fmt: skip
    ledger.identity(
        "measure", r"\int_{T_0}^{T_0+T}(\alpha T)^2\tilde r^2\,dx=\alpha^2T^3\!\int_0^1\tilde r^2du"
        r"\ (\tilde r^2=u^k,\ k=0,1,2)", "x u alpha T0 T k1 k2",
        lambda A, x, u, alpha, T0, T, k1, k2: (
            A.integral(
                (alpha * T) ** 2 * (1 + k1 * (x - T0) / T + k2 * ((x - T0) / T) ** 2),
                x, T0, T0 + T,
            ),
            alpha**2 * T**3 * A.integral(1 + k1 * u + k2 * u**2, u, 0 * u, 1 + 0 * u),
        ),
    )  # fmt: skip
    ledger.identity(
        "rescaling", r"\tfrac vs\,d\,(swx+sb)=v\,d\,(wx+b)", "w b v d s x",
        lambda A, w, b, v, d, s, x: (v / s * d * (s * w * x + s * b), v * d * (w * x + b)),
    )  # fmt: skip
    ledger.identity(
        "reflection", r"-wx+b+(T_0+T_1)w=wy+b,\ -\alpha x+\beta+\alpha(T_0+T_1)=\alpha y+\beta,"
        r"\ y=T_0+T_1-x", "w b alpha beta T0 T1 x u",
        lambda A, w, b, alpha, beta, T0, T1, x, u: (
            (-w * x + b + (T0 + T1) * w) + u * (-alpha * x + beta + alpha * (T0 + T1)),
            _reflected(w, b, T0, T1, x) + u * _reflected(alpha, beta, T0, T1, x),
        ),
    )  # fmt: skip


def _reflected(slope: Any, value: Any, T0: Any, T1: Any, x: Any) -> Any:
    return slope * (T0 + T1 - x) + value


CASE = Case(
    id="cjr/equivariances",
    title="Reduction to the unit interval and the identity as target",
    paper=PAPER,
    number="Setting; restated",
    statement_latex=r"""$L_{[T_0,T_1],\alpha,\beta}(w,b,v,c)=\alpha^2T^3L_{[0,1],1,0}\bigl(wT,b+wT_0,
\frac v{\alpha T},\frac{c-\beta-\alpha T_0}{\alpha T}\bigr)$; $L$ is unchanged under
$(w_j,b_j,v_j)\to(sw_j,sb_j,v_j/s)$, $s>0$, and under the reflection $x\to T_0+T_1-x$.""",
    hypotheses=(r"$\alpha\ne0$", r"$T>0$", r"a positively homogeneous activation"),
    verified=("the change of every summand and of the measure, for all values of the symbols",),
    prose=(r"the activation's slope at $t$ and at $st$, $s>0$, is the same",),
    checks=5,
    function=_check,
)
