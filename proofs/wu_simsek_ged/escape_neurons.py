"""Escape neurons: the definition, the finite test, and the loss along the way out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from flint import fmpq

from exactland.certificates.produce import certificates
from exactland.landscape.analysis import analyze_empirical
from exactland.landscape.escape import Escapes
from exactland.landscape.outcomes import NotLocalMinimum
from exactland.landscape.stationarity import phi
from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER
from ._points import PLATEAU, START, problem, small_points


def _check(ledger: Ledger) -> None:
    ledger.identity(
        "way out", r"L(P(\tau))-L(P)=\sigma\tau^2\Psi(w_i)+\sigma\tau^3\psi_i(v)"
        r"+\tfrac12\tau^4\sum_k\rho(w_i(\tau)\cdot x_k)^2\ \text{(two data points)}",
        "tau sigma e1 e2 s1 s2 a1 a2 t1 t2",
        lambda A, tau, sigma, e1, e2, s1, s2, a1, a2, t1, t2: (
            (e1 + sigma * tau**2 * s1 * (a1 + tau * t1)) ** 2 / 2
            + (e2 + sigma * tau**2 * s2 * (a2 + tau * t2)) ** 2 / 2 - e1**2 / 2 - e2**2 / 2,
            sigma * tau**2 * (e1 * s1 * a1 + e2 * s2 * a2)
            + sigma * tau**3 * (e1 * s1 * t1 + e2 * s2 * t2)
            + sigma**2 * tau**4 * ((s1 * (a1 + tau * t1)) ** 2 + (s2 * (a2 + tau * t2)) ** 2) / 2,
        ),
    )  # fmt: skip
    ledger.identity(
        "one output", r"\varphi_i=h_i\psi_i", "h e s t",
        lambda A, h, e, s, t: ((h * e) * s * t, h * (e * s * t)),
    )  # fmt: skip
    ledger.instances(
        "test by generators", r"\exists\text{ generator }g:\varphi(g)=0\ne\psi(g)\iff\exists v\in"
        r"\{-4,\dots,4\}^d:\varphi(v)=0\ne\psi(v)",
        "exact arithmetic", 450, _grid(),
    )  # fmt: skip
    ledger.instances(
        "one output: h = 0", r"\text{every escape neuron has }h_i=0,\text{ and }L\text{ falls}",
        "exact polynomial along the curve", 89, _zero_outputs(),
    )  # fmt: skip
    for name, neurons, escaping, coefficient in (
        ("start", START, (0,), None),
        ("plateau", PLATEAU, (1,), fmpq(-199, 1345)),
    ):
        found = analyze_empirical(problem(neurons))
        escape = found.neurons[escaping[0]].escape
        held = found.escape_neurons == escaping and isinstance(escape, Escapes)
        functional = found.functionals[escaping[0]]
        if coefficient is not None:
            held = held and functional((fmpq(-10), fmpq(-1))) == (coefficient,)
        ledger.fact(
            f"{name} of the run", rf"\text{{escape neurons: }}{escaping[0]}",
            [("exact arithmetic", held)], found.escape_neurons,
        )  # fmt: skip
        for one in certificates(found):
            if one.kind == "escape_neuron":
                ledger.certificate(f"{name} escape", r"\varphi_i(v)=0\ne\psi_i(v)", one)


def _grid() -> Iterator[tuple[str, bool, object]]:
    for width in (1, 2):
        for label, point in small_points(width):
            found = analyze_empirical(point.problem)
            if not found.directional.holds:
                continue
            for neuron in found.neurons:
                functional = found.functionals[neuron.index]
                form = phi(point, functional, neuron.index)
                grid = product(map(fmpq, range(-4, 5)), repeat=point.dimension)
                slow = any(not form(v) and any(functional(v)) for v in grid)
                yield f"{label}, {neuron.index}", neuron.escapes is slow, slow


def _zero_outputs() -> Iterator[tuple[str, bool, object]]:
    for label, point in small_points(2):
        found = analyze_empirical(point.problem)
        escaping = found.escape_neurons
        if not escaping:
            continue
        down = found.minimality
        held = isinstance(down, NotLocalMinimum) and down.along.leading < 0
        held = held and not any(any(point.outputs[i]) for i in escaping)
        yield label, held, escaping


CASE = Case(
    id="wsg/escape-neurons",
    title="Escape neurons",
    paper=PAPER,
    number="Definition 4.1; restated",
    statement_latex=r"""Neuron $i$ of a directionally stationary point is an escape neuron iff
some generator $g$ of its fan has $\varphi_i(g)=0$ and $\psi_i(g)\ne0$. With one output a neuron
with $h_i\ne0$ is never an escape neuron. An escape neuron with $h_i=0$ makes $P$ a saddle: along
$w_i+\tau v$, $h_{ij}=-\operatorname{sgn}(\psi_{ij}(v))\,\tau^2$ the loss changes by
$-|\psi_{ij}(v)|\,\tau^3+O(\tau^4)$.""",
    hypotheses=("$P$ is directionally stationary",),
    verified=(
        "the loss along the way out, for all values of the symbols",
        "every neuron of every stationary network of width 1 and 2 with entries $-1,0,1$ on four "
        "small data sets: test by generators against a grid of directions; the loss falls along "
        "the curve at each point with an escape neuron",
        "the first two plateaus of the five-point run, with certificates",
    ),
    prose=(
        r"given (S2), the zero set of $\varphi_i$ in a cell is a face, which is generated by "
        r"generators of the cell",
    ),
    checks=8,
    function=_check,
)
