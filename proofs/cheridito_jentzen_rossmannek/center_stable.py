"""Gradient descent at the canonical saddle: spectrum, center-stable dimension, step sizes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER
from ._problems import certify_point, problem

ROWS = (("1", "-1/3", "2/3"), ("-1", "2/3", "-2/3"))
SCALE = 3**17
COEFFICIENTS = (0, 0, -1904, -368796, -4668408, 229661973, -486091368, SCALE)
# Isolating intervals: the decimals of the statement, one unit in the last place either way.
SINGULAR = ("0.31110", "1.90681", "17.3567")
BREAKS = ("0.6222", "3.8136", "34.713")
EIGENVALUES = (
    "-0.0266867339", "-0.0056883422", "0", "0", "0.0576147824", "0.5244362981", "3.2143843522",
)  # fmt: skip


def _check(ledger: Ledger) -> None:
    from flint import fmpq, fmpq_mat

    from exactland.landscape.integral.analysis import analyze_integral

    found = analyze_integral(problem(ROWS, "1/2"))
    matrix = found.second_order.rows
    descent = found.gradient_descent
    assert matrix is not None and descent is not None and descent.breakpoints is not None
    wanted = [fmpq(entry, SCALE) for entry in COEFFICIENTS]
    ledger.fact(
        "characteristic polynomial",
        r"3^{17}\det(\lambda-H)=\lambda^2(3^{17}\lambda^5-486091368\lambda^4+229661973\lambda^3"
        r"-4668408\lambda^2-368796\lambda-1904)",
        [
            ("flint", list(fmpq_mat(matrix).charpoly().coeffs()) == wanted),
            ("sympy", _by_sympy(matrix, wanted)),
        ],
        fmpq_mat(matrix).charpoly(),
    )
    ledger.instances(
        "eigenvalues", r"\lambda\approx\text{the seven decimals}", "sign changes of the polynomial",
        7, _located(wanted, EIGENVALUES, fmpq(1, 10**10)),
    )  # fmt: skip
    ledger.fact(
        "inertia", "(2,2,3)", [("exact congruence", found.inertia == (2, 2, 3))], found.inertia
    )
    ledger.fact(
        "dimensions", r"\dim E^{cs}=5,4,3,2",
        [("exact engine", descent.dimensions == (5, 4, 3, 2))],
        descent.dimensions,
    )  # fmt: skip
    reciprocal = wanted[::-1]
    ledger.instances(
        "singular steps", r"\det(I-\eta H)=0\iff\eta\approx0.31110,1.90681,17.3567\ (\eta>0)",
        "sign changes of the reciprocal polynomial", 3,
        _located(reciprocal, SINGULAR, None),
    )  # fmt: skip
    ledger.instances(
        "breakpoints", r"2/\lambda\approx0.6222,3.8136,34.713", "exact engine", 3,
        (
            (text, step.decimal.startswith(text), step.decimal)
            for text, step in zip(BREAKS, descent.breakpoints, strict=True)
        ),
    )  # fmt: skip
    steps = {"3/5": 5, "62/100": 5, "63/100": 4, "38/10": 4, "39/10": 3, "347/10": 3, "348/10": 2}
    ledger.instances(
        "by counting", r"\dim E^{cs}(\eta)=\#\{0\le\lambda\le2/\eta\}",
        "exact engine; roots counted by Sturm (sympy)", 7,
        _counted(descent, steps),
    )  # fmt: skip
    ledger.instances(
        "every simple ReLU saddle", r"\dim E^{cs}=3N+1-n\ \text{for small }\eta,\ n=N=2,\dots,10",
        "exact engine", 5, _families(),
    )  # fmt: skip
    kinds = ("inertia", "negative_curvature", "saddle", "center_stable_dimension")
    certify_point(ledger, "canonical saddle", problem(ROWS, "1/2"), kinds)


def _by_sympy(matrix: Any, wanted: list[Any]) -> bool:
    import sympy

    rows = [[sympy.Rational(int(x.p), int(x.q)) for x in row] for row in matrix]
    found = sympy.Matrix(rows).charpoly().all_coeffs()[::-1]
    return [(int(x.p), int(x.q)) for x in found] == [(int(x.p), int(x.q)) for x in wanted]


def _located(
    coefficients: list[Any], decimals: tuple[str, ...], radius: Any
) -> Iterator[tuple[str, bool, object]]:
    """Whether the polynomial changes sign within a unit of the last place of each decimal."""
    from flint import fmpq, fmpq_poly

    from exactland.arithmetic.rationals import parse_rational

    polynomial = fmpq_poly(coefficients)
    for text in decimals:
        center = parse_rational(text, "decimal")
        if center == 0:
            yield "0", polynomial[0] == 0 and polynomial[1] == 0, "double root"
            continue
        unit = radius or fmpq(1, 10 ** len(text.split(".")[1]))
        values = polynomial(center - unit), polynomial(center + unit)
        yield text, bool(values[0] * values[1] < 0), (values[0] > 0, values[1] > 0)


def _counted(descent: Any, steps: dict[str, int]) -> Iterator[tuple[str, bool, object]]:
    import sympy
    from flint import fmpq

    from exactland.landscape.integral.gradient_descent import center_stable_dimension

    lam = sympy.Symbol("lambda")
    quintic = sympy.Poly(list(COEFFICIENTS[:1:-1]), lam)
    for text, dimension in steps.items():
        top, bottom = (int(part) for part in text.split("/"))
        counted = 2 + quintic.count_roots(0, sympy.Rational(2 * bottom, top))
        engine = center_stable_dimension(descent, fmpq(top, bottom))
        yield f"eta = {text}", counted == engine == dimension, (counted, engine)


def _families() -> Iterator[tuple[str, bool, object]]:
    from exactland.landscape.integral.analysis import analyze_integral
    from exactland.landscape.integral.family import critical_family

    for n in (2, 4, 6, 8, 10):
        found = analyze_integral(critical_family("relu", n).problem).gradient_descent
        assert found is not None
        held = found.small_step_dimension == 3 * n + 1 - n and found.covered is True
        yield f"n = {n}", held and found.dimensions[-1] == n, found.dimensions


CASE = Case(
    id="cjr/center-stable",
    title="Gradient descent near the canonical saddle",
    paper=PAPER,
    number="center-stable dimension; restated",
    statement_latex=r"""At a $C^2$ saddle $\dim E^{cs}(\eta)=\#\{0\le\lambda\le2/\eta\}$; at the
ReLU saddle
with $n=N=2$ on $[0,1]$, target $x$, $|w_j|=1$, it is $5$ for $\eta\le0.6222\dots$, then $4$ up to
$3.8136\dots$, $3$ up to $34.713\dots$, then $2$; $I-\eta H$ is singular at three step sizes.""",
    hypotheses=("the point R21",),
    verified=(
        "the characteristic polynomial by two routes, its roots by sign changes between rationals",
        r"dimensions for seven step sizes by the exact engine and by Sturm's count; small"
        r" $\eta$ for"
        r" $n=N=2,\dots,10$",
    ),
    prose=(
        "the center-stable manifold theorem without local invertibility, and that preimages of null"
        " sets are null",
    ),
    checks=15,
    function=_check,
)
