"""Claims about deep networks all of whose neurons stay on one linear piece of the activation.

Then every network near P does so as well, and its predictions on the data are affine in x_k.
"""

from __future__ import annotations

from fractions import Fraction
from math import comb, factorial

from exactland.checker import limits
from exactland.checker.claims.deep_case import (
    DeepCase,
    require_affine_normal_equations,
    require_deep,
    require_linear_pieces,
)
from exactland.checker.deep_problem import Activation, evaluate, loss, read_layers
from exactland.checker.elimination import rank
from exactland.checker.numbers import (
    bits_of,
    clear,
    inner,
    show,
)
from exactland.checker.outcome import Rejected, Unusable
from exactland.checker.problem import Rows

Integers = list[list[int]]


def loss_value(case: DeepCase) -> str:
    """L(P) = loss."""
    field = case.read_claim("loss")["loss"]
    claimed = field.number()
    case.witness.members(())
    actual = loss(case.problem, evaluate(case.problem, case.meter), case.meter)
    if actual != claimed:
        raise Rejected(field.where, f"the loss is {show(actual)}, not {show(claimed)}")
    return f"the loss of {case.problem} is {show(claimed)}"


def linear_piece_local_minimum(case: DeepCase) -> str:
    """Every neuron stays on one piece, and the slopes g_k are orthogonal to affine functions.

    For Q near P the difference f_Q - f_P is affine on the data and L is convex in the predictions,
    so L(Q) - L(P) >= 2 scale sum_k g_k . (f_Q(x_k) - f_P(x_k)) = 0.
    """
    case.read_claim()
    case.witness.members(())
    _require_minimum(case)
    return (
        f"{case.problem}: a local minimum; all neurons stay on one linear piece each, and the "
        "predictions are the best affine fit"
    )


def _require_minimum(case: DeepCase) -> list[list[int]]:
    forward = evaluate(case.problem, case.meter)
    pieces = require_linear_pieces(case, forward)
    require_affine_normal_equations(case, forward)
    return pieces


def spurious_local_minimum(case: DeepCase) -> str:
    """A local minimum here, and a strictly lower loss of a network of the same shape."""
    claim = case.read_claim("loss", "better_loss")
    here, better = claim["loss"].number(), claim["better_loss"].number()
    fields = case.witness.members(("parts",))["parts"].items(3)
    kinds = ("linear_piece_local_minimum", "loss_value", "loss_value")
    minimum, value, other = (
        require_deep(case.check_part(field, kind), field)
        for field, kind in zip(fields, kinds, strict=True)
    )
    for part, field in ((minimum, fields[0]), (value, fields[1])):
        if part.problem != case.problem:
            raise Rejected(f"{field.where}.problem", "is not the problem of this certificate")
    if other.problem.shape() != case.problem.shape():
        why = "is not of the shape of the network of this certificate"
        raise Rejected(f"{fields[2].where}.problem.network", why)
    if other.problem.loss_data() != case.problem.loss_data():
        raise Rejected(f"{fields[2].where}.problem.loss", "is not the loss of this certificate")
    for field, part, claimed in ((fields[1], value, here), (fields[2], other, better)):
        if part.claim.get("loss").number() != claimed:
            raise Rejected(f"{field.where}.claim.loss", f"is not {show(claimed)}")
    if not better < here:
        raise Rejected(claim["better_loss"].where, f"is not below {show(here)}")
    return (
        f"{case.problem}: a spurious local minimum, with loss {show(here)}; "
        f"another network of the same shape has loss {show(better)}"
    )


