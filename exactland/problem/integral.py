"""The integral loss of a network with scalar input, the problem it forms, and its JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from flint import fmpq

from exactland.arithmetic.number_fields import (
    element_from_json,
    element_to_json,
    field_from_json,
    field_to_json,
)
from exactland.arithmetic.ordered_polynomials import (
    Number,
    Polynomial,
    positive_on,
    scale,
    trimmed,
)
from exactland.errors import InputError
from exactland.problem.activations import (
    Quadratic,
    ReluLike,
    absolute_value,
    identity,
    leaky_relu,
    quadratic,
    relu,
    relu_like,
)
from exactland.problem.network import Network
from exactland.problem.strict_json import below, describe, expect_number, expect_object

FORMAT = "exactland-problem/1"
MAX_DEGREE = 64
"""Degree beyond which a target or weight polynomial is refused."""

_ACTIVATIONS: dict[str, tuple[str, ...]] = {
    "relu": (),
    "leaky_relu": ("slope",),
    "abs": (),
    "relu_like": ("alpha_plus", "alpha_minus"),
    "identity": (),
    "quadratic": (),
}


@dataclass(frozen=True, slots=True)
class IntegralLoss:
    """The integral loss  L = scale * int_{T0}^{T1} (f(x) - target(x))^2 weight(x) dx.

    Parameters
    ----------
    interval : (T0, T1)
        T0 < T1.
    target, weight : polynomials
        Coefficients, ascending; the weight is positive on [T0, T1].
    scale : positive number
        1 unless given.

    Raises
    ------
    InputError
        If T0 >= T1, the weight is not positive on the interval, or the scale is not positive.

    Examples
    --------
    >>> IntegralLoss((fmpq(0), fmpq(1)), (fmpq(0), fmpq(1))).length
    1
    >>> IntegralLoss((fmpq(0), fmpq(1)), (), weight=(fmpq(0), fmpq(1)))
    Traceback (most recent call last):
    ...
    exactland.errors.InputError: loss.weight: is not positive on the interval
    """

    interval: tuple[Number, Number]
    target: Polynomial
    weight: Polynomial = (fmpq(1),)
    scale: Number = fmpq(1)

    def __post_init__(self) -> None:
        lower, upper = self.interval
        if not lower < upper:
            raise InputError("loss.interval", f"T0 = {lower} is not below T1 = {upper}")
        object.__setattr__(self, "target", trimmed(self.target))
        object.__setattr__(self, "weight", trimmed(self.weight))
        if not positive_on(self.weight, lower, upper):
            raise InputError("loss.weight", "is not positive on the interval")
        if not self.scale > 0:
            raise InputError("loss.scale", f"{self.scale} is not positive")

    @property
    def length(self) -> Number:
        """The length T = T1 - T0."""
        return self.interval[1] - self.interval[0]

    @property
    def density(self) -> Polynomial:
        """The weight times the scale: all that the loss knows of the two."""
        return scale(self.weight, self.scale)


class Parameters(NamedTuple):
    """A point (w, b, v, c); an absent bias reads as 0."""

    w: tuple[Number, ...]
    b: tuple[Number, ...]
    v: tuple[Number, ...]
    c: Number


@dataclass(frozen=True, slots=True)
class IntegralProblem:
    """A point of the integral loss's landscape: a network with one input and one output.

    Parameters
    ----------
    network : Network
        ``input_weights`` N x 1, ``output_weights`` 1 x N; its biases may be absent.
    loss : IntegralLoss
    field : number field, optional
        Where the numbers lie; absent means the rationals.

    Raises
    ------
    InputError
        If the network has another shape, or the slope of a leaky ReLU is outside [0, 1).

    Examples
    --------
    >>> net = Network(relu(), ((fmpq(1),),), ((fmpq(2),),), (fmpq(0),), (fmpq(3),))
    >>> problem = IntegralProblem(net, IntegralLoss((fmpq(0), fmpq(1)), (fmpq(0), fmpq(1))))
    >>> problem.coordinates, problem.parameters.v
    (('w0', 'b0', 'v0', 'c'), (2,))
    """

    network: Network
    loss: IntegralLoss
    field: Any = None

    def __post_init__(self) -> None:
        network = self.network
        for index, row in enumerate(network.input_weights):
            if len(row) != 1:
                message = f"has {len(row)} entries, but the integral loss has a scalar input"
                raise InputError(f"network.w[{index}]", message)
        if network.output_dimension != 1:
            message = f"has {network.output_dimension} rows, but the integral loss has one output"
            raise InputError("network.v", message)

    @property
    def width(self) -> int:
        """The number N of neurons."""
        return self.network.width

    @property
    def parameters(self) -> Parameters:
        """The point (w, b, v, c)."""
        network = self.network
        zero = fmpq(0)
        return Parameters(
            tuple(row[0] for row in network.input_weights),
            (zero,) * network.width if network.hidden_biases is None else network.hidden_biases,
            network.output_weights[0],
            zero if network.output_bias is None else network.output_bias[0],
        )

    @property
    def has_hidden_biases(self) -> bool:
        """Whether b is a parameter."""
        return self.network.hidden_biases is not None

    @property
    def has_output_bias(self) -> bool:
        """Whether c is a parameter."""
        return self.network.output_bias is not None

    @property
    def coordinates(self) -> tuple[str, ...]:
        """The names of the coordinates in order: w0.., b0.., v0.., c, without absent ones."""
        blocks = ("w", "b", "v") if self.has_hidden_biases else ("w", "v")
        names = [f"{block}{index}" for block in blocks for index in range(self.width)]
        return (*names, "c") if self.has_output_bias else tuple(names)

    def at(self, parameters: Parameters) -> IntegralProblem:
        """Return the same loss at another point (absent biases stay absent)."""
        network = replace(
            self.network,
            input_weights=tuple((w,) for w in parameters.w),
            output_weights=(tuple(parameters.v),),
            hidden_biases=tuple(parameters.b) if self.has_hidden_biases else None,
            output_bias=(parameters.c,) if self.has_output_bias else None,
        )
        return replace(self, network=network)

    def moved(self, direction: Mapping[str, Number], step: Number) -> IntegralProblem:
        """Return the point plus `step` times `direction`, given by coordinate names."""
        values = dict(zip(self.coordinates, self.vector, strict=True))
        for name, change in direction.items():
            values[name] = values[name] + step * change

        def block(name: str) -> tuple[Number, ...]:
            return tuple(values.get(f"{name}{i}", fmpq(0)) for i in range(self.width))

        return self.at(Parameters(block("w"), block("b"), block("v"), values.get("c", fmpq(0))))

    @property
    def vector(self) -> tuple[Number, ...]:
        """The point as one vector, in the order of :attr:`coordinates`."""
        w, b, v, c = self.parameters
        return (
            *w,
            *(b if self.has_hidden_biases else ()),
            *v,
            *((c,) if self.has_output_bias else ()),
        )


def integral_problem_from_json(obj: Any, where: str = "") -> IntegralProblem:
    """Return the integral problem in a parsed problem file.

    Parameters
    ----------
    obj : mapping
        ``network``, ``loss`` and, if numbers are algebraic, ``field``; numbers are text.
    where : str
        Put before the names of fields in messages.

    Raises
    ------
    InputError
        Naming the field that is malformed.

    Examples
    --------
    >>> problem = integral_problem_from_json({
    ...     "network": {"activation": {"kind": "relu"}, "w": [["1"]], "b": ["-1/3"],
    ...                 "v": [["2/3"]], "c": ["1/2"]},
    ...     "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]}})
    >>> problem.parameters.b
    (-1/3,)
    """
    try:
        return _read_problem(obj)
    except InputError as error:
        raise error.within(where) if where else error from None


def integral_problem_to_json(problem: IntegralProblem) -> dict[str, Any]:
    """Return the JSON object of a problem file (format exactland-problem/1).

    Examples
    --------
    >>> net = Network(leaky_relu(fmpq(1, 4)), ((fmpq(1),),), ((fmpq(2),),), None, (fmpq(3),))
    >>> loss = IntegralLoss((fmpq(0), fmpq(1)), (fmpq(0), fmpq(1)))
    >>> integral_problem_to_json(IntegralProblem(net, loss))["network"]["activation"]
    {'kind': 'leaky_relu', 'slope': '1/4'}
    """
    network, loss = problem.network, problem.loss
    activation: dict[str, Any] = {"kind": network.activation.kind}
    for key in _ACTIVATIONS[network.activation.kind]:
        name = "alpha_minus" if key == "slope" else key
        activation[key] = element_to_json(getattr(network.activation, name))
    body: dict[str, Any] = {
        "activation": activation,
        "w": [[element_to_json(entry) for entry in row] for row in network.input_weights],
    }
    if network.hidden_biases is not None:
        body["b"] = [element_to_json(entry) for entry in network.hidden_biases]
    body["v"] = [[element_to_json(entry) for entry in row] for row in network.output_weights]
    if network.output_bias is not None:
        body["c"] = [element_to_json(entry) for entry in network.output_bias]
    result: dict[str, Any] = {"format": FORMAT}
    if problem.field is not None:
        result["field"] = field_to_json(problem.field)
    result["network"] = body
    result["loss"] = {
        "kind": "integral",
        "interval": [element_to_json(end) for end in loss.interval],
        "target": [element_to_json(entry) for entry in loss.target] or ["0"],
        "weight": [element_to_json(entry) for entry in loss.weight],
        "scale": element_to_json(loss.scale),
    }
    return result


def _read_problem(obj: Any) -> IntegralProblem:
    expect_object(obj, "", ("network", "loss"), tuple(obj) if isinstance(obj, Mapping) else ())
    field = None
    if obj.get("field") is not None:
        field = field_from_json(obj["field"], "field")
    read = _number_reader(field)
    return IntegralProblem(
        _read_network(obj["network"], read), _read_loss(obj["loss"], read), field
    )


def _read_network(obj: Any, read: Callable[[Any, str], Number]) -> Network:
    expect_object(obj, "network", ("activation", "w", "v"), ("b", "c"))
    where = "network.activation"
    extra = tuple(obj["activation"]) if isinstance(obj["activation"], Mapping) else ()
    kind = expect_object(obj["activation"], where, ("kind",), extra)["kind"]
    if not isinstance(kind, str) or kind not in _ACTIVATIONS:
        message = f"{kind!r} is not an activation of the integral loss: {', '.join(_ACTIVATIONS)}"
        raise InputError(f"{where}.kind", message)
    keys = _ACTIVATIONS[kind]
    expect_object(obj["activation"], where, ("kind", *keys))
    slopes = [read(obj["activation"][key], below(where, key)) for key in keys]
    makers: dict[str, Callable[..., ReluLike | Quadratic]] = {
        "relu": relu,
        "leaky_relu": leaky_relu,
        "abs": absolute_value,
        "relu_like": relu_like,
        "identity": identity,
        "quadratic": quadratic,
    }
    activation: Any = makers[kind](*slopes)
    outputs = len(_list(obj["v"], "network.v"))
    if outputs != 1:  # before c is compared with v
        raise InputError("network.v", f"has {outputs} rows, but the integral loss has one output")
    return Network(
        activation,
        tuple(
            _vector(row, f"network.w[{i}]", read)
            for i, row in enumerate(_list(obj["w"], "network.w"))
        ),
        tuple(
            _vector(row, f"network.v[{i}]", read)
            for i, row in enumerate(_list(obj["v"], "network.v"))
        ),
        _vector(obj["b"], "network.b", read) if obj.get("b") is not None else None,
        _vector(obj["c"], "network.c", read) if obj.get("c") is not None else None,
    )


def _read_loss(obj: Any, read: Callable[[Any, str], Number]) -> IntegralLoss:
    expect_object(obj, "loss", ("kind", "interval", "target"), ("weight", "scale"))
    if obj["kind"] != "integral":
        raise InputError("loss.kind", f"{obj['kind']!r} is not integral")
    ends = _vector(obj["interval"], "loss.interval", read)
    if len(ends) != 2:
        raise InputError("loss.interval", f"has {len(ends)} entries, not the two ends T0, T1")
    polynomials = {}
    for name in ("target", "weight"):
        coefficients = _vector(obj.get(name, ["1"]), f"loss.{name}", read)
        if len(coefficients) > MAX_DEGREE + 1:
            raise InputError(f"loss.{name}", f"has a degree above {MAX_DEGREE}")
        polynomials[name] = coefficients
    scale_value = read(obj.get("scale", "1"), "loss.scale")
    return IntegralLoss((ends[0], ends[1]), scale=scale_value, **polynomials)


def _number_reader(field: Any) -> Callable[[Any, str], Number]:
    if field is None:
        return expect_number
    return lambda value, where: element_from_json(value, field, where)


def _list(value: Any, where: str) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise InputError(where, f"expected a list, found {describe(value)}")
    return value


def _vector(value: Any, where: str, read: Callable[[Any, str], Number]) -> tuple[Number, ...]:
    return tuple(read(entry, f"{where}[{i}]") for i, entry in enumerate(_list(value, where)))
