"""The Hessian's formula against direct differentiation of the loss, two neurons, all symbolic."""

from __future__ import annotations

from itertools import combinations_with_replacement
from typing import Any

from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER

NAMES = ("w1", "w2", "b1", "b2", "v1", "v2", "c")
SYMBOLS = "x gamma " + " ".join(NAMES)

# On [0, 1] with the target x (the case `equivariances` reduces to it), breakpoints
# 0 < -b1/w1 < -b2/w2 < 1, and both orders of signs of (w1, w2): the four cells of two kinks.


def _check(ledger: Ledger) -> None:
    for signs in ((1, -1), (1, 1), (-1, 1), (-1, -1)):
        label = "".join("+" if sign > 0 else "-" for sign in signs)
        for i, j in combinations_with_replacement(range(7), 2):
            ledger.identity(
                f"{label}: {NAMES[i]} {NAMES[j]}",
                rf"\partial_{{{NAMES[i]}}}\partial_{{{NAMES[j]}}}L=H_{{ij}}", SYMBOLS,
                lambda A, x, gamma, *point, signs=signs, i=i, j=j: (
                    A.derivative(
                        A.derivative(_loss(A, x, gamma, point, signs), point[i]), point[j]
                    ),
                    _entry(A, x, gamma, point, signs, i, j),
                ),
            )  # fmt: skip


def _gates(gamma: Any, signs: tuple[int, int]) -> list[tuple[Any, Any]]:
    """The slopes d_1, d_2 on the three pieces."""
    return [
        tuple(1 if (sign > 0) == (k < piece) else gamma for k, sign in enumerate(signs))  # type: ignore[misc]  # two signs
        for piece in range(3)
    ]


def _knots(point: tuple[Any, ...]) -> list[Any]:
    w1, w2, b1, b2, *_ = point
    return [0 * w1, -b1 / w1, -b2 / w2, 1 + 0 * w1]


def _residual(x: Any, point: tuple[Any, ...], gate: tuple[Any, Any]) -> Any:
    w1, w2, b1, b2, v1, v2, c = point
    return c + v1 * gate[0] * (w1 * x + b1) + v2 * gate[1] * (w2 * x + b2) - x


def _integral(
    A: Any, x: Any, gamma: Any, point: tuple[Any, ...], signs: tuple[int, int], integrand: Any
) -> Any:
    knots = _knots(point)
    return sum(
        A.integral(integrand(gate, _residual(x, point, gate)), x, knots[k], knots[k + 1])
        for k, gate in enumerate(_gates(gamma, signs))
    )


def _loss(A: Any, x: Any, gamma: Any, point: tuple[Any, ...], signs: tuple[int, int]) -> Any:
    return _integral(A, x, gamma, point, signs, lambda gate, r: r**2)


def _entry(
    A: Any, x: Any, gamma: Any, point: tuple[Any, ...], signs: tuple[int, int], i: int, j: int
) -> Any:
    """2 int (d_i f)(d_j f) plus the block K of section 4."""
    w, b, v = point[0:2], point[2:4], point[4:6]

    def slope(k: int, gate: tuple[Any, Any]) -> Any:
        block, neuron = divmod(k, 2)
        if k == 6:
            return 1 + 0 * x
        if block == 2:
            return gate[neuron] * (w[neuron] * x + b[neuron])
        return v[neuron] * gate[neuron] * (x if block == 0 else 1 + 0 * x)

    gram = _integral(A, x, gamma, point, signs, lambda gate, r: 2 * slope(i, gate) * slope(j, gate))
    if 6 in (i, j) or i % 2 != j % 2:
        return gram
    neuron, blocks = i % 2, (i // 2, j // 2)
    at = _knots(point)[neuron + 1]
    if blocks == (2, 2):
        return gram
    if blocks[1] == 2:
        power = 1 - blocks[0]
        return gram + _integral(
            A, x, gamma, point, signs, lambda gate, r: 2 * gate[neuron] * x**power * r
        )
    height = A.at(_residual(x, point, _gates(gamma, signs)[neuron]), {x: at})
    curvature = 2 * v[neuron] * (1 - gamma) * height / (signs[neuron] * w[neuron])
    return gram + curvature * at ** (2 - blocks[0] - blocks[1])


CASE = Case(
    id="cjr/hessian-formula",
    title="The Hessian in closed form",
    paper=PAPER,
    number="Hessian; restated",
    statement_latex=r"""Where no neuron is degenerate and no breakpoint at an endpoint,
$H=2\int\nabla f\,\nabla f^{\!\top}+\bigoplus_jK_j$, on $(w_j,b_j,v_j)$
\[K_j=\begin{pmatrix}\mu_jt_j^2&\mu_jt_j&2\int d_jxr\\\mu_jt_j&\mu_j&2\int d_jr\\
2\int d_jxr&2\int d_jr&0\end{pmatrix},\qquad\mu_j=\frac{2v_j(1-\gamma)r(t_j)}{|w_j|}\]
for a breakpoint $t_j$ inside, $\mu_j=0$ otherwise.""",
    hypotheses=(r"$\sigma(t)=\max(t,\gamma t)$",),
    verified=(
        r"$N=2$, two kinks, all four patterns of signs: all $28$ entries against the second"
        r" derivatives of the integrated loss, for all $w,b,v,c,\gamma$ on $[0,1]$, target $x$",
    ),
    prose=(
        "entries couple at most two neurons, so that two neurons show every kind of entry;"
        " neurons without interior breakpoint differ by a gate that is constant",
    ),
    checks=112,
    function=_check,
)
