"""The problem of a certificate: a network, data, and the empirical squared loss."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from exactland.checker.fields import Number, RealField, read_field
from exactland.checker.outcome import Unusable
from exactland.checker.reader import Field

PROBLEM_FORMAT = "exactland-problem/1"
_FIXED_SLOPES = {"relu": (1, 0), "abs": (1, -1), "identity": (1, 1)}

Rows = list[list[Fraction]]
ExactRows = list[list[Number]]


@dataclass(frozen=True, slots=True)
class EmpiricalProblem:
    """A point of the loss landscape L = scale * sum_k |f(x_k) - y_k|^2.

    Parameters
    ----------
    slopes : (alpha_plus, alpha_minus)
        rho(t) = alpha_plus * t for t > 0, alpha_minus * t for t <= 0.
    weights : m rows
        w~_i: the input weights, with the hidden bias appended where the network has biases.
    outputs : m rows of length J
        h_i, column i of v.
    output_bias : length J, or None where c is not a parameter
    hidden_bias : bool
        Whether b is a parameter.
    points : N rows
        x~_k: the inputs, with 1 appended where the network has hidden biases.
    targets : N rows of length J
    scale : positive
    reals : the number field that the problem declares, or None
    """

    slopes: tuple[Number, Number]
    weights: ExactRows
    outputs: ExactRows
    output_bias: list[Number] | None
    hidden_bias: bool
    points: ExactRows
    targets: ExactRows
    scale: Number
    reals: RealField | None = field(default=None, compare=False)

    @property
    def width(self) -> int:
        """The number m of neurons."""
        return len(self.weights)

    @property
    def dimension(self) -> int:
        """The number of entries of a weight row with its bias."""
        return len(self.points[0])

    @property
    def output_dimension(self) -> int:
        """The number J of outputs."""
        return len(self.targets[0])

    def shape(self) -> tuple[object, ...]:
        """What two networks must share to be points of one landscape, apart from the loss."""
        return self.slopes, self.width, self.hidden_bias, self.output_bias is None

    def loss_data(self) -> tuple[object, ...]:
        """The data of the loss."""
        return self.points, self.targets, self.scale

    def __str__(self) -> str:
        neurons = "1 neuron" if self.width == 1 else f"{self.width} neurons"
        points = "1 data point" if len(self.points) == 1 else f"{len(self.points)} data points"
        return f"this network of {neurons} on {points}"


def read_empirical_problem(problem: Field) -> EmpiricalProblem:
    """Read a problem with an empirical loss."""
    parts = problem.within(None).members(("format", "network", "loss"), ("field",))
    reals = read_field(parts["field"]) if "field" in parts else None
    parts = {key: part.within(reals) for key, part in parts.items()}
    loss = parts["loss"].members(("kind", "x", "y"), ("scale",))
    points = read_matrix(loss["x"])
    targets = read_matrix(loss["y"], rows=len(points))
    scale = loss["scale"].exact() if "scale" in loss else Fraction(1, 2)
    if scale <= 0:
        raise Unusable(loss["scale"].where, "must be positive")

    network = parts["network"].members(("activation", "w", "v"), ("b", "c"))
    width = len(network["w"].items())
    weights = [row.exacts(len(points[0])) for row in network["w"].items()]
    columns = [row.exacts(width) for row in network["v"].items(len(targets[0]))]
    if "b" in network:
        for row, bias in zip(weights, network["b"].exacts(width), strict=True):
            row.append(bias)
        for row in points:
            row.append(Fraction(1))
    return EmpiricalProblem(
        slopes=read_slopes(network["activation"]),
        weights=weights,
        outputs=[[column[i] for column in columns] for i in range(width)],
        output_bias=network["c"].exacts(len(targets[0])) if "c" in network else None,
        hidden_bias="b" in network,
        points=points,
        targets=targets,
        scale=scale,
        reals=reals,
    )


def read_matrix(table: Field, rows: int | None = None) -> ExactRows:
    """Read a matrix with at least one row and one column."""
    items = table.items(rows)
    if not items or not items[0].items():
        raise Unusable(table.where, "must have at least one row and one column")
    columns = len(items[0].items())
    return [row.exacts(columns) for row in items]


def read_slopes(activation: Field) -> tuple[Number, Number]:
    """Read an activation with one kink at most, as (alpha_plus, alpha_minus)."""
    kind = activation.get("kind").text()
    if kind in _FIXED_SLOPES:
        activation.members(("kind",))
        plus, minus = _FIXED_SLOPES[kind]
        return Fraction(plus), Fraction(minus)
    if kind == "leaky_relu":
        slope = activation.members(("kind", "slope"))["slope"]
        value = slope.exact()
        if not 0 <= value < 1:
            raise Unusable(slope.where, "must be at least 0 and below 1")
        return Fraction(1), value
    if kind == "relu_like":
        members = activation.members(("kind", "alpha_plus", "alpha_minus"))
        slopes = members["alpha_plus"].exact(), members["alpha_minus"].exact()
        if slopes[0] == slopes[1]:
            raise Unusable(activation.where, "alpha_plus and alpha_minus must differ")
        return slopes
    raise Unusable(activation.where, f"unknown activation {kind[:40]!a}")
