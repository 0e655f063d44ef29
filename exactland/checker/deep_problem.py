"""Problems with any number of hidden layers: read, and evaluated in integer arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from exactland.checker.fields import rational
from exactland.checker.limits import Meter
from exactland.checker.numbers import Scaled, bits_of, clear, ratio, times, total
from exactland.checker.outcome import Unusable
from exactland.checker.problem import Rows, read_matrix, read_slopes
from exactland.checker.reader import Field


@dataclass(frozen=True, slots=True)
class Activation:
    """rho(t) = slopes[p] t + intercepts[p] on piece p, from knots[p-1] to knots[p]; continuous."""

    knots: list[Fraction]
    slopes: list[Fraction]
    intercepts: list[Fraction]


@dataclass(frozen=True, slots=True)
class DeepProblem:
    """A point of the landscape L = scale * sum_k sum_j H(f_j(x_k) - y_kj) of a deep network.

    H(t) = t^2, or for Huber's loss 2 delta |t| - delta^2 where |t| > delta.  For the logistic
    loss the summands are log(1 + exp(f_j(x_k))) - y_kj f_j(x_k).

    Parameters
    ----------
    activation : rho
    layers : hidden layers, then the output layer; each row holds the weights and the bias last
    points, targets : N rows
    scale : positive
    delta : None for the squared loss; for Huber's loss, where it turns from quadratic to linear
    logistic : whether the loss is the logistic one
    """

    activation: Activation
    layers: list[Rows]
    points: Rows
    targets: Rows
    scale: Fraction
    delta: Fraction | None
    logistic: bool

    @property
    def output_dimension(self) -> int:
        """The number J of outputs."""
        return len(self.layers[-1])

    @property
    def parameters(self) -> int:
        """The number of weights and biases."""
        return sum(len(layer) * len(layer[0]) for layer in self.layers)

    def shape(self) -> tuple[object, ...]:
        """What two networks must share to be points of one landscape, apart from the loss."""
        return self.activation, tuple((len(layer), len(layer[0])) for layer in self.layers)

    def loss_data(self) -> tuple[object, ...]:
        """The data of the loss."""
        return self.points, self.targets, self.scale, self.delta, self.logistic

    def __str__(self) -> str:
        widths = ", ".join(str(len(layer)) for layer in self.layers[:-1][:6])
        more = ", ..." if len(self.layers) > 7 else ""
        points = "1 data point" if len(self.points) == 1 else f"{len(self.points)} data points"
        return f"this network with hidden widths {widths}{more} on {points}"


def read_deep_problem(problem: Field) -> DeepProblem:
    """Read a problem whose network is given by layers, all with biases."""
    parts = problem.members(("format", "network", "loss"))
    kind = parts["loss"].get("kind")
    if kind.text() not in ("empirical", "huber", "logistic"):
        known = '"empirical", "huber" or "logistic"'
        raise Unusable(kind.where, f"must be {known} for a network with layers")
    keys = ("delta",) if kind.text() == "huber" else ()
    loss = parts["loss"].members(("kind", "x", "y", *keys), ("scale",))
    delta = loss["delta"].number() if keys else None
    if delta is not None and delta <= 0:
        raise Unusable(loss["delta"].where, "must be positive")
    points = _rational_rows(loss["x"])
    targets = _rational_rows(loss["y"], len(points))
    logistic = kind.text() == "logistic"
    if logistic and not all(0 <= label <= 1 for row in targets for label in row):
        raise Unusable(loss["y"].where, "a label is not between 0 and 1")
    usual = Fraction(1) if logistic else Fraction(1, 2)
    scale = loss["scale"].number() if "scale" in loss else usual
    if scale <= 0:
        raise Unusable(loss["scale"].where, "must be positive")
    network = parts["network"].members(("activation", "layers"))
    layers = read_layers(network["layers"], len(points[0]), len(targets[0]), problem.meter)
    activation = _activation(network["activation"], problem.meter)
    return DeepProblem(activation, layers, points, targets, scale, delta, logistic)


def _rational_rows(table: Field, rows: int | None = None) -> Rows:
    return [[rational(x, table.where) for x in row] for row in read_matrix(table, rows)]


def read_layers(field: Field, inputs: int, outputs: int, meter: Meter) -> list[Rows]:
    """Read the layers of a network with these numbers of inputs and outputs."""
    items = field.items()
    if len(items) < 2:
        raise Unusable(field.where, "must have a hidden layer and an output layer")
    layers = []
    for item in items:
        parts = item.members(("w", "b"))
        rows = [row.numbers(inputs) for row in parts["w"].items()]
        if not rows:
            raise Unusable(parts["w"].where, "must have at least one row")
        for row, bias in zip(rows, parts["b"].numbers(len(rows)), strict=True):
            row.append(bias)
        layers.append(rows)
        inputs = len(rows)
    if inputs != outputs:
        raise Unusable(items[-1].where, f"has {inputs} outputs, expected {outputs}")
    return layers


def _activation(field: Field, meter: Meter) -> Activation:
    if field.get("kind").text() != "piecewise_linear":
        plus, minus = (rational(slope, field.where) for slope in read_slopes(field))
        return Activation([Fraction(0)], [minus, plus], [Fraction(0), Fraction(0)])
    parts = field.members(("kind", "knots", "slopes", "value"))
    knots = parts["knots"].numbers()
    if not knots or any(not a < b for a, b in pairwise(knots)):
        raise Unusable(parts["knots"].where, "must be one or more increasing numbers")
    slopes = parts["slopes"].numbers(len(knots) + 1)
    heights = [parts["value"].number()]
    for index in range(1, len(knots)):
        step = total([knots[index], -knots[index - 1]], meter)
        heights.append(total([heights[-1], times(slopes[index], step, meter)], meter))
    intercepts = []
    for piece, slope in enumerate(slopes):
        at = max(piece - 1, 0)
        intercepts.append(total([heights[at], -times(slope, knots[at], meter)], meter))
    return Activation(knots, slopes, intercepts)


@dataclass(frozen=True, slots=True)
class Values:
    """One vector for each data point, over one positive denominator."""

    rows: list[list[int]]
    denominator: int

    @property
    def bits(self) -> int:
        """The size of the longest number."""
        return max(map(bits_of, self.rows), default=0)


@dataclass(frozen=True, slots=True)
class DeepForward:
    """A network evaluated on the data.

    ``values[l]`` are the pre-activations of hidden layer l, the last ones the outputs.
    ``pieces[l][i]`` is the one piece that holds all pre-activations of neuron i of hidden layer l
    strictly inside, or None.
    """

    values: list[Values]
    pieces: list[list[int | None]]
    residuals: Values  # e_k = f(x_k) - y_k


def evaluate(problem: DeepProblem, meter: Meter) -> DeepForward:
    """Compute pieces and residuals."""
    current, values, pieces = _rows(problem.points, meter), [], []
    activation = problem.activation
    factors = clear([*activation.slopes, *activation.intercepts], meter)
    for index, layer in enumerate(problem.layers):
        current = _affine(layer, current, meter)
        values.append(current)
        if index < len(problem.layers) - 1:
            used = _places(activation, current, meter)
            pieces.append([_only(column) for column in zip(*used, strict=True)])
            current = _activated(factors, used, current, meter)
    targets = _rows(problem.targets, meter)
    size = max(current.bits, targets.bits) + current.denominator.bit_length()
    meter.work(
        2 * len(current.rows) * problem.output_dimension, size, targets.denominator.bit_length()
    )
    meter.memory(len(current.rows) * problem.output_dimension, size)
    rows = [
        [
            f * targets.denominator - y * current.denominator
            for f, y in zip(row, wanted, strict=True)
        ]
        for row, wanted in zip(current.rows, targets.rows, strict=True)
    ]
    return DeepForward(values, pieces, Values(rows, current.denominator * targets.denominator))


def loss(problem: DeepProblem, forward: DeepForward, meter: Meter) -> Fraction:
    """Return L, from 2 clip(e) e - clip(e)^2 = H(e) with clip(e) the slope H'(e) / 2."""
    residuals = forward.residuals
    slopes = half_slopes(problem, forward, meter)
    factor = slopes.denominator // residuals.denominator
    size = max(slopes.bits, residuals.bits + factor.bit_length())
    meter.work(3 * len(residuals.rows) * problem.output_dimension, size, size)
    total_value = sum(
        g * (2 * factor * e - g)
        for row, errors in zip(slopes.rows, residuals.rows, strict=True)
        for g, e in zip(row, errors, strict=True)
    )
    numerator = problem.scale.numerator * total_value
    return ratio(numerator, problem.scale.denominator * slopes.denominator**2, meter)


