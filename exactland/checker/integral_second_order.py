"""The Hessian of the integral loss, where it exists, and the proof of the inertia of a matrix.

    H = 2 int grad f grad f^T p + 2 int (second derivatives of f) r p
        + sum_j mu_j D_j D_j^T,      mu_j = 2 v_j (alpha_plus - alpha_minus) r(t_j) p(t_j) / |w_j|,

where D_j(dw, db) = t_j dw_j + db_j says how the breakpoint t_j moves.  The last sum runs over the
breakpoints inside (T0, T1); for the modified Hessian also over the semi-inactive neurons.
"""

from __future__ import annotations

from operator import mul

from exactland.checker import limits
from exactland.checker.fields import Real
from exactland.checker.integral_functional import Hinge, Neuron, Point, against, hinges
from exactland.checker.integral_problem import read_reals
from exactland.checker.limits import Meter
from exactland.checker.numbers import bits_of
from exactland.checker.outcome import Rejected, Unusable
from exactland.checker.reader import Field
from exactland.checker.real_polynomials import multiply

HESSIAN, MODIFIED = "hessian", "modified_hessian"
Matrix = list[list[Real]]


def semi_inactive(point: Point, neuron: Neuron) -> bool:
    """Tell whether a neuron is 0 on [T0, T1] and its breakpoint is exactly T0 or T1."""
    return neuron.endpoint is not None and neuron.inside < 0 and neuron.after.is_zero()


def require_twice_differentiable(point: Point, modified: bool, where: str) -> None:
    """Require what makes the (modified) Hessian the second order of L at the point."""
    if point.smooth:
        return
    for j, neuron in enumerate(point.neurons):
        if neuron.degenerate:
            raise Rejected(where, f"neuron {j} is degenerate")
        if neuron.endpoint is None or neuron.flat or not point.problem.hidden_bias:
            continue
        if modified and semi_inactive(point, neuron):
            continue
        if not point.weighted_residual(end_knot(point, neuron)).is_zero():
            raise Rejected(where, f"the breakpoint of neuron {j} is exactly T{neuron.endpoint}")


def require_c2(point: Point, where: str) -> None:
    """Require that no neuron is degenerate and no breakpoint that can move is T0 or T1."""
    if point.smooth:
        return
    for j, neuron in enumerate(point.neurons):
        if neuron.degenerate or (neuron.endpoint is not None and point.problem.hidden_bias):
            raise Rejected(where, f"neuron {j} is degenerate or has its breakpoint at an end")


def end_knot(point: Point, neuron: Neuron) -> int:
    """Return the index of the knot T0 or T1 of a neuron with its breakpoint there."""
    return len(point.knots) - 1 if neuron.endpoint else 0


def bend(point: Point, neuron: Neuron) -> Real:
    """Return mu_j of a neuron whose breakpoint lies in [T0, T1]."""
    knot = neuron.knot if neuron.interior else end_knot(point, neuron)
    slope = neuron.weight if neuron.weight_sign > 0 else -neuron.weight
    value = neuron.output * point.kink * point.weighted_residual(knot) * 2
    return value * slope.inverse("problem.network.w")


def hessian(point: Point, modified: bool = False) -> Matrix:
    """Return the (modified) Hessian, in the order of the coordinates."""
    problem, meter = point.problem, point.problem.field.meter
    width, zero = problem.width, problem.field.zero
    derivatives = hinges(point)
    size = len(derivatives)
    meter.memory(size * size, 64)
    rows = [[zero] * size for _ in range(size)]
    for i, left in enumerate(derivatives):
        for k in range(i, size):
            entry = inner(left, derivatives[k], point) * 2
            meter.memory(1, bits_of(entry.numerators) + entry.denominator.bit_length())
            rows[i][k] = rows[k][i] = entry

    def increase(row: int, column: int, amount: Real) -> None:
        rows[row][column] = rows[row][column] + amount
        if row != column:
            rows[column][row] = rows[row][column]

    bias = width if problem.hidden_bias else None
    output = width + (width if problem.hidden_bias else 0)
    for j, neuron in enumerate(point.neurons):
        for (a, b), hinge in _second_derivatives(point, neuron).items():
            places = {"w": j, "b": None if bias is None else bias + j, "v": output + j}
            row, column = places[a], places[b]
            if row is not None and column is not None:
                increase(row, column, against(hinge, point.residual_tails, zero) * 2)
        moves = neuron.interior or (modified and semi_inactive(point, neuron))
        if bias is not None and moves and not neuron.flat and not point.smooth:
            at, curvature = neuron.breakpoint, bend(point, neuron)
            assert at is not None
            increase(j, j, curvature * at * at)
            increase(j, bias + j, curvature * at)
            increase(bias + j, bias + j, curvature)
    return rows


def _second_derivatives(point: Point, neuron: Neuron) -> dict[tuple[str, str], Hinge]:
    """Return the second derivatives of v rho(w x + b), without the motion of the breakpoint."""
    zero, one = point.problem.field.zero, point.problem.field.one
    w, b, v = neuron.weight, neuron.bias, neuron.output
    if point.problem.slopes is None:
        return {
            ("w", "w"): Hinge([], [zero, zero, v * 2], 0),
            ("w", "b"): Hinge([], [zero, v * 2], 0),
            ("b", "b"): Hinge([], [v * 2], 0),
            ("w", "v"): Hinge([], [zero, b * 2, w * 2], 0),
            ("b", "v"): Hinge([], [b * 2, w * 2], 0),
        }
    before, after = neuron.before, neuron.after
    return {
        ("w", "v"): Hinge([zero, before * one], [zero, after * one], neuron.knot),
        ("b", "v"): Hinge([before], [after], neuron.knot),
    }


