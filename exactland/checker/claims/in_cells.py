"""Claims about a network with one hidden layer within its cell of activation patterns.

A cell prescribes for each neuron i and data point k a side s_ik = + or -.  The (closed) cell of a
network is the set of all networks of its shape with s_ik (w~'_i . x~_k) >= 0, whatever h' and c'.
There f(x_k) = c' + sum_i h'_i a_ik (w~'_i . x~_k), with a_ik the slope on the side s_ik.
"""

from __future__ import annotations

from itertools import compress

from exactland.checker.claims.case import Case, require_zero_bias_derivative
from exactland.checker.elimination import rank
from exactland.checker.fields import Whole
from exactland.checker.functional import Derivatives
from exactland.checker.numbers import Scaled, bits_of, clear, inner, times, total
from exactland.checker.outcome import Rejected, Unusable


def cell_global_minimum(case: Case) -> str:
    """P is in the closed cell, and all in-cell derivatives vanish: A_i = 0 with slopes a_ik.

    Then sum_k e_k . (f_Q(x_k) - f_P(x_k)) = 0 for every Q in the cell, and
    L(Q) - L(P) = scale * sum_k |f_Q(x_k) - f_P(x_k)|^2 >= 0.
    """
    cells = case.read_claim("cell")["cell"].items(case.problem.width)
    case.witness.members(())
    patterns = [cell.text() for cell in cells]
    for cell, pattern in zip(cells, patterns, strict=True):
        if len(pattern) != len(case.problem.points) or not set(pattern) <= {"+", "-"}:
            raise Unusable(cell.where, "must have a sign + or - for each data point")
    d = case.derivatives()
    for cell, pattern, signs in zip(cells, patterns, d.forward.signs, strict=True):
        if any(sign not in ("0", side) for sign, side in zip(signs, pattern, strict=True)):
            raise Rejected(cell.where, "the network is not in this cell")
    _require_cell_stationary(case, d, patterns)
    return f"{case.problem}: of least loss among all networks in a cell of activation patterns"


def cell_valley_dimension(case: Case) -> str:
    """One output, P inside its open cell, no output weight zero, all in-cell derivatives zero.

    The predictions near P are (sum_i h'_i a_ik x~_k . w~'_i + c')_k.  They lie in the span V of the
    columns of all matrices (a_ik x~_k)_k (and of 1 if c is there); since h_i is not zero, moving
    w~_i alone reaches all of V.  So the networks near P with P's predictions, that is with P's
    loss, form a manifold of dimension (parameters) - dim V.
    """
    field = case.read_claim("dimension")["dimension"]
    claimed = field.index()
    case.witness.members(())
    problem, where = case.problem, case.given.where
    if problem.output_dimension != 1:
        raise Rejected(f"{where}.network.v", "the claim is for one output")
    d = case.derivatives()
    patterns = _open_cell(case, d)
    for i, output in enumerate(problem.outputs):
        if output[0] == 0:
            raise Rejected(f"{where}.network.v[0][{i}]", "is zero")
    _require_cell_stationary(case, d, patterns)
    columns = [
        column for pattern in dict.fromkeys(patterns) for column in _masked(case, d, pattern)
    ]
    if problem.output_bias is not None:
        # Row k of the masked data is scaled by the denominator of x~_k, so the constant is too.
        columns.append([point.denominator for point in d.forward.points])
    parameters = problem.width * (problem.dimension + 1) + (problem.output_bias is not None)
    dimension = parameters - rank(columns, case.meter)
    if claimed != dimension:
        raise Rejected(field.where, f"the dimension is {dimension}")
    return (
        f"{problem}: of least loss in its cell of activation patterns; the networks near it with "
        f"the same loss form a manifold of dimension {dimension}"
    )


