"""Cells: multilinear outputs, and with one output local minima that are least in their cell."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, product
from random import Random

from flint import fmpq

from exactland.arithmetic.rationals import ZERO, dot
from exactland.cells.counting import count_cells, general_position
from exactland.certificates.cells import cell_count_certificate
from exactland.certificates.in_cell import cell_certificates
from exactland.certificates.produce import checked
from exactland.derivatives.empirical import EmpiricalPoint, evaluate
from exactland.landscape.analysis import analyze_empirical
from exactland.landscape.atlas.run import atlas
from exactland.landscape.atlas.setting import Landscape
from exactland.problem.activations import relu
from exactland.problem.losses import Problem
from exactland.problem.network import Network
from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER
from ._data import FIVE_POINTS_PLAIN


def _check(ledger: Ledger) -> None:
    ledger.identity(
        "multilinear output", r"f(x)=\sum_ih_is_{ik}(w_i\cdot x_k)\text{: }"
        r"f(w+tv)=f(w)+t\sum_ih_is_{ik}(v_i\cdot x_k)", "t h1 h2 s1 s2 a1 a2 b1 b2",
        lambda A, t, h1, h2, s1, s2, a1, a2, b1, b2: (
            h1 * s1 * (a1 + t * b1) + h2 * s2 * (a2 + t * b2),
            h1 * s1 * a1 + h2 * s2 * a2 + t * (h1 * s1 * b1 + h2 * s2 * b2),
        ),
    )  # fmt: skip
    # Two data points, masked residual sums zero: e_1 s_1 x_1 + e_2 s_2 x_2 = 0 for scalar x.
    ledger.identity(
        "least in the cell", r"\sum_ke_ks_kx_k=0\Rightarrow L(Q)-L(P)=\tfrac12\sum_k"
        r"|f_Q(x_k)-f_P(x_k)|^2\text{ in the cell}", "e1 s1 s2 x1 x2 B C",
        lambda A, e1, s1, s2, x1, x2, B, C: (
            # P has the product h w = C, Q has B; e_2 = -e_1 s_1 x_1 / (s_2 x_2)
            ((e1 + (B - C) * s1 * x1) ** 2
             + (-e1 * s1 * x1 / (s2 * x2) + (B - C) * s2 * x2) ** 2) / 2
            - (e1**2 + (e1 * s1 * x1 / (s2 * x2)) ** 2) / 2,
            (((B - C) * s1 * x1) ** 2 + ((B - C) * s2 * x2) ** 2) / 2,
        ),
    )  # fmt: skip
    ledger.instances(
        "minima of the atlas", r"\text{a local minimum in an open cell is least in it}",
        "certificates accepted by the checker", 13, _atlas_minima(),
    )  # fmt: skip
    ledger.instances(
        "random competitors", r"L(Q)\ge L(P)\ \forall Q\text{ in the cell}",
        "loss from the definition", 400, _competitors(),
    )  # fmt: skip
    ledger.instances(
        "number of cells", r"2\sum_{i<d}\binom{N-1}i\text{ in general position}",
        "enumeration; slow count of sign vectors", 12, _counts(),
    )  # fmt: skip
    ledger.certificate(
        "ten cells", r"\text{a neuron on the five points has }10\text{ cells}",
        cell_count_certificate(FIVE_POINTS_PLAIN.inputs),
    )  # fmt: skip
    point = _all_active()
    for one in cell_certificates(point):
        if one.kind != "two_components_in_cell":
            told = one.kind.replace("_", " ")
            ledger.certificate(f"all active {told}", rf"\text{{{told}}}", one)


def _all_active() -> EmpiricalPoint:
    one = fmpq(1)
    weights = (fmpq(-693, 4630), fmpq(1067, 46300) + 1), (ZERO, one)
    return evaluate(Problem(Network(relu(), weights, ((one, -one),)), FIVE_POINTS_PLAIN))


def _open_cell(point: EmpiricalPoint) -> bool:
    return not any("0" in pattern for pattern in point.patterns)


def _atlas_minima() -> Iterator[tuple[str, bool, object]]:
    landscape = Landscape(FIVE_POINTS_PLAIN, relu())
    for width in (1, 2):
        for entry in atlas(landscape, width).losses:
            point = evaluate(entry.problem)
            if analyze_empirical(entry.problem).verdict != "local_minimum":
                continue
            if not _open_cell(point):
                continue
            kinds = [checked(one).kind for one in cell_certificates(point)]
            yield f"{width}: {entry.loss}", "cell_global_minimum" in kinds, point.patterns


def _competitors() -> Iterator[tuple[str, bool, object]]:
    point, source = _all_active(), Random("cells")

    def entry() -> fmpq:
        return fmpq(source.randint(-20, 20), source.randint(1, 9))

    for trial in range(400):
        weights = []
        for _ in range(2):
            slope = entry()
            weights.append((slope, abs(slope) + abs(entry()) + fmpq(1, 10)))
        heights = (entry(), entry())
        active = all(dot(weight, row) > 0 for weight in weights for row in point.inputs)
        network = Network(relu(), tuple(weights), (heights,))
        other = evaluate(Problem(network, FIVE_POINTS_PLAIN))
        yield str(trial), active and other.loss >= point.loss, other.loss


def _counts() -> Iterator[tuple[str, bool, object]]:
    for dimension in (1, 2, 3):
        for count in (1, 2, 3, 5):
            # Points on the moment curve: any `dimension` of them are independent.
            rows = [tuple(fmpq(k) ** p for p in range(dimension)) for k in range(1, count + 1)]
            found = count_cells(rows).cells
            # Polynomials of degree < dimension by their signs at 1, ..., count: at most
            # dimension - 1 changes of sign, and every such vector of signs occurs.
            slow = sum(
                sum(a != b for a, b in pairwise(signs)) < dimension
                for signs in product("+-", repeat=count)
            )
            formula = general_position(count, min(count, dimension))
            yield f"{count}, {dimension}", found == slow == sum(formula), found


CASE = Case(
    id="hwt/cells",
    title="Cells, and local minima that are least in their cell",
    paper=PAPER,
    number="multilinear structure in cells; restated for one output",
    statement_latex=r"""In an open cell of activation patterns the output of a network with one
hidden layer is multilinear in the weight blocks. With one output and a convex loss, a local
minimum in the open cell satisfies $\sum_k\ell'_ks_{ik}x_k=0$ for all $i$ with $h_i\ne0$, and is
then of least loss in the cell. $N$ points in general position in $\mathbb R^d$ have
$2\sum_{i<d}\binom{N-1}i$ cells a neuron.""",
    hypotheses=("one hidden layer, one output", "squared loss in the checks"),
    verified=(
        "multilinearity and the loss in a cell, for all values of the symbols",
        "every local minimum of the atlases of widths 1 and 2 on the five points that lies in an "
        "open cell, with in-cell certificates; random competitors in the cell of the best affine "
        "fit",
        "numbers of cells for points on the moment curve, counted slowly by sign vectors; a "
        "certificate for the five points",
    ),
    prose=(
        "with several outputs the rank of $HW$ is bounded, and a local minimum in a cell need "
        "not be "
        "least there: the statement is for one output only",
    ),
    checks=8,
    function=_check,
)
