"""Explicit networks of a given shape: at the best affine fit, and strictly better.

Every construction ends the same way: some function g of the data is read off the first hidden
layer by an affine map, and the remaining layers carry it through on one linear piece of the
activation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flint import fmpq

from exactland.arithmetic.matrices import multiply
from exactland.arithmetic.rationals import ONE, ZERO, dot
from exactland.landscape.linear_pieces.hypotheses import affine_fit, check_hypotheses
from exactland.landscape.linear_pieces.regression import best_fit
from exactland.problem.deep import AnyDeepLoss, DeepNetwork, DeepProblem, Layer
from exactland.problem.huber import DeepLoss, slopes
from exactland.problem.network import Matrix, Vector
from exactland.problem.piecewise_linear import PiecewiseLinear

MAX_KINKS = 400
"""Candidate hyperplanes after which the best one that helps is taken."""


@dataclass(frozen=True, slots=True)
class Readout:
    """An affine function of a hidden layer's activations: one row and constant an output."""

    rows: Matrix
    constants: Vector


@dataclass(frozen=True, slots=True)
class Place:
    """The affine map t -> scale * t + shift that puts given values strictly inside a piece."""

    scale: fmpq
    shift: fmpq

    def __call__(self, value: fmpq) -> fmpq:
        return self.scale * value + self.shift


def linear_piece_network(
    loss: DeepLoss, activation: PiecewiseLinear, widths: Sequence[int]
) -> DeepProblem:
    """Return a network at the best affine fit, every pre-activation inside one piece.

    It is a local minimum: near it the network is affine in x for every choice of parameters.

    Raises
    ------
    HypothesisError
        If a hypothesis fails.

    References
    ----------
    Spec, section 7 (a).

    Examples
    --------
    >>> from exactland.problem.deep import evaluate_deep
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> from exactland.problem.piecewise_linear import relu
    >>> loss = EmpiricalLoss(tuple((fmpq(k),) for k in (-1, 0, 1)), ((ONE,), (ZERO,), (ONE,)))
    >>> evaluate_deep(linear_piece_network(loss, relu(), [2])).residuals
    ((-1/3,), (2/3,), (-1/3,))
    """
    check_hypotheses(loss, activation, widths)
    matrix, constants, _ = affine_fit(loss)
    return affine_network(loss, activation, widths, Layer(matrix, constants))


def affine_network(
    loss: AnyDeepLoss, activation: PiecewiseLinear, widths: Sequence[int], values: Layer
) -> DeepProblem:
    """Return a network that computes an affine function, every pre-activation inside one piece."""
    matrix, constants = values.weights, values.biases
    wanted = [values(row) for row in loss.inputs]
    carried, readout = _first_layer(activation, matrix, constants, wanted, widths[0])
    return _completed(loss, activation, [carried], readout, wanted, widths)


def better_network(
    loss: DeepLoss, activation: PiecewiseLinear, widths: Sequence[int]
) -> DeepProblem:
    """Return a network of the same shape with a strictly lower loss than the affine fit.

    It computes  A x + c + C max(w . x + b, 0)  on the data, fitted to them for the best (w, b)
    among hyperplanes through the data points.

    Raises
    ------
    HypothesisError
        If a hypothesis fails.

    References
    ----------
    Spec, section 7 (b).

    Examples
    --------
    >>> from exactland.problem.deep import evaluate_deep
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> from exactland.problem.piecewise_linear import absolute_value
    >>> loss = EmpiricalLoss(tuple((fmpq(k),) for k in (-1, 0, 1)), ((ONE,), (ZERO,), (ONE,)))
    >>> evaluate_deep(better_network(loss, absolute_value(), [2])).loss
    0
    """
    check_hypotheses(loss, activation, widths)
    _, _, residuals = affine_fit(loss)
    weight, bias = best_kink(loss.inputs, slopes(loss, residuals))
    bends = [max(dot(weight, row) + bias, ZERO) for row in loss.inputs]
    design = [(*row, ONE, bend) for row, bend in zip(loss.inputs, bends, strict=True)]
    return bent_network(loss, activation, widths, (weight, bias), best_fit(design, loss))