def half_slopes(problem: DeepProblem, forward: DeepForward, meter: Meter) -> Values:
    """Return H'(e) / 2 for every residual: e itself, clipped at delta for Huber's loss.

    The denominator is a multiple of that of the residuals.
    """
    residuals = forward.residuals
    if problem.delta is None:
        return residuals
    factor = problem.delta.denominator
    bound = problem.delta.numerator * residuals.denominator
    size = len(residuals.rows) * problem.output_dimension
    meter.work(3 * size, residuals.bits, factor.bit_length())
    meter.memory(size, residuals.bits + factor.bit_length())
    rows = [[max(-bound, min(bound, factor * e)) for e in row] for row in residuals.rows]
    return Values(rows, factor * residuals.denominator)


def _rows(rows: Rows, meter: Meter) -> Values:
    cleared = clear([value for row in rows for value in row], meter, keep=True)
    width = len(rows[0])
    numbers = cleared.numerators
    return Values(
        [numbers[start : start + width] for start in range(0, len(numbers), width)],
        cleared.denominator,
    )


def _affine(layer: Rows, values: Values, meter: Meter) -> Values:
    weights = _rows(layer, meter)
    bits = weights.bits + max(values.bits, values.denominator.bit_length())
    size = len(values.rows) * len(layer)
    meter.work(size * len(layer[0]), weights.bits, bits - weights.bits)
    meter.memory(size, bits)
    rows = []
    for row in values.rows:
        extended = [*row, values.denominator]
        rows.append(
            [sum(w * a for w, a in zip(line, extended, strict=True)) for line in weights.rows]
        )
    return Values(rows, weights.denominator * values.denominator)


