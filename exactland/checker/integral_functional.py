"""The integral loss at a point: neurons, pieces of the residual, loss, derivatives, Hessian.

With r = f - target, p the density and T0 = q_0 < ... < q_m = T1 the knots (the ends and the
breakpoints t_j = -b_j / w_j between them), everything is made of

    W_k(i) = int_{q_i}^{T1} x^k p dx,        R_k(i) = int_{q_i}^{T1} x^k r p dx.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cmp_to_key

from exactland.checker.fields import Real
from exactland.checker.integral_problem import IntegralProblem
from exactland.checker.real_polynomials import (
    Polynomial,
    add,
    antiderivative,
    evaluate,
    integral,
    multiply,
    scale,
)

Tails = list[list[Real]]


@dataclass(frozen=True, slots=True)
class Neuron:
    """One neuron with its slope on [T0, T1]: `before` the knot, `after` it.

    `breakpoint` is None if w = 0 or it lies outside of [T0, T1]; `endpoint` is 0 or 1 if it is T0
    or T1.  `inside` is the sign of the pre-activation inside the interval, where it has only one.
    A neuron with w = b = 0 is degenerate, unless the activation is linear.
    """

    weight: Real
    bias: Real
    output: Real
    flat: bool
    degenerate: bool
    weight_sign: int
    breakpoint: Real | None
    endpoint: int | None
    inside: int
    before: Real
    after: Real
    knot: int

    @property
    def interior(self) -> bool:
        """Whether the breakpoint is strictly between T0 and T1."""
        return self.breakpoint is not None and self.endpoint is None

    @property
    def loose(self) -> bool:
        """Whether the neuron is degenerate with v != 0, where L need not be differentiable."""
        return self.degenerate and not self.flat


@dataclass(frozen=True, slots=True)
class Hinge:
    """The function that is one polynomial before a knot and another after it."""

    before: Polynomial
    after: Polynomial
    knot: int


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the landscape, evaluated."""

    problem: IntegralProblem
    kink: Real  # alpha_plus - alpha_minus; zero for the quadratic activation
    neurons: list[Neuron]
    knots: list[Real]  # over one denominator
    residual: list[Polynomial]  # r between the knots, over one denominator
    weight_tails: Tails  # W_k, knots in lowest terms
    residual_tails: Tails  # R_k

    @property
    def smooth(self) -> bool:
        """Whether the activation is a polynomial, and so is L."""
        return self.kink.is_zero()

    @property
    def residual_vanishes(self) -> bool:
        """Whether r = 0 on the interval."""
        return all(c.is_zero() for piece in self.residual for c in piece)

    def weighted_residual(self, at: int) -> Real:
        """Return r p at the knot of index `at`."""
        piece = self.residual[min(at, len(self.residual) - 1)]
        density = evaluate(self.problem.density, self.knots[at])
        return evaluate(piece, self.knots[at]) * density


def evaluate_point(problem: IntegralProblem) -> Point:
    """Evaluate the network on the interval."""
    field, slopes = problem.field, problem.slopes
    kink = field.zero if slopes is None else slopes[0] - slopes[1]
    placed = [_place(problem, j, kink) for j in range(problem.width)]
    inner = distinct([n.breakpoint for n in placed if n.breakpoint is not None and n.interior])
    reduced = [problem.start, *inner, problem.end]
    neurons = [_with_knot(neuron, inner) for neuron in placed]
    knots = field.over_common_denominator(reduced)
    residual = _residual(problem, neurons, len(reduced) - 1)
    top = 4 if slopes is None else 2
    return Point(
        problem=problem,
        kink=kink,
        neurons=neurons,
        knots=knots,
        residual=residual,
        weight_tails=[_weight_tail(problem, power, reduced) for power in range(top + 1)],
        residual_tails=[_residual_tail(problem, power, residual, knots) for power in range(3)],
    )