def bent_network(
    loss: AnyDeepLoss,
    activation: PiecewiseLinear,
    widths: Sequence[int],
    kink_at: tuple[Vector, fmpq],
    solution: Matrix,
) -> DeepProblem:
    """Return a network that computes  A x + c + C max(w . x + b, 0)  on the data.

    Parameters
    ----------
    kink_at : (w, b)
    solution : (d + 2) x J
        The rows of A^T, then c, then C.
    """
    weight, bias = kink_at
    bends = [max(dot(weight, row) + bias, ZERO) for row in loss.inputs]
    design = [(*row, ONE, bend) for row, bend in zip(loss.inputs, bends, strict=True)]
    wanted = [tuple(row) for row in multiply(design, solution)]
    *linear, constants, jumps = solution

    knot = next(
        index
        for index, (before, after) in enumerate(
            zip(activation.slopes, activation.slopes[1:], strict=False)
        )
        if before != after
    )
    before, after = activation.slopes[knot : knot + 2]
    jump = after - before
    height = activation(activation.knots[knot])
    reach = _reach(activation, knot, [dot(weight, row) + bias for row in loss.inputs])
    # rho(t + reach * u) = height + before * reach * u + jump * reach * max(u, 0) near the knot t.
    matrix = tuple(
        tuple(
            column[j] - before / jump * jumps[j] * w
            for column, w in zip(linear, weight, strict=True)
        )
        for j in range(len(jumps))
    )
    shifts = tuple(c - before / jump * g * bias for c, g in zip(constants, jumps, strict=True))
    carriers = Layer(matrix, shifts)
    carried, readout = _first_layer(
        activation, matrix, shifts, [carriers(row) for row in loss.inputs], widths[0]
    )
    kink = len(jumps)
    weights, biases = list(carried.weights), list(carried.biases)
    weights[kink] = tuple(reach * w for w in weight)
    biases[kink] = activation.knots[knot] + reach * bias
    factors = [g / (jump * reach) for g in jumps]
    readout = Readout(
        tuple(
            (*row[:kink], factor, *row[kink + 1 :])
            for row, factor in zip(readout.rows, factors, strict=True)
        ),
        tuple(c - factor * height for c, factor in zip(readout.constants, factors, strict=True)),
    )
    layers = [Layer(tuple(weights), tuple(biases))]
    return _completed(loss, activation, layers, readout, wanted, widths)


def carrying_piece(activation: PiecewiseLinear) -> int:
    """Return the piece on which values are carried: slope not 0, unbounded and of slope 1 if any.

    Examples
    --------
    >>> from exactland.problem.piecewise_linear import hard_tanh, relu
    >>> carrying_piece(relu()), carrying_piece(hard_tanh())
    (1, 1)
    """
    pieces = [piece for piece, slope in enumerate(activation.slopes) if slope]
    return min(
        pieces,
        key=lambda piece: (
            None not in activation.interval(piece),
            activation.slopes[piece] != 1,
            -piece,
        ),
    )


def place(activation: PiecewiseLinear, piece: int, values: Sequence[fmpq]) -> Place:
    """Return an affine map with positive slope that puts all the values strictly inside a piece."""
    left, right = activation.interval(piece)
    low, high = min(values), max(values)
    if left is None or right is None:
        if left is not None:
            return Place(ONE, left + 1 - low)
        assert right is not None
        return Place(ONE, right - 1 - high)
    scale = min(ONE, (right - left) / (2 * (high - low))) if high > low else ONE
    return Place(scale, (left + right) / 2 - scale * (low + high) / 2)


def _first_layer(
    activation: PiecewiseLinear,
    matrix: Matrix,
    constants: Vector,
    wanted: Sequence[Vector],
    width: int,
) -> tuple[Layer, Readout]:
    """Carry the affine function matrix x + constants, whose values on the data are `wanted`."""
    piece = carrying_piece(activation)
    places = [place(activation, piece, column) for column in zip(*wanted, strict=True)]
    weights = [tuple(p.scale * w for w in row) for p, row in zip(places, matrix, strict=True)]
    biases = [p(c) for p, c in zip(places, constants, strict=True)]
    return _with_idle(activation, weights, biases, width), _undone(activation, places, width)