def valley_dimension(case: DeepCase) -> str:
    """The parameters near P with the loss of P form a manifold of the claimed dimension.

    With the layer of the witness: changing its weights and the output biases already moves the
    predictions (B x_k + c)_k in every direction of that form.
    """
    field = case.read_claim("dimension")["dimension"]
    claimed = field.index()
    layers, meter = case.problem.layers, case.meter
    chosen = case.witness.members(("layer",))["layer"]
    index = chosen.index(len(layers))
    if case.problem.delta is not None:
        raise Rejected(f"{case.given.where}.loss.kind", "the claim is for the squared loss")
    pieces = _require_minimum(case)
    slopes = [[case.problem.activation.slopes[piece] for piece in row] for row in pieces]

    points = [clear(point, meter, keep=True) for point in case.problem.points]
    homogeneous = [[*point.numerators, point.denominator] for point in points]
    span = rank(homogeneous, meter)
    image = homogeneous  # of the points (x_k, 1), as rows, under the layers before the chosen one
    for layer, factors in zip(layers[:index], slopes, strict=False):
        image = _through(image, layer, factors, case)
    if rank(image, meter) != span:
        raise Rejected(chosen.where, "the layers before this one lose dimensions of the data")
    onward = _identity(len(layers[-1]))  # J rows: the linear map from this layer to the output
    for number in range(len(layers) - 1, index, -1):
        weights = [row[:-1] for row in layers[number]]
        onward = _times_layer(onward, weights, slopes[number - 1], case)
    if rank(onward, meter) != case.problem.output_dimension:
        raise Rejected(chosen.where, "the layers after this one do not reach every output")
    dimension = case.problem.parameters - case.problem.output_dimension * span
    if claimed != dimension:
        raise Rejected(field.where, f"the dimension is {dimension}")
    return (
        f"{case.problem}: a local minimum; the networks near it with the same loss form a "
        f"manifold of dimension {dimension}"
    )


def _identity(size: int) -> Integers:
    return [[int(i == j) for j in range(size)] for i in range(size)]


def _through(rows: Integers, layer: Rows, factors: list[Fraction], case: DeepCase) -> Integers:
    """Apply (a, t) -> (D W a, t), for the linear parts of a layer and of its neurons' pieces.

    The intercepts are left out: they do not change the rank, since t is kept.
    """
    meter = case.meter
    weights = clear([w for row in layer for w in row[:-1]], meter, keep=True)
    scaled = clear(factors, meter)
    width = len(layer[0]) - 1
    lines = [
        weights.numerators[start : start + width]
        for start in range(0, len(weights.numerators), width)
    ]
    unit = weights.denominator * scaled.denominator
    bits = max(map(bits_of, rows))
    small = bits_of(weights.numerators) + bits_of(scaled.numerators) + unit.bit_length()
    meter.work(len(rows) * len(lines) * (width + 2), bits + small, small)
    meter.memory(len(rows) * (len(lines) + 1), bits + small)
    result = []
    for *values, last in rows:
        mapped = [s * inner(line, values) for s, line in zip(scaled.numerators, lines, strict=True)]
        result.append([*mapped, unit * last])
    return result


def _times_layer(
    rows: Integers, weights: Rows, factors: list[Fraction], case: DeepCase
) -> Integers:
    """Return rows W D, times a positive integer."""
    meter = case.meter
    width = len(weights[0])
    cleared = clear([w for row in weights for w in row], meter, keep=True)
    scaled = clear(factors, meter)
    lines = [
        cleared.numerators[start : start + width]
        for start in range(0, len(cleared.numerators), width)
    ]
    bits = max(map(bits_of, rows))
    small = bits_of(cleared.numerators) + bits_of(scaled.numerators)
    meter.work(len(rows) * width * (len(lines) + 1), bits + small, small)
    meter.memory(len(rows) * width, bits + small)
    columns = [list(column) for column in zip(*lines, strict=True)]
    return [
        [s * inner(row, column) for s, column in zip(scaled.numerators, columns, strict=True)]
        for row in rows
    ]


