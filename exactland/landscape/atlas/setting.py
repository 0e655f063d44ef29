"""The data of an atlas in integers: what every ray contributes to the network's values.

Put the loss in the shape  scale * |sum_j g_j a_j - y|^2:  a neuron with w on a ray and output
weight +1 contributes a nonnegative multiple of the *atom* a = (rho(ray . x_k))_k, and one in a
closed face a nonnegative combination of the atoms of the face's rays, because all pre-activations
keep their signs there.  Atoms and targets are scaled to integers once; Gram matrices of faces are
then parts of one matrix.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from flint import fmpq, fmpz, fmpz_mat

from exactland.arithmetic.rationals import clear_denominators
from exactland.cells.patterns import SIGN_VALUES
from exactland.errors import InputError, UnsupportedError
from exactland.landscape.atlas.faces import Arrangement, Face, faces_of
from exactland.problem.activations import ReluLike
from exactland.problem.losses import EmpiricalLoss, Problem
from exactland.problem.network import Matrix, Network, Vector

Integers = list[fmpz]


@dataclass(frozen=True, slots=True)
class Landscape:
    """Which networks are compared: everything but width and weights.

    Attributes
    ----------
    loss : EmpiricalLoss
        One output.  Where `hidden_bias` is set the last input is the constant 1.
    hidden_bias, output_bias : bool
        Which biases are parameters.
    """

    loss: EmpiricalLoss
    activation: ReluLike
    hidden_bias: bool = False
    output_bias: bool = False

    def __post_init__(self) -> None:
        if len(self.loss.targets[0]) != 1:
            message = f"has {len(self.loss.targets[0])} columns, but an atlas covers one output"
            raise UnsupportedError("y", message)
        if not self.activation.kink:
            raise UnsupportedError("activation", "a linear network has no cells")
        if self.hidden_bias and any(row[-1] != 1 for row in self.loss.inputs):
            raise InputError("x", "the last input of a network with biases is not constant 1")

    def problem(self, weights: Matrix, outputs: Vector, constant: fmpq) -> Problem:
        """Return the problem file's content for a network of this landscape."""
        inputs, biases = weights, None
        loss = self.loss
        if self.hidden_bias:
            biases = tuple(row[-1] for row in weights)
            inputs = tuple(row[:-1] for row in weights)
            loss = EmpiricalLoss(tuple(row[:-1] for row in loss.inputs), loss.targets, loss.scale)
        bias = (constant,) if self.output_bias else None
        return Problem(Network(self.activation, inputs, (outputs,), biases, bias), loss)


