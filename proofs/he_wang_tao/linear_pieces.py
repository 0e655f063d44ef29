"""Spurious local minima at every depth, for every piecewise-linear activation tried."""

from __future__ import annotations

from collections.abc import Iterator

from flint import fmpq

from exactland.certificates.deep import spurious_certificates
from exactland.certificates.produce import checked
from exactland.landscape.linear_pieces import spurious_minimum
from exactland.problem import piecewise_linear as activations
from exactland.problem.losses import EmpiricalLoss
from exactland.proving.case import Case, Figure
from exactland.proving.figures import Curve, axis
from exactland.proving.ledger import Ledger

from . import PAPER
from ._data import FIVE_POINTS, PLANE, TWO_OUTPUTS

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
WIDER = ((3,), (3, 2), (4, 3, 2))
NAMED = (("ReLU", (2,)), ("ReLU", (2, 2)), ("absolute value", (2,)), ("hard tanh", (2,)))


def _check(ledger: Ledger) -> None:
    # Two data points with predictions a_1, a_2 of the minimum and residuals e_1, e_2; the other
    # affine prediction is a_k + d_k with e_1 d_1 + e_2 d_2 = 0 (normal equations): d = u(-e2, e1).
    ledger.identity(
        "affine minimum", r"L(\theta)-L(\theta^*)=\tfrac12\sum_k|f_\theta(x_k)-f^*(x_k)|^2\ "
        r"\text{ for affine }f_\theta", "e1 e2 u",
        lambda A, e1, e2, u: (
            ((e1 - u * e2) ** 2 + (e2 + u * e1) ** 2) / 2 - (e1**2 + e2**2) / 2,
            ((u * e2) ** 2 + (u * e1) ** 2) / 2,
        ),
    )  # fmt: skip
    ledger.identity(
        "better point", r"L(f^*+c\,\rho(w\cdot x+b))-L(f^*)=c\,\Psi+\tfrac12c^2R,\ "
        r"=-\tfrac{\Psi^2}{2R}\text{ at }c=-\tfrac\Psi R", "e1 e2 r1 r2",
        lambda A, e1, e2, r1, r2: (
            ((e1 - (e1 * r1 + e2 * r2) / (r1**2 + r2**2) * r1) ** 2
             + (e2 - (e1 * r1 + e2 * r2) / (r1**2 + r2**2) * r2) ** 2) / 2 - (e1**2 + e2**2) / 2,
            -((e1 * r1 + e2 * r2) ** 2) / (2 * (r1**2 + r2**2)),
        ),
    )  # fmt: skip
    ledger.instances(
        "five points", r"L(P)=\tfrac{16139}{231500}>L(Q)=\tfrac{469}{10000},\ "
        r"\dim=\#\theta-2", "certificates accepted by the checker",
        len(ACTIVATIONS) * len(SHAPES), _five_points(),
    )  # fmt: skip
    ledger.instances(
        "other data", r"\text{six points in the plane; two outputs}",
        "certificates accepted by the checker", 2 * len(ACTIVATIONS) * len(WIDER), _other_data(),
    )  # fmt: skip
    for name, widths in NAMED:
        shape = ", ".join(map(str, widths))
        found = spurious_minimum(FIVE_POINTS, ACTIVATIONS[name], widths)
        for one in spurious_certificates(found):
            if one.kind in ("spurious_local_minimum", "constant_loss_segment"):
                told = one.kind.replace("_", " ")
                label = f"{name} {' '.join(map(str, widths))} {told}".lower()
                ledger.certificate(label, rf"\text{{{name}, widths {shape}: {told}}}", one)


def _five_points() -> Iterator[tuple[str, bool, object]]:
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


def _other_data() -> Iterator[tuple[str, bool, object]]:
    data: tuple[tuple[str, EmpiricalLoss, int], ...] = (
        ("plane", PLANE, 3), ("two outputs", TWO_OUTPUTS, 4),
    )  # fmt: skip
    for label, loss, full_rank in data:
        for name, activation in ACTIVATIONS.items():
            for widths in WIDER:
                found = spurious_minimum(loss, activation, widths)
                kinds = [checked(one).kind for one in spurious_certificates(found)]
                held = found.better.loss < found.loss and len(kinds) == 5
                held = held and found.valley.dimension == found.valley.parameters - full_rank
                yield f"{label}, {name} {widths}", held, f"{found.loss} {found.better.loss}"


def _figure() -> Figure:
    data = [(row[0], y[0]) for row, y in zip(FIVE_POINTS.inputs, FIVE_POINTS.targets, strict=True)]
    low, high = fmpq(-11, 10), fmpq(4, 5)

    def affine(x: fmpq) -> fmpq:
        return fmpq(-693, 4630) * x + fmpq(1067, 46300)

    def better(x: fmpq) -> fmpq:
        return fmpq(11, 100) - fmpq(33, 40) * max(x - fmpq(3, 10), fmpq(0))

    line = Curve(((low, affine(low)), (high, affine(high))), "black, thick", "spurious minimum")
    kink = tuple((x, better(x)) for x in (low, fmpq(3, 10), high))
    return Figure(
        axis(
            [
                line,
                Curve(kink, "black!55, densely dashed, thick", "a better network"),
                Curve(tuple(data), "only marks, mark=o, mark size=2.2pt, black", "data"),
            ],
            "$x$",
            "$f(x)$",
        ),
        r"All networks of the case compute the affine least-squares fit on the data (loss "
        r"$\frac{16139}{231500}$); one kink, $\frac{11}{100}-\frac{33}{40}\max(x-\frac3{10},0)$, "
        r"gives $\frac{469}{10000}$.",
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
        "the loss along affine predictions, and the gain of one more kink, for all values",
        "explicit minima, better networks, manifolds of minima and segments of constant loss: "
        "five activations (the absolute value, with slopes that sum to zero, among them), one to "
        "four hidden layers on five points, one to three on six points of the plane and on two "
        "outputs",
        "ReLU with one and two hidden layers, absolute value and hard tanh, with certificates",
    ),
    prose=(
        r"the proofs in \texttt{CERTIFICATES-spurious.md}, and that the construction always "
        r"succeeds",
    ),
    checks=12,
    function=_check,
    figure=_figure,
)
