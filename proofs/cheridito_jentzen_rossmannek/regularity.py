"""A type-1 neuron with its breakpoint at an endpoint breaks twofold differentiability nearby."""

from __future__ import annotations

from typing import Any

from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER
from ._problems import problem

# N = 1, w = v = c = 1, ReLU, target x on [0, 1]: f = 1 + max(x + b, 0).


def _check(ledger: Ledger) -> None:
    def right(A: Any, x: Any, b: Any) -> Any:  # b > 0: active everywhere
        return A.integral((1 + x + b - x) ** 2, x, 0 * x, 1 + 0 * x)

    def left(A: Any, x: Any, b: Any) -> Any:  # b < 0: active on [-b, 1]
        return A.integral((1 - x) ** 2, x, 0 * x, -b) + A.integral(
            (1 + x + b - x) ** 2, x, -b, 1 + 0 * x
        )

    def derivative(A: Any, side: Any, x: Any, b: Any, order: int) -> Any:
        value = side(A, x, b)
        for _ in range(order):
            value = A.derivative(value, b)
        return A.at(value, {b: 0 * b})

    for order, expected in ((0, (1, 1)), (1, (2, 2)), (2, (2, 4))):
        for side, name, value in ((right, "b > 0", expected[0]), (left, "b < 0", expected[1])):
            ledger.identity(
                f"order {order}, {name}", rf"\partial_b^{order}L\to{value}", "x b",
                lambda A, x, b, side=side, order=order, value=value: (
                    derivative(A, side, x, b, order), value + 0 * x,
                ),
            )  # fmt: skip
    ledger.identity(
        "jump across an endpoint",
        r"\partial_b^2\bigl[L_{\text{left}}-L_{\text{right}}\bigr]\big|_{b=-wT_0}"
        r"=\tfrac{2vr(T_0)}{w},\ w>0,\ \text{any }r=u+tx", "x b w v u t T0",
        lambda A, x, b, w, v, u, t, T0: (
            # Turning the neuron off on [T0, -b/w] changes r by -v (w x + b) there; r is the
            # residual with the neuron on, at b = -w T0 + db it moves by v db.
            _jump(A, x, b, w, v, u, t, T0), 2 * v * (u + t * T0) / w,
        ),
    )  # fmt: skip
    _engine(ledger)


def _jump(A: Any, x: Any, b: Any, w: Any, v: Any, u: Any, t: Any, T0: Any) -> Any:
    on = u + t * x + v * (b + w * T0)
    change = A.integral((on - v * (w * x + b)) ** 2 - on**2, x, T0, -b / w)
    second = A.derivative(A.derivative(change, b), b)
    return A.at(second, {b: -w * T0})


def _engine(ledger: Ledger) -> None:
    from exactland.derivatives.integral import integral_state, regularity

    found = regularity(integral_state(problem([("1", "0", "1")], "1")))
    ledger.fact(
        "the library agrees", r"L\notin C^2\ \text{near the point}, \ L\ \text{differentiable}",
        [("exact engine", found.differentiable and not found.c2_near)], found.reason,
    )  # fmt: skip


CASE = Case(
    id="cjr/regularity",
    title="A breakpoint at an endpoint",
    paper=PAPER,
    number="corrects a recalled statement on regularity",
    statement_latex=r"""``No degenerate and no semi-inactive neuron'' does not suffice for $L\in
C^2$: for
$N=1$, $w=v=c=1$, $b=0$, target $x$ on $[0,1]$, $\partial_b^2L$ is $2$ from $b>0$ and $4$ from
$b<0$.
In general a breakpoint that crosses $T_0$ changes $\partial_b^2L$ by $2v\,r(T_0)/|w|$.""",
    hypotheses=("ReLU",),
    verified=(
        "values and derivatives of both branches at $b=0$",
        r"the jump for every affine residual $u+tx$ next to $T_0$ and all $v$, $w>0$, $T_0$",
    ),
    prose=(),
    checks=8,
    function=_check,
)
