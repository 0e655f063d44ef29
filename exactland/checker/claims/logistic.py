"""Claims about deep networks with the logistic loss: numbers enclosed, a minimum near a point.

With labels y_kj in [0, 1] the loss is L = s sum_kj log(1 + exp(f_j(x_k))) - y_kj f_j(x_k).  Its
derivatives are irrational at rational points, so the networks that minimise it are not rational;
that one exists within a stated distance of a rational network is a claim that rational numbers
prove.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from exactland.checker.claims.deep_case import DeepCase, require_linear_pieces
from exactland.checker.deep_problem import (
    Activation,
    DeepForward,
    evaluate,
    read_layers,
)
from exactland.checker.elimination import is_positive_definite, rank
from exactland.checker.exponentials import (
    BITS,
    UNIT,
    ceiling_of,
    ceiling_product,
    logistic,
    logistic_slope_below,
    softplus,
)
from exactland.checker.numbers import bits_of, clear, ratio, show, times, total
from exactland.checker.outcome import Rejected, Unusable
from exactland.checker.problem import Rows
from exactland.checker.reader import Field


def loss_enclosure(case: DeepCase) -> str:
    """Lower <= L(P) <= upper."""
    fields = case.read_claim("lower", "upper")
    lower, upper = fields["lower"].number(), fields["upper"].number()
    case.witness.members(())
    low, high = _loss(case, evaluate(case.problem, case.meter))
    if not lower <= low:
        raise Rejected(fields["lower"].where, "is not shown to be a lower bound of the loss")
    if not high <= upper:
        raise Rejected(fields["upper"].where, "is not shown to be an upper bound of the loss")
    return f"the loss of {case.problem} is between {show(lower)} and {show(upper)}"


def spurious_local_minimum_near(case: DeepCase) -> str:
    """A network within `radius` of P in every parameter is a local minimum, and not the best.

    In the whole box around P every neuron stays on one linear piece, so predictions are affine in
    the data and L is a convex function F of that affine map.  F has a minimiser near the map of P,
    by strong convexity, and moving the first layer reaches it inside the box.
    """
    names = ("radius", "loss_lower", "loss_upper", "better_loss")
    claim = case.read_claim(*names)
    radius, lower, upper, better = (claim[name].number() for name in names)
    if not radius > 0:
        raise Unusable(claim["radius"].where, "must be positive")
    witness = case.witness.members(("step", "columns", "curvature", "right_inverse", "better"))
    step = witness["step"].number()
    if not step > 0:
        raise Unusable(witness["step"].where, "must be positive")

    forward = evaluate(case.problem, case.meter)
    pieces = require_linear_pieces(case, forward)
    slopes = [[case.problem.activation.slopes[piece] for piece in row] for row in pieces]
    _require_box(case, forward, pieces, slopes, radius, claim["radius"])
    _require_reach(case, slopes, witness["right_inverse"], step, radius)
    drop = _require_minimiser(case, forward, witness["columns"], witness["curvature"], step)

    low, high = _loss(case, forward)
    if not lower <= total([low, -times(case.problem.scale, drop, case.meter)], case.meter):
        raise Rejected(claim["loss_lower"].where, "is not shown to be a lower bound of the loss")
    if not high <= upper:
        raise Rejected(claim["loss_upper"].where, "is not shown to be an upper bound of the loss")
    if not better < lower:
        raise Rejected(claim["better_loss"].where, "is not below loss_lower")
    other = read_layers(
        witness["better"], len(case.problem.points[0]), case.problem.output_dimension, case.meter
    )
    changed = replace(case.problem, layers=other)
    if changed.shape() != case.problem.shape():
        raise Unusable(witness["better"].where, "is not of the shape of the network")
    if (
        not _loss(
            case,
            evaluate(changed, case.meter),
        )[1]
        <= better
    ):
        raise Rejected(witness["better"].where, f"is not shown to have a loss up to {show(better)}")
    return (
        f"{case.problem}: within {show(radius)} of it in each parameter there is a spurious local "
        f"minimum, with a loss between {show(lower)} and {show(upper)}; another network of the "
        f"same shape has a loss of at most {show(better)}"
    )


def _predictions(case: DeepCase, forward: DeepForward) -> list[list[Fraction]]:
    outputs = forward.values[-1]
    return [[ratio(f, outputs.denominator, case.meter) for f in row] for row in outputs.rows]


def _loss(case: DeepCase, forward: DeepForward) -> tuple[Fraction, Fraction]:
    """Enclose the loss of the network that `forward` evaluates."""
    meter, low, high = case.meter, 0, 0
    linear = []
    for values, labels in zip(_predictions(case, forward), case.problem.targets, strict=True):
        for value, label in zip(values, labels, strict=True):
            down, up = softplus(value, meter)
            low, high = low + down, high + up
            linear.append(-times(label, value, meter))
    exact = total(linear, meter)
    ends = (total([exact, ratio(end, UNIT, meter)], meter) for end in (low, high))
    first, last = (times(case.problem.scale, end, meter) for end in ends)
    return first, last


def _require_box(
    case: DeepCase,
    forward: DeepForward,
    pieces: list[list[int]],
    slopes: list[list[Fraction]],
    radius: Fraction,
    field: Field,
) -> None:
    """Require every neuron to stay strictly inside its piece in the box of the given radius.

    If a layer has inputs a, uncertain by u, and weights uncertain by r, a pre-activation is
    uncertain by  sum_j |w_j| u_j + r (sum_j (|a_j| + u_j) + 1), which is rounded up.
    """
    meter, activation = case.meter, case.problem.activation
    step = ceiling_of(radius, meter)
    sizes = [[ceiling_of(abs(x), meter) for x in row] for row in case.problem.points]
    errors = [[0] * len(row) for row in sizes]
    for index, used in enumerate(pieces):
        weights = [
            [ceiling_of(abs(w), meter) for w in row[:-1]] for row in case.problem.layers[index]
        ]
        errors = _spread(case, weights, sizes, errors, step)
        values = forward.values[index]
        bits = values.bits + values.denominator.bit_length() + bits_of(map(max, errors)) + BITS
        count = len(values.rows) * len(used)
        knots = max(bits_of(knot.as_integer_ratio()) for knot in activation.knots)
        meter.work(8 * count, bits, bits + knots)
        sizes, next_errors = [], []
        for row, spread in zip(values.rows, errors, strict=True):
            middles = [Fraction(value, values.denominator) for value in row]
            for neuron, (middle, error, piece) in enumerate(
                zip(middles, spread, used, strict=True)
            ):
                if not _inside(activation, piece, middle, Fraction(error, UNIT)):
                    why = f"neuron {neuron} of hidden layer {index} may leave its linear piece"
                    raise Rejected(field.where, why)
            activated = [
                abs(total([times(slope, middle, meter), activation.intercepts[piece]], meter))
                for slope, middle, piece in zip(slopes[index], middles, used, strict=True)
            ]
            sizes.append([ceiling_of(entry, meter) for entry in activated])
            factors = [ceiling_of(abs(s), meter) for s in slopes[index]]
            next_errors.append(
                [ceiling_product(s, error) for s, error in zip(factors, spread, strict=True)]
            )
        errors = next_errors


def _inside(activation: Activation, piece: int, middle: Fraction, reach: Fraction) -> bool:
    """Tell whether everything within `reach` of `middle` lies strictly inside the piece."""
    above = not piece or middle - reach > activation.knots[piece - 1]
    return above and (piece == len(activation.knots) or middle + reach < activation.knots[piece])


def _spread(
    case: DeepCase,
    weights: list[list[int]],
    sizes: list[list[int]],
    errors: list[list[int]],
    step: int,
) -> list[list[int]]:
    """Return the uncertainty of the pre-activations, over 2**BITS."""
    bits = max(map(bits_of, (*weights, *sizes, *errors))) + 1
    count = len(sizes) * len(weights)
    case.meter.work(count * (len(sizes[0]) + 2), bits, max(bits, step.bit_length()))
    case.meter.memory(count, 2 * bits)
    result = []
    for size, error in zip(sizes, errors, strict=True):
        reach = ceiling_product(step, sum(size) + sum(error) + UNIT)
        result.append(
            [
                reach + -(-sum(w * u for w, u in zip(row, error, strict=True)) >> BITS)
                for row in weights
            ]
        )
    return result


def _require_reach(
    case: DeepCase, slopes: list[list[Fraction]], field: Field, step: Fraction, radius: Fraction
) -> None:
    """Require the first layer to reach every affine map that differs by at most `step` an entry.

    With M the linear map from the pre-activations of the first layer to the outputs and M R = 1,
    adding R (dB, dc) to the first layer's weights and biases adds dB x + dc to the output, and
    moves no parameter by more than the largest row sum of |R| times the largest entry.
    """
    meter, layers = case.meter, case.problem.layers
    rows = [row.numbers(case.problem.output_dimension) for row in field.items(len(layers[0]))]
    columns = list(zip(*rows, strict=True))
    for output, column in enumerate(columns):
        values = list(column)
        for factors, layer in zip(slopes, layers[1:], strict=True):
            scaled = [times(s, v, meter) for s, v in zip(factors, values, strict=True)]
            values = [_inner(row[:-1], scaled, case) for row in layer]
        if values != [Fraction(int(j == output)) for j in range(len(values))]:
            raise Rejected(field.where, "is not a right inverse of the layers after the first")
    for i, row in enumerate(rows):
        if times(total([abs(entry) for entry in row], meter), step, meter) > radius:
            raise Rejected(f"{field.where}[{i}]", "moves the first layer by more than the radius")


def _inner(left: Sequence[Fraction], right: Sequence[Fraction], case: DeepCase) -> Fraction:
    return total([times(a, b, case.meter) for a, b in zip(left, right, strict=True)], case.meter)


def _require_minimiser(
    case: DeepCase, forward: DeepForward, columns: Field, curvature: Field, step: Fraction
) -> Fraction:
    """Require a minimiser within `step` of the affine map of P; return how far F may fall.

    Output j has its own F_j(z) = sum_k log(1 + exp(t_kj)) - y_kj t_kj with t_kj = f_j(x_k) + z.X_k,
    X_k the chosen entries of (x_k, 1), which span all affine functions of the data.  Where
    |z| <= step, F_j(z) - F_j(0) >= g . z + m |z|^2 / 2 with the gradient g at 0 and m below the
    curvature; at |z| = step this is positive if 2 |g| < m step.  So F_j has its minimum inside, and
    it is at least F_j(0) - |g|^2 / (2 m).
    """
    meter, problem = case.meter, case.problem
    homogeneous = [[*row, Fraction(1)] for row in problem.points]
    chosen = [item.index(len(homogeneous[0])) for item in columns.items()]
    if not chosen or any(b <= a for a, b in pairwise(chosen)):
        raise Unusable(columns.where, "must be one or more increasing indices")
    if rank([clear(row, meter, keep=True).numerators for row in homogeneous], meter) != len(chosen):
        raise Rejected(columns.where, "are not as many as the rank of the data")
    rows = [[row[column] for column in chosen] for row in homogeneous]
    spans = [times(total([abs(x) for x in row], meter), step, meter) for row in rows]
    predictions = _predictions(case, forward)
    falls = []
    for j, field in enumerate(curvature.items(problem.output_dimension)):
        bound = field.number()
        if not bound > 0:
            raise Unusable(field.where, "must be positive")
        outputs = [row[j] for row in predictions]
        weights = [
            logistic_slope_below(total([abs(value), span], meter), meter)
            for value, span in zip(outputs, spans, strict=True)
        ]
        _require_curvature(case, rows, weights, bound, field)
        labels = [row[j] for row in problem.targets]
        gradient = _gradient_bound(case, rows, outputs, labels)
        if not 4 * gradient < times(times(bound, bound, meter), times(step, step, meter), meter):
            raise Rejected(field.where, "does not prove a minimiser within the step")
        falls.append(ratio(gradient.numerator, gradient.denominator * 2, meter) / bound)
    return total(falls, meter)


def _require_curvature(
    case: DeepCase, rows: Rows, weights: list[int], bound: Fraction, field: Field
) -> None:
    """Require sum_k p_k X_k X_k^T - bound * 1 to be positive definite, p_k = weights / 2**BITS."""
    meter, size = case.meter, len(rows[0])
    scaled = clear([x for row in rows for x in row], meter, keep=True)
    lines = [
        scaled.numerators[start : start + size] for start in range(0, len(scaled.numerators), size)
    ]
    bits = bits_of(scaled.numerators)
    meter.work(len(lines) * size * (size + 1), bits + BITS, bits)
    meter.memory(size * size, 2 * bits + BITS + len(lines).bit_length())
    matrix = [
        [
            sum(p * line[a] * line[b] for p, line in zip(weights, lines, strict=True))
            for b in range(size)
        ]
        for a in range(size)
    ]
    # Times 2**BITS * denominator**2, and then times the denominator of the bound.
    factor = UNIT * scaled.denominator**2 * bound.numerator
    meter.work(2 * size * size, bits_of(map(max, matrix)), bits_of(bound.as_integer_ratio()))
    shifted = [
        [bound.denominator * entry - (factor if a == b else 0) for b, entry in enumerate(row)]
        for a, row in enumerate(matrix)
    ]
    if not is_positive_definite(shifted, meter):
        raise Rejected(field.where, "is not shown to be below the curvature")


def _gradient_bound(
    case: DeepCase, rows: Rows, outputs: list[Fraction], labels: list[Fraction]
) -> Fraction:
    """Return an upper bound of |sum_k (logistic(f_k) - y_k) X_k|^2."""
    meter = case.meter
    enclosures = [logistic(value, meter) for value in outputs]
    squares = []
    for axis in zip(*rows, strict=True):
        low, high = [], []
        for (down, up), label, x in zip(enclosures, labels, axis, strict=True):
            ends = [
                times(total([ratio(end, UNIT, meter), -label], meter), x, meter)
                for end in (down, up)
            ]
            low.append(min(ends))
            high.append(max(ends))
        size = max(-total(low, meter), total(high, meter), Fraction(0))
        squares.append(times(size, size, meter))
    return total(squares, meter)
