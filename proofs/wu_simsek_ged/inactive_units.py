"""Adding a neuron that is inactive on the data: inside its cell, on the boundary, at zero."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from flint import fmpq

from exactland.arithmetic.rationals import ZERO, dot
from exactland.certificates.produce import certificates
from exactland.landscape.analysis import Analysis, analyze_empirical
from exactland.landscape.embedding import InactiveUnit, embed
from exactland.landscape.stationarity import phi
from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER
from ._points import END, problem, vector

ROWS = (
    ("open cell", "0 -1", "1", "local_minimum"),
    ("open cell, any h", "0 -1", "-7/3", "local_minimum"),
    ("boundary, right sign", "10 -7", "1", "local_minimum"),
    ("boundary, wrong sign", "10 -7", "-1", "not_stationary"),
    ("zero", "0 0", "0", "saddle"),
    ("zero weight, h = 1", "0 0", "1", "not_stationary"),
    ("zero weight, h = -1", "0 0", "-1", "not_stationary"),
)


def _check(ledger: Ledger) -> None:
    for name, weight, height, verdict in ROWS:
        found = _with_unit(weight, height)
        ledger.fact(
            name, rf"w=({weight.replace(' ', ',')}),\ h={_fraction(height)}:\ "
            rf"\text{{{verdict.replace('_', ' ')}}}",
            [("exact analysis", found.verdict == verdict and found.loss == fmpq(16139, 231500))],
            found.verdict,
        )  # fmt: skip
    value = _last_phi(_with_unit("10 -7", "-1"), "7 10")
    ledger.fact(
        "wrong sign", r"\varphi(7,10)=-\tfrac{476949}{231500}",
        [("exact arithmetic", value == fmpq(-476949, 231500))], value,
    )  # fmt: skip
    ledger.instances(
        "grid", r"\text{stationary iff }\sum_{Z'}(h\,e_k)\rho(x_k\cdot v)\ge0\text{ on a grid; "
        r"minimum iff moreover }\varphi(v)=0\Rightarrow\psi(v)=0",
        "exact analysis of the wider point", 69, _grid(),
    )  # fmt: skip
    for one in certificates(_with_unit("10 -7", "1")):
        if one.kind == "local_minimum":
            ledger.certificate("boundary minimum", r"L(Q)\ge L(P)", one)
    for one in certificates(_with_unit("0 0", "0")):
        if one.kind in ("escape_neuron", "not_local_minimum"):
            told = one.kind.replace("_", " ")
            ledger.certificate(f"zero {told}", rf"\text{{{told}}}", one)


def _with_unit(weight: str, height: str) -> Analysis:
    operation = InactiveUnit(vector(weight), vector(height))
    return analyze_empirical(embed(problem(END), operation))


def _last_phi(found: Analysis, direction: str) -> fmpq:
    last = found.point.width - 1
    return phi(found.point, found.functionals[last], last)(vector(direction))


def _grid() -> Iterator[tuple[str, bool, object]]:
    """Inactive weights on a grid that meets the boundary: with the definition of the clause."""
    narrow = analyze_empirical(problem(END)).point
    first, last = narrow.inputs[0], narrow.inputs[-1]
    directions = list(product(map(fmpq, range(-10, 11)), repeat=2))
    grid = [(fmpq(a), fmpq(b)) for a, b in product(range(-10, 11), repeat=2)]
    weights = [w for w in grid if all(dot(w, row) <= 0 for row in narrow.inputs)]
    on_boundary = [w for w in weights if not dot(w, first) or not dot(w, last)]
    chosen = [w for w in weights if w not in on_boundary][::12] + on_boundary
    for weight, height in product(chosen, (fmpq(-1), ZERO, fmpq(2))):
        boundary = [
            (row, error[0])
            for row, error in zip(narrow.inputs, narrow.residuals, strict=True)
            if not dot(weight, row)
        ]

        def psi(v: tuple[fmpq, ...], boundary: list[tuple[tuple[fmpq, ...], fmpq]]) -> fmpq:
            return sum((error * max(dot(row, v), ZERO) for row, error in boundary), ZERO)

        values = [psi(v, boundary) for v in directions]
        stationary = all(height * value >= 0 for value in values)
        minimum = stationary and all(not value or height * value for value in values)
        wide = analyze_empirical(embed(narrow.problem, InactiveUnit(weight, (height,))))
        held = wide.directional.holds is stationary
        held = held and (wide.verdict == "local_minimum") is minimum
        yield f"{weight}, {height}", held, wide.verdict


def _fraction(text: str) -> str:
    return text if "/" not in text else rf"-\tfrac{{{text[1:].replace('/', '}{')}}}"


CASE = Case(
    id="wsg/inactive-units",
    title="Network embedding: an inactive unit",
    paper=PAPER,
    number="network embedding, inactive units; restated",
    statement_latex=r"""Let $\alpha_-=0$ and add a neuron $(w,h)$ with $w\cdot x_k\le0$ for all
$k$; $Z'=\{k:w\cdot x_k=0\}$. If $Z'=\emptyset$, stationarity, type-1 minimality and
non-minimality are all kept, for every $h$. Otherwise the wider point is directionally stationary
iff $P$ is and $\sum_{Z'}(h\cdot e_k)\rho(x_k\cdot v)\ge0$ for all $v$, and has no escape neuron
iff $P$ has none and $\varphi(v)=0$ implies $\psi(v)=0$. The neuron $(0,0)$ keeps stationarity and
is an escape neuron iff $\Psi\not\equiv0$.""",
    hypotheses=("ReLU", "$P$ is directionally stationary"),
    verified=(
        "seven units added to the end point of the five-point run, and one-sided derivatives",
        r"inactive units with integer weights, strictly inside and on the boundary, with "
        r"$h=-1,0,2$: the exact analysis of the wider point against the clause on a grid of "
        r"directions",
    ),
    prose=("in an open cell of inactivity the loss does not depend on the new neuron at all",),
    checks=12,
    function=_check,
)
