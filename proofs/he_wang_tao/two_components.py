"""The minima within one activation cell need not be connected."""

from __future__ import annotations

from flint import fmpq

from exactland.certificates.in_cell import cell_certificates
from exactland.certificates.produce import checked
from exactland.derivatives.empirical import evaluate
from exactland.problem.activations import relu
from exactland.problem.losses import EmpiricalLoss, Problem
from exactland.problem.network import Network
from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER
from ._data import FIVE_POINTS


def _check(ledger: Ledger) -> None:
    one = fmpq(1)
    beta = (fmpq(-693, 4630), fmpq(1067, 46300))
    inputs = tuple((*row, one) for row in FIVE_POINTS.inputs)
    ends = [beta[0] * row[0] + beta[1] for row in (inputs[0], inputs[-1])]
    ledger.fact(
        "outside",
        r"\beta^*\cdot x_1>0>\beta^*\cdot x_5",
        [("exact arithmetic", ends[0] > 0 > ends[1])],
        ends,
    )
    network = Network(relu(), ((beta[0], beta[1] + 1), (fmpq(0), one)), ((one, -one),))
    point = evaluate(Problem(network, EmpiricalLoss(inputs, FIVE_POINTS.targets)))
    kinds = {checked(found).kind: found.claim for found in cell_certificates(point)}
    ledger.fact(
        "least in the cell",
        r"L(P)=\min_{C\times C}L",
        [("certificate accepted by the checker", "cell_global_minimum" in kinds)],
        point.loss,
    )
    ledger.fact(
        "two components",
        r"\{h_1w_1+h_2w_2=\beta^*\}\cap(C\times C)=M_{+-}\sqcup M_{-+}",
        [("certificate accepted by the checker", "two_components_in_cell" in kinds)],
        "signs of (h_1, h_2): +-, -+",
    )
    dimension = kinds["cell_valley_dimension"]["dimension"]
    ledger.fact(
        "dimension",
        r"\dim M_{+-}=\dim M_{-+}=4",
        [("certificate accepted by the checker", dimension == 4)],
        dimension,
    )


CASE = Case(
    id="hwt/two-components",
    title="The minima in a cell can have two components",
    paper=PAPER,
    number="connectivity of the minima in a cell, model without biases; restated",
    statement_latex=r"""On the five points let $C=\{w: w\cdot x_k>0\ \forall k\}$ and let both
neurons of $f(x)=h_1\max(w_1\cdot x,0)+h_2\max(w_2\cdot x,0)$ lie in $C$. The networks of least loss
in $C\times C$ are those with $h_1w_1+h_2w_2=\beta^*=(-\tfrac{693}{4630},\tfrac{1067}{46300})$. As
$\beta^*\notin C\cup(-C)\cup\{0\}$, they form exactly two connected components, $h_1>0>h_2$ and
$h_1<0<h_2$.""",
    hypotheses=(
        "one output, two neurons, no hidden biases and no output bias (the constant input is a "
        "coordinate of the data)",
        "both neurons in one open cell",
    ),
    verified=("the instance, through certificates: exact, all hypotheses included",),
    prose=(
        r"the proof of \texttt{two\_components\_in\_cell} in \texttt{CERTIFICATES-spurious.md}",
    ),
    checks=4,
    function=_check,
)
