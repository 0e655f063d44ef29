"""Complete atlases of small data sets: every stationary loss of a width, and the least of all."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from flint import fmpq

from exactland.certificates.atlas import minimum_certificate
from exactland.certificates.produce import certificates, checked
from exactland.derivatives.empirical import evaluate
from exactland.landscape.analysis import analyze_empirical
from exactland.landscape.atlas.bounding import least_loss
from exactland.landscape.atlas.pieces import cached_setting
from exactland.landscape.atlas.result import Atlas
from exactland.landscape.atlas.run import atlas
from exactland.landscape.atlas.setting import Landscape
from exactland.landscape.descent.run import descend
from exactland.problem.activations import absolute_value, leaky_relu, relu
from exactland.problem.losses import Problem
from exactland.problem.network import Network
from exactland.proving.case import Case, Figure
from exactland.proving.figures import Curve, axis
from exactland.proving.ledger import Ledger

from . import PAPER
from ._data import FIVE_POINTS_PLAIN, OPPOSITE

LANDSCAPES = {
    "five points": Landscape(FIVE_POINTS_PLAIN, relu()),
    "five points, leaky": Landscape(FIVE_POINTS_PLAIN, leaky_relu(fmpq(1, 4))),
    "opposite points": Landscape(OPPOSITE, relu()),
    "opposite points, absolute value": Landscape(OPPOSITE, absolute_value()),
}
RUN = tuple(fmpq(p, q) for p, q in ((953, 10000), (50749, 672500), (16139, 231500)))
"""The losses of the three stops of the five-point experiment."""


def _check(ledger: Ledger) -> None:
    five = LANDSCAPES["five points"]
    one, two, three = (atlas(five, width) for width in (1, 2, 3))
    wanted = (fmpq(561, 10000), fmpq(711, 10000), fmpq(50749, 672500), fmpq(953, 10000))
    ledger.fact(
        "width 1",
r"\tfrac{561}{10000},\tfrac{711}{10000},\tfrac{50749}{672500},\tfrac{953}{10000}",
        [("enumeration of all sets of faces", one.complete and _losses(one) == wanted)],
        ", ".join(map(str, _losses(one))),
    )  # fmt: skip
    for width, found, value, text in (
        (1, one, fmpq(561, 10000), r"\tfrac{561}{10000}"),
        (2, two, fmpq(319, 10000), r"\tfrac{319}{10000}"),
        (3, three, fmpq(1, 200), r"\tfrac1{200}"),
    ):
        setting = cached_setting(five)
        least = least_loss(setting, width)
        ledger.fact(
            f"least loss, width {width}", rf"\min L={text}",
            [("enumeration", found.complete and found.losses[0].loss == value),
             ("branch and bound", least.loss == value)],
            least.loss,
        )  # fmt: skip
        ledger.certificate(
            f"global minimum of width {width}", rf"L(Q)\ge{text}\ \forall Q",
            minimum_certificate(setting, least),
        )  # fmt: skip
    ledger.fact(
        "the run is in the atlas", r"\tfrac{953}{10000},\tfrac{50749}{672500}\in\text{width }1;\ "
        r"\tfrac{16139}{231500}\in\text{width }2,3",
        [("enumeration", set(RUN[:2]) <= set(_losses(one)) and set(RUN) <= set(_losses(two))
          and set(RUN) <= set(_losses(three)))],
        f"{len(one.losses)}, {len(two.losses)}, {len(three.losses)} losses",
    )  # fmt: skip
    ledger.instances(
        "every entry", r"\text{the network given for a loss is stationary and has it}",
        "certificates accepted by the checker", 47, _entries(),
    )  # fmt: skip
    ledger.instances(
        "descents end in the atlas", r"\text{exact descents from random networks}",
        "exact descent", 30, _descents(two),
    )  # fmt: skip


def _losses(found: Atlas) -> tuple[fmpq, ...]:
    return tuple(entry.loss for entry in found.losses)


def _entries() -> Iterator[tuple[str, bool, object]]:
    for name, landscape in LANDSCAPES.items():
        for width in (1, 2):
            for entry in atlas(landscape, width).losses:
                found = analyze_empirical(entry.problem)
                kinds = [checked(one).kind for one in certificates(found)]
                held = found.directional.holds is True and found.loss == entry.loss
                held = held and "directionally_stationary" in kinds
                yield f"{name}, {width}: {entry.loss}", held, found.verdict


def _descents(found: Atlas) -> Iterator[tuple[str, bool, object]]:
    source, known = Random("atlases"), set(_losses(found))

    def entry() -> fmpq:
        return fmpq(source.randint(-8, 8), 8)

    for trial in range(30):
        weights = tuple((entry(), entry()) for _ in range(2))
        network = Network(relu(), weights, ((entry(), entry()),))
        end = descend(Problem(network, FIVE_POINTS_PLAIN))
        held = end.status == "stationary" and end.loss in known
        yield str(trial), held and evaluate(end.problem).loss == end.loss, end.loss


def _figure() -> Figure:
    curves = []
    for width in (1, 2, 3):
        found = atlas(LANDSCAPES["five points"], width)
        minima = [e for e in found.losses if not e.saddle]
        mixed = [e for e in found.losses if e.saddle]
        for entries, mark, length, name in (
            (minima, "-", 9, "minima only"),
            (mixed, "x", 3, "also saddles"),
        ):
            points = tuple((fmpq(width), entry.loss) for entry in entries)
            if points:
                style = f"only marks, mark={mark}, mark size={length}pt, thick, black"
                curves.append(Curve(points, style, name if width == 2 else ""))
    return Figure(
        axis(
            curves, "width", "loss", "xmin=1/2, xmax=7/2, xtick={1,2,3}, scaled ticks=false, "
            "yticklabel style={/pgf/number format/fixed, /pgf/number format/precision=3}",
        ),
        "Every stationary loss of the five points for ReLU networks of widths 1, 2 and 3, "
        "complete. A "
        "loss that a narrower network reaches is also that of saddles.",
    )  # fmt: skip


CASE = Case(
    id="hwt/atlases",
    title="Complete atlases of small data sets",
    paper=PAPER,
    number="all minima of small landscapes; our completion",
    statement_latex=r"""For one output and a fixed width there are finitely many stationary
losses: one least-squares problem for every multiset of classes (face of the arrangement of the
$x_k^\perp$, sign of $h$). On the five points the least losses of widths $1,2,3$ are
$\frac{561}{10000}$, $\frac{319}{10000}$, $\frac1{200}$, and the three stops of the run occur
among the stationary losses.""",
    hypotheses=("one output", "squared loss", r"$\rho(t)=\alpha_\pm t$"),
    verified=(
        "the atlases of the five points for widths 1, 2 and 3, complete, with certificates of the "
        "global minima; branch and bound agrees",
        "every entry of eight atlases (three activations, two data sets) is stationary with its "
        "loss, with certificates; thirty exact descents end in the atlas",
    ),
    prose=(
        "passive neurons add no loss beyond that of $f\\equiv0$; the least loss of a width is "
        "attained "
        "(a finite union of least-squares problems over polyhedral cones), so enumeration proves "
        "it",
    ),
    checks=10,
    function=_check,
    figure=_figure,
)
