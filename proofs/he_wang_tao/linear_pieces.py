"""Spurious local minima at every depth, for every piecewise-linear activation tried."""

from __future__ import annotations

from collections.abc import Iterator

from flint import fmpq

from exactland.certificates.deep import spurious_certificates
from exactland.certificates.produce import checked
from exactland.landscape.linear_pieces import spurious_minimum
from exactland.problem import piecewise_linear as activations
from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER
from ._data import FIVE_POINTS

ACTIVATIONS = {
    "ReLU": activations.relu(),
    "leaky ReLU": activations.leaky_relu(fmpq(1, 8)),
    "absolute value": activations.absolute_value(),
    "hard tanh": activations.hard_tanh(),
    "four pieces": activations.piecewise_linear(
        (fmpq(-1), fmpq(0), fmpq(1)), (fmpq(0), fmpq(2), fmpq(-1), fmpq(1, 2)), fmpq(1)
    ),
}
SHAPES = ((2,), (2, 2), (3, 1, 2), (2, 1, 1, 1))


def _rows() -> Iterator[tuple[str, bool, object]]:
    for name, activation in ACTIVATIONS.items():
        for widths in SHAPES:
            found = spurious_minimum(FIVE_POINTS, activation, widths)
            kinds = [checked(one).kind for one in spurious_certificates(found)]
            held = (
                found.loss == fmpq(16139, 231500)
                and found.better.loss == fmpq(469, 10000)
                and found.valley.dimension == found.valley.parameters - 2
                and len(kinds) == 5
            )
            yield f"{name} {widths}", held, f"{found.better.loss} {found.valley.dimension}"


def _check(ledger: Ledger) -> None:
    ledger.instances(
        "constructions",
        r"L(P)=\tfrac{16139}{231500}>L(Q)=\tfrac{469}{10000}",
        "certificates accepted by the checker",
        len(ACTIVATIONS) * len(SHAPES),
        _rows(),
    )


CASE = Case(
    id="hwt/linear-pieces",
    title="Infinitely many spurious local minima on linear pieces",
    paper=PAPER,
    number="main theorem; restated, own proof",
    statement_latex=r"""Let the loss be convex and differentiable in the prediction, and $\rho$
piecewise linear and not affine. A network whose neurons have all pre-activations on the data
strictly inside one linear piece each, and whose predictions are a best affine fit, is a local
minimum. If the data are not fitted by an affine function, a network of the same shape has a
strictly lower loss. For the squared loss the minima near the constructed one form a smooth
manifold of dimension (number of parameters) $-\,J\operatorname{rank}(x_k,1)_k$.""",
    hypotheses=(
        r"the inputs $x_k$ are distinct",
        r"no affine function fits the data",
        r"the first hidden layer has width at least $J+1$, the others at least $J$; all layers "
        r"have biases",
    ),
    verified=(
        "explicit minima, better networks, manifolds of minima and segments of constant loss on "
        "five points: five activations, one to four hidden layers",
    ),
    prose=(
        r"the proofs in \texttt{CERTIFICATES-spurious.md}, and that the construction always "
        r"succeeds",
    ),
    checks=1,
    function=_check,
)
