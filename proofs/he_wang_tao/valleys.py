"""Valleys: the minima near a minimum on linear pieces form a manifold whose dimension is a rank."""

from __future__ import annotations

from collections.abc import Iterator

from flint import fmpq

from exactland.arithmetic.matrices import rank
from exactland.certificates.deep import spurious_certificates
from exactland.landscape.linear_pieces import spurious_minimum
from exactland.problem import piecewise_linear as activations
from exactland.problem.deep import DeepNetwork, DeepPoint, Layer
from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER
from ._data import FIVE_POINTS, PLANE, TWO_OUTPUTS

ROWS = (
    ("one hidden layer", (2,), 7, 5),
    ("two hidden layers", (2, 2), 13, 11),
)
KINDS = (
    ("ReLU", activations.relu()),
    ("leaky ReLU", activations.leaky_relu(fmpq(1, 8))),
    ("absolute value", activations.absolute_value()),
    ("hard tanh", activations.hard_tanh()),
)


def _check(ledger: Ledger) -> None:
    ledger.identity(
        "a curve of minima", r"(h/t)\,s\,(tw\cdot x+tb)=h\,s\,(w\cdot x+b)", "h s w x b t",
        lambda A, h, s, w, x, b, t: ((h / t) * s * (t * w * x + t * b), h * s * (w * x + b)),
    )  # fmt: skip
    ledger.identity(
        "Jacobian, two layers", r"A=CBW,\ \partial A[\dot C,\dot B,\dot W]="
        r"\dot CBW+C\dot BW+CB\dot W\ \text{(scalars)}", "t C B W c b w",
        lambda A, t, C, B, W, c, b, w: (
            A.at(A.derivative((C + t * c) * (B + t * b) * (W + t * w), t), {t: 0 * t}),
            c * B * W + C * b * W + C * B * w,
        ),
    )  # fmt: skip
    for name, widths, parameters, dimension in ROWS:
        found = spurious_minimum(FIVE_POINTS, activations.relu(), widths)
        held = (found.valley.parameters, found.valley.dimension) == (parameters, dimension)
        ledger.fact(
            name, rf"\dim={parameters}-2={dimension}",
            [("rank of onward maps", held),
             ("rank of unit differences",
              parameters - _rank_by_differences(found.minimum) == dimension)],
            dimension,
        )  # fmt: skip
        for one in spurious_certificates(found):
            if one.kind in ("valley_dimension", "constant_loss_segment"):
                told = one.kind.replace("_", " ")
                ledger.certificate(f"{name} {told}", rf"\text{{{told}}}", one)
    ledger.instances(
        "two routes", r"\dim=\#\theta-J\operatorname{rank}(x_k,1)",
        "rank of onward maps; rank of unit differences", 3 * len(KINDS) * 2, _two_routes(),
    )  # fmt: skip


def _two_routes() -> Iterator[tuple[str, bool, object]]:
    for label, loss, full in (
        ("five points", FIVE_POINTS, 2), ("plane", PLANE, 3), ("two outputs", TWO_OUTPUTS, 4),
    ):  # fmt: skip
        for name, activation in KINDS:
            for widths in ((3,), (3, 2)):
                found = spurious_minimum(loss, activation, widths)
                slow = found.valley.parameters - _rank_by_differences(found.minimum)
                held = found.valley.dimension == slow == found.valley.parameters - full
                yield f"{label}, {name} {widths}", held, slow


def _rank_by_differences(point: DeepPoint) -> int:
    """The rank of the Jacobian of the predictions: on a piece they are affine in each parameter.

    A step of 2^-40 leaves no piece, since the entries of the networks are much larger.
    """
    step = fmpq(1, 2**40)
    network, rows = point.problem.network, point.problem.loss.inputs
    before = [network(row) for row in rows]
    columns = []
    for place in range(len(network.layers)):
        layer = network.layers[place]
        for i in range(len(layer.biases)):
            for j in range(len(layer.weights[0]) + 1):
                moved = DeepNetwork(
                    network.activation,
                    tuple(
                        _moved(one, i, j, step) if k == place else one
                        for k, one in enumerate(network.layers)
                    ),
                )
                after = [moved(row) for row in rows]
                columns.append(
                    tuple(
                        b - a
                        for old, new in zip(before, after, strict=True)
                        for a, b in zip(old, new, strict=True)
                    )
                )
    return rank(columns)


def _moved(layer: Layer, i: int, j: int, step: fmpq) -> Layer:
    """Move an entry of row i: weight j, or the bias where j is beyond the weights."""
    if j == len(layer.weights[0]):
        biases = tuple(b + step * (k == i) for k, b in enumerate(layer.biases))
        return Layer(layer.weights, biases)
    weights = tuple(
        tuple(w + step * ((k, col) == (i, j)) for col, w in enumerate(row))
        for k, row in enumerate(layer.weights)
    )
    return Layer(weights, layer.biases)


CASE = Case(
    id="hwt/valleys",
    title="Valleys of spurious minima and their dimension",
    paper=PAPER,
    number="linear collapse, valleys; restated",
    statement_latex=r"""Near a local minimum on linear pieces, with strictly convex loss, the
local minima are exactly the parameters with the same affine map $(A^*,c^*)$ on the data. Where
the Jacobian of the predictions has rank $J\operatorname{rank}(x_k,1)_k$, they form a smooth
manifold of dimension $\#\theta-J\operatorname{rank}(x_k,1)_k$.""",
    hypotheses=(
        "squared loss",
        "all pre-activations on the data strictly inside linear pieces",
        "full rank of the Jacobian (at a point of smaller rank the set may be singular)",
    ),
    verified=(
        "a curve of minima and the Jacobian of a composition, for all values of the symbols",
        "the dimensions by two routes for four activations, one and two hidden layers, three data "
        "sets; ReLU on five points (dimensions $5$ and $11$) with certificates, a segment of "
        "constant loss among them",
    ),
    prose=("the constant-rank theorem",),
    checks=9,
    function=_check,
)