def _with_idle(
    activation: PiecewiseLinear, weights: list[Vector], biases: list[fmpq], width: int
) -> Layer:
    """Fill a layer with neurons of weight 0 that sit inside the carrying piece."""
    still = place(activation, carrying_piece(activation), [ZERO]).shift
    idle = width - len(weights)
    zeros = (ZERO,) * len(weights[0])
    return Layer((*weights, *([zeros] * idle)), (*biases, *([still] * idle)))


def _undone(activation: PiecewiseLinear, places: Sequence[Place], width: int) -> Readout:
    """Return the affine map from the activations of a layer back to the values it carries."""
    piece = carrying_piece(activation)
    slope, intercept = activation.slopes[piece], activation.intercept(piece)
    rows = tuple(
        tuple(1 / (slope * p.scale) if i == j else ZERO for i in range(width))
        for j, p in enumerate(places)
    )
    return Readout(rows, tuple(-(intercept / slope + p.shift) / p.scale for p in places))


def _completed(
    loss: AnyDeepLoss,
    activation: PiecewiseLinear,
    layers: list[Layer],
    readout: Readout,
    wanted: Sequence[Vector],
    widths: Sequence[int],
) -> DeepProblem:
    """Carry the values through the remaining hidden layers and put them out."""
    piece = carrying_piece(activation)
    places = [place(activation, piece, column) for column in zip(*wanted, strict=True)]
    for width in widths[1:]:
        weights = [
            tuple(p.scale * entry for entry in row)
            for p, row in zip(places, readout.rows, strict=True)
        ]
        biases = [p(constant) for p, constant in zip(places, readout.constants, strict=True)]
        layers.append(_with_idle(activation, weights, biases, width))
        readout = _undone(activation, places, width)
    network = DeepNetwork(activation, (*layers, Layer(readout.rows, readout.constants)))
    problem = DeepProblem(network, loss)
    assert all(network(row) == target for row, target in zip(loss.inputs, wanted, strict=True))
    return problem


def _reach(activation: PiecewiseLinear, knot: int, values: Sequence[fmpq]) -> fmpq:
    """Return a factor that keeps knot + factor * value within the two pieces at the knot."""
    at = activation.knots[knot]
    left, right = activation.interval(knot)[0], activation.interval(knot + 1)[1]
    limits = [ONE]
    if left is not None and min(values) < 0:
        limits.append((at - left) / (-2 * min(values)))
    if right is not None and max(values) > 0:
        limits.append((right - at) / (2 * max(values)))
    return min(limits)


def best_kink(inputs: Matrix, gradient: Matrix) -> tuple[Vector, fmpq]:
    """Return (w, b) with sum_k g_k max(w . x_k + b, 0) not 0, g the slopes at the affine fit.

    For the squared loss (g = e) the decrease from adding C max(w . x + b, 0) with the best C is
    scale * |sum_k g_k r_k|^2 / sum_k r_k^2; the candidate with the largest is taken.
    """
    columns = list(zip(*gradient, strict=True))
    best: tuple[fmpq, Vector, fmpq] | None = None
    tried = 0
    for weight in _directions(inputs):
        heights = [dot(weight, row) for row in inputs]
        for start in sorted(set(heights)):
            tried += 1
            if best is not None and tried > MAX_KINKS:
                return best[1], best[2]
            bends = [max(height - start, ZERO) for height in heights]
            energy = dot(bends, bends)
            if not energy:
                continue
            dual = [dot(column, bends) for column in columns]
            gain = dot(dual, dual) / energy
            if gain and (best is None or gain > best[0]):
                best = (gain, weight, -start)
    assert best is not None, "distinct inputs and a nonzero residual give a kink that helps"
    return best[1], best[2]


def _directions(inputs: Matrix) -> Iterator[Vector]:
    """Coordinate axes, then a direction in which all data points are distinct.

    In the latter some kink helps: with the points sorted downwards and i the first with g_i != 0,
    the kink at the next one has sum_k g_k r_k = g_i (t_i - t_(i+1)) != 0; i is not the last point
    because the slopes sum to 0.
    """
    dimension = len(inputs[0])
    for axis in range(dimension):
        yield tuple(fmpq(int(index == axis)) for index in range(dimension))
    base = 2
    while dimension > 1:
        weight = tuple(fmpq(base) ** index for index in range(dimension))
        if len({dot(weight, row) for row in inputs}) == len(inputs):
            yield weight
            return
        base += 1