Place = tuple[int, bool]  # a closed piece that holds the value, and whether strictly inside


def _places(activation: Activation, values: Values, meter: Meter) -> list[list[Place]]:
    """Return the piece of each value (the one below, on a knot)."""
    knots = [(knot.numerator * values.denominator, knot.denominator) for knot in activation.knots]
    size = max(bits_of(knot.as_integer_ratio()) for knot in activation.knots)
    meter.work(2 * len(knots) * len(values.rows) * len(values.rows[0]), values.bits, size)

    def place(value: int) -> Place:
        below = sum(value * denominator > numerator for numerator, denominator in knots)
        return below, all(value * denominator != numerator for numerator, denominator in knots)

    return [[place(value) for value in row] for row in values.rows]


def _only(column: tuple[Place, ...]) -> int | None:
    piece = column[0][0]
    return piece if all(place == (piece, True) for place in column) else None


def _activated(
    factors: Scaled[int], places: list[list[Place]], values: Values, meter: Meter
) -> Values:
    """Return rho of each value, from the slopes and intercepts of the pieces."""
    count = len(factors.numerators) // 2
    slopes, intercepts = factors.numerators[:count], factors.numerators[count:]
    size = len(values.rows) * len(values.rows[0])
    bits = bits_of(factors.numerators)
    meter.work(2 * size, bits, max(values.bits, values.denominator.bit_length()))
    meter.memory(size, bits + max(values.bits, values.denominator.bit_length()))
    rows = [
        [
            slopes[p] * t + intercepts[p] * values.denominator
            for t, (p, _) in zip(row, used, strict=True)
        ]
        for row, used in zip(values.rows, places, strict=True)
    ]
    return Values(rows, factors.denominator * values.denominator)
