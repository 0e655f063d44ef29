"""The problem of a certificate: a network with scalar input, and an integral squared loss."""

from __future__ import annotations

from dataclasses import dataclass

from exactland.checker import limits
from exactland.checker.fields import Real, RealField, read_field
from exactland.checker.outcome import Unusable
from exactland.checker.reader import Field
from exactland.checker.real_polynomials import Polynomial, scale, sign_on

QUADRATIC = "quadratic"
_FIXED_SLOPES = {"relu": (1, 0), "abs": (1, -1), "identity": (1, 1)}


@dataclass(frozen=True, slots=True, eq=False)
class IntegralProblem:
    """A point of the landscape L = int_{start}^{end} (f - target)^2 density dx.

    Parameters
    ----------
    slopes : (alpha_plus, alpha_minus), or None for the quadratic activation
        rho(t) = alpha_plus * t for t > 0, alpha_minus * t for t <= 0; or rho(t) = t^2.
    weights, biases, outputs : N numbers each
        w_j, b_j, v_j; an absent b is zero.
    constant : c, zero if absent
    hidden_bias, output_bias : bool
        Whether b and c are parameters.
    start, end : T0 < T1
    density : scale * weight, positive on [T0, T1]
    network_shape, loss_data : tuple
        What two networks must share to be points of one landscape.
    """

    field: RealField
    slopes: tuple[Real, Real] | None
    weights: list[Real]
    biases: list[Real]
    outputs: list[Real]
    constant: Real
    hidden_bias: bool
    output_bias: bool
    start: Real
    end: Real
    target: Polynomial
    density: Polynomial
    network_shape: tuple[object, ...]
    network_data: tuple[object, ...]
    landscape: tuple[object, ...]

    @property
    def width(self) -> int:
        """The number N of neurons."""
        return len(self.weights)

    def coordinates(self) -> list[str]:
        """Return the names of the parameters: w0, ..., b0, ..., v0, ..., c, without absent ones."""
        blocks = "wbv" if self.hidden_bias else "wv"
        names = [f"{block}{j}" for block in blocks for j in range(self.width)]
        return [*names, "c"] if self.output_bias else names

    def shape(self) -> tuple[object, ...]:
        """What two networks must share to be points of one landscape, apart from the loss."""
        return self.network_shape

    def loss_data(self) -> tuple[object, ...]:
        """The data of the loss, with the field in which they are written."""
        return self.landscape

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, IntegralProblem):
            return NotImplemented
        return (self.network_shape, self.network_data, self.landscape) == (
            other.network_shape,
            other.network_data,
            other.landscape,
        )

    def __hash__(self) -> int:
        return hash((self.network_shape, self.network_data, self.landscape))

    def __str__(self) -> str:
        neurons = "1 neuron" if self.width == 1 else f"{self.width} neurons"
        return f"this network of {neurons} with the integral loss"


def read_real(item: Field, field: RealField) -> Real:
    """Read a number: rational, or the coefficients of 1, theta, theta^2, ..."""
    if not isinstance(item.value, list):
        return field.rational(item.number())
    value = field.read(item.numbers(), item.where)
    return value if isinstance(value, Real) else field.rational(value)


def read_reals(item: Field, field: RealField, length: int | None = None) -> list[Real]:
    """Read an array of numbers."""
    return [read_real(entry, field) for entry in item.items(length)]


def read_integral_problem(problem: Field) -> IntegralProblem:
    """Read a problem with an integral loss."""
    parts = problem.members(("format", "network", "loss"), ("field",))
    field = read_field(parts["field"]) if "field" in parts else RealField(problem.meter)
    loss = parts["loss"].members(("kind", "interval", "target"), ("weight", "scale"))
    start, end = read_reals(loss["interval"], field, 2)
    if (end - start).sign() <= 0:
        raise Unusable(loss["interval"].where, "T0 must be below T1")
    target = _polynomial(loss["target"], field)
    weight = _polynomial(loss["weight"], field) if "weight" in loss else [field.one]
    factor = read_real(loss["scale"], field) if "scale" in loss else field.one
    if factor.sign() <= 0:
        raise Unusable(loss["scale"].where, "must be positive")
    _require_positive(weight, start, end, loss)

    network = parts["network"].members(("activation", "w", "v"), ("b", "c"))
    weights = [read_reals(row, field, 1)[0] for row in network["w"].items()]
    width = len(weights)
    outputs = read_reals(network["v"].items(1)[0], field, width)
    biases = read_reals(network["b"], field, width) if "b" in network else [field.zero] * width
    constant = read_reals(network["c"], field, 1)[0] if "c" in network else field.zero
    slopes = _slopes(network["activation"], field)
    shape = (
        "integral",
        None if slopes is None else tuple(map(_written, slopes)),
        width,
        "b" in network,
        "c" in network,
    )
    return IntegralProblem(
        field=field,
        slopes=slopes,
        weights=weights,
        biases=biases,
        outputs=outputs,
        constant=constant,
        hidden_bias="b" in network,
        output_bias="c" in network,
        start=start,
        end=end,
        target=target,
        density=scale(factor, weight),
        network_shape=shape,
        network_data=tuple(map(_written, [*weights, *biases, *outputs, constant])),
        landscape=(
            tuple(field.minpoly),
            field.declared,
            _written(start),
            _written(end),
            tuple(map(_written, _trimmed(target))),
            tuple(map(_written, _trimmed(weight))),
            _written(factor),
        ),
    )


def _written(value: Real) -> tuple[object, ...]:
    value = value.reduced()
    return (*value.numerators, value.denominator)


def _trimmed(polynomial: Polynomial) -> Polynomial:
    length = len(polynomial)
    while length and not any(polynomial[length - 1].numerators):
        length -= 1
    return polynomial[:length]


def _polynomial(item: Field, field: RealField) -> Polynomial:
    if len(item.items()) > limits.MAX_POLYNOMIAL_DEGREE + 1:
        limit = f"MAX_POLYNOMIAL_DEGREE = {limits.MAX_POLYNOMIAL_DEGREE}"
        raise Unusable(item.where, f"a degree above {limit}")
    return _trimmed(read_reals(item, field))


def _require_positive(weight: Polynomial, start: Real, end: Real, loss: dict[str, Field]) -> None:
    positive = sign_on(weight, start, end, strict=True)
    if positive is None:
        raise Unusable(loss["weight"].where, "its sign is not decided")
    if not positive:
        raise Unusable(loss["weight"].where, "must be positive on the interval")


def _slopes(activation: Field, field: RealField) -> tuple[Real, Real] | None:
    kind = activation.get("kind").text()
    if kind == QUADRATIC:
        activation.members(("kind",))
        return None
    if kind in _FIXED_SLOPES:
        activation.members(("kind",))
        fixed = _FIXED_SLOPES[kind]
        return field.rational(fixed[0]), field.rational(fixed[1])
    if kind == "leaky_relu":
        slope = activation.members(("kind", "slope"))["slope"]
        value = read_real(slope, field)
        if value.sign() < 0 or (field.one - value).sign() <= 0:
            raise Unusable(slope.where, "must be at least 0 and below 1")
        return field.one, value
    if kind == "relu_like":
        members = activation.members(("kind", "alpha_plus", "alpha_minus"))
        plus, minus = (read_real(members[key], field) for key in ("alpha_plus", "alpha_minus"))
        if (plus - minus).is_zero():
            raise Unusable(activation.where, "alpha_plus and alpha_minus must differ")
        return plus, minus
    raise Unusable(activation.where, f"unknown activation {kind[:40]!a}")