def two_components_in_cell(case: Case) -> str:
    """Two neurons without biases and one output, both in one open cell C: the minima of C x C
    form exactly two components.

    The in-cell minimisers are the networks with h'_1 w'_1 + h'_2 w'_2 = beta, because the masked
    data have full column rank.  If h'_1 = 0, or if h'_1 and h'_2 have the same sign, then beta is 0
    or lies in C or -C; so h'_1 h'_2 < 0.  With h'_1 > 0 the points (h'_1 w'_1, -h'_2 w'_2) are the
    (u, v) in C x C with u - v = beta, a convex set, and h'_1, -h'_2 > 0 are free: connected.  The
    other sign is its image when the neurons are exchanged.
    """
    case.read_claim()
    case.witness.members(())
    problem, where = case.problem, case.given.where
    if problem.width != 2 or problem.output_dimension != 1:
        raise Rejected(f"{where}.network", "the claim is for two neurons and one output")
    if problem.hidden_bias or problem.output_bias is not None:
        raise Rejected(f"{where}.network", "the claim is for networks without biases")
    d = case.derivatives()
    patterns = _open_cell(case, d)
    if patterns[0] != patterns[1]:
        raise Rejected(f"{where}.network.w", "the neurons are in different cells")
    _require_cell_stationary(case, d, patterns)
    if rank(_masked(case, d, patterns[0]), case.meter) != problem.dimension:
        raise Rejected(f"{where}.loss.x", "the masked data do not determine beta")
    terms = [
        [times(h[0], w, case.meter) for w in row]
        for h, row in zip(problem.outputs, problem.weights, strict=True)
    ]
    beta = clear([total(pair, case.meter) for pair in zip(*terms, strict=True)], case.meter)
    sides = set()
    for point, side in zip(d.forward.points, patterns[0], strict=True):
        case.meter.work(len(beta.numerators), bits_of(beta.numerators), d.forward.point_bits)
        if any(point.numerators):
            value = inner(beta.numerators, point.numerators)
            sides.add((value > 0) - (value < 0) if side == "+" else (value < 0) - (value > 0))
    if not any(beta.numerators) or sides in ({1}, {-1}):
        raise Rejected(f"{where}.network", "beta is zero or lies in the cell or its negative")
    return (
        f"{problem}: of least loss in its cell of activation patterns; the networks of least loss "
        "in the open cell form exactly two connected components"
    )


def _require_cell_stationary(case: Case, d: Derivatives, patterns: list[str]) -> None:
    require_zero_bias_derivative(case, d)
    plus, minus = d.forward.slopes.numerators
    seen = set()
    for i, pattern in enumerate(patterns):
        if pattern in seen:
            continue
        seen.add(pattern)
        positive = [side == "+" for side in pattern]
        for columns, sums in zip(d.columns, d.column_sums, strict=True):
            for column, whole in zip(columns, sums, strict=True):
                case.meter.work(len(column) + 2, d.bits)
                active = sum(compress(column, positive))
                if plus * active + minus * (whole - active):
                    why = "the loss has a nonzero derivative in this neuron's cell"
                    raise Rejected(f"{case.given.where}.network.w[{i}]", why)


def _open_cell(case: Case, d: Derivatives) -> list[str]:
    """Return the sides of a network that is on no boundary; a zero row x~_k counts as +."""
    patterns = []
    for i, signs in enumerate(d.forward.signs):
        sides = []
        for sign, point in zip(signs, d.forward.points, strict=True):
            if sign == "0" and any(point.numerators):
                raise Rejected(f"{case.given.where}.network.w[{i}]", "is on the boundary of a cell")
            sides.append("+" if sign == "0" else sign)
        patterns.append("".join(sides))
    return patterns


def _masked(case: Case, d: Derivatives, pattern: str) -> list[list[Whole]]:
    """Return the columns of (a_k x~_k)_k, row k times the denominators."""
    slopes: Scaled[Whole] = d.forward.slopes
    plus, minus = slopes.numerators
    points = d.forward.points
    case.meter.work(len(points) * case.problem.dimension, d.forward.point_bits, 64)
    case.meter.memory(len(points) * case.problem.dimension, 2 * d.forward.point_bits)
    rows = [
        [(plus if side == "+" else minus) * x for x in point.numerators]
        for side, point in zip(pattern, points, strict=True)
    ]
    return [list(column) for column in zip(*rows, strict=True)]
