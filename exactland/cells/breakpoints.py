"""Breakpoints of a network with scalar input: exact order, neuron types, gates and sites.

With T0 < T1 the interval of the loss, neuron j has the breakpoint t_j = -b_j / w_j (w_j != 0).
Its slope d_j(x) = rho'(w_j x + b_j) on the interval is a step function, its *gate*:
``left + jump * [x > t]``.
"""

from __future__ import annotations

from dataclasses import dataclass

from flint import fmpq

from exactland.arithmetic.ordered_polynomials import Number, Polynomial, add, evaluate, scale
from exactland.problem.activations import Quadratic
from exactland.problem.integral import IntegralProblem


@dataclass(frozen=True, slots=True)
class Gate:
    """The step function x -> left + jump * [x > at] on [T0, T1]; ``jump`` is 0 if constant."""

    left: Number
    jump: Number
    at: Number


@dataclass(frozen=True, slots=True)
class NeuronType:
    """One neuron's place on the interval, every comparison exact.

    Attributes
    ----------
    kind : str
        ReLU: inactive, semi-inactive T0 / T1, semi-active, type-1-active, type-2-active,
        degenerate.  Leaky ReLU and other slopes: kink, linear, constant, degenerate.  Quadratic:
        axis w / b / v, origin (at most one of w, b + w m, v is nonzero), generic.
    flat : bool
        v = 0.
    breakpoint : number or None
        -b / w, wherever it lies; None if w = 0 or for the quadratic activation.
    sign : int
        Of w.
    interior : bool
        The breakpoint is in the open interval (T0, T1).
    endpoint : int or None
        0 or 1 if the breakpoint is exactly T0 or T1.
    """

    kind: str
    flat: bool
    breakpoint: Number | None
    sign: int
    interior: bool
    endpoint: int | None

    @property
    def name(self) -> str:
        """The kind, with ``flat`` in front if v = 0."""
        return f"flat {self.kind}" if self.flat else self.kind

    @property
    def degenerate(self) -> bool:
        """Whether w = b = 0."""
        return self.kind == "degenerate"


@dataclass(frozen=True, slots=True)
class Site:
    """A distinct breakpoint in (T0, T1), with the neurons that sit on it."""

    at: Number
    neurons: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PiecewiseAffine:
    """The network's function on [T0, T1]: ``slopes[i] * x + intercepts[i]`` between the knots.

    ``knots`` are T0, the distinct interior breakpoints in order, T1.
    """

    knots: tuple[Number, ...]
    slopes: tuple[Number, ...]
    intercepts: tuple[Number, ...]


def neuron_types(problem: IntegralProblem) -> tuple[NeuronType, ...]:
    """Return the type of every neuron.

    References
    ----------
    Cheridito, Jentzen, Rossmannek, arXiv 2103.10922 (the names of the ReLU types).

    Examples
    --------
    >>> from exactland.problem.integral import integral_problem_from_json
    >>> problem = integral_problem_from_json({
    ...     "network": {"activation": {"kind": "relu"}, "w": [["1"], ["-1"]], "b": ["-1/3", "0"],
    ...                 "v": [["0", "1"]], "c": ["1/2"]},
    ...     "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]}})
    >>> [neuron.name for neuron in neuron_types(problem)]
    ['flat type-2-active', 'semi-inactive T0']
    """
    w, b, v, _ = problem.parameters
    ends = problem.loss.interval
    if isinstance(problem.network.activation, Quadratic):
        middle = (ends[0] + ends[1]) / 2
        return tuple(
            NeuronType(
                _axis(w[j], b[j] + w[j] * middle, v[j]), v[j] == 0, None, _sign(w[j]), False, None
            )
            for j in range(problem.width)
        )
    is_relu = problem.network.activation.alpha_minus == 0
    return tuple(_type(w[j], b[j], v[j], ends, is_relu) for j in range(problem.width))


def gates(
    problem: IntegralProblem, types: tuple[NeuronType, ...], at_zero: Number
) -> tuple[Gate, ...]:
    """Return the gate of every neuron; `at_zero` is the slope rho'(0) at degenerate ones.

    Examples
    --------
    >>> from exactland.problem.integral import integral_problem_from_json
    >>> problem = integral_problem_from_json({
    ...     "network": {"activation": {"kind": "relu"}, "w": [["-1"]], "b": ["1/3"],
    ...                 "v": [["1"]]},
    ...     "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]}})
    >>> gates(problem, neuron_types(problem), fmpq(1))
    (Gate(left=1, jump=-1, at=1/3),)
    """
    activation = problem.network.activation
    plus, minus = activation.alpha_plus, activation.alpha_minus
    lower, upper = problem.loss.interval
    b = problem.parameters.b
    result = []
    for j, neuron in enumerate(types):
        zero = plus - plus
        if neuron.sign == 0:
            constant = at_zero if b[j] == 0 else plus if b[j] > 0 else minus
            result.append(Gate(constant, zero, lower))
            continue
        before, after = (minus, plus) if neuron.sign > 0 else (plus, minus)
        if neuron.interior:
            result.append(Gate(before, after - before, neuron.breakpoint))
        elif neuron.breakpoint <= lower:
            result.append(Gate(after, zero, lower))
        else:
            result.append(Gate(before, zero, upper))
    return tuple(result)


