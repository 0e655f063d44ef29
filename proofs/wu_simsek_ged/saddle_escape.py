"""Leaving a saddle downhill changes escape neurons: with them held fixed, it is a local minimum."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from exactland.arithmetic.rationals import ZERO, dot
from exactland.certificates.produce import certificates
from exactland.derivatives.empirical import EmpiricalPoint
from exactland.landscape.analysis import analyze_empirical
from exactland.landscape.outcomes import NotLocalMinimum
from exactland.problem.losses import EmpiricalLoss, Problem
from exactland.problem.network import Network
from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER
from ._points import PLATEAU, problem, small_points


def held_fixed(point: EmpiricalPoint, neurons: Collection[int]) -> Problem:
    """Return the landscape of the other neurons: what the fixed ones compute moves to the targets.

    Its residuals and its loss are those of the point.
    """
    network, data = point.problem.network, point.problem.loss
    kept = [i for i in range(point.width) if i not in neurons]
    targets = tuple(
        tuple(
            y - sum((point.outputs[i][j] * network.activation(dot(point.weights[i], row))
                     for i in neurons), ZERO)
            for j, y in enumerate(target)
        )
        for row, target in zip(point.inputs, data.targets, strict=True)
    )  # fmt: skip
    weights = tuple(network.input_weights[i] for i in kept)
    outputs = tuple(tuple(row[i] for i in kept) for row in network.output_weights)
    others = Network(network.activation, weights, outputs)
    return Problem(others, replace(data, targets=targets))


def _check(ledger: Ledger) -> None:
    # Escape neurons compute E = a (-e2, e1), the others p = b (-e2, e1): by (S1) both are
    # orthogonal to the residuals.  Q has E and other predictions q.
    ledger.identity(
        "escape neurons fixed", r"L(Q)-L(P)=\sum_{i\text{ not fixed}}h'_i\Psi(w'_i)"
        r"+\tfrac12\sum_k|q_k-p_k|^2", "e1 e2 a b q1 q2",
        lambda A, e1, e2, a, b, q1, q2: (
            ((-a * e2 + q1) - (-a * e2 - b * e2 - e1)) ** 2 / 2
            + ((a * e1 + q2) - (a * e1 + b * e1 - e2)) ** 2 / 2 - e1**2 / 2 - e2**2 / 2,
            e1 * q1 + e2 * q2 + ((q1 + b * e2) ** 2 + (q2 - b * e1) ** 2) / 2,
        ),
    )  # fmt: skip
    ledger.instances(
        "every small saddle", r"\text{without its escape neurons a local minimum;}"
        r"\ \text{one escape neuron alone leads down}", "exact analysis", 71, _small_saddles(),
    )  # fmt: skip
    point = analyze_empirical(problem(PLATEAU)).point
    for one in certificates(analyze_empirical(held_fixed(point, (1,)))):
        if one.kind == "local_minimum":
            ledger.certificate("plateau without neuron 1", r"L(Q)\ge L(P)\ \text{near }P", one)
    two = problem(
        (("4/5 3/5", "1 0"),), ("1 0", "0 1"), ("4/5 -6/5", "3/5 8/5"),
    )  # fmt: skip
    found = analyze_empirical(two)
    ledger.fact(
        "two outputs", r"\text{the escape neuron is the only neuron},\ L=2",
        [("exact arithmetic", found.escape_neurons == (0,) and found.verdict == "saddle")],
        found.loss,
    )  # fmt: skip
    wider = Problem(
        Network(
            two.network.activation,
            (*two.network.input_weights, (ZERO - 1, ZERO - 1)),
            tuple((*row, ZERO + 1) for row in two.network.output_weights),
        ),
        EmpiricalLoss(two.loss.inputs, two.loss.targets),
    )
    found = analyze_empirical(wider)
    assert found.escape_neurons is not None
    for one in certificates(analyze_empirical(held_fixed(found.point, found.escape_neurons))):
        if one.kind == "local_minimum":
            ledger.certificate("two outputs and a dead neuron", r"L(Q)\ge L(P)", one)


def _small_saddles() -> Iterator[tuple[str, bool, object]]:
    for label, point in small_points(2):
        found = analyze_empirical(point.problem)
        escaping = found.escape_neurons
        if found.verdict != "saddle" or not escaping or len(escaping) == point.width:
            continue
        rest = analyze_empirical(held_fixed(point, escaping))
        down = found.minimality
        held = rest.verdict in ("local_minimum", "global_minimum") and rest.loss == found.loss
        held = held and isinstance(down, NotLocalMinimum)
        moved = [one.neuron for one in down.curve.neurons] if held else []  # type: ignore[union-attr]  # held
        yield label, held and set(moved) <= set(escaping), (escaping, moved)


CASE = Case(
    id="wsg/saddle-escape",
    title="Saddle escape must change escape neurons",
    paper=PAPER,
    number="saddle escape; restated",
    statement_latex=r"""Let $P$ be directionally stationary, $\psi_i=0$ on $\mathrm{Lin}_i$ for
all neurons that are not escape neurons. There is a neighbourhood of $P$ in which every $Q$ with
$L(Q)<L(P)$ differs from $P$ in the parameters of some escape neuron. In other words, $P$ is a
local minimum of the landscape in which its escape neurons are held fixed.""",
    hypotheses=("squared loss", r"$\rho(t)=\alpha_\pm t$"),
    verified=(
        "the global identity with the escape neurons fixed, for all values of the symbols",
        "every saddle of width 2 with entries $-1,0,1$ on four small data sets that has both "
        "kinds of neurons: with its escape neurons fixed it is a local minimum, and moving escape "
        "neurons alone lowers the loss",
        "the second plateau of the five-point run, and a point with two outputs, with certificates "
        "of local minimality for the other neurons",
    ),
    prose=(
        r"the neurons held fixed contribute $h_i\cdot\Psi(w_i)=0$ to the identity; the others as "
        r"in \texttt{wsg/local-minimality}",
    ),
    checks=5,
    function=_check,
)