def distinct(values: Sequence[Real]) -> list[Real]:
    """Return the numbers in increasing order, each once."""
    ordered = sorted(values, key=cmp_to_key(_compare))
    result: list[Real] = []
    for value in ordered:
        if not result or not (value - result[-1]).is_zero():
            result.append(value)
    return result


def _compare(left: Real, right: Real) -> int:
    return (left - right).sign()


def _place(problem: IntegralProblem, j: int, kink: Real) -> Neuron:
    """Return neuron j; its knot is filled in when the knots are known."""
    w, b, v = problem.weights[j], problem.biases[j], problem.outputs[j]
    ends = (w * problem.start + b, w * problem.end + b)
    signs = (ends[0].sign(), ends[1].sign())
    weight_sign, zero = w.sign(), problem.field.zero
    breakpoint, endpoint = None, None
    if weight_sign and signs[0] * signs[1] <= 0 and problem.slopes is not None:
        breakpoint = (-b * w.inverse(f"problem.network.w[{j}]")).reduced()
        endpoint = 0 if signs[0] == 0 else 1 if signs[1] == 0 else None
    inside = 0 if signs[0] * signs[1] < 0 else signs[0] or signs[1]
    before = after = zero
    if problem.slopes is not None:
        plus, minus = problem.slopes
        before, after = (plus if sign > 0 else minus for sign in signs)
        if inside or not any(signs):
            before = after = plus if inside >= 0 else minus
    return Neuron(
        weight=w,
        bias=b,
        output=v,
        flat=v.is_zero(),
        degenerate=weight_sign == 0 and b.is_zero() and not kink.is_zero(),
        weight_sign=weight_sign,
        breakpoint=breakpoint,
        endpoint=endpoint,
        inside=inside,
        before=before,
        after=after,
        knot=0,
    )


def _with_knot(neuron: Neuron, inner: list[Real]) -> Neuron:
    """Return the neuron with the index of its breakpoint among the knots (0 for a constant slope).

    The inner knots increase, so that they are searched by halving.
    """
    if neuron.breakpoint is None or not neuron.interior:
        return neuron
    low, high = 0, len(inner) - 1
    while low < high:
        middle = (low + high) // 2
        if (neuron.breakpoint - inner[middle]).sign() > 0:
            low = middle + 1
        else:
            high = middle
    return replace(neuron, knot=low + 1)


def _residual(problem: IntegralProblem, neurons: list[Neuron], count: int) -> list[Polynomial]:
    """Return r = c + sum_j v_j rho(w_j x + b_j) - target on each of `count` pieces."""
    field = problem.field
    size = max(3 if problem.slopes is None else 2, len(problem.target))
    constant = [problem.constant] + [field.zero] * (size - 1)
    parts: list[tuple[int, Polynomial]] = [(0, constant)]
    parts.append((0, [-c for c in problem.target]))
    for n in neurons:
        if problem.slopes is None:
            square = [n.bias * n.bias, n.weight * n.bias * 2, n.weight * n.weight]
            parts.append((0, scale(n.output, square)))
            continue
        line = scale(n.output, [n.bias, n.weight])
        parts.append((0, scale(n.before, line)))
        if n.knot:
            parts.append((n.knot, scale(n.after - n.before, line)))
    return assemble(parts, count, problem)


def assemble(
    parts: list[tuple[int, Polynomial]], count: int, problem: IntegralProblem
) -> list[Polynomial]:
    """Return the sum of functions that are a polynomial from a piece on, and 0 before it."""
    flat = [coefficient for _, polynomial in parts for coefficient in polynomial]
    cleared = iter(problem.field.over_common_denominator(flat))
    changes: list[Polynomial] = [[] for _ in range(count)]
    for piece, polynomial in parts:
        changes[piece] = add(changes[piece], [next(cleared) for _ in polynomial])
    size = max(len(polynomial) for _, polynomial in parts)
    total = [problem.field.zero] * size
    pieces = []
    for change in changes:
        total = add(total, change)
        pieces.append(total)
    return pieces