def sites(types: tuple[NeuronType, ...]) -> tuple[Site, ...]:
    """Return the distinct interior breakpoints in increasing order, with their neurons.

    Examples
    --------
    >>> half = NeuronType("kink", False, fmpq(1, 2), 1, True, None)
    >>> third = NeuronType("kink", False, fmpq(1, 3), -1, True, None)
    >>> [(site.at, site.neurons) for site in sites((half, third, half))]
    [(1/3, (1,)), (1/2, (0, 2))]
    """
    interior = [j for j, neuron in enumerate(types) if neuron.interior]
    interior.sort(key=lambda j: _Ordered(types[j].breakpoint))
    groups: list[list[int]] = []
    for j in interior:
        if groups and types[groups[-1][0]].breakpoint == types[j].breakpoint:
            groups[-1].append(j)
        else:
            groups.append([j])
    return tuple(Site(types[group[0]].breakpoint, tuple(group)) for group in groups)


def piecewise_function(
    problem: IntegralProblem, types: tuple[NeuronType, ...], gate: tuple[Gate, ...]
) -> PiecewiseAffine:
    """Return the network's function as affine pieces on [T0, T1].

    Examples
    --------
    >>> from exactland.problem.integral import integral_problem_from_json
    >>> problem = integral_problem_from_json({
    ...     "network": {"activation": {"kind": "relu"}, "w": [["1"]], "b": ["-1/3"],
    ...                 "v": [["2"]], "c": ["1"]},
    ...     "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]}})
    >>> types = neuron_types(problem)
    >>> function = piecewise_function(problem, types, gates(problem, types, fmpq(1)))
    >>> function.knots, function.slopes, function.intercepts
    ((0, 1/3, 1), (0, 2), (1, 1/3))
    """
    w, b, v, c = problem.parameters
    lower, upper = problem.loss.interval
    slope, intercept = fmpq(0), c
    for j, step in enumerate(gate):
        slope = slope + v[j] * w[j] * step.left
        intercept = intercept + v[j] * b[j] * step.left
    knots, slopes, intercepts = [lower], [slope], [intercept]
    for site in sites(types):
        for j in site.neurons:
            slope = slope + v[j] * w[j] * gate[j].jump
            intercept = intercept + v[j] * b[j] * gate[j].jump
        knots.append(site.at)
        slopes.append(slope)
        intercepts.append(intercept)
    return PiecewiseAffine((*knots, upper), tuple(slopes), tuple(intercepts))


def residual_pieces(problem: IntegralProblem, function: PiecewiseAffine) -> list[Polynomial]:
    """Return the residual r = f - target on every piece, as polynomials.

    Examples
    --------
    >>> from exactland.problem.integral import integral_problem_from_json
    >>> problem = integral_problem_from_json({
    ...     "network": {"activation": {"kind": "relu"}, "w": [], "v": [[]], "c": ["1/2"]},
    ...     "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]}})
    >>> residual_pieces(problem, piecewise_function(problem, (), ()))
    [(1/2, -1)]
    """
    target = scale(problem.loss.target, fmpq(-1))
    return [
        add((intercept, slope), target)
        for slope, intercept in zip(function.slopes, function.intercepts, strict=True)
    ]


def residual_at(function: PiecewiseAffine, pieces: list[Polynomial], point: Number) -> Number:
    """Return r(point) for a point of [T0, T1].

    Examples
    --------
    >>> function = PiecewiseAffine((fmpq(0), fmpq(1)), (fmpq(0),), (fmpq(1, 2),))
    >>> residual_at(function, [(fmpq(1, 2), fmpq(-1))], fmpq(1))
    -1/2
    """
    for index, piece in enumerate(pieces):
        if point <= function.knots[index + 1]:
            return evaluate(piece, point)
    raise ValueError("the point is outside the interval")


class _Ordered:
    """Sorts numbers that have ``<`` but perhaps no total-ordering protocol beyond it."""

    __slots__ = ("value",)

    def __init__(self, value: Number) -> None:
        self.value = value

    def __lt__(self, other: _Ordered) -> bool:
        return bool(self.value < other.value)


def _type(
    w: Number, b: Number, v: Number, ends: tuple[Number, Number], is_relu: bool
) -> NeuronType:
    flat, sign = bool(v == 0), _sign(w)
    if sign == 0:
        if b == 0:
            kind = "degenerate"
        elif not is_relu:
            kind = "constant"
        else:
            kind = "semi-active" if b > 0 else "inactive"
        return NeuronType(kind, flat, None, 0, False, None)
    at = -b / w
    endpoint = 0 if at == ends[0] else 1 if at == ends[1] else None
    interior = endpoint is None and bool(ends[0] < at < ends[1])
    if not is_relu:
        return NeuronType("kink" if interior else "linear", flat, at, sign, interior, endpoint)
    if interior:
        kind = "type-2-active"
    elif endpoint is not None and (endpoint == 1) == (sign > 0):
        kind = f"semi-inactive T{endpoint}"
    else:
        active_everywhere = at <= ends[0] if sign > 0 else at >= ends[1]
        kind = "type-1-active" if active_everywhere else "inactive"
    return NeuronType(kind, flat, at, sign, interior, endpoint)


def _axis(w: Number, centred: Number, v: Number) -> str:
    names = [name for name, value in (("w", w), ("b", centred), ("v", v)) if value != 0]
    if not names:
        return "origin"
    return f"axis {names[0]}" if len(names) == 1 else "generic"


def _sign(value: Number) -> int:
    return int(value > 0) - int(value < 0)
