"""The determinant of the Hessian's core at the ReLU saddles, for a range of n."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER

LAST = 24


def _check(ledger: Ledger) -> None:
    ledger.instances(
        "determinant", r"\det=\frac{2^{n+1}}{3^n(n+1)^{6n-1}}\ (T=\alpha=1)", "flint, rational",
        LAST // 2, _by_flint(range(2, LAST + 1, 2)),
    )  # fmt: skip
    ledger.instances(
        "determinant, second route", r"n=2,4,6", "sympy, fraction-free", 3, _by_sympy((2, 4, 6))
    )
    ledger.instances(
        "powers", r"\det=\frac{2^{n+1}\alpha^{2n}T^{4n+1}}{3^n(n+1)^{6n-1}},\ n\le6,\ "
        r"(\alpha,T)=(2,1),(1,3),(-\tfrac52,\tfrac27)", "flint, rational", 9, _powers(),
    )  # fmt: skip


def _rows(n: int, number: Any, alpha: Any = 1, length: Any = 1) -> list[list[Any]]:
    """The form on (tau_1..tau_n, kappa'_1..kappa'_n, c'), T0 = 0, over `number`."""
    one = number(1)
    knots = [one * length * i / (n + 1) for i in range(n + 2)]
    # rho times the sign of alpha
    kappa, rho = one * 2 * alpha / (n + 1), one * alpha * length / (2 * (n + 1) ** 2)
    size = 2 * n + 1
    rows = [[one * 0 for _ in range(size)] for _ in range(size)]
    for piece in range(n + 1):
        a, b = knots[piece], knots[piece + 1]
        parts = []  # (constant, slope) of the change of the network on this piece
        for i in range(1, n + 1):
            active = (i % 2 == 1) == (i <= piece)
            parts.append((-kappa if active else one * 0, one * 0))
        for i in range(1, n + 1):
            active = (i % 2 == 1) == (i <= piece)
            parts.append((-knots[i], one) if active else (one * 0, one * 0))
        parts.append((one, one * 0))
        m0, m1, m2 = b - a, (b**2 - a**2) / 2, (b**3 - a**3) / 3
        for i, (u, s) in enumerate(parts):
            for j, (v, t) in enumerate(parts):
                rows[i][j] += 2 * (u * v * m0 + (u * t + s * v) * m1 + s * t * m2)
    for i in range(n):
        rows[i][i] -= 2 * rho * kappa
    return rows


def _expected(n: int, number: Any) -> Any:
    return number(2) ** (n + 1) / (number(3) ** n * number(n + 1) ** (6 * n - 1))


def _by_flint(sizes: range) -> Iterator[tuple[str, bool, object]]:
    from flint import fmpq, fmpq_mat

    for n in sizes:
        found = fmpq_mat(_rows(n, fmpq)).det()
        yield f"n = {n}", found == _expected(n, fmpq), found


def _by_sympy(sizes: tuple[int, ...]) -> Iterator[tuple[str, bool, object]]:
    import sympy
    from sympy.polys.matrices import DomainMatrix

    for n in sizes:
        size = 2 * n + 1
        rows = [[sympy.QQ.from_sympy(x) for x in row] for row in _rows(n, sympy.Rational)]
        found = sympy.QQ.to_sympy(DomainMatrix(rows, (size, size), sympy.QQ).det())
        yield f"n = {n}", found == _expected(n, sympy.Rational), found


def _powers() -> Iterator[tuple[str, bool, object]]:
    from flint import fmpq, fmpq_mat

    for n in (2, 4, 6):
        for alpha, length in ((fmpq(2), fmpq(1)), (fmpq(1), fmpq(3)), (fmpq(-5, 2), fmpq(2, 7))):
            found = fmpq_mat(_rows(n, fmpq, alpha, length)).det()
            wanted = _expected(n, fmpq) * alpha ** (2 * n) * length ** (4 * n + 1)
            yield f"n = {n}, alpha = {alpha}, T = {length}", found == wanted, found


CASE = Case(
    id="cjr/core-determinant",
    title="The determinant of the Hessian's core",
    paper=PAPER,
    number="Theorem 3, remark; restated",
    statement_latex=r"""ReLU, in the coordinates $(\tau_i,\dot\kappa_i,\dot c)$ the core of the
Hessian
has determinant $\frac{2^{n+1}\alpha^{2n}T^{4n+1}}{3^n(n+1)^{6n-1}}$.""",
    hypotheses=(r"$n$ even",),
    verified=(
        r"$n=2,4,\dots,24$ at $T=\alpha=1$, exactly; $n=2,4,6$ also by sympy",
        r"the powers of $\alpha$ and $T$ for $n=2,4,6$ at three pairs of values",
    ),
    prose=(
        r"powers of $\alpha$ and $T$ in general by the scaling of the case \texttt{equivariances}",
        r"other $n$: the formula is observed on the stated range, not proved for symbolic $n$",
    ),
    checks=3,
    function=_check,
)