def _weight_tail(problem: IntegralProblem, power: int, knots: list[Real]) -> list[Real]:
    """Return W_power at every knot."""
    whole = antiderivative([problem.field.zero] * power + problem.density)
    values = [evaluate(whole, knot) for knot in knots]
    return [(values[-1] - value).reduced() for value in values]


def _residual_tail(
    problem: IntegralProblem, power: int, residual: list[Polynomial], knots: list[Real]
) -> list[Real]:
    """Return R_power at every knot."""
    tails = [problem.field.zero]
    for index in range(len(residual) - 1, -1, -1):
        weighted = multiply(residual[index], problem.density)
        piece = [problem.field.zero] * power + weighted
        tails.append(tails[-1] + integral([piece], knots[index : index + 2]))
    return tails[::-1]


def loss(point: Point) -> Real:
    """Return L = int r^2 p."""
    squares = [multiply(r, multiply(r, point.problem.density)) for r in point.residual]
    return integral(squares, point.knots)


def hinges(point: Point) -> list[Hinge]:
    """Return the derivatives of f in the parameters, in the order of the coordinates."""
    problem = point.problem
    by_weight, by_bias, by_output = [], [], []
    for n in point.neurons:
        w, b, v = n.weight, n.bias, n.output
        if problem.slopes is None:
            by_weight.append(_everywhere([problem.field.zero, v * b * 2, v * w * 2]))
            by_bias.append(_everywhere([v * b * 2, v * w * 2]))
            by_output.append(_everywhere([b * b, w * b * 2, w * w]))
            continue
        gates = Hinge([n.before], [n.after], n.knot)
        by_weight.append(_times([problem.field.zero, v], gates))
        by_bias.append(_times([v], gates))
        by_output.append(_times([b, w], gates))
    result = [*by_weight, *(by_bias if problem.hidden_bias else ()), *by_output]
    return [*result, _everywhere([problem.field.one])] if problem.output_bias else result


def _everywhere(polynomial: Polynomial) -> Hinge:
    return Hinge([], polynomial, 0)


def _times(polynomial: Polynomial, hinge: Hinge) -> Hinge:
    """Return polynomial * hinge; a part that vanishes is left out."""
    before, after = (
        multiply(polynomial, part) if any(part[0].numerators) else []
        for part in (hinge.before, hinge.after)
    )
    return Hinge(before if hinge.knot else [], after, hinge.knot)


def against(hinge: Hinge, tails: Tails, zero: Real) -> Real:
    """Return int hinge r p (tails R) or int hinge p (tails W)."""
    total = zero
    for power, coefficient in enumerate(hinge.before):
        if any(coefficient.numerators):
            part = tails[power][0] - tails[power][hinge.knot]
            total = total + coefficient * part
    for power, coefficient in enumerate(hinge.after):
        if any(coefficient.numerators):
            total = total + coefficient * tails[power][hinge.knot]
    return total


def gradient(point: Point, at_zero: Real | None = None) -> list[Real]:
    """Return 2 int (df/dparameter) r p in the order of the coordinates.

    At degenerate neurons rho'(0) = alpha_plus, or `at_zero` if given; at loose ones these numbers
    need not be derivatives.
    """
    if at_zero is not None:
        neurons = [
            replace(n, before=at_zero, after=at_zero) if n.degenerate else n for n in point.neurons
        ]
        point = replace(point, neurons=neurons)
    zero = point.problem.field.zero
    return [against(hinge, point.residual_tails, zero) * 2 for hinge in hinges(point)]


def loose_coordinates(point: Point) -> set[str]:
    """Return the names of w_j and b_j of the neurons that are degenerate with v != 0."""
    loose = [j for j, neuron in enumerate(point.neurons) if neuron.loose]
    return {f"{block}{j}" for j in loose for block in "wb"}
