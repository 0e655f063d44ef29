"""A spurious local minimum for the logistic loss: near a rational network, proved by enclosures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from typing import Any, Final

from flint import arb, fmpq, fmpz

from exactland.arithmetic.balls import sign_of_ball, working_precision
from exactland.arithmetic.echelon import solve_linear
from exactland.arithmetic.matrices import transpose
from exactland.arithmetic.rationals import (
    ONE,
    ZERO,
    dot,
    format_decimal,
    format_rational,
    from_float,
    round_relative,
)
from exactland.errors import NoAnswerError
from exactland.landscape.linear_pieces.construction import affine_network, bent_network, best_kink
from exactland.landscape.linear_pieces.hypotheses import check_shape
from exactland.landscape.linear_pieces.logistic_fit import LogisticFit, logistic_fit
from exactland.landscape.linear_pieces.valley import onward_maps
from exactland.landscape.tables import aligned
from exactland.problem.deep import DeepProblem, Layer
from exactland.problem.files import problem_to_json
from exactland.problem.logistic import PRECISION, LogisticLoss, loss_enclosure, slope_balls
from exactland.problem.network import Matrix, Vector
from exactland.problem.piecewise_linear import PiecewiseLinear

MAX_BEND: Final = 4.0
"""How far the better network may move a prediction: where labels are separable it has no best."""


@dataclass(frozen=True, slots=True)
class LogisticMinimum:
    """A rational network with a spurious local minimum within `radius` of it, and a better network.

    Attributes
    ----------
    centre, better : DeepProblem
    radius : rational
        The local minimum differs by at most this in every parameter; only the first layer moves.
    fit : LogisticFit
        The affine map of the centre, with the proof that the best one is near.
    right_inverse : width x J
        R with M R = 1 for the linear map M from the first layer's pre-activations to the output.
    loss : two rationals
        Between them is the loss of the local minimum.
    better_loss : rational
        An upper bound of the loss of `better`, below the loss of the local minimum.
    hypotheses : what was checked before anything was constructed.
    """

    centre: DeepProblem
    better: DeepProblem
    radius: fmpq
    fit: LogisticFit
    right_inverse: Matrix
    loss: tuple[fmpq, fmpq]
    better_loss: fmpq
    hypotheses: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``exactland spurious --json`` prints."""
        network = self.centre.network
        return {
            "verdict": "spurious_local_minimum",
            "activation": str(network.activation),
            "widths": list(network.widths),
            "radius": format_rational(self.radius),
            "loss_lower": format_rational(self.loss[0]),
            "loss_upper": format_rational(self.loss[1]),
            "loss_decimal": format_decimal(self.loss[0], 10),
            "better_loss": format_rational(self.better_loss),
            "better_loss_decimal": format_decimal(self.better_loss, 10),
            "hypotheses": list(self.hypotheses),
            "centre": problem_to_json(self.centre),
            "better": problem_to_json(self.better),
        }

    def summary_rows(self) -> list[tuple[str, str]]:
        """Return (label, value) pairs."""
        network = self.centre.network
        widths = ", ".join(map(str, network.widths))
        return [
            ("network", f"{network.activation}; hidden widths {widths}"),
            ("data", f"{self.centre.loss.points} points, logistic loss"),
            ("loss of the local minimum", f"{format_decimal(self.loss[0], 20)}..."),
            ("loss of a better network", f"below {format_decimal(self.better_loss, 10)}"),
            *(("hypothesis, checked", text) for text in self.hypotheses),
            ("place", f"within {format_decimal(self.radius, 3)} of a rational network"),
            ("verdict", "local minimum, spurious"),
            ("because", "every neuron stays on one linear piece, at the best affine fit"),
        ]

    def __str__(self) -> str:
        return aligned(self.summary_rows())


