"""Gradient descent is locally singular on a null set only, with one exception."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER
from ._problems import problem


def _check(ledger: Ledger) -> None:
    ledger.identity(
        "one neuron", r"\det(I-\eta H)\to(1-2\eta T)\bigl(1-4\eta^2(X^2+R^2)\bigr)\ "
        r"(v=0,\ (w,b)\to0)", "eta T X R",
        lambda A, eta, T, X, R: (
            _determinant(_matrix(eta, T, [(X, R, 0 * X, 0 * X)])),
            (1 - 2 * eta * T) * (1 - 4 * eta**2 * (X**2 + R**2)),
        ),
    )  # fmt: skip
    ledger.identity(
        "two neurons", r"\det(I-\eta H)\to(1-2\eta T)\prod_j\bigl(1-4\eta^2(X_j^2+R_j^2)\bigr)",
        "eta T X1 R1 X2 R2",
        lambda A, eta, T, X1, R1, X2, R2: (
            _determinant(_matrix(eta, T, [(X1, R1, 0 * T, 0 * T), (X2, R2, 0 * T, 0 * T)])),
            (1 - 2 * eta * T) * (1 - 4 * eta**2 * (X1**2 + R1**2))
            * (1 - 4 * eta**2 * (X2**2 + R2**2)),
        ),
    )  # fmt: skip
    ledger.identity(
        "exceptional step, one neuron", r"\eta=\tfrac1{2T}:\ \det(I-\eta H)="
        r"-4\eta^2\epsilon^2a^2\ \text{at }(w,b)=\epsilon(\hat w,\hat b),\ v=0", "eta X R e a q",
        lambda A, eta, X, R, e, a, q: (
            _determinant(_matrix(eta, 1 / (2 * eta), [(X, R, e * a, e * e * q)])),
            -4 * eta**2 * e**2 * a**2,
        ),
    )  # fmt: skip
    ledger.identity(
        "exceptional step, two neurons", r"\tfrac12\partial_\epsilon^2\det(I-\eta H)|_0="
        r"-4\eta^2\sum_ja_j^2\prod_{i\ne j}\bigl(1-4\eta^2(X_i^2+R_i^2)\bigr)",
        "eta X1 R1 X2 R2 e a1 a2 q1 q2",
        lambda A, eta, X1, R1, X2, R2, e, a1, a2, q1, q2: (
            A.at(A.derivative(A.derivative(_determinant(_matrix(eta, 1 / (2 * eta), [
                (X1, R1, e * a1, e * e * q1), (X2, R2, e * a2, e * e * q2)])), e), e),
                {e: 0 * e}) / 2,
            -4 * eta**2 * (a1**2 * (1 - 4 * eta**2 * (X2**2 + R2**2))
                           + a2**2 * (1 - 4 * eta**2 * (X1**2 + R1**2))),
        ),
    )  # fmt: skip
    ledger.instances(
        "the matrix", r"\text{the Hessian at }v=0\text{ is the matrix used above}",
        "exact Hessian", 12, _hessians(),
    )  # fmt: skip
    ledger.instances(
        "not identically singular", r"\det(I-\tfrac1{2T}H)\ne0\text{ at a point of each type of "
        r"neuron but the inactive}; =0\text{ if all are inactive}", "exact determinant", 8,
        _types(),
    )  # fmt: skip


def _matrix(eta: Any, T: Any, neurons: Sequence[tuple[Any, Any, Any, Any]]) -> list[list[Any]]:
    """I - eta H at v = 0 in the order (w, b, v) a neuron, then c.

    A neuron is (X, R, a, q): the integrals of d x r, of d r, of sigma and of sigma^2; the product
    of two neurons' sigmas is of higher order and left out.
    """
    size = 3 * len(neurons) + 1
    zero = 0 * eta
    rows = [[zero + 1 if i == j else zero for j in range(size)] for i in range(size)]
    for place, (X, R, a, q) in enumerate(neurons):
        w, b, v = 3 * place, 3 * place + 1, 3 * place + 2
        rows[w][v] = rows[v][w] = -2 * eta * X
        rows[b][v] = rows[v][b] = -2 * eta * R
        rows[v][size - 1] = rows[size - 1][v] = -2 * eta * a
        rows[v][v] = 1 - 2 * eta * q
    rows[size - 1][size - 1] = 1 - 2 * eta * T
    return rows


def _determinant(rows: list[list[Any]]) -> Any:
    """Laplace expansion along the first row; entries that are the constant 0 are skipped."""
    if len(rows) == 1:
        return rows[0][0]
    total: Any = 0
    for j, entry in enumerate(rows[0]):
        if str(entry) == "0":
            continue
        minor = [row[:j] + row[j + 1 :] for row in rows[1:]]
        total = total + (-1) ** j * entry * _determinant(minor)
    return total


def _hessians() -> Iterator[tuple[str, bool, object]]:
    from exactland.derivatives.integral import integral_state
    from exactland.landscape.integral.second_order import second_order
    from exactland.landscape.integral.stationarity import stationarity

    for w, b in (
        ("1", "1"),
        ("1", "-1/2"),
        ("-1", "1/3"),
        ("0", "1"),
        ("-2", "-1"),
        ("1/2", "1/5"),
    ):
        for c in ("0", "1/3"):
            state = integral_state(problem([(w, b, "0")], c))
            rows = second_order(state, stationarity(state)).rows
            assert rows is not None
            held = rows[0][0] == 0 == rows[1][1] == rows[1][0] and rows[3][3] == 2
            held = held and rows[3][0] == 0 == rows[3][1]
            yield f"{w}, {b}, {c}", held, rows[2]


def _types() -> Iterator[tuple[str, bool, object]]:
    from flint import fmpq, fmpq_mat

    from exactland.derivatives.integral import integral_state
    from exactland.landscape.integral.second_order import second_order
    from exactland.landscape.integral.stationarity import stationarity

    kinds = {
        "inactive": ("1", "-2", "1"), "inactive, other side": ("-1", "-1", "2"),
        "semi-active": ("0", "1", "1"), "type-1": ("1", "1", "1"), "type-1, falling": ("-1", "2",
"1"),
        "type-2": ("1", "-1/2", "1"), "type-2, falling": ("-1", "1/2", "1"),
        "type-2 flat": ("1", "-1/3", "0"),
    }  # fmt: skip
    for name, row in kinds.items():
        state = integral_state(problem([row], "1/5"))
        rows = second_order(state, stationarity(state)).rows
        assert rows is not None
        matrix = fmpq_mat(
            [[fmpq(i == j) - rows[max(i, j)][min(i, j)] / 2 for j in range(4)] for i in range(4)]
        )
        value = matrix.det()
        yield name, (value == 0) == name.startswith("inactive"), value


CASE = Case(
    id="cjr/singular-steps",
    title="Step sizes at which gradient descent is locally singular",
    paper=PAPER,
    number="gradient descent, preimages of null sets; restated and sharpened",
    statement_latex=r"""On each cell of parameter space (types of the neurons, order of the
breakpoints) $\det(I-\eta H)$ is real-analytic. It does not vanish identically, except for ReLU
with all neurons inactive and $\eta=\frac1{2T}$. With $X_j=\int d_jxr$, $R_j=\int d_jr$ its limit
for $v=0$, $(w,b)\to0$ is $(1-2\eta T)\prod_j(1-4\eta^2(X_j^2+R_j^2))$, and at $\eta=\frac1{2T}$
the next order is $-4\eta^2\epsilon^2\sum_ja_j^2\prod_{i\ne j}(1-4\eta^2(X_i^2+R_i^2))$ with
$a_j=\int\sigma(\hat w_jx+\hat b_j)$.""",
    hypotheses=(r"$\eta>0$",),
    verified=(
        "the determinants for one and two neurons, for all values of the symbols",
        "the form of the Hessian at $v=0$ on instances, and a point of each type for one neuron",
    ),
    prose=(
        "an analytic function that is not identically zero on a connected cell vanishes on a null "
        "set only; more neurons by the block structure",
        r"that $1-4\eta^2(X_j^2+R_j^2)\ne0$ can be arranged by the choice of $c$",
    ),
    checks=6,
    function=_check,
)
