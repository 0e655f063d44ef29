"""Theorem 2 (III), (IV)(a): what decides between local minimum and saddle without breakpoints."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER
from ._problems import certify_point, problem

# At n = 0, c is centered and r = -alpha (x - m).  All neurons but one leave f unchanged nearby.


def _check(ledger: Ledger) -> None:
    ledger.identity(
        "semi-inactive at T0",
        r"L(\phi+\delta)-L(\phi)=\frac{v\,r(T_0)}{|w|}p^2+p^2\dot c\frac{v}{|w|}"
        r"+T\dot c^2+O(p^3),\ p=wT_0+b\ge0,\ w<0", "x T0 T alpha size v p C",
        lambda A, x, T0, T, alpha, size, v, p, C: (
            A.integral(
                (-alpha * (x - T0 - T / 2) + C + v * (p - size * (x - T0))) ** 2
                - (-alpha * (x - T0 - T / 2) + C) ** 2,
                x, T0, T0 + p / size,
            )
            + A.integral(
                (-alpha * (x - T0 - T / 2) + C) ** 2 - alpha**2 * (x - T0 - T / 2) ** 2,
                x, T0, T0 + T,
            ),
            v * (alpha * T / 2) * p**2 / size + p**2 * C * v / size + T * C**2
            + p**3 * (v**2 / (3 * size) - alpha * v / (3 * size**2)),
        ),
    )  # fmt: skip
    ledger.identity(
        "residual at the ends", r"r(T_0)=\tfrac{\alpha T}2=-r(T_1)", "T0 T alpha u",
        lambda A, T0, T, alpha, u: (
            -alpha * (T0 - T0 - T / 2) + u * (-alpha * (T0 + T - T0 - T / 2)),
            alpha * T / 2 - u * alpha * T / 2,
        ),
    )  # fmt: skip
    ledger.identity(
        "flat semi-inactive",
        r"v\to\dot v:\ \Delta L=\frac{\dot v\,r(T_0)}{|w|}p^2+O(p^3\dot v)+O(p^3\dot v^2)",
        "x T0 T alpha size V p",
        lambda A, x, T0, T, alpha, size, V, p: (
            A.integral(
                (-alpha * (x - T0 - T / 2) + V * (p - size * (x - T0))) ** 2
                - alpha**2 * (x - T0 - T / 2) ** 2,
                x, T0, T0 + p / size,
            ),
            V * alpha * T / 2 * p**2 / size - V * alpha * p**3 / (3 * size**2)
            + V**2 * p**3 / (3 * size),
        ),
    )  # fmt: skip
    for sign, name in ((1, "+"), (-1, "-")):
        ledger.identity(
            f"flat degenerate {name}",
            rf"(w,v)=\epsilon({name}1,1),\ \Delta L={name}2M\epsilon^2+\tfrac{{T^3}}3\epsilon^4,"
            r"\ M=-\tfrac{\alpha T^3}{12}", "x T0 T alpha e",
            lambda A, x, T0, T, alpha, e, sign=sign: (
                A.integral(
                    (-alpha * (x - T0 - T / 2)
                     + e * e * sign * (x - (T0 if sign > 0 else T0 + T))) ** 2
                    - alpha**2 * (x - T0 - T / 2) ** 2,
                    x, T0, T0 + T,
                ),
                sign * 2 * (-alpha * T**3 / 12) * e**2 + T**3 * e**4 / 3,
            ),
        )  # fmt: skip
    ledger.identity(
        "flat semi-active",
        r"(\dot w,\dot v)=\epsilon(1,u):\ \Delta L=2M u\epsilon^2+O(\epsilon^4)"
        r"\ \text{with}\ \dot c=-(b+\epsilon m)\dot v", "x T0 T alpha b e u",
        lambda A, x, T0, T, alpha, b, e, u: (
            A.integral(
                (-alpha * (x - T0 - T / 2) + u * e * (e * x + b)
                 - u * e * (b + e * (T0 + T / 2))) ** 2
                - alpha**2 * (x - T0 - T / 2) ** 2,
                x, T0, T0 + T,
            ),
            2 * (-alpha * T**3 / 12) * u * e**2 + u**2 * e**4 * T**3 / 12,
        ),
    )  # fmt: skip
    ledger.instances(
        "exhaustive classification", "N\\le3, every combination of the neuron types without "
        "breakpoint, \\alpha=\\pm1: verdict, and exact descent at every saddle",
        "exact engine", 2 * (9 + 45 + 165), _combinations(),
    )  # fmt: skip
    for name in ("at T0, v > 0", "at T0, v < 0", "at T1, flat", "flat degenerate"):
        point = problem([TYPES[name][:3], TYPES["inactive"][:3]], "1/2")
        told = name.lower().replace(",", "").replace(">", "positive").replace("<", "negative")
        certify_point(ledger, told, point, ("local_minimum", "spurious_local_minimum", "saddle"))


# name -> (w, b, v, allowed in a local minimum if alpha = 1, and if alpha = -1)
TYPES = {
    "inactive": ("1", "-2", "3", True, True),
    "at T0, v > 0": ("-1", "0", "2", True, False),
    "at T0, v < 0": ("-1", "0", "-2", False, True),
    "at T0, flat": ("-2", "0", "0", False, False),
    "at T1, v > 0": ("1", "-1", "2", False, True),
    "at T1, v < 0": ("1", "-1", "-2", True, False),
    "at T1, flat": ("2", "-2", "0", False, False),
    "flat semi-active": ("0", "1", "0", False, False),
    "flat degenerate": ("0", "0", "0", False, False),
}


def _combinations() -> Iterator[tuple[str, bool, object]]:
    from exactland.landscape.integral.analysis import analyze_integral

    for alpha, column in (("1", 3), ("-1", 4)):
        for width in (1, 2, 3):
            for names in product(TYPES, repeat=width):
                if list(names) != sorted(names):
                    continue
                rows: list[Any] = [TYPES[name] for name in names]
                center = "1/2" if alpha == "1" else "-1/2"
                found = analyze_integral(problem([row[:3] for row in rows], center, alpha=alpha))
                minimum = all(row[column] for row in rows)
                held = found.verdict == ("local_minimum" if minimum else "saddle")
                held = held and found.stationarity.classical and all(found.checks.values())
                if not minimum:
                    way = found.descent
                    held = held and way is not None and bool(way.changes)
                    held = held and all(change < 0 for _, change in (way.changes if way else ()))
                yield f"alpha = {alpha}: {'; '.join(names)}", held, found


CASE = Case(
    id="cjr/minima-and-saddles",
    title="Local minima and saddles without breakpoints",
    paper=PAPER,
    number="Theorem 2 (III), (IV)(a); restated",
    statement_latex=r"""ReLU, $\alpha\ne0$: a critical point is a non-global local minimum iff it is
centered and every neuron is inactive, or semi-inactive with $I_j=\{T_0\}$, $\alpha v_j>0$, or
$I_j=\{T_1\}$, $\alpha v_j<0$. With a flat semi-active, flat degenerate, flat semi-inactive or
wrong-sign semi-inactive neuron and no breakpoint it is a saddle.""",
    hypotheses=("ReLU", r"$\alpha\ne0$", r"$n=0$"),
    verified=(
        "the exact change of the loss when one neuron is switched on, for all values of the"
        " symbols",
        r"all $438$ combinations of types with $N\le3$, $\alpha=\pm1$ on $[0,1]$ through the exact"
        " analysis: verdict, classical stationarity, exact descent at each saddle",
    ),
    prose=(
        r"right signs: $p_j^2$ terms with positive coefficients and $T\dot c^2$ dominate the"
        r" coupling"
        r" $p_j^2\dot c$ and the terms of third order (also among several neurons), hence a"
        r" minimum",
        r"$T_1$ follows from $T_0$ by the reflection of the case \texttt{equivariances}",
    ),
    checks=12,
    function=_check,
)
