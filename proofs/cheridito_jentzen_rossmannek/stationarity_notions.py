"""Classical, directional and Clarke stationarity differ: the examples of a degenerate neuron."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER
from ._problems import certify_point, problem_object


def _point(slope: str, interval: tuple[str, str], w: str, b: str, v: str) -> dict[str, Any]:
    rows = list(zip(w.split(), b.split(), v.split(), strict=True))
    return problem_object(rows, "1/2", slope=slope, interval=interval)


UNIT = ("0", "1")
# name -> (point, flags, witness (dw, db), its derivative); the flags are, in this order:
FLAGS = ("classical", "directional", "clarke", "generalized_ge", "generalized_gt",
         "coordinatewise", "right_partials_zero")  # fmt: skip
EXAMPLES: dict[str, tuple[dict[str, Any], str, tuple[int, int], str]] = {
    "R09": (_point("", UNIT, "0", "0", "1"), "--c-g--", (1, 0), "-1/6"),
    "R10": (_point("", UNIT, "0", "0", "-1"), "--c-gx-", (-1, 1), "-1/6"),
    "R36": (_point("", ("-1", "2"), "1 -1 0", "0 1 0", "2/3 -2/3 1"), "--c-gxz", (1, 1), "-1/18"),
    "K17": (_point("1/4", UNIT, "0", "0", "1"), "-------", (1, 0), "-1/6"),
    "K18": (_point("1/4", UNIT, "1 0", "-2/3 0", "2 1"), "--c----", (1, 0), "-1/54"),
}


def _check(ledger: Ledger) -> None:
    from exactland.arithmetic.rationals import parse_rational
    from exactland.derivatives.integral import directional_derivative, integral_state
    from exactland.landscape.integral.stationarity import stationarity
    from exactland.problem.integral import integral_problem_from_json

    for name, (point, flags, (dw, db), text) in EXAMPLES.items():
        problem = integral_problem_from_json(point)
        state = integral_state(problem)
        found = stationarity(state)
        values = [getattr(found, flag) for flag in FLAGS]
        ledger.fact(
            f"{name} notions", r"\text{which notions hold}",
            [("exact engine", values == [flag != "-" for flag in flags])],
            ", ".join(f"{flag}: {value}" for flag, value in zip(FLAGS, values, strict=True)),
        )  # fmt: skip
        if name in ("R09", "R10"):
            certify_point(ledger, name.lower(), problem, ("stationary", "not_stationary"))
        last, wanted = problem.width - 1, parse_rational(text, "derivative")
        direct = directional_derivative(
            state,
            {f"w{last}": parse_rational(str(dw), "w"), f"b{last}": parse_rational(str(db), "b")},
        )
        ledger.fact(
            f"{name} derivative", rf"L'({dw},{db})={text}\ \text{{in the degenerate neuron}}",
            [
                ("exact engine", direct == wanted),
                ("exact difference of polynomials in the step (sympy)",
                 _by_difference(point, dw, db) == (int(wanted.p), int(wanted.q))),
            ],
            direct,
        )  # fmt: skip
    ledger.identity(
        "mean zero and the degenerate neuron",
        r"\int r=0:\ \int r\,(\dot wx+\dot b)=\dot wM\ \text{for a neuron active everywhere}",
        "x q h s W B",
        lambda A, x, q, h, s, W, B: (
            A.integral(s * (x - q - h / 2) * (W * x + B), x, q, q + h),
            W * A.integral(s * (x - q - h / 2) * x, x, q, q + h),
        ),
    )  # fmt: skip
    ledger.identity(
        "leaky, n = 0",
        r"(\partial_w-m\partial_b):\ \int(x-m)\,d\,r,\ d\in\{1,\gamma\},\ \text{signs of"
        r" both parts "
        r"equal}", "x h alpha t gamma",
        lambda A, x, h, alpha, t, gamma: (
            # r = -alpha x on [-h, h] (centred), the gate switches at t.
            A.integral(-alpha * x * x, x, -h, t) + gamma * A.integral(-alpha * x * x, x, t, h),
            -alpha / 3 * ((t**3 + h**3) + gamma * (h**3 - t**3)),
        ),
    )  # fmt: skip
    for sign, name in ((1, "+"), (-1, "-")):
        ledger.identity(
            f"leaky, n = 1, {name}",
            r"\int d\,r=\int d\,xr=0\ \text{for }d=\sigma'(\varepsilon_1(x-q_1))", "x u",
            lambda A, x, u, sign=sign: (_limit_at_kink(A, x, u, sign), 0 * u),
        )  # fmt: skip


def _by_difference(point: dict[str, Any], dw: int, db: int) -> tuple[int, int]:
    """The derivative at 0 of L along the ray by integrating symbolically over its pieces."""
    import sympy

    x = sympy.Symbol("x")
    network, loss = point["network"], point["loss"]
    start, end = (sympy.Rational(text) for text in loss["interval"])
    gamma = sympy.Rational(network["activation"].get("slope", "0"))

    def gate(w: Any, b: Any, at: Any) -> Any:
        return 1 if w * at + b > 0 else gamma

    w = [sympy.Rational(row[0]) for row in network["w"]]
    b = [sympy.Rational(text) for text in network["b"]]
    v = [sympy.Rational(text) for text in network["v"][0]]
    # For a step e > 0 the network gains e v_last sigma(dw x + db); L is a quadratic in e.
    kinks = {-bias / weight for weight, bias in [*zip(w, b, strict=True), (dw, db)] if weight}
    knots = sorted({start, end, *(kink for kink in kinks if start < kink < end)})
    slope = sympy.Integer(0)
    for left, right in pairwise(knots):
        middle = (left + right) / 2
        residual = sympy.Rational(1, 2) - x
        for weight, bias, out in zip(w[:-1], b[:-1], v[:-1], strict=True):
            residual += out * gate(weight, bias, middle) * (weight * x + bias)
        gain = v[-1] * gate(dw, db, middle) * (dw * x + db)
        slope += sympy.integrate(sympy.expand(2 * residual * gain), (x, left, right))
    return int(slope.p), int(slope.q)


def _limit_at_kink(A: Any, x: Any, u: Any, sign: int) -> Any:
    from ._families import leaky_family

    one = A.rational(1)
    family = leaky_family(A, 1, sign, x, 0 * u, one, one, 0 * u)
    total = 0 * u
    for power in (0, 1):
        tail = family.tail(A, x, 1, power)
        head = family.tail(A, x, 0, power) - tail
        total = total + u**power * (
            tail + family.gamma * head if sign > 0 else head + family.gamma * tail
        )
    return total


CASE = Case(
    id="cjr/stationarity-notions",
    title="Notions of stationarity at non-flat degenerate neurons",
    paper=PAPER,
    number="generalised gradient; restated, with examples of ours",
    statement_latex=r"""At a non-flat degenerate neuron ($w_j=b_j=0\ne v_j$) Clarke stationarity is
strictly weaker than classical stationarity, which is equivalent to directional stationarity and to
the
vanishing of the generalised gradient with $\sigma'(0)=1$. Nonnegative one-sided derivatives along
all
coordinates do not imply directional stationarity, and right partial derivatives may all vanish at a
point that is not stationary. Leaky: Clarke stationarity then needs $n\ge1$ (or $r\equiv0$).""",
    hypotheses=("ReLU or leaky ReLU", r"the examples have target $x$"),
    verified=(
        "five named instances, all seven notions each, and the derivative along a witness by two"
        " routes",
        r"leaky: the functional for $n=0$ and all gates, the vanishing limit for $n=1$ and all"
        r" $\gamma$",
    ),
    prose=(
        "the equivalences in general: Lemma A's tail argument",
        "R-numbers and K-numbers are those of the reference instances in the tests",
    ),
    checks=24,
    function=_check,
)
