"""Directional stationarity is a finite test: gradients in h, and phi on the generators of a fan."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from flint import fmpq, fmpq_poly

from exactland.arithmetic.rationals import ZERO
from exactland.certificates.produce import certificates
from exactland.derivatives.empirical import EmpiricalPoint, one_sided_functionals
from exactland.landscape.analysis import analyze_empirical
from exactland.landscape.stationarity import directional_stationarity, phi
from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER
from ._points import END, PLATEAU, loss_of, problem, small_points

# One data point: pre-activation a_i, t_i = v_i.x, slope s_i of neuron i on the side of v_i, and
# residual e, so that y = f - e.  Sums over the data only add such terms.


def _check(ledger: Ledger) -> None:
    ledger.identity(
        "expansion",
        r"L(P+\Delta)-L(P)=\sum_i\bigl(\varphi_i(v_i)+g_i\Psi(w_i)+g_i\psi_i(v_i)\bigr)"
        r"+\tfrac12|\delta|^2\ \text{(two neurons, one data point)}",
        "e h1 h2 g1 g2 a1 a2 t1 t2 s1 s2",
        lambda A, e, h1, h2, g1, g2, a1, a2, t1, t2, s1, s2: (
            ((h1 + g1) * s1 * (a1 + t1) + (h2 + g2) * s2 * (a2 + t2)
             - (h1 * s1 * a1 + h2 * s2 * a2 - e)) ** 2 / 2 - e ** 2 / 2,
            h1 * e * s1 * t1 + g1 * e * s1 * a1 + g1 * e * s1 * t1
            + h2 * e * s2 * t2 + g2 * e * s2 * a2 + g2 * e * s2 * t2
            + (g1 * s1 * a1 + h1 * s1 * t1 + g1 * s1 * t1
               + g2 * s2 * a2 + h2 * s2 * t2 + g2 * s2 * t2) ** 2 / 2,
        ),
    )  # fmt: skip
    ledger.identity(
        "separable", r"L'(P;\Delta)=\sum_i\bigl(\varphi_i(v_i)+g_i\Psi(w_i)\bigr)",
        "tau e h1 h2 g1 g2 a1 a2 t1 t2 s1 s2",
        lambda A, tau, e, h1, h2, g1, g2, a1, a2, t1, t2, s1, s2: (
            A.at(A.derivative(
                ((h1 + tau * g1) * s1 * (a1 + tau * t1) + (h2 + tau * g2) * s2 * (a2 + tau * t2)
                 - (h1 * s1 * a1 + h2 * s2 * a2 - e)) ** 2 / 2, tau), {tau: 0 * tau}),
            e * (h1 * s1 * t1 + g1 * s1 * a1 + h2 * s2 * t2 + g2 * s2 * a2),
        ),
    )  # fmt: skip
    for sign, name in ((1, ""), (-1, "-")):
        ledger.identity(
            f"radial {name or '+'}", rf"\varphi_i({name}w_i)={name}h_i\cdot\Psi(w_i)", "e h a s",
            lambda A, e, h, a, s, sign=sign: (h * e * s * (sign * a), sign * h * (e * s * a)),
        )  # fmt: skip
    ledger.identity(
        "radial shift",
        r"\psi_i(v+tw_i)=\psi_i(v)+t\,\Psi(w_i)",
        "e a x s t",
        lambda A, e, a, x, s, t: (e * s * (x + t * a), e * s * x + t * (e * s * a)),
    )
    ledger.instances(
        "generators suffice", r"\varphi_i\ge0\text{ on the generators}\iff\varphi_i\ge0"
        r"\text{ on the grid }\{-4,\dots,4\}^d",
        "exact arithmetic", 72, _generators(),
    )  # fmt: skip
    ledger.instances(
        "against the definition", r"\text{(S1), (S2)}\iff L'(P;\Delta)\ge0\ "
        r"\forall\Delta\in\{-1,0,1\}^n",
        "one-sided derivative of the loss by exact interpolation", 162, _definition(),
    )  # fmt: skip
    kinds = {c.kind: c for c in certificates(analyze_empirical(problem(END)))}
    ledger.certificate(
        "end of the run", r"\varphi_i\ge0,\ \Psi(w_i)=0", kinds["directionally_stationary"]
    )
    moved = problem((("-1 7/10", "1/4"), ("-1 7/10", "1"), *END[1:]))
    kinds = {c.kind: c for c in certificates(analyze_empirical(moved))}
    ledger.certificate("a further neuron", r"L'(P;\Delta)<0", kinds["not_directionally_stationary"])
    functional = one_sided_functionals(analyze_empirical(problem(PLATEAU)).point)[0]
    ledger.fact(
        "kink multiplier", r"\mu_5=\tfrac{97}{269}\text{ at the single-neuron plateau}",
        [("exact arithmetic", _multiplier() == fmpq(97, 269) and len(functional.kinks) == 1)],
        _multiplier(),
    )  # fmt: skip


def _generators() -> Iterator[tuple[str, bool, object]]:
    for label, point in small_points(1):
        analysis = analyze_empirical(point.problem)
        (functional,), (report,) = analysis.functionals, analysis.neurons
        form = phi(point, functional, 0)
        table = report.generators
        on_table = functional.is_zero() or (
            table is not None
            and all(one.phi >= 0 if not one.lineality else not one.phi for one in table)
        )
        grid = product(map(fmpq, range(-4, 5)), repeat=point.dimension)
        on_grid = all(form(direction) >= 0 for direction in grid)
        yield label, on_table == on_grid, on_table


def _definition() -> Iterator[tuple[str, bool, object]]:
    for width in (1, 2):
        for label, point in small_points(width):
            if width == 2 and point.dimension == 2:
                continue  # 729 directions each
            functionals = one_sided_functionals(point)
            holds = directional_stationarity(point, functionals).holds
            size = width * (point.dimension + 1)
            steps = product(map(fmpq, (-1, 0, 1)), repeat=size)
            slow = all(_one_sided(point, step) >= 0 for step in steps)
            yield label, holds is slow, holds


def _one_sided(point: EmpiricalPoint, step: tuple[fmpq, ...]) -> fmpq:
    """The derivative at 0+ of the loss along a line, of degree 4 up to 1/100 for small entries."""
    size = point.dimension + 1
    moves = [step[i : i + size] for i in range(0, len(step), size)]
    data = point.problem.loss
    times = [fmpq(k, 500) for k in range(5)]
    values = []
    for time in times:
        weights = tuple(
            tuple(w + time * v for w, v in zip(weight, move, strict=False))
            for weight, move in zip(point.weights, moves, strict=True)
        )
        outputs = tuple(
            (h[0] + time * move[-1],) for h, move in zip(point.outputs, moves, strict=True)
        )
        values.append(loss_of(weights, outputs, data))
    return _slope_at_zero(times, values)


def _slope_at_zero(times: list[fmpq], values: list[fmpq]) -> fmpq:
    total = fmpq_poly()
    for time, value in zip(times, values, strict=True):
        term = fmpq_poly([value])
        for other in times:
            if other != time:
                term *= fmpq_poly([-other / (time - other), 1 / (time - other)])
        total += term
    return total.coeffs()[1] if total.degree() > 0 else ZERO


def _multiplier() -> fmpq:
    """The slope mu at x_5 with sum_{k<5} e_k x_k + mu e_5 x_5 = 0, found from the first input."""
    point = analyze_empirical(problem(PLATEAU)).point
    rows, errors = point.inputs, [e[0] for e in point.residuals]
    slopes = [
        -sum((errors[k] * rows[k][axis] for k in range(4)), ZERO) / (errors[4] * rows[4][axis])
        for axis in (0, 1)
    ]
    return slopes[0] if slopes[0] == slopes[1] else ZERO


CASE = Case(
    id="wsg/stationarity",
    title="Stationarity is a finite test",
    paper=PAPER,
    number="stationary points; restated",
    statement_latex=r"""$P$ is directionally stationary iff for every neuron (S1) $\Psi(w_i)=0$
and (S2) $\varphi_i(v)\ge0$ for all $v$. The hyperplanes $x_k^\perp$, $k\in Z_i$, cut the space
into cells, each the sum of $\mathrm{Lin}_i=\{v:x_k\cdot v=0\ \forall k\in Z_i\}$ and the cone
over its rays; (S2) holds iff $\varphi_i$ vanishes on a basis of $\mathrm{Lin}_i$ and is
nonnegative on the rays. The radial condition of the paper follows from (S1).""",
    hypotheses=("squared loss", r"$\rho(t)=\alpha_\pm t$, $\alpha_+\ne\alpha_-$"),
    verified=(
        "the expansion of the loss and its one-sided derivative, for all values of the symbols",
        "networks with entries $-1,0,1$ on small data sets, width 1 (one and two inputs) and 2 "
        "(one input): the finite test against one-sided derivatives of the loss, interpolated "
        "exactly on short lines",
        "points of the five-point experiment, with certificates",
    ),
    prose=(
        r"$\psi_i$ is linear on each cell, so that its signs there are those on the generators",
        "a direction outside the grid is covered by the first statement, not by the instances",
    ),
    checks=10,
    function=_check,
)
