"""The minima within one activation cell need not be connected."""

from __future__ import annotations

from flint import fmpq

from exactland.certificates.in_cell import cell_certificates
from exactland.derivatives.empirical import evaluate
from exactland.problem.activations import relu
from exactland.problem.losses import Problem
from exactland.problem.network import Network
from exactland.proving.case import Case, Figure
from exactland.proving.figures import Curve, axis
from exactland.proving.ledger import Ledger

from . import PAPER
from ._data import FIVE_POINTS_PLAIN


def _check(ledger: Ledger) -> None:
    one = fmpq(1)
    beta = (fmpq(-693, 4630), fmpq(1067, 46300))
    rows = FIVE_POINTS_PLAIN.inputs
    ends = [beta[0] * row[0] + beta[1] for row in (rows[0], rows[-1])]
    ledger.fact(
        "outside",
        r"\beta^*\cdot x_1>0>\beta^*\cdot x_5",
        [("exact arithmetic", ends[0] > 0 > ends[1])],
        ends,
    )
    network = Network(relu(), ((beta[0], beta[1] + 1), (fmpq(0), one)), ((one, -one),))
    point = evaluate(Problem(network, FIVE_POINTS_PLAIN))
    texts = {
        "cell_global_minimum": r"L(P)=\min_{C\times C}L",
        "two_components_in_cell": r"\{h_1w_1+h_2w_2=\beta^*\}\cap(C\times C)=M_{+-}\sqcup M_{-+}",
        "cell_valley_dimension": r"\dim M_{+-}=\dim M_{-+}=4",
    }
    kinds = {found.kind: found for found in cell_certificates(point)}
    for kind, text in texts.items():
        ledger.certificate(kind.replace("_", " "), text, kinds[kind])
    dimension = kinds["cell_valley_dimension"].claim["dimension"]
    formula = 2 * (1 + 2) - (2 * 1 + 1 * 2 - 2)
    ledger.fact(
        "dimension",
        r"m(J+d)-(J\operatorname{rank}W+d\operatorname{rank}H-\operatorname{rank}H"
        r"\operatorname{rank}W)=4",
        [("certificate and formula", dimension == 4 == formula)],
        dimension,
    )


def _figure() -> Figure:
    """The cell C as a sector, its opposite, and beta between them, as directions."""
    # Orthogonal to x_5 = (7/10, 1) and to x_1 = (-1, 1).
    right = (fmpq(-1), fmpq(7, 10)), (fmpq(1), fmpq(1))
    zero = (fmpq(0), fmpq(0))
    beta = (fmpq(-693, 463), fmpq(1067, 4630))
    sector = Curve((right[0], zero, right[1]), "black, thick", r"boundary of $C$")
    opposite = tuple(tuple(-x for x in p) for p in (right[0], zero, right[1]))
    curves = [
        sector,
        Curve(tuple((p[0], p[1]) for p in opposite), "black, densely dashed", r"boundary of $-C$"),
        Curve((zero, beta), "black!60, very thick, ->", r"$10\,\beta^*$"),
    ]
    return Figure(
        axis(curves, "slope", "offset", "axis equal image, enlargelimits=0.1, axis lines=middle"),
        r"Weights of a neuron as (slope, offset). $\beta^*$ lies neither in the cell $C$ (all five "
        r"points active) nor in $-C$, so that $h_1$ cannot pass through zero along the minima.",
    )


CASE = Case(
    id="hwt/two-components",
    title="The minima in a cell can have two components",
    paper=PAPER,
    number="connectivity of the minima in a cell, model without biases; restated",
    statement_latex=r"""On the five points let $C=\{w: w\cdot x_k>0\ \forall k\}$ and let both
neurons of $f(x)=h_1\max(w_1\cdot x,0)+h_2\max(w_2\cdot x,0)$ lie in $C$. The networks of least
loss in $C\times C$ are those with
$h_1w_1+h_2w_2=\beta^*=(-\tfrac{693}{4630},\tfrac{1067}{46300})$. As $\beta^*\notin
C\cup(-C)\cup\{0\}$, they form exactly two connected components, $h_1>0>h_2$ and $h_1<0<h_2$.""",
    hypotheses=(
        "one output, two neurons, no hidden biases and no output bias (the constant input is a "
        "coordinate of the data)",
        "both neurons in one open cell",
    ),
    verified=("the instance, through certificates: exact, all hypotheses included",),
    prose=(
        r"the proof of \texttt{two\_components\_in\_cell} in \texttt{CERTIFICATES-spurious.md}",
    ),
    checks=5,
    function=_check,
    figure=_figure,
)
