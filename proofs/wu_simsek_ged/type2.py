"""A rational local minimum with an escape neuron: type-2 minima exist."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from flint import fmpq

from exactland.certificates.produce import certificates
from exactland.derivatives.empirical import EmpiricalPoint
from exactland.landscape.analysis import analyze_empirical
from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER
from ._points import loss_of, problem

INPUTS = ("1 0", "0 1")
TARGETS = ("8/5 -3/5", "6/5 4/5")
MINIMUM = (("4/5 3/5", "2 0"),)
COPIES = (("4/5 3/5", "1 0"), ("4/5 3/5", "1 0"))
ZERO_NEURON = (("4/5 3/5", "2 0"), ("0 0", "0 0"))
EQUAL = ("4/5 -3/5", "3/5 4/5")
"""Targets with equal singular values, for the output weight (1, 0)."""


def _check(ledger: Ledger) -> None:
    # v = r w + t n with w = (4/5, 3/5), n = (-3/5, 4/5); both neurons active, h = (2, 0).
    ledger.identity(
        "expansion", r"L(P+\Delta)-L(P)=-g_2t+\tfrac12(g_1(1+r)+2r)^2+\tfrac12(g_1t+2t)^2"
        r"+\tfrac12g_2^2(1+r)^2+\tfrac12g_2^2t^2", "r t g1 g2",
        lambda A, r, t, g1, g2: (_loss(r, t, g1, g2) - _loss(r * 0, t * 0, g1 * 0, g2 * 0),
            -g2 * t + (g1 * (1 + r) + 2 * r) ** 2 / 2 + (g1 * t + 2 * t) ** 2 / 2
            + g2**2 * (1 + r) ** 2 / 2 + g2**2 * t**2 / 2),
    )  # fmt: skip
    ledger.identity(
        "second order", r"-g_2t+\tfrac12(g_1+2r)^2+2t^2+\tfrac12g_2^2="
        r"\tfrac12(g_1+2r)^2+\tfrac12(g_2-t)^2+\tfrac32t^2", "r t g1 g2",
        lambda A, r, t, g1, g2: (
            -g2 * t + (g1 + 2 * r) ** 2 / 2 + 2 * t**2 + g2**2 / 2,
            (g1 + 2 * r) ** 2 / 2 + (g2 - t) ** 2 / 2 + 3 * t**2 / 2),
    )  # fmt: skip
    found = analyze_empirical(problem(MINIMUM, INPUTS, TARGETS))
    kind = found.to_json().get("minimum_type")
    ledger.fact(
        "verdict", r"L=\tfrac12,\ \text{neuron }0\text{ escapes},\ P\text{ is a local minimum}",
        [
            ("exact arithmetic", found.loss == fmpq(1, 2) and found.escape_neurons == (0,)),
            ("second order", (found.verdict, kind) == ("local_minimum", "type_2_strict")),
        ],
        kind,
    )  # fmt: skip
    ledger.instances(
        "none lower", r"L(P+\Delta)>L(P),\ r=0", "loss from the definition", 6**3 - 1,
        _grid(found.point),
    )  # fmt: skip
    for one in certificates(found):
        if one.kind in ("escape_neuron", "local_minimum"):
            claim = r"P\text{ is a local minimum}" if one.kind == "local_minimum" else r"i=0"
            ledger.certificate(one.kind.replace("_", " "), claim, one)
    for name, neurons in (("two copies", COPIES), ("zero neuron", ZERO_NEURON)):
        wide = analyze_empirical(problem(neurons, INPUTS, TARGETS))
        (curve,) = (one for one in certificates(wide) if one.kind == "not_local_minimum")
        ledger.certificate(name, r"\text{the wider network is not a local minimum}", curve)
    equal = analyze_empirical(problem((("4/5 3/5", "1 0"),), INPUTS, EQUAL))
    (minimum,) = (one for one in certificates(equal) if one.kind == "local_minimum")
    ledger.certificate("equal singular values", r"\text{reduced rank}", minimum)


def _loss(r: Any, t: Any, g1: Any, g2: Any) -> Any:
    """The loss at w + r w + t n, h + g, both neurons active: exact for small r and t."""
    first = 4 * (1 + r) / 5 - 3 * t / 5
    second = 3 * (1 + r) / 5 + 4 * t / 5
    errors = (
        5 * (2 + g1) * first - 8,
        5 * g2 * first + 3,
        5 * (2 + g1) * second - 6,
        5 * g2 * second - 4,
    )
    return (errors[0] ** 2 + errors[1] ** 2 + errors[2] ** 2 + errors[3] ** 2) / 50


def _grid(point: EmpiricalPoint) -> Iterator[tuple[str, bool, object]]:
    """Moves across the rescaling: t n for w, and both entries of h."""
    steps = [fmpq(k, 40) for k in (-3, -1, 0, 1, 2, 4)]
    for t, first, second in product(steps, repeat=3):
        if t or first or second:
            weights = ((fmpq(4, 5) - 3 * t / 5, fmpq(3, 5) + 4 * t / 5),)
            value = loss_of(weights, ((2 + first, second),), point.problem.loss)
            yield f"{t} {first} {second}", value > point.loss, value


CASE = Case(
    id="wsg/type2",
    title="A local minimum with an escape neuron",
    paper=PAPER,
    number="left open there: do type-2 local minima exist?",
    statement_latex=r"""The ReLU network with one neuron $w=(\tfrac45,\tfrac35)$, $h=(2,0)$ and
data $x_1=(1,0)$, $x_2=(0,1)$, $y_1=(\tfrac85,-\tfrac35)$, $y_2=(\tfrac65,\tfrac45)$ is a local
minimum of loss $\tfrac12$, and its neuron is an escape neuron: $\psi(v)=(0,-t)$ and
$\varphi\equiv0$ for $v=r\,w+t\,(-\tfrac35,\tfrac45)$. Splitting the neuron into two, or adding a
zero neuron, gives a saddle.""",
    hypotheses=("squared loss with factor $\\tfrac12$", "no biases"),
    verified=(
        "the loss near the point, and its second order as a sum of squares, for all values",
        "the verdict, with certificates of the minimum, of the escape neuron and of both saddles",
        "215 exact points around it",
        "the same data with equal singular values: a minimum by reduced rank, with certificate",
    ),
    prose=(
        r"the form vanishes only along the rescaling $w\to cw$, $h\to h/c$; across it it is "
        "positive, hence the loss is larger near the point (CERTIFICATES-several-outputs.md, "
        "theorem 2)",
    ),
    checks=9,
    function=_check,
    printed="local-minimum",
)