def constant_loss_segment(case: DeepCase) -> str:
    """Every network on the segment from P to the given one is a local minimum with P's loss.

    Along P + t (P1 - P), 0 <= t <= 1, every pre-activation is a polynomial in t.  It lies inside
    the piece it starts in if its Bernstein coefficients do, because for 0 <= t <= 1 it is a convex
    combination of them; the predictions then are polynomials too, and must be constant.
    """
    field = case.read_claim("to")["to"]
    case.witness.members(())
    problem, meter = case.problem, case.meter
    end = read_layers(field, len(problem.points[0]), problem.output_dimension, meter)
    if [(len(a), len(a[0])) for a in end] != [(len(a), len(a[0])) for a in problem.layers]:
        raise Unusable(field.where, "is not of the shape of the network of this certificate")
    if end == problem.layers:
        raise Rejected(field.where, "is the network of this certificate itself")
    if len(end) > limits.MAX_CURVE_DEGREE:
        limit = f"MAX_CURVE_DEGREE = {limits.MAX_CURVE_DEGREE}"
        raise Unusable(field.where, f"more layers than {limit}")
    pieces = _require_minimum(case)
    activation = problem.activation
    factors = clear([*activation.slopes, *activation.intercepts], meter)

    points = clear([x for row in problem.points for x in row], meter, keep=True)
    width, unit = len(problem.points[0]), points.denominator
    # values[t][k]: the coefficient of t at data point k, all over the denominator `unit`.
    values = [
        [
            points.numerators[start : start + width]
            for start in range(0, len(points.numerators), width)
        ]
    ]
    for index, (start, stop) in enumerate(zip(problem.layers, end, strict=True)):
        values, unit = _moving_layer(case, start, stop, values, unit)
        if index == len(end) - 1:
            break
        for neuron, piece in enumerate(pieces[index]):
            for k in range(len(problem.points)):
                polynomial = [level[k][neuron] for level in values]
                if not _stays(activation, piece, polynomial, unit, case):
                    where = f"{field.where}[{index}].w[{neuron}]"
                    raise Rejected(where, f"may leave its linear piece at x_{k} along the segment")
        count = len(activation.slopes)
        chosen = [
            (factors.numerators[piece], factors.numerators[count + piece])
            for piece in pieces[index]
        ]
        bits = max(bits_of(row) for level in values for row in level)
        size = bits_of(factors.numerators)
        amount = len(values) * len(values[0]) * len(chosen)
        meter.work(2 * amount, max(bits, unit.bit_length()), size)
        meter.memory(amount, max(bits, unit.bit_length()) + size)
        values = [
            [
                [
                    s * v + (q * unit if power == 0 else 0)
                    for v, (s, q) in zip(row, chosen, strict=True)
                ]
                for row in level
            ]
            for power, level in enumerate(values)
        ]
        unit *= factors.denominator
    if any(entry for level in values[1:] for row in level for entry in row):
        raise Rejected(field.where, "the predictions change along the segment")
    return (
        f"{problem}: a local minimum; so is every network on a segment from it to another one, "
        "all with the same loss"
    )


def _moving_layer(
    case: DeepCase, start: Rows, stop: Rows, values: list[Integers], unit: int
) -> tuple[list[Integers], int]:
    """Apply the layer (1 - t) start + t stop to polynomials; return them and their denominator."""
    meter = case.meter
    cleared = clear([x for layer in (start, stop) for row in layer for x in row], meter, keep=True)
    entries, common = cleared.numerators, cleared.denominator
    first, last = entries[: len(entries) // 2], entries[len(entries) // 2 :]
    width = len(start[0])
    moves = [b - a for a, b in zip(first, last, strict=True)]
    rows = [[part[s : s + width] for s in range(0, len(part), width)] for part in (first, moves)]
    degree = len(values)
    bits = max(*(bits_of(row) for level in values for row in level), unit.bit_length())
    size = max(bits_of(first), bits_of(moves))
    amount = (degree + 1) * len(values[0]) * len(start)
    meter.work(2 * amount * width, bits, size)
    meter.memory(amount, bits + size)
    result: list[Integers] = []
    for power in range(degree + 1):
        level = []
        for k in range(len(values[0])):
            entry = [0] * len(start)
            for shift in (0, 1):
                if 0 <= power - shift < degree:
                    # The constant 1 that the bias multiplies is `unit` at power 0.
                    one = unit if power == shift else 0
                    extended = [*values[power - shift][k], one]
                    entry = [
                        e + inner(row, extended) for e, row in zip(entry, rows[shift], strict=True)
                    ]
            level.append(entry)
        result.append(level)
    return result, unit * common


def _stays(
    activation: Activation, piece: int, polynomial: list[int], unit: int, case: DeepCase
) -> bool:
    """Tell whether all Bernstein coefficients over `unit` lie strictly inside the piece."""
    degree = len(polynomial) - 1
    factor = factorial(degree)
    left = activation.knots[piece - 1] if piece else None
    right = activation.knots[piece] if piece < len(activation.knots) else None
    size = max(bits_of(knot.as_integer_ratio()) for knot in activation.knots)
    big = bits_of(polynomial) + unit.bit_length() + factor.bit_length()
    case.meter.work((degree + 1) * (degree + 3), big, size + factor.bit_length() + degree)
    for i in range(degree + 1):
        # degree! times the coefficient sum_j C(i, j) / C(degree, j) a_j
        value = sum(
            comb(i, j) * factorial(j) * factorial(degree - j) * polynomial[j] for j in range(i + 1)
        )
        scale = factor * unit
        if left is not None and value * left.denominator <= left.numerator * scale:
            return False
        if right is not None and value * right.denominator >= right.numerator * scale:
            return False
    return True