@dataclass(frozen=True)
class Setting:
    """A landscape with its arrangement and its integer atoms.

    Attributes
    ----------
    atoms : integer rows, one a ray
        unit * (rho(ray . x_k))_k for one positive rational `unit`.
    targets : integers
        target_unit * y.
    faces : the active faces
        Those on which a neuron is not zero on all data: the faces a class can have.
    """

    landscape: Landscape
    arrangement: Arrangement
    atoms: tuple[Integers, ...]
    unit: fmpq
    targets: Integers
    target_unit: fmpz
    faces: tuple[Face, ...]

    @property
    def points(self) -> int:
        """The number N of data points."""
        return len(self.targets)

    @cached_property
    def columns(self) -> list[Integers]:
        """The atoms, and the constant 1 where there is an output bias."""
        ones = [[fmpz(1)] * self.points] if self.landscape.output_bias else []
        return [*self.atoms, *ones]

    @property
    def constant(self) -> int | None:
        """The index of the constant column."""
        return len(self.atoms) if self.landscape.output_bias else None

    @cached_property
    def matrix(self) -> fmpz_mat:
        """The columns as rows of a matrix."""
        return fmpz_mat(len(self.columns), self.points, [e for row in self.columns for e in row])

    @cached_property
    def gram(self) -> list[Integers]:
        """Inner products of all columns."""
        return (self.matrix * self.matrix.transpose()).tolist()

    @cached_property
    def moments(self) -> Integers:
        """Inner products of the columns with the targets."""
        return (self.matrix * fmpz_mat(self.points, 1, self.targets)).entries()

    @cached_property
    def facet_rows(self) -> dict[str, list[Integers]]:
        """Room for inequalities of faces (by sign string) once they have been computed."""
        return {}

    @cached_property
    def stars(self) -> tuple[int, ...]:
        """For each active face, the rays of all cells that have it in their closure (bit sets)."""
        return tuple(self.star(face) for face in self.faces)

    def star(self, face: Face) -> int:
        """Return the rays of all cells that have the face in their closure, as a bit set."""
        fixed = [(k, sign) for k, sign in enumerate(face.signs) if sign != "0"]
        return sum(
            1 << index
            for index, signs in enumerate(self.arrangement.ray_signs)
            if all(signs[k] in (sign, "0") for k, sign in fixed)
        )

    def ray_masks(self, residual: Integers) -> tuple[int, int]:
        """Return the rays on which the dual function Psi of a residual is positive, negative."""
        if not self.atoms:
            return 0, 0
        count = len(self.atoms)
        values = (self.matrix * fmpz_mat(self.points, 1, residual)).entries()[:count]
        plus = sum(1 << index for index, value in enumerate(values) if value > 0)
        return plus, sum(1 << index for index, value in enumerate(values) if value < 0)

    def loss_of(self, residual: Integers, denominator: fmpz) -> fmpq:
        """Return the loss with residuals ``residual / (denominator * target_unit)``."""
        square = sum((entry * entry for entry in residual), fmpz(0))
        return self.landscape.loss.scale * fmpq(square, (denominator * self.target_unit) ** 2)

    def weight(self, coefficients: dict[int, fmpq]) -> Vector:
        """Return the combination of rays (by index) as a weight vector in the true units."""
        factor = self.unit / self.target_unit
        total = [fmpq(0)] * len(self.landscape.loss.inputs[0])
        for ray, coefficient in coefficients.items():
            for axis, entry in enumerate(self.arrangement.rays[ray]):
                total[axis] += factor * coefficient * entry
        return tuple(total)


def make_setting(landscape: Landscape) -> Setting:
    """Enumerate the faces and scale everything to integers.

    Examples
    --------
    >>> from exactland.problem.activations import relu
    >>> one = fmpq(1)
    >>> data = EmpiricalLoss(((one,), (-one,)), ((one / 2,), (one,)))
    >>> setting = make_setting(Landscape(data, relu()))
    >>> setting.atoms, setting.targets, [face.signs for face in setting.faces]
    (([1, 0], [0, 1]), [1, 2], ['+-', '-+'])
    """
    loss, activation = landscape.loss, landscape.activation
    arrangement = faces_of(loss.inputs)
    ((plus, minus),), (slope_unit,) = clear_denominators(
        ((activation.alpha_plus, activation.alpha_minus),)
    )
    flat = [entry for row in loss.inputs for entry in row]
    (entries,), (data_unit,) = clear_denominators((flat,))
    width = len(loss.inputs[0])
    rows = [entries[start : start + width] for start in range(0, len(entries), width)]
    atoms: list[Integers] = []
    if arrangement.rays:
        rays = fmpz_mat([[entry.p for entry in ray] for ray in arrangement.rays])
        for values in (rays * fmpz_mat(rows).transpose()).tolist():
            atoms.append([(plus if value > 0 else minus) * value for value in values])
    (targets,), (target_unit,) = clear_denominators((tuple(row[0] for row in loss.targets),))
    slopes = {1: activation.alpha_plus, -1: activation.alpha_minus, 0: fmpq(0)}
    active = tuple(
        face for face in arrangement.faces if any(slopes[SIGN_VALUES[sign]] for sign in face.signs)
    )
    unit = fmpq(slope_unit * data_unit)
    return Setting(landscape, arrangement, tuple(atoms), unit, targets, target_unit, active)
