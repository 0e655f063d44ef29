"""Adding a neuron with zero output weight: inactive propagation."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from flint import fmpq

from exactland.arithmetic.rationals import ZERO, dot
from exactland.certificates.produce import certificates
from exactland.landscape.analysis import Analysis, analyze_empirical
from exactland.landscape.embedding import Propagation, embed
from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER
from ._points import END, problem, vector

ROWS = (
    ("all active", "0 1", "local_minimum"),
    ("on the kink", "-1 7/10", "saddle"),
    ("another cell", "-2 1", "not_stationary"),
)


def _check(ledger: Ledger) -> None:
    ledger.identity(
        "first order", r"\partial L/\partial h=\Psi(w)\text{ at }h=0", "h e1 e2 r1 r2",
        lambda A, h, e1, e2, r1, r2: (
            A.at(A.derivative(((e1 + h * r1) ** 2 + (e2 + h * r2) ** 2) / 2, h), {h: 0 * h}),
            e1 * r1 + e2 * r2,
        ),
    )  # fmt: skip
    ledger.identity(
        "zero near w", r"\Psi\equiv0\text{ near }w\Rightarrow L(Q)=L(P)+\tfrac12h^2\sum_kr_k^2",
        "h e1 e2 r",
        # e1 r1 + e2 r2 = 0 with r1 = r e2, r2 = -r e1
        lambda A, h, e1, e2, r: (
            ((e1 + h * r * e2) ** 2 + (e2 - h * r * e1) ** 2) / 2,
            (e1**2 + e2**2) / 2 + h**2 * ((r * e2) ** 2 + (r * e1) ** 2) / 2,
        ),
    )  # fmt: skip
    for name, weight, verdict in ROWS:
        found = _with_neuron(vector(weight))
        ledger.fact(
            name, rf"w=({weight.replace(' ', ',')}),\ h=0:\ \text{{{verdict.replace('_', ' ')}}}",
            [("exact analysis", found.verdict == verdict and found.loss == fmpq(16139, 231500))],
            found.verdict,
        )  # fmt: skip
    ledger.instances(
        "grid", r"\text{stationary iff }\Psi(w)=0;\ \text{minimum iff }\Psi=0\text{ near }w",
        "Psi from the residuals; exact analysis of the wider point", 289, _grid(),
    )  # fmt: skip
    for name, weight, verdict in ROWS[:2]:
        kind = verdict if verdict == "local_minimum" else "not_local_minimum"
        for one in certificates(_with_neuron(vector(weight))):
            if one.kind == kind:
                told = kind.replace("_", " ")
                ledger.certificate(f"{name} {told}", rf"\text{{{told}}}", one)


def _with_neuron(weight: tuple[fmpq, ...]) -> Analysis:
    return analyze_empirical(embed(problem(END), Propagation(weight)))


def _grid() -> Iterator[tuple[str, bool, object]]:
    narrow = analyze_empirical(problem(END)).point

    def dual(weight: tuple[fmpq, ...]) -> fmpq:
        return sum(
            (error[0] * max(dot(weight, row), ZERO)
             for row, error in zip(narrow.inputs, narrow.residuals, strict=True)),
            ZERO,
        )  # fmt: skip

    near = list(product((fmpq(-1, 1000), ZERO, fmpq(1, 1000)), repeat=2))
    for weight in product(map(fmpq, range(-8, 9)), repeat=2):
        wide = analyze_empirical(embed(narrow.problem, Propagation(weight)))
        stationary = not dual(weight)
        minimum = all(not dual((weight[0] + a, weight[1] + b)) for a, b in near)
        held = wide.directional.holds is stationary
        held = held and (wide.verdict == "local_minimum") is minimum
        yield f"{weight}", held, wide.verdict


CASE = Case(
    id="wsg/inactive-propagation",
    title="Network embedding: inactive propagation",
    paper=PAPER,
    number="network embedding, inactive propagation; restated",
    statement_latex=r"""Add a neuron $(w,0)$ to a directionally stationary point. The wider point
is directionally stationary iff $\Psi(w)=0$. If $P$ has no escape neuron, the wider point is a
local minimum iff $\Psi\equiv0$ in a neighbourhood of $w$; otherwise the new neuron is an escape
neuron.""",
    hypotheses=("$P$ is directionally stationary", r"squared loss, $\rho(t)=\alpha_\pm t$"),
    verified=(
        r"$\partial L/\partial h$ at $h=0$, and the loss where $\Psi$ vanishes, for all values",
        "the end point of the five-point run with every integer weight in $[-8,8]^2$: the exact "
        r"analysis of the wider point against $\Psi$ at $w$ and next to it",
    ),
    prose=(
        r"$\Psi$ is piecewise linear, and on the cells next to $w$ it is determined by the nine "
        r"points of the grid next to $w$",
    ),
    checks=8,
    function=_check,
)
