"""Claims about local minima: a certified region, or a curve along which the loss descends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from exactland.checker import limits
from exactland.checker.claims.case import (
    Case,
    require_zero_bias_derivative,
    require_zero_output_derivatives,
    vanishes,
)
from exactland.checker.claims.several_outputs import blockwise_minimum
from exactland.checker.claims.stationarity import neuron_groups, parameter_groups
from exactland.checker.fields import Number, Whole
from exactland.checker.functional import Derivatives, Forward, evaluate, preactivations
from exactland.checker.numbers import (
    bits_of,
    clear,
    common_denominator,
    inner,
    scale,
    show,
    size_of,
    total,
)
from exactland.checker.outcome import Rejected, Unusable
from exactland.checker.reader import Field
from exactland.checker.trees import Tree, prove_nonnegative, read_tree


@dataclass(frozen=True, slots=True)
class NeuronRegion:
    """The claimed region of one neuron and its proof."""

    where: str
    signs: str
    spread: Number | None  # None: every output weight is allowed
    plus: list[Tree]
    minus: list[Tree]


def local_minimum(case: Case) -> str:
    """L(Q) >= L(P) for every Q in the region, which contains the ball of the given radius.

    (A claim with a type instead of a region is about blocks: see `blockwise_minimum`.)

    In the region Psi(w~'_i) = psi_i(w~'_i - w~_i), so h'_i . Psi(w~'_i) >= 0 for each neuron, and
    L(Q) - L(P) = sum_i h'_i . Psi(w~'_i) + scale * sum_k |f_Q(x_k) - f_P(x_k)|^2 >= 0.
    """
    if case.claim.has("type"):
        return blockwise_minimum(case)
    claim = case.read_claim("radius", "region")
    radius = claim["radius"].exact()
    regions = _read_regions(case, claim["region"])
    if radius <= 0:
        raise Rejected(claim["radius"].where, "must be positive")

    d = case.derivatives()
    require_zero_bias_derivative(case, d)
    for i, region in enumerate(regions):
        if region.signs != d.forward.signs[i]:
            raise Rejected(f"{region.where}.signs", "not the signs of the neuron on the data")
        rows = d.linear_part(i)
        require_zero_output_derivatives(case, i, rows, d)
        if region.spread is None:
            if not vanishes(rows, i, d):
                raise Rejected(f"{region.where}.output", f"psi_{i} is not identically zero")
        else:
            _require_spread(case, i, rows, region, d)
            if radius * case.problem.output_dimension > region.spread:
                raise Rejected(claim["radius"].where, f"exceeds the spread of neuron {i} over J")
        _require_signs_within(d.forward, i, radius, claim["radius"].where, case)
    return (
        f"{case.problem}: a local minimum; no network in the stated region, which contains every "
        f"one within {show(radius)} of this one in each parameter, has a lower loss"
    )


def _read_regions(case: Case, region: Field) -> list[NeuronRegion]:
    neurons = region.members(("neurons",))["neurons"].items(case.problem.width)
    proofs = case.witness.members(("neurons",))["neurons"].items(case.problem.width)
    regions = []
    for neuron, proof in zip(neurons, proofs, strict=True):
        members, outputs = neuron.members(("signs", "output")), case.problem.output_dimension
        signs, output = members["signs"].text(), members["output"]
        if output.value == "all":
            output.text()
            if proof.value is not None:
                raise Unusable(proof.where, 'must be null, since the output is "all"')
            regions.append(NeuronRegion(neuron.where, signs, None, [], []))
            continue
        spread = output.members(("spread",))["spread"].exact()
        trees = proof.members(("plus", "minus"))
        plus, minus = (
            [read_tree(tree) for tree in trees[side].items(outputs)] for side in ("plus", "minus")
        )
        regions.append(NeuronRegion(neuron.where, signs, spread, plus, minus))
    return regions


def _require_spread(
    case: Case, i: int, rows: list[list[Whole]], region: NeuronRegion, d: Derivatives
) -> None:
    """Require (h_i +- spread e_j) . psi_i >= 0 for every output j."""
    assert region.spread is not None
    if region.spread <= 0:
        raise Rejected(f"{region.where}.output.spread", "must be positive")
    h = case.problem.outputs[i]
    for amount, trees in ((region.spread, region.plus), (-region.spread, region.minus)):
        for j, tree in enumerate(trees):
            shifted = [*h[:j], total((h[j], amount), case.meter), *h[j + 1 :]]
            prove_nonnegative(d.along(i, rows, shifted), tree, d)


def _require_signs_within(forward: Forward, i: int, radius: Number, where: str, case: Case) -> None:
    """Require radius * |x~_k|_1 <= |w~_i . x~_k| wherever the right side is not zero."""
    weight, points = forward.weights[i], forward.points
    factor = radius.numerator * weight.denominator
    values = preactivations(weight, points, forward.point_bits, case.meter)
    case.meter.work(len(points), bits_of(values), radius.denominator.bit_length())
    case.meter.work(len(points), factor.bit_length(), forward.point_bits)
    for k, (point, value) in enumerate(zip(points, values, strict=True)):
        if value and factor * sum(map(size_of, point.numerators)) > radius.denominator * size_of(
            value
        ):
            raise Rejected(where, f"the sign of neuron {i} at x_{k} can change within the radius")


Curve = list[list[Number]]  # one list of coefficients of tau^0, tau^1, ... per parameter


def not_local_minimum(case: Case) -> str:
    """L(P(tau)) - L(P), a polynomial for small tau > 0, has a negative lowest coefficient."""
    case.read_claim()
    problem, field = case.problem, case.witness.members(("curve",))["curve"]
    parts = field.members((), parameter_groups(case))
    neurons = parts["neurons"].indexed(problem.width) if "neurons" in parts else {}
    curves = {i: _read_neuron_curve(case, i, neuron) for i, neuron in neurons.items()}
    no_bias: list[Number] = [Fraction(0)] * problem.output_dimension
    bias = _read_coefficients(parts["c"], no_bias) if "c" in parts else [[c] for c in no_bias]

    forward = evaluate(problem, case.meter)
    degree = 1 + max((_degree(w) + _degree(h) for w, h in curves.values()), default=0)
    degree = max(degree, 1 + _degree(bias))
    changes, unit = _output_changes(case, forward, curves, bias, degree)

    # With e = n / F and the change of f at x_k equal to d(tau) / M, the coefficient of tau^a is a
    # positive multiple of  sum_k (2 M n d_a + F sum_b d_b d_(a-b)).
    for a in range(1, 2 * degree):
        coefficient: Whole = 0
        for residuals, polynomials in zip(forward.residuals, changes, strict=True):
            for n, change in zip(residuals, polynomials, strict=True):
                coefficient += 2 * unit * n * change[a] if a < degree else 0
                low, high = max(1, a - degree + 1), min(a, degree)
                size = bits_of(change)
                case.meter.work(high - low + 3, size, size)
                case.meter.work(2, size + n.bit_length(), unit.bit_length())
                case.meter.work(2, 2 * size, forward.denominator.bit_length())
                square = sum(change[b] * change[a - b] for b in range(low, high))
                coefficient += forward.denominator * square
        if coefficient:
            if coefficient > 0:
                why = f"the lowest nonzero coefficient of the loss, of tau^{a}, is positive"
                raise Rejected(field.where, why)
            return (
                f"{problem}: not a local minimum; along the given curve the loss decreases "
                f"like -tau^{a}"
            )
    raise Rejected(field.where, "the loss is constant along the curve")


def _degree(curve: Curve) -> int:
    return max(len(coefficients) for coefficients in curve) - 1


def _read_coefficients(field: Field, start: list[Number]) -> Curve:
    """Read the coefficients of tau^1, tau^2, ... of each parameter of a group."""
    curve = []
    for item, constant in zip(field.items(len(start)), start, strict=True):
        if len(item.items()) > limits.MAX_CURVE_DEGREE:
            raise Unusable(item.where, f"degree above MAX_CURVE_DEGREE = {limits.MAX_CURVE_DEGREE}")
        curve.append([constant, *item.exacts()])
    return curve


def _read_neuron_curve(case: Case, i: int, field: Field) -> tuple[Curve, Curve]:
    """Return the curves of w~_i and h_i."""
    parts = field.members((), neuron_groups(case))
    weights, outputs = case.problem.weights[i], case.problem.outputs[i]
    inputs = len(weights) - case.problem.hidden_bias
    w = _read_coefficients(parts["w"], weights[:inputs]) if "w" in parts else None
    w = w or [[value] for value in weights[:inputs]]
    if case.problem.hidden_bias:
        bias = replace(parts["b"], value=[parts["b"].value]) if "b" in parts else None
        w += _read_coefficients(bias, weights[inputs:]) if bias else [weights[inputs:]]
    h = _read_coefficients(parts["v"], outputs) if "v" in parts else [[value] for value in outputs]
    return w, h


def _output_changes(
    case: Case,
    forward: Forward,
    curves: dict[int, tuple[Curve, Curve]],
    bias: Curve,
    degree: int,
) -> tuple[list[list[list[Whole]]], int]:
    """Return, for each output j and point k, the polynomial f_P(tau)(x_k)_j - f_P(x_k)_j.

    The coefficients are integers over the second value returned.  The constant one is left wrong:
    it is zero, since f is continuous along the curve, and the caller does not use it.
    """
    meter, points, slopes = case.meter, forward.points, forward.slopes
    cleared = {
        i: (
            [clear(row, meter, keep=True) for row in _coefficient_rows(w)],
            [clear(row, meter, keep=True) for row in _coefficient_rows(h)],
        )
        for i, (w, h) in curves.items()
    }
    bias_denominator = common_denominator((x.denominator for row in bias for x in row), meter)
    weight_denominator = common_denominator(
        (row.denominator for w, _ in cleared.values() for row in w), meter
    )
    output_denominator = common_denominator(
        (row.denominator for _, h in cleared.values() for row in h), meter
    )
    data_denominator = common_denominator((point.denominator for point in points), meter)
    network = weight_denominator * output_denominator * data_denominator * slopes.denominator
    unit = network * bias_denominator
    meter.memory(len(points) * case.problem.output_dimension * degree, 2 * unit.bit_length())
    changes: list[list[list[Whole]]] = [[[0] * degree for _ in points] for _ in bias]
    for j, coefficients in enumerate(bias):
        for a, c in enumerate(coefficients[1:], start=1):
            shift = c.numerator * (unit // c.denominator)
            for polynomial in changes[j]:
                polynomial[a] += shift
    for w, h in cleared.values():
        w_rows = [scale(weight_denominator // r.denominator, r.numerators, meter) for r in w]
        h_rows = [scale(output_denominator // r.denominator, r.numerators, meter) for r in h]
        w_bits, h_bits = (max(map(bits_of, rows)) for rows in (w_rows, h_rows))
        for k, point in enumerate(points):
            size, outputs = bits_of(point.numerators), len(bias)
            meter.work(len(w_rows) * len(point.numerators), w_bits, size)
            meter.work(len(w_rows) * len(h_rows) * outputs, w_bits + size, h_bits)
            meter.work(len(w_rows), w_bits + size + unit.bit_length(), unit.bit_length())
            line = [inner(row, point.numerators) for row in w_rows]
            sign = next((value for value in line if value), 0)
            slope = slopes.numerators[0] if sign > 0 else slopes.numerators[1]
            factor = slope * (data_denominator // point.denominator) * bias_denominator
            for a, value in enumerate(line):
                activated = value * factor
                if activated:
                    for b, output in enumerate(h_rows):
                        for j in range(outputs):
                            changes[j][k][a + b] += activated * output[j]
    return changes, unit


def _coefficient_rows(curve: Curve) -> list[list[Number]]:
    """Return one vector per power of tau."""
    return [
        [coefficients[a] if a < len(coefficients) else Fraction(0) for coefficients in curve]
        for a in range(_degree(curve) + 1)
    ]
