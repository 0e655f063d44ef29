"""The second order of the empirical loss near a stationary point, on products of cells.

Neuron i depends near P only on w~_i . x~_k at the data it *touches*; leaving a class on which its
one-sided derivative has a margin costs first order.  What is left is the space V_i, cut into cells
by its *loose* classes: those on its kink that do not vanish on V_i.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from exactland.checker.elimination import kernel
from exactland.checker.fields import Number, Whole
from exactland.checker.functional import Derivatives, Kinked
from exactland.checker.numbers import (
    bits_of,
    clear,
    common_denominator,
    dot,
    scale,
    times,
)
from exactland.checker.problem import EmpiricalProblem

Vectors = list[list[Whole]]


@dataclass(frozen=True, slots=True)
class Data:
    """The data as x~_k = rows[k] / denominator, and the class of each with its side."""

    rows: Vectors
    denominator: int
    classes: dict[int, tuple[int, int]]  # k -> (q, sign of the factor between x~_k and x~_q)


@dataclass(frozen=True, slots=True)
class Face:
    """One neuron: A_i, the classes with a margin, a basis of V_i, its loose classes, its data."""

    neuron: int
    linear: Vectors
    held: frozenset[int]
    basis: Vectors
    loose: list[int]
    touched: list[int]


def read_data(d: Derivatives) -> Data:
    """Put the data over one denominator, and find the class of every nonzero row."""
    points, meter = d.forward.points, d.meter
    common = common_denominator((point.denominator for point in points), meter)
    rows = [scale(common // p.denominator, p.numerators, meter, keep=True) for p in points]
    sides = {k: 1 if dot(rows[k], d.directions[q], meter) > 0 else -1 for k, q in d.members.items()}
    return Data(rows, common, {k: (q, sides[k]) for k, q in d.members.items()})


def touched(i: int, data: Data, d: Derivatives) -> list[int]:
    """Return the data at which neuron i is not zero, or can be not zero near P."""
    plus, minus = d.forward.slopes.numerators
    alive = {"+": bool(plus), "-": bool(minus), "0": True}
    signs = d.forward.signs[i]
    return [k for k in data.classes if alive[signs[k]]]


def make_face(i: int, held: frozenset[int], data: Data, d: Derivatives) -> Face:
    """Return V_i: the span of the touched data, orthogonal to the held classes."""
    size, points = len(data.rows[0]), touched(i, data, d)
    hidden = kernel([data.rows[k] for k in points], size, d.meter)
    basis = kernel([*hidden, *(d.directions[q] for q in sorted(held))], size, d.meter)
    plus, minus = d.forward.slopes.numerators
    classes = d.kink_classes(i) if plus != minus else []
    loose = [q for q in classes if any(dot(d.directions[q], b, d.meter) for b in basis)]
    return Face(i, d.linear_part(i), held, basis, loose, points)


def with_margins(g: Kinked, margins: Mapping[int, Number], d: Derivatives) -> Kinked:
    """Return g - sum_q margin_q |x~_q . v|; every q is a class of the neuron."""
    lengths = [d.lengths[q] for q in margins]
    costs = clear(
        [times(a, b, d.meter) for a, b in zip(margins.values(), lengths, strict=True)], d.meter
    )
    unit = costs.denominator
    kinks = dict(zip(g.kinks, scale(unit, list(g.kinks.values()), d.meter), strict=True))
    reduced = scale(g.denominator, costs.numerators, d.meter)
    for q, cost in zip(margins, reduced, strict=True):
        kinks[q] -= cost
    return Kinked(scale(unit, g.linear, d.meter), kinks, g.denominator * unit)


def psi_on(
    face: Face, signs: Mapping[int, int], vector: Sequence[Whole], d: Derivatives
) -> list[Whole]:
    """Return psi_i, which is linear on the cell, at a vector of V_i, times d.denominator."""
    values = [dot(row, vector, d.meter) for row in face.linear]
    for q in face.loose:
        side = signs[q] * dot(d.directions[q], vector, d.meter)
        values = [v + dot([c], [side], d.meter) for v, c in zip(values, d.classes[q], strict=True)]
    return values


def slopes_on(face: Face, signs: Mapping[int, int], data: Data, d: Derivatives) -> list[Whole]:
    """Return the slope of neuron i at each datum on a cell, times the denominator of the slopes.

    On the kink: 0 where V_i keeps the pre-activation 0, and where the class is not in `signs`.
    """
    plus, minus = d.forward.slopes.numerators
    found: list[Whole] = []
    for k, sign in enumerate(d.forward.signs[face.neuron]):
        if sign != "0":
            found.append(plus if sign == "+" else minus)
        elif plus == minus:
            found.append(plus)
        elif k in data.classes and data.classes[k][0] in signs:
            q, side = data.classes[k]
            found.append(plus if side * signs[q] > 0 else minus)
        else:
            found.append(0)
    return found


@dataclass(frozen=True, slots=True)
class Examined:
    """A neuron whose moves are coordinates: v_i in the span of the basis, and h_i if it moves."""

    face: Face
    signs: Mapping[int, int]
    basis: Vectors
    output_moves: bool


@dataclass(frozen=True, slots=True)
class Product:
    """The term  amount * (side x~_q . v_i) (side' x~_p . v_l),  nonnegative on the cell."""

    left: tuple[int, int]
    right: tuple[int, int]
    amount: Number


def form(
    problem: EmpiricalProblem,
    examined: Sequence[Examined],
    columns: Vectors,
    products: Sequence[Product],
    block: Sequence[int],
    data: Data,
    d: Derivatives,
) -> Vectors:
    """Return an integer matrix with the signature of Q minus the products.

    Its coordinates are, up to positive factors: for each examined neuron its basis and, if it
    moves, the entries of h_i; then for each column of length N and each output the entries of D.
    """
    meter, outputs = d.meter, problem.output_dimension
    heights = clear([h for part in examined for h in problem.outputs[part.face.neuron]], meter)
    rows: list[dict[tuple[int, int], Whole]] = []
    for place, part in enumerate(examined):
        i = part.face.neuron
        h = heights.numerators[place * outputs : (place + 1) * outputs]
        slopes = slopes_on(part.face, part.signs, data, d)
        for b in part.basis:
            values = {k: _product(slopes[k], dot(data.rows[k], b, meter), d) for k in block}
            rows.append(
                {(k, j): _product(h[j], v, d) for k, v in values.items() for j in range(outputs)}
            )
        weight = d.forward.weights[i].numerators
        values = {k: _product(slopes[k], dot(data.rows[k], weight, meter), d) for k in block}
        values = {k: _product(heights.denominator, v, d) for k, v in values.items()}
        if part.output_moves:
            rows += [{(k, j): v for k, v in values.items()} for j in range(outputs)]
    rows += [{(k, j): column[k] for k in block} for column in columns for j in range(outputs)]

    # With s = p / q, the data over E, slopes over S, h over H and psi over G, the matrix is
    # 2 p G (rows . rows) + q (H S E)^2 (cross terms), times T E^2 for products over T.
    common = heights.denominator * d.forward.slopes.denominator * data.denominator
    p, q = problem.scale.numerator, problem.scale.denominator
    amounts = clear([product.amount for product in products], meter)
    outer = amounts.denominator * data.denominator**2
    square = outer * 2 * p * d.denominator
    mixed = outer * q * common**2
    meter.work(20, bits_of((outer, common, square)), bits_of((p, q, d.denominator, common)))
    matrix = _gram(rows, square, d)
    start = 0
    offsets = {}
    for part in examined:
        offsets[part.face.neuron] = (start, part)
        height = start + len(part.basis)
        unit = mixed * d.forward.weights[part.face.neuron].denominator
        for a, b in enumerate(part.basis if part.output_moves else []):
            for j, value in enumerate(psi_on(part.face, part.signs, b, d)):
                entry = _product(unit, value, d)
                matrix[start + a][height + j] += entry
                matrix[height + j][start + a] += entry
        start = height + outputs * part.output_moves
    for product, amount in zip(products, amounts.numerators, strict=True):
        lines = [
            _line(side, offsets, len(matrix), data, d) for side in (product.left, product.right)
        ]
        factor = q * common**2 * d.denominator * amount
        _subtract(matrix, lines, factor, d)
    return matrix


def _product(left: Whole, right: Whole, d: Derivatives) -> Whole:
    return dot([left], [right], d.meter)


def _gram(rows: Sequence[dict[tuple[int, int], Whole]], factor: Whole, d: Derivatives) -> Vectors:
    size = len(rows)
    bits = max((bits_of(row.values()) for row in rows), default=0)
    d.meter.memory(size * size, 2 * bits + factor.bit_length() + 32)
    sparse = [{place: entry for place, entry in row.items() if entry} for row in rows]
    matrix: Vectors = [[0] * size for _ in range(size)]
    for a, left in enumerate(sparse):
        for b in range(a, size):
            right = sparse[b]
            d.meter.work(len(left) + 1, bits, bits + factor.bit_length())
            entry = sum(x * right[place] for place, x in left.items() if place in right)
            matrix[a][b] = matrix[b][a] = factor * entry
    return matrix


def _line(
    side: tuple[int, int],
    offsets: Mapping[int, tuple[int, Examined]],
    size: int,
    data: Data,
    d: Derivatives,
) -> list[Whole]:
    """Return side x~_q . v_i in the coordinates, times the denominator of the data."""
    neuron, q = side
    start, part = offsets[neuron]
    line: list[Whole] = [0] * size
    for a, b in enumerate(part.basis):
        line[start + a] = part.signs[q] * dot(data.rows[q], b, d.meter)
    return line


def _subtract(matrix: Vectors, lines: Sequence[list[Whole]], factor: Whole, d: Derivatives) -> None:
    left, right = lines
    bits = bits_of(left) + bits_of(right) + 1
    d.meter.work(2 * len(left) ** 2, bits, factor.bit_length())
    for a, row in enumerate(matrix):
        for b in range(len(row)):
            term = left[a] * right[b] + left[b] * right[a]
            if term:
                row[b] -= factor * term


def relaxed_columns(
    face: Face, signs: Mapping[int, int], basis: Vectors, data: Data, d: Derivatives
) -> Vectors:
    """Return columns that span the contributions of a relaxed neuron: s_k (x~_k . b) for the
    basis, and the unit vectors of the data on loose classes without a sign.
    """
    slopes, size = slopes_on(face, signs, data, d), len(data.rows)
    columns = [
        [_product(s, dot(row, b, d.meter), d) for s, row in zip(slopes, data.rows, strict=True)]
        for b in basis
    ]
    undecided = set(face.loose) - set(signs)
    for k, (q, _) in data.classes.items():
        if q in undecided:
            columns.append([int(k == other) for other in range(size)])
    return columns


def held_on_cell(
    face: Face,
    signs: Mapping[int, int],
    multipliers: Mapping[int, Number],
    height: Sequence[Number],
    d: Derivatives,
) -> bool:
    """Tell whether phi_i(v) = sum_q lambda_q side_q x~_q . v on V_i, on the cell."""
    h = clear(height, d.meter)
    factors = clear([times(m, d.lengths[q], d.meter) for q, m in multipliers.items()], d.meter)
    d.meter.work(8, h.denominator.bit_length(), d.denominator.bit_length())
    unit = d.denominator * h.denominator
    for b in face.basis:
        left = dot(h.numerators, psi_on(face, signs, b, d), d.meter)
        sides = [signs[q] * dot(d.directions[q], b, d.meter) for q in multipliers]
        right = dot(factors.numerators, sides, d.meter)
        d.meter.work(2, bits_of((left, right)), bits_of((unit, factors.denominator)))
        if left * factors.denominator != right * unit:
            return False
    return True
