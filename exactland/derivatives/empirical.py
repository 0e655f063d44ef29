"""The empirical squared loss at a point: value, residuals, and every neuron's one-sided derivative.

Notation (spec, sections 0 and 1).  With biases, inputs and weights are *augmented*: x~ = (x, 1),
w~ = (w, b).  e_k = f(x_k) - y_k,  L = scale * sum_k |e_k|^2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flint import fmpq, fmpq_mat, fmpz

from exactland.arithmetic import field_matrices
from exactland.arithmetic.field_matrices import common_field
from exactland.arithmetic.ordered import simplify
from exactland.arithmetic.rationals import ONE, ZERO, clear_denominators, dot, dot_over_common
from exactland.cells.patterns import (
    SIGN_VALUES,
    ParallelClass,
    activation_patterns,
    parallel_classes,
)
from exactland.derivatives.slope_sums import slope_sums
from exactland.problem.activations import ReluLike
from exactland.problem.losses import Problem
from exactland.problem.network import Matrix, Network, Vector


@dataclass(frozen=True, slots=True)
class EmpiricalPoint:
    """A point of an empirical loss landscape with everything of order zero evaluated exactly.

    Attributes
    ----------
    inputs, weights : N x d~ and m x d~
        Augmented data points and input weight vectors.
    outputs : m x J
        Output weight vectors h_i (columns of v).
    patterns : m strings of length N
        Signs of w~_i . x~_k.
    residuals : N x J
        e_k = f(x_k) - y_k.
    loss : exact number
        scale * sum_k |e_k|^2.
    """

    problem: Problem
    inputs: Matrix
    weights: Matrix
    outputs: Matrix
    patterns: tuple[str, ...]
    residuals: Matrix
    loss: fmpq

    @property
    def width(self) -> int:
        """The number m of neurons."""
        return len(self.weights)

    @property
    def dimension(self) -> int:
        """The number d~ of (augmented) inputs."""
        return len(self.inputs[0])

    @property
    def output_dimension(self) -> int:
        """The number J of outputs."""
        return len(self.residuals[0])

    @property
    def mean_squared_error(self) -> fmpq:
        """The mean of the squared residuals over all N*J entries (the convention of deep-learning
        libraries), whatever the scale of the loss.
        """
        return self.loss / (self.problem.loss.scale * len(self.residuals) * self.output_dimension)

    @property
    def output_bias_gradient(self) -> Vector | None:
        """dL/dc = 2 scale sum_k e_k, or None where the network has no output bias."""
        if self.problem.network.output_bias is None:
            return None
        factor = 2 * self.problem.loss.scale
        return tuple(factor * sum(column, ZERO) for column in zip(*self.residuals, strict=True))


def evaluate(problem: Problem) -> EmpiricalPoint:
    """Evaluate network, residuals and loss exactly.

    Examples
    --------
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> net = Network(relu(), ((fmpq(1),),), ((fmpq(2),),))
    >>> evaluate(Problem(net, EmpiricalLoss(((fmpq(3),),), ((fmpq(5),),)))).loss
    1/2
    """
    network, loss = problem.network, problem.loss
    inputs, weights = augmented(network, loss.inputs)
    outputs = tuple(network.neuron_output(index) for index in range(network.width))
    patterns = activation_patterns(weights, inputs)
    predictions = _predictions(network, inputs, weights, outputs, patterns)
    residuals = tuple(
        tuple(simplify(value - target) for value, target in zip(row, targets, strict=True))
        for row, targets in zip(predictions, loss.targets, strict=True)
    )
    value = loss.scale * sum((entry * entry for row in residuals for entry in row), ZERO)
    return EmpiricalPoint(problem, inputs, weights, outputs, patterns, residuals, simplify(value))


def augmented(network: Network, inputs: Matrix) -> tuple[Matrix, Matrix]:
    """Return inputs and input weights with the bias coordinate appended where there is one.

    Examples
    --------
    >>> from exactland.problem.activations import relu
    >>> net = Network(relu(), ((fmpq(1),),), ((fmpq(2),),), hidden_biases=(fmpq(3),))
    >>> augmented(net, ((fmpq(7),),))
    (((7, 1),), ((1, 3),))
    """
    if network.hidden_biases is None:
        return inputs, network.input_weights
    one = (fmpq(1),)
    pairs = zip(network.input_weights, network.hidden_biases, strict=True)
    return tuple(row + one for row in inputs), tuple((*row, bias) for row, bias in pairs)


@dataclass(frozen=True, slots=True)
class Kink:
    """One kink  jump * |normal . v|  of the functionals psi_i whose boundary set holds the class.

    ``jump`` is kappa_q = scale (alpha_plus - alpha_minus) sum_{k in class} |r_k| e_k, in Q^J.
    """

    parallel_class: ParallelClass
    jump: Vector

    @property
    def index(self) -> int:
        """The data index that stands for the class."""
        return self.parallel_class.representative

    @property
    def normal(self) -> Vector:
        """The data point x~_q."""
        return self.parallel_class.normal


@dataclass(frozen=True, slots=True)
class OneSidedFunctional:
    """The one-sided derivative functional of a neuron,  psi(v) = A v + sum_q kappa_q |x~_q . v|.

    psi_i(v) in Q^J is the derivative of the dual function Psi(w) = 2 scale sum_k e_k rho(w . x~_k)
    at w~_i in direction v; h_i . psi_i(v) is the one-sided derivative of L along v in w~_i.  Kinks
    whose jump is zero after merging parallel data are left out, so psi vanishes identically
    exactly if A = 0 and there is no kink (absolute values of pairwise non-parallel forms and
    linear forms are linearly independent).

    Attributes
    ----------
    linear : J x d~
        The matrix A.
    kinks : tuple of Kink
    """

    linear: Matrix
    kinks: tuple[Kink, ...]

    def __call__(self, direction: Vector) -> Vector:
        values = [dot_over_common(row, direction) for row in self.linear]
        for kink in self.kinks:
            height = abs(dot(kink.normal, direction))
            if height:
                values = [v + j * height for v, j in zip(values, kink.jump, strict=True)]
        return tuple(values)

    def is_zero(self) -> bool:
        """Return whether psi vanishes identically."""
        return not self.kinks and not any(entry for row in self.linear for entry in row)

    def contracted(self, output: Vector) -> PiecewiseLinearForm:
        """Return the scalar form v -> output . psi(v); for output = h_i it is phi_i."""
        columns = zip(*self.linear, strict=True)
        linear = tuple(dot(output, column) for column in columns)
        terms = (KinkTerm(kink.index, kink.normal, dot(output, kink.jump)) for kink in self.kinks)
        return PiecewiseLinearForm(linear, tuple(term for term in terms if term.coefficient))


@dataclass(frozen=True, slots=True)
class KinkTerm:
    """The term  coefficient * |normal . v|,  with the data index that names it."""

    index: int
    normal: Vector
    coefficient: fmpq


@dataclass(frozen=True, slots=True)
class PiecewiseLinearForm:
    """A positively homogeneous function  g(v) = linear . v + sum_q c_q |u_q . v|.

    The normals u_q are pairwise non-parallel and the c_q nonzero, so the function is linear
    exactly if there is no term.
    """

    linear: Vector
    terms: tuple[KinkTerm, ...]

    def __call__(self, direction: Vector) -> fmpq:
        value = dot_over_common(self.linear, direction)
        return value + sum(
            (term.coefficient * abs(dot(term.normal, direction)) for term in self.terms), ZERO
        )

    def is_zero(self) -> bool:
        """Return whether g vanishes identically."""
        return not self.terms and not any(self.linear)


def one_sided_functionals(point: EmpiricalPoint) -> tuple[OneSidedFunctional, ...]:
    """Return psi_i for every neuron.

    The linear parts are sums of the weighted data (N x d~) by the slopes of the neurons, in
    integers, an output at a time (over a number field by a product for each power of its
    generator).

    Examples
    --------
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> net = Network(relu(), ((fmpq(0),),), ((fmpq(1),),))
    >>> one = ((fmpq(1),),)
    >>> (psi,) = one_sided_functionals(evaluate(Problem(net, EmpiricalLoss(one, one))))
    >>> psi((fmpq(1),)), psi((fmpq(-1),))
    ((-1,), (0,))
    """
    if not point.weights:
        return ()
    scale, activation = point.problem.loss.scale, point.problem.network.activation
    slopes = _Slopes.of(point.problem.network.activation, point.patterns)
    linear_parts = []
    for residual in zip(*point.residuals, strict=True):
        weighted = [
            [error * entry for entry in row]
            for error, row in zip(residual, point.inputs, strict=True)
        ]
        product, factor = slopes.times(weighted)
        factor *= 2 * scale
        linear_parts.append([tuple(simplify(factor * entry) for entry in row) for row in product])
    kinks = _kinks(point, scale * activation.kink)
    functionals = []
    for index, pattern in enumerate(point.patterns):
        active = tuple(kink for kink in kinks if pattern[kink.index] == "0")
        functionals.append(OneSidedFunctional(tuple(part[index] for part in linear_parts), active))
    return tuple(functionals)


def _kinks(point: EmpiricalPoint, factor: fmpq) -> tuple[Kink, ...]:
    if not factor or not any("0" in pattern for pattern in point.patterns):
        return ()
    kinks = []
    for parallel in parallel_classes(point.inputs):
        members = [point.residuals[member] for member in parallel.members]
        jump = tuple(
            simplify(factor * dot(parallel.stretches, column))
            for column in zip(*members, strict=True)
        )
        if any(jump):
            kinks.append(Kink(parallel, jump))
    return tuple(kinks)


def _predictions(
    network: Network,
    inputs: Matrix,
    weights: Matrix,
    outputs: Matrix,
    patterns: tuple[str, ...],
) -> list[Vector]:
    """f(x_k) = c + x_k . sum_i slope_ik h_i w_i, by one integer product an output."""
    bias = network.output_bias or (ZERO,) * network.output_dimension
    if not weights:
        return [bias] * len(inputs)
    slopes = _Slopes.of(network.activation, tuple(map("".join, zip(*patterns, strict=True))))
    columns = []
    for output, constant in enumerate(bias):
        weighted = [
            [row[output] * entry for entry in weight]
            for row, weight in zip(outputs, weights, strict=True)
        ]
        effective, factor = slopes.times(weighted)
        columns.append(
            [
                constant + factor * dot(row, point)
                for row, point in zip(effective, inputs, strict=True)
            ]
        )
    return list(zip(*columns, strict=True))


@dataclass(frozen=True, slots=True)
class _Slopes:
    """The matrix of the slopes at given signs (the mean slope at 0), as factor * integers.

    Irrational slopes are three such terms, one for each sign.
    """

    signs: Sequence[str]
    terms: tuple[tuple[fmpq, dict[str, fmpz]], ...]

    @classmethod
    def of(cls, activation: ReluLike, signs: Sequence[str]) -> _Slopes:
        slopes = {sign: activation.slope(value) for sign, value in SIGN_VALUES.items()}
        if common_field(slopes.values()) is None:
            (cleared,), (denominator,) = clear_denominators((tuple(slopes.values()),))
            table = dict(zip(slopes, cleared, strict=True))
            return cls(signs, ((1 / fmpq(denominator), table),))
        tables = {sign: {other: fmpz(other == sign) for other in slopes} for sign in slopes}
        return cls(signs, tuple((slope, tables[sign]) for sign, slope in slopes.items() if slope))

    def times(self, rows: Sequence[Sequence[fmpq]]) -> tuple[Sequence[Sequence[fmpq]], fmpq]:
        """Return rows and a factor whose product is this matrix times `rows`."""
        parts = [(slope, *_times(self.signs, table, rows)) for slope, table in self.terms]
        if len(parts) == 1:
            ((slope, product, denominator),) = parts
            return product, slope / denominator
        scaled = [
            [[slope / denominator * entry for entry in row] for row in product]
            for slope, product, denominator in parts
        ]
        return [
            [sum(entries, ZERO) for entries in zip(*lines, strict=True)]
            for lines in zip(*scaled, strict=True)
        ], ONE


def _times(
    signs: Sequence[str], table: Mapping[str, fmpz], rows: Sequence[Sequence[fmpq]]
) -> tuple[Sequence[Sequence[fmpq]], fmpq]:
    """Return the matrix of table entries times rows of numbers, over a denominator."""
    if common_field(entry for row in rows for entry in row) is not None:
        matrix = [[fmpq(table[character]) for character in row] for row in signs]
        return field_matrices.multiply(matrix, rows), ONE
    integers, denominator = fmpq_mat([list(row) for row in rows]).numer_denom()
    return slope_sums(signs, table, integers), fmpq(denominator)