@dataclass(frozen=True, slots=True)
class LogisticAnalysis:
    """What exactland says about a rational point of a landscape with the logistic loss.

    ``verdict`` is ``not_stationary`` (a derivative in the output layer is not 0, by enclosure) or
    ``undetermined``; ``loss`` are two bounds.
    """

    problem: DeepProblem
    loss: tuple[fmpq, fmpq]
    verdict: str
    reason: str

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``exactland analyze --json`` prints."""
        return {
            "loss_lower": format_rational(self.loss[0]),
            "loss_upper": format_rational(self.loss[1]),
            "loss_decimal": format_decimal(self.loss[0], 10),
            "verdict": self.verdict,
            "reason": self.reason,
        }

    def summary_rows(self) -> list[tuple[str, str]]:
        """Return (label, value) pairs."""
        network = self.problem.network
        widths = ", ".join(map(str, network.widths))
        return [
            ("loss", f"{format_decimal(self.loss[0], 20)}... (irrational; enclosed)"),
            ("network", f"{network.activation}; hidden widths {widths}"),
            ("verdict", self.verdict.replace("_", " ")),
            ("because", self.reason),
        ]

    def __str__(self) -> str:
        return aligned(self.summary_rows())


def analyze_logistic(problem: DeepProblem) -> LogisticAnalysis:
    """Enclose the loss, and find whether a derivative in the output layer is certainly not 0.

    Examples
    --------
    >>> from exactland.problem.deep import DeepNetwork
    >>> from exactland.problem.piecewise_linear import relu
    >>> one = ((fmpq(1),),)
    >>> net = DeepNetwork(relu(), (Layer(one, (fmpq(1),)), Layer(one, (fmpq(0),))))
    >>> analyze_logistic(DeepProblem(net, LogisticLoss(one, one))).verdict
    'not_stationary'
    """
    loss = problem.loss
    assert isinstance(loss, LogisticLoss)
    forward = [problem.network.forward(row) for row in loss.inputs]
    predictions = tuple(values[-1] for values in forward)
    bounds = _outwards(*loss_enclosure(loss, predictions))
    activation = problem.network.activation
    hidden = [(*map(activation, values[-2]), ONE) for values in forward]
    slopes = slope_balls(loss, predictions)
    with working_precision(PRECISION):
        for output, column in enumerate(zip(*slopes, strict=True)):
            for neuron, heights in enumerate(zip(*hidden, strict=True)):
                terms = (g * arb(a) for g, a in zip(column, heights, strict=True))
                if sign_of_ball(sum(terms, arb(0))):
                    bias = neuron == len(hidden[0]) - 1
                    name = "output bias" if bias else f"output weight of neuron {neuron}"
                    reason = f"the derivative in the {name} (output {output}) is not 0"
                    return LogisticAnalysis(problem, bounds, "not_stationary", reason)
    reason = "tried: derivatives in the output layer (all enclosures contain 0)"
    return LogisticAnalysis(problem, bounds, "undetermined", reason)


def logistic_spurious_minimum(
    loss: LogisticLoss, activation: PiecewiseLinear, widths: Sequence[int]
) -> LogisticMinimum:
    """Construct a spurious local minimum for the logistic loss, as exactly as it can be written.

    The best affine fit is irrational (its slopes are values of the logistic function), so the local
    minimum is given as a rational network with a radius within which it lies.

    Raises
    ------
    HypothesisError
        If a hypothesis fails; the message names it.
    NoAnswerError
        If the data are too badly conditioned for a proof.

    References
    ----------
    Spec, section 7 (He, Wang, Tao, arXiv 2003.12236; own version and proof): the argument needs
    only that the loss is convex in the predictions.

    Examples
    --------
    >>> from exactland.problem.piecewise_linear import relu
    >>> inputs = tuple((fmpq(k),) for k in (-1, 0, 1))
    >>> labels = tuple((fmpq(k),) for k in (1, 0, 1))
    >>> found = logistic_spurious_minimum(LogisticLoss(inputs, labels), relu(), [2])
    >>> format_decimal(found.loss[0], 12)  # log 27/4
    '1.90954250488'
    """
    shape = check_shape(loss, activation, widths)
    fit = logistic_fit(loss)
    hypotheses = (*shape, "an affine fit of least loss exists", "no affine function fits the data")
    centre = affine_network(loss, activation, widths, Layer(fit.matrix, fit.constants))
    predictions = tuple(centre.network(row) for row in loss.inputs)
    low, high = loss_enclosure(loss, predictions)
    low -= loss.scale * fit.drop
    low, high = _outwards(low, high)
    better, better_loss = _better(loss, activation, widths, fit, predictions)
    if not better_loss < low:
        raise NoAnswerError("no network with a provably lower loss was found")
    inverse = _right_inverse(centre)
    reach = max(sum((abs(entry) for entry in row), ZERO) for row in inverse)
    radius = fit.step * reach
    return LogisticMinimum(
        centre, better, radius, fit, inverse, (low, high), better_loss, hypotheses
    )


def _outwards(low: fmpq, high: fmpq) -> tuple[fmpq, fmpq]:
    """Widen an interval to decimals about as long as it deserves."""
    unit = fmpq(1)
    while unit > (high - low) and unit > fmpq(1, fmpz(10) ** 60):
        unit /= 10
    return fmpq((low / unit).floor()) * unit, fmpq((high / unit).ceil()) * unit


def _right_inverse(problem: DeepProblem) -> Matrix:
    network = problem.network
    activation = network.activation
    forward = [network.forward(row) for row in problem.loss.inputs[:1]]
    slopes = [
        [activation.slopes[activation.piece(value) or 0] for value in values]
        for values in forward[0][:-1]
    ]
    onward = onward_maps(network, slopes)[-1]
    columns = []
    for output in range(len(onward)):
        unit = [fmpq(int(output == j)) for j in range(len(onward))]
        column = solve_linear(onward, unit)
        assert column is not None, "the carried values reach every output"
        columns.append(column)
    return transpose(columns)


def _better(
    loss: LogisticLoss,
    activation: PiecewiseLinear,
    widths: Sequence[int],
    fit: LogisticFit,
    predictions: Matrix,
) -> tuple[DeepProblem, fmpq]:
    """Bend the fit at one kink, by an amount that floating point proposes."""
    gradient = tuple(
        tuple(round_relative(ball.mid().fmpq(), 40) for ball in row)
        for row in slope_balls(loss, predictions)
    )
    weight, bias = best_kink(loss.inputs, gradient)
    bends = [max(dot(weight, row) + bias, ZERO) for row in loss.inputs]
    factors = tuple(
        _bend(bends, [row[j] for row in predictions], [row[j] for row in loss.targets])
        for j in range(len(fit.constants))
    )
    solution = (*transpose(fit.matrix), fit.constants, factors)
    problem = bent_network(loss, activation, widths, (weight, bias), solution)
    bent = tuple(problem.network(row) for row in loss.inputs)
    low, high = loss_enclosure(loss, bent)
    return problem, _outwards(low, high + abs(high) / 2**60)[1]


def _bend(bends: Sequence[fmpq], outputs: Vector | Sequence[fmpq], labels: Sequence[fmpq]) -> fmpq:
    """Propose the best C in f + C r for one output, by bisection of the derivative in C."""
    largest = max(bends)
    heights = [float(bend / largest) for bend in bends]
    points, wanted = [float(value) for value in outputs], [float(label) for label in labels]

    def slope(factor: float) -> float:
        return sum(
            h * (1 / (1 + exp(-max(min(f + factor * h, 500.0), -500.0))) - y)
            for h, f, y in zip(heights, points, wanted, strict=True)
        )

    left, right = -MAX_BEND, MAX_BEND
    for _ in range(50):
        middle = (left + right) / 2
        left, right = (middle, right) if slope(middle) < 0 else (left, middle)
    return round_relative(from_float((left + right) / 2), 16) / largest
