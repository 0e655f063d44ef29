"""Residuals, signs and the one-sided derivatives of the empirical loss, in integer arithmetic.

(Where the problem declares a number field, elements of it take the place of integers.)

For neuron i, with s_ik the sign of w~_i . x~_k and e_k = f(x_k) - y_k, the derivative of L in the
direction v of w~_i, per unit of h_i, is

    psi_i(v) = A_i v + sum_q kappa_q |x~_q . v|      (a vector of length J).

The sum runs over the data on the kink of the neuron (s_iq = 0).  Data that are parallel are on the
kink together, so they are merged once and for all: a class is represented by its first point q and
enters as  kappa_q |x~_q . v| = C_q |p_q . v|  with p_q = x~_q / length_q the primitive integer
vector along x~_q.  Rows x~_k = 0 contribute nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, compress
from math import gcd
from operator import add, mul

from exactland.checker.fields import Number, Real, RealField, Whole
from exactland.checker.limits import Meter
from exactland.checker.numbers import (
    Scaled,
    bits_of,
    clear,
    common_denominator,
    dot,
    inner,
    over,
    ratio,
    scale,
    size_of,
    total,
)
from exactland.checker.problem import EmpiricalProblem


@dataclass(frozen=True, slots=True)
class Forward:
    """The network evaluated on the data.

    Each row is scaled by its own positive denominator, which leaves every sign unchanged.
    """

    points: list[Scaled[Whole]]  # x~_k
    point_bits: int  # the longest number in them
    weights: list[Scaled[Whole]]  # w~_i
    signs: list[str]  # per neuron a string of N characters + - 0, the signs s_ik
    residuals: list[list[Whole]]  # per output j the numerators of e_1j, ..., e_Nj
    denominator: int  # F, common to all residuals
    slopes: Scaled[Whole]  # alpha_plus, alpha_minus over one denominator S


def evaluate(problem: EmpiricalProblem, meter: Meter) -> Forward:
    """Compute signs and residuals."""
    points = [clear(row, meter, keep=True) for row in problem.points]
    point_bits = max(bits_of(point.numerators) for point in points)
    weights = [clear(row, meter, keep=True) for row in problem.weights]
    slopes = clear(problem.slopes, meter)
    count, outputs = len(points), problem.output_dimension

    # h_ij / D_i over one denominator H, so that f_j(x_k) is a sum of integers over S H E_k.
    coefficients = [
        ratio(h.numerator, h.denominator * row.denominator, meter)
        for row, output in zip(weights, problem.outputs, strict=True)
        for h in output
    ]
    cleared = clear(coefficients, meter)
    sums: list[list[Whole]] = [[0] * count for _ in range(outputs)]
    signs = []
    meter.memory(problem.width, 8 * count)
    plus, minus = slopes.numerators
    for i, row in enumerate(weights):
        values = preactivations(row, points, point_bits, meter)
        signs.append("".join("+" if t > 0 else "-" if t else "0" for t in values))
        size = bits_of(values) + bits_of((plus, minus))
        meter.work(count, bits_of(values), bits_of((plus, minus)))
        meter.memory(count * (outputs + 2), size + bits_of(cleared.numerators), keep=False)
        activated = [(plus if t > 0 else minus) * t for t in values]
        for j in range(outputs):
            coefficient = cleared.numerators[i * outputs + j]
            if coefficient:
                meter.work(2 * count, coefficient.bit_length(), size)
                sums[j] = [f + coefficient * a for f, a in zip(sums[j], activated, strict=True)]

    network_denominator = slopes.denominator * cleared.denominator
    bias: list[Number] = problem.output_bias or [Fraction(0)] * outputs
    shifts = [
        [total((c, -target), meter) for c, target in zip(bias, row, strict=True)]
        for row in problem.targets
    ]
    denominators = [network_denominator * row.denominator for row in points]
    denominators += [shift.denominator for row in shifts for shift in row]
    common = common_denominator(denominators, meter)
    residuals = []
    for j in range(outputs):
        shifted = over([row[j] for row in shifts], common, meter)
        meter.work(2 * count, bits_of(sums[j]), common.bit_length())
        meter.memory(count, bits_of(sums[j]) + common.bit_length())
        residuals.append(
            [
                f * (common // (network_denominator * row.denominator)) + shift
                for f, row, shift in zip(sums[j], points, shifted, strict=True)
            ]
        )
    return Forward(points, point_bits, weights, signs, residuals, common, slopes)


def preactivations(
    weight: Scaled[Whole], points: list[Scaled[Whole]], point_bits: int, meter: Meter
) -> list[Whole]:
    """Return w~ . x~_k for every k, over the denominator of w~ times that of x~_k."""
    row, bits = weight.numerators, bits_of(weight.numerators)
    meter.work(len(row) * len(points), bits, point_bits)
    meter.memory(len(points), bits + point_bits, keep=False)
    return [inner(row, point.numerators) for point in points]


def loss(problem: EmpiricalProblem, forward: Forward, meter: Meter) -> Number:
    """Return L = scale * sum_k |e_k|^2."""
    squares: Whole = 0
    for residuals in forward.residuals:
        size = bits_of(residuals)
        meter.work(len(residuals), size, size)
        squares += sum(e * e for e in residuals)
    numerator = problem.scale.numerator * squares
    return ratio(numerator, problem.scale.denominator * forward.denominator**2, meter)


@dataclass(frozen=True, slots=True)
class Kinked:
    """The function  v -> (linear . v + sum_q kinks[q] |p_q . v|) / denominator."""

    linear: list[Whole]
    kinks: dict[int, Whole]
    denominator: int


@dataclass(frozen=True, slots=True)
class Derivatives:
    """What the one-sided derivatives of every neuron are made of, over one denominator G."""

    forward: Forward
    columns: list[list[list[Whole]]]  # [j][coordinate] -> the N numbers s e_kj x~_k
    column_sums: list[list[Whole]]  # [j][coordinate] -> their sum
    classes: dict[int, list[Whole]]  # q -> C_q, J numbers, for every class of parallel data
    directions: dict[int, list[Whole]]  # q -> p_q
    lengths: dict[int, Number]  # q -> length_q > 0
    members: dict[int, int]  # k -> the q of its class
    bits: int  # the longest number in columns and classes
    denominator: int  # G
    output_bias: list[Number]  # dL/dc
    meter: Meter

    def linear_part(self, i: int) -> list[list[Whole]]:
        """Return A_i as J rows over G."""
        signs = self.forward.signs[i]
        positive = [sign == "+" for sign in signs]
        zero = [sign == "0" for sign in signs]
        plus, minus = self.forward.slopes.numerators
        rows = []
        for columns, sums in zip(self.columns, self.column_sums, strict=True):
            row = []
            for column, whole in zip(columns, sums, strict=True):
                self.meter.work(len(column), self.bits)
                doubled = 2 * sum(compress(column, positive)) + sum(compress(column, zero))
                row.append(2 * minus * whole + (plus - minus) * doubled)
            rows.append(row)
        return rows

    def kink_classes(self, i: int) -> list[int]:
        """Return the class representatives on the kink of neuron i."""
        signs = self.forward.signs[i]
        return [q for q in self.classes if signs[q] == "0"]

    def along(self, i: int, linear_part: list[list[Whole]], output: list[Number]) -> Kinked:
        """Return v -> output . psi_i(v); with output = h_i this is phi_i."""
        h, classes = clear(output, self.meter), self.kink_classes(i)
        self.meter.memory(len(classes), self.bits + bits_of(h.numerators), keep=False)
        return Kinked(
            [dot(h.numerators, column, self.meter) for column in zip(*linear_part, strict=True)],
            {q: dot(h.numerators, self.classes[q], self.meter) for q in classes},
            self.denominator * h.denominator,
        )

    def component(self, i: int, linear_part: list[list[Whole]], j: int) -> Kinked:
        """Return v -> the j-th component of psi_i(v)."""
        kinks = {q: self.classes[q][j] for q in self.kink_classes(i)}
        return Kinked(linear_part[j], kinks, self.denominator)

    def value(self, functional: Kinked, v: Scaled[Whole]) -> Number:
        """Return the functional at v."""
        result = dot(functional.linear, v.numerators, self.meter)
        for q, kink in functional.kinks.items():
            if kink:
                distance = size_of(dot(self.directions[q], v.numerators, self.meter))
                result += dot([kink], [distance], self.meter)
        return ratio(result, functional.denominator * v.denominator, self.meter)

    def output_weights(self, i: int, linear_part: list[list[Whole]]) -> list[Number]:
        """Return dL/dh_i = Psi(w~_i) = A_i w~_i."""
        weight = self.forward.weights[i]
        products = [dot(row, weight.numerators, self.meter) for row in linear_part]
        denominator = self.denominator * weight.denominator
        return [ratio(x, denominator, self.meter) if x else Fraction(0) for x in products]


def derive(problem: EmpiricalProblem, forward: Forward, meter: Meter) -> Derivatives:
    """Prepare the one-sided derivatives: s e_kj x~_k and the merged kinks, over one denominator.

    With e_kj = n_kj / F, x~_k = X_k / E, slopes over S and the loss scale p / q, everything is an
    integer over G = q F E S.
    """
    slopes = forward.slopes
    data_denominator = common_denominator((point.denominator for point in forward.points), meter)
    rows = [  # X_k
        scale(data_denominator // point.denominator, point.numerators, meter, keep=True)
        for point in forward.points
    ]
    residuals = [  # p n_kj
        scale(problem.scale.numerator, e, meter, keep=True) for e in forward.residuals
    ]
    columns = []
    for e in residuals:
        group = []
        for coordinate in zip(*rows, strict=True):
            meter.work(len(e), bits_of(e), bits_of(coordinate))
            meter.memory(len(e), bits_of(e) + bits_of(coordinate))
            group.append(list(map(mul, e, coordinate)))
        columns.append(group)

    classes: dict[int, list[Whole]] = {}
    directions: dict[int, list[Whole]] = {}
    lengths: dict[int, Number] = {}
    members: dict[int, int] = {}
    reals = problem.reals
    if reals is None or all(isinstance(x, int) for row in rows for x in row):
        lines = _lines(rows, meter)
    else:
        lines = _real_lines(rows, reals)
    for k, q, direction, length in lines:
        members[k] = q
        if q == k:
            directions[k] = direction
            lengths[k] = ratio(length, data_denominator, meter)
            classes[k] = [0] * len(residuals)
        jump = (slopes.numerators[0] - slopes.numerators[1]) * length
        kink = scale(jump, [e[k] for e in residuals], meter, keep=True)
        classes[q] = list(map(add, classes[q], kink))

    residual_denominator = problem.scale.denominator * forward.denominator
    return Derivatives(
        forward=forward,
        columns=columns,
        column_sums=[[sum(column) for column in group] for group in columns],
        classes=classes,
        directions=directions,
        lengths=lengths,
        members=members,
        bits=max(map(bits_of, chain(*columns, classes.values()))),
        denominator=residual_denominator * data_denominator * slopes.denominator,
        output_bias=[ratio(2 * sum(e), residual_denominator, meter) for e in residuals],
        meter=meter,
    )


Lines = Iterator[tuple[int, int, list[Whole], Whole]]
"""k, the representative q of its class, a vector p, and a length with  X_k = +-length p; for k = q
the vector is p_q."""


def _lines(rows: list[list[Whole]], meter: Meter) -> Lines:
    """Group integer rows by the primitive vector along them, in both orientations."""
    representative: dict[tuple[Whole, ...], int] = {}
    for k, row in enumerate(rows):
        size = bits_of(row)
        meter.work(4 * len(row), size, size)
        meter.memory(3 * len(row), size)
        divisor = gcd(*row)  # type: ignore[arg-type]  # the rows are integers
        if divisor == 0:
            continue
        primitive = tuple(x // divisor for x in row)  # type: ignore[operator]  # as well
        q = representative.setdefault(primitive, k)
        if q == k:
            representative[tuple(-x for x in primitive)] = k
        yield k, q, list(primitive), divisor


def _real_lines(rows: list[list[Whole]], reals: RealField) -> Lines:
    """Group rows over a number field by the vector along them whose first nonzero entry is 1."""
    found: list[tuple[int, list[Whole]]] = []
    for k, row in enumerate(rows):
        head = next((x for x in row if x), None)
        if head is None:
            continue
        real = head if isinstance(head, Real) else reals.rational(head)
        inverse = real.inverse("problem.loss.x")
        unit: list[Whole] = [(inverse * x).reduced() for x in row]
        q = next((q for q, known in found if known == unit), k)
        if q == k:
            found.append((k, unit))
        # As for integers, the vector of a class points along its first datum.
        yield k, q, unit if head > 0 else [-x for x in unit], size_of(head)
