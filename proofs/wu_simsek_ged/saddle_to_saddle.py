"""The saddle-to-saddle run of the five-point experiment, plateau by plateau, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from flint import fmpq

from exactland.certificates.produce import certificates
from exactland.landscape.analysis import Analysis, analyze_empirical
from exactland.landscape.descent.run import descend
from exactland.landscape.outcomes import NotLocalMinimum
from exactland.landscape.snapping import snap
from exactland.problem.checkpoints import read_checkpoint
from exactland.problem.datasets import read_dataset
from exactland.proving.case import Case, Figure
from exactland.proving.figures import Curve, axis
from exactland.proving.ledger import Ledger
from exactland.proving.library import examples_folder

from . import PAPER
from ._points import END, PLATEAU, START, problem
from .saddle_escape import held_fixed

ZERO_AT_PLATEAU = (16, 19, 21, 26, 27, 34, 38, 44, 49)


@dataclass(frozen=True, slots=True)
class Stop:
    """A checkpoint of the run, the name of its plateau, its exact loss and what is found there."""

    iteration: int
    name: str
    loss: fmpq
    verdict: str
    escaping: int
    latex: str


STOPS = (
    Stop(42000, "first plateau", fmpq(953, 10000), "saddle", 37, r"\tfrac{953}{10000}"),
    Stop(100000, "second plateau", fmpq(50749, 672500), "saddle", 9, r"\tfrac{50749}{672500}"),
    Stop(600000, "end", fmpq(16139, 231500), "local_minimum", 0, r"\tfrac{16139}{231500}"),
)


def _check(ledger: Ledger) -> None:
    folder = examples_folder() / "five_points"
    data = read_dataset(folder / "data.json", targets_required=True)
    found: list[Analysis] = []
    for stop in STOPS:
        result = snap(read_checkpoint(folder / f"five_points_{stop.iteration}.npz"), data)
        assert result.problem is not None
        analysis = analyze_empirical(result.problem)
        found.append(analysis)
        escaping = analysis.escape_neurons or ()
        held = (
            analysis.loss == stop.loss
            and analysis.verdict == stop.verdict
            and len(escaping) == stop.escaping
        )
        ledger.fact(
            stop.name, rf"L={stop.latex},\ {stop.escaping}\text{{ escape neurons of }}50",
            [("exact analysis of the stationary point beside the trained network", held)],
            f"{analysis.loss}, {stop.verdict.replace('_', ' ')}",
        )  # fmt: skip
    first, second, end = found
    active = [n.index for n in end.neurons if n.kind != "dead"]
    ledger.fact(
        "who escapes first", r"\text{escape neurons of the first plateau}="
        r"\text{neurons that the end point uses}",
        [("exact analysis", list(first.escape_neurons or ()) == active)], len(active),
    )  # fmt: skip
    smooth = tuple(n.index for n in end.neurons if n.kind == "smooth")
    ledger.fact(
        "who escapes second", r"\text{escape neurons of the second plateau}="
        r"\text{the }9\text{ neurons that are new at the end}",
        [("exact analysis", second.escape_neurons == smooth == ZERO_AT_PLATEAU)], smooth,
    )  # fmt: skip
    for stop, analysis in zip(STOPS[:2], found, strict=False):
        for one in certificates(analysis):
            if one.kind == "not_local_minimum":
                ledger.certificate(f"{stop.name} down", r"L(P(\tau))<L(P)", one)
    down = second.minimality
    assert isinstance(down, NotLocalMinimum)
    ledger.fact(
        "way out", r"L(P(\tau))-L(P)=-\tfrac{8041}{33625}\tau^3+\tfrac{111}{40}\tau^6",
        [("exact polynomial", down.along.coefficients[3] == fmpq(-8041, 33625)
          and down.along.coefficients[6] == fmpq(111, 40))],
        down.along.leading,
    )  # fmt: skip
    for one in certificates(analyze_empirical(held_fixed(second.point, ZERO_AT_PLATEAU))):
        if one.kind == "local_minimum":
            ledger.certificate("second plateau without its 9", r"L(Q)\ge L(P)\text{ near }P", one)
    for one in certificates(end):
        if one.kind in ("local_minimum", "spurious_local_minimum"):
            name = one.kind.replace("_", " ")
            ledger.certificate(f"end {name}", r"L(Q)\ge L(P)\text{ near }P", one)
    start = problem((("0 0", "0"), ("0 0", "0")))
    path = descend(start, leave_saddles=True)
    losses = [step.loss for step in path.steps]
    stops = [stop.loss for stop in STOPS]
    ledger.fact(
        "exact descent", r"0\to\tfrac{953}{10000}\to\tfrac{50749}{672500}\to\tfrac{16139}{231500}"
        r"\text{ from two zero neurons}",
        [("strictly falling exact losses",
          [value for value in losses if value in stops] == stops
          and all(b < a for a, b in pairwise(losses))
          and path.status == "local_minimum")],
        " > ".join(map(str, losses)),
    )  # fmt: skip


def _figure() -> Figure:
    low, high = fmpq(-11, 10), fmpq(4, 5)
    data = problem(END).loss
    points = [(row[0], y[0]) for row, y in zip(data.inputs, data.targets, strict=True)]
    curves = [
        Curve.of_network(problem(START), low, high, "black!55, densely dotted, thick", "first"),
        Curve.of_network(problem(PLATEAU), low, high, "black, densely dashed, thick", "second"),
        Curve.of_network(problem(END), low, high, "black, thick", "end"),
        Curve(tuple(points), "only marks, mark=o, mark size=2.2pt, black", "data"),
    ]
    return Figure(
        axis(curves, "$x$", "$f(x)$"),
        r"The functions of the three stops of the run. The second has its breakpoint exactly at "
        r"$x_5=\frac7{10}$; the last is the affine least-squares fit on the data.",
    )


CASE = Case(
    id="wsg/saddle-to-saddle",
    title="The run of the five-point experiment, plateau by plateau",
    paper=PAPER,
    number="Figure 3; made exact",
    statement_latex=r"""ReLU, width $50$, five data points, gradient descent from a tiny
initialisation. Beside the trained networks at iterations $42{,}000$, $100{,}000$ and $600{,}000$
there are exact stationary points with losses
$\frac{953}{10000}>\frac{50749}{672500}>\frac{16139}{231500}$: a saddle with $37$ escape neurons,
a saddle with $9$, and a spurious local minimum. The neurons that leave each plateau are exactly
its escape neurons.""",
    hypotheses=("the data are the exact decimals", "the trained networks are exact dyadic numbers"),
    verified=(
        "the three exact points with losses, verdicts, escape neurons, curves and certificates",
        "with its $9$ escape neurons fixed, the second plateau is a local minimum",
        "an exact descent from two zero neurons that passes the same three losses",
    ),
    prose=(
        "that gradient descent visits these plateaus is what the experiment shows; the exact "
        "points are within the distance that snapping reports",
    ),
    checks=12,
    function=_check,
    figure=_figure,
)