def inner(left: Hinge, right: Hinge, point: Point) -> Real:
    """Return int left right p."""
    if left.knot > right.knot:
        left, right = right, left
    tails, total = point.weight_tails, point.problem.field.zero
    first, second = left.knot, right.knot
    if first:
        for power, c in enumerate(multiply(left.before, right.before)):
            if any(c.numerators):
                total = total + c * (tails[power][0] - tails[power][first])
    if first != second:
        for power, c in enumerate(multiply(left.after, right.before)):
            if any(c.numerators):
                total = total + c * (tails[power][first] - tails[power][second])
    for power, c in enumerate(multiply(left.after, right.after)):
        if any(c.numerators):
            total = total + c * tails[power][second]
    return total


def shifted(matrix: Matrix, amount: Real) -> Matrix:
    """Return matrix - amount * identity."""
    return [
        [entry - amount if i == k else entry for k, entry in enumerate(row)]
        for i, row in enumerate(matrix)
    ]


def quadratic_form(matrix: Matrix, vector: list[Real]) -> Real:
    """Return v^T H v."""
    support = [i for i, entry in enumerate(vector) if any(entry.numerators)]
    total = vector[0].field.zero
    for i in support:
        row = vector[0].field.zero
        for k in support:
            row = row + matrix[i][k] * vector[k]
        total = total + vector[i] * row
    return total


def check_inertia(matrix: Matrix, witness: Field) -> tuple[int, int, int]:
    """Return the numbers of negative, zero and positive eigenvalues that the witness proves.

    With kernel vectors K (H K = 0), integer columns C and the integers G, 2^bits H = G + E with
    0 <= E <= 2 entrywise: |(C^T G C)_ii| > sum_{k != i} |(C^T G C)_ik| + 2 |C_i|_1 sum_k |C_k|_1.
    """
    size = len(matrix)
    parts = witness.members(("kernel", "congruence", "bits"))
    bits = parts["bits"].index()
    if bits > limits.MAX_REFINEMENT_BITS:
        limit = f"MAX_REFINEMENT_BITS = {limits.MAX_REFINEMENT_BITS}"
        raise Unusable(parts["bits"].where, f"above {limit}")
    columns = [_integers(item, size) for item in parts["congruence"].items()]
    kernel = parts["kernel"].items()
    if len(kernel) + len(columns) != size:
        raise Rejected(witness.where, f"the vectors are not as many as the size {size}")
    _check_kernel(matrix, kernel)
    meter = witness.meter
    rounded = [[entry.rounded(bits) for entry in row] for row in matrix]
    signs = _dominant_signs(rounded, columns, parts["congruence"].where, meter)
    return signs.count(-1), len(kernel), signs.count(1)


def _integers(item: Field, size: int) -> list[int]:
    vector = item.numbers(size)
    if any(value.denominator != 1 for value in vector):
        raise Unusable(item.where, "must consist of integers")
    return [value.numerator for value in vector]


def _check_kernel(matrix: Matrix, kernel: list[Field]) -> None:
    """Require H k = 0, and that each vector has a coordinate that is 0 in all others only."""
    if not kernel:
        return
    field = matrix[0][0].field
    vectors = [read_reals(item, field, len(matrix)) for item in kernel]
    used = [sum(any(vector[i].numerators) for vector in vectors) for i in range(len(matrix))]
    for item, vector in zip(kernel, vectors, strict=True):
        own = [i for i, count in enumerate(used) if count == 1 and not vector[i].is_zero()]
        if not own:
            raise Rejected(item.where, "has no coordinate of its own")
        support = [i for i, entry in enumerate(vector) if any(entry.numerators)]
        for row in matrix:
            total = field.zero
            for i in support:
                if any(row[i].numerators):
                    total = total + row[i] * vector[i]
            if not total.is_zero():
                raise Rejected(item.where, "is not in the kernel of the matrix")


def _dominant_signs(
    rounded: list[list[int]], columns: list[list[int]], where: str, meter: Meter
) -> list[int]:
    """Return the signs of the diagonal of C^T G C, which must dominate with the slack."""
    count, size = len(columns), len(rounded)
    entry, column = max(map(bits_of, rounded), default=0), max(map(bits_of, columns), default=0)
    meter.work(count * size * size, entry, column)
    meter.work(count * count * size, entry + column, column)
    meter.memory(2 * count * size, entry + column)
    lengths = [sum(map(abs, c)) for c in columns]
    total = sum(lengths)
    signs = []
    images = [[sum(map(mul, row, c)) for row in rounded] for c in columns]  # G C, by columns
    for i, c in enumerate(columns):
        products = [sum(map(mul, c, image)) for image in images]
        rest = sum(map(abs, products)) - abs(products[i]) + 2 * lengths[i] * total
        if abs(products[i]) <= rest:
            raise Rejected(f"{where}[{i}]", "the matrix C^T H C is not dominated by its diagonal")
        signs.append(1 if products[i] > 0 else -1)
    return signs
