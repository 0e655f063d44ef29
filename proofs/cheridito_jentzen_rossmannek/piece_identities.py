"""P1-P5: integrals of an affine piece of the residual."""

from __future__ import annotations

from typing import Any

from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER


def _check(ledger: Ledger) -> None:
    def residual(x: Any, s: Any, a: Any, h: Any) -> Any:
        return s * (x - a - h / 2)

    ledger.identity(
        "P1", r"\int_a^{a+h} r\,dx = 0", "x s a h",
        lambda A, x, s, a, h: (A.integral(residual(x, s, a, h), x, a, a + h), 0 * s),
    )  # fmt: skip
    ledger.identity(
        "P2", r"\int_a^{a+h} x r\,dx = sh^3/12", "x s a h",
        lambda A, x, s, a, h: (A.integral(x * residual(x, s, a, h), x, a, a + h), s * h**3 / 12),
    )  # fmt: skip
    ledger.identity(
        "P3", r"\int_a^{a+h} r^2\,dx = s^2h^3/12", "x s a h",
        lambda A, x, s, a, h: (
            A.integral(residual(x, s, a, h) ** 2, x, a, a + h), s * s * h**3 / 12,
        ),
    )  # fmt: skip
    ledger.identity(
        "P4", r"\int_a^{a+h} r\,(u + tx)\,dx = tsh^3/12", "x s a h u t",
        lambda A, x, s, a, h, u, t: (
            A.integral(residual(x, s, a, h) * (u + t * x), x, a, a + h), t * s * h**3 / 12,
        ),
    )  # fmt: skip
    ledger.identity(
        "P5", r"\int_a^{a+h} (u + sx)\,dx = h\,(u + s(a + h/2))", "x s a h u",
        lambda A, x, s, a, h, u: (A.integral(u + s * x, x, a, a + h), h * (u + s * (a + h / 2))),
    )  # fmt: skip
    ledger.identity(
        "ends", r"r(a+h) = -r(a) = sh/2", "x s a h",
        lambda A, x, s, a, h: (
            A.at(residual(x, s, a, h), {x: a + h}) - A.at(residual(x, s, a, h), {x: a}), s * h,
        ),
    )  # fmt: skip
    ledger.identity(
        "tail functional",
        r"\frac{d}{dt}\int_t^{z} r\,(x-t)\,dx = -\int_t^{z} r\,dx", "x s a h t z",
        lambda A, x, s, a, h, t, z: (
            A.derivative(A.integral(residual(x, s, a, h) * (x - t), x, t, z), t),
            -A.integral(residual(x, s, a, h), x, t, z),
        ),
    )  # fmt: skip


CASE = Case(
    id="cjr/piece-identities",
    title="Integrals of an affine piece",
    paper=PAPER,
    number="Lemma A, preparation; restated",
    statement_latex=r"""Let $r(x)=s\,(x-a-\tfrac h2)$ on a piece $[a,a+h]$. Then $\int r=0$,
$\int xr=\tfrac{sh^3}{12}$, $\int r^2=\tfrac{s^2h^3}{12}$,
$\int r\,(u+tx)=\tfrac{tsh^3}{12}$, and an affine piece $u+sx$ has mean
zero exactly if it has this form.""",
    hypotheses=(r"$h>0$",),
    verified=("all identities for all $s,a,h,u,t$ (symbolically, by sympy and by flint)",),
    prose=(),
    checks=7,
    function=_check,
)
