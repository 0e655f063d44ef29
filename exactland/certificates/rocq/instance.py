"""The problem of a certificate as Rocq terms: data, network, denominators, parallel data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import gcd, lcm
from typing import Any

from exactland.certificates.rocq.terms import (
    Rows,
    cleared,
    common_denominator,
    integer,
    integers,
    items,
    matrix,
    positives,
    rational,
    rational_entry,
    vector,
)
from exactland.errors import UnsupportedError
from exactland.problem.files import problem_from_json
from exactland.problem.losses import Problem


@dataclass(frozen=True, slots=True)
class Instance:
    """A problem with `Fraction` entries, and common denominators for its groups of numbers."""

    slopes: tuple[Fraction, Fraction]
    x: Rows
    y: Rows
    scale: Fraction
    w: Rows
    b: list[Fraction] | None
    v: Rows
    c: list[Fraction] | None
    den_x: int
    den_w: int
    den_v: int
    den_y: int

    @property
    def width(self) -> int:
        """The number of neurons."""
        return len(self.w)

    @property
    def outputs(self) -> int:
        """The number of outputs."""
        return len(self.v)

    @property
    def dimension(self) -> int:
        """The length of an input weight with its bias."""
        return len(self.x[0]) + (self.b is not None)


def instance(problem: Any) -> Instance:
    """Read an exactland-problem/1 object."""
    parsed = problem_from_json(problem)
    if not isinstance(parsed, Problem):
        raise UnsupportedError("problem.loss", "the formal development covers the empirical loss")
    if parsed.field is not None:
        raise UnsupportedError("problem.field", "the formal development covers rational numbers")
    network, loss = parsed.network, parsed.loss

    def row(values: Any) -> list[Fraction]:
        return [rational_entry(value) for value in values]

    w, v = [row(r) for r in network.input_weights], [row(r) for r in network.output_weights]
    b = None if network.hidden_biases is None else row(network.hidden_biases)
    c = None if network.output_bias is None else row(network.output_bias)
    x, y = [row(r) for r in loss.inputs], [row(r) for r in loss.targets]
    activation = network.activation
    return Instance(
        (rational_entry(activation.alpha_plus), rational_entry(activation.alpha_minus)),
        x,
        y,
        rational_entry(loss.scale),
        w,
        b,
        v,
        c,
        den_x=common_denominator(a for r in x for a in r),
        den_w=common_denominator([a for r in w for a in r] + (b or [])),
        den_v=common_denominator(a for r in v for a in r),
        den_y=common_denominator([a for r in y for a in r] + (c or [])),
    )


def finer(point: Instance, w: Rows, v: Rows, c: Rows) -> Instance:
    """Return the instance with denominators that serve further numbers, too."""
    return replace(
        point,
        den_w=lcm(point.den_w, common_denominator(a for row in w for a in row)),
        den_v=lcm(point.den_v, common_denominator(a for row in v for a in row)),
        den_y=lcm(point.den_y, common_denominator(a for row in c for a in row)),
    )


def setting_definition(point: Instance, name: str) -> str:
    """Define the data and the loss."""
    biases = (
        "true" if point.b is not None else "false",
        "true" if point.c is not None else "false",
    )
    return f"""Definition {name} : setting := {{|
  activation_slopes := ({rational(point.slopes[0])}, {rational(point.slopes[1])});
  with_hidden_biases := {biases[0]};
  with_output_bias := {biases[1]};
  input_dimension := {len(point.x[0])};
  output_dimension := {point.outputs};
  data_x :=
    {matrix(point.x)};
  data_y :=
    {matrix(point.y)};
  loss_scale := {rational(point.scale)} |}}."""


def network_definition(point: Instance, name: str) -> str:
    """Define the network."""
    return f"""Definition {name} : parameters := {{|
  par_w :=
    {matrix(point.w)};
  par_b := {vector(point.b or [])};
  par_v :=
    {matrix(point.v)};
  par_c := {vector(point.c or [])} |}}."""


def slopes_unit(point: Instance) -> int:
    """Return the denominator that the checker takes for both slopes."""
    return point.slopes[0].denominator * point.slopes[1].denominator


def _network_unit(point: Instance) -> int:
    return point.den_v * slopes_unit(point) * point.den_w * point.den_x


def residuals_unit(point: Instance) -> int:
    """Return the denominator that the checker takes for the residuals."""
    return lcm(_network_unit(point), point.den_y)


def denominators_definition(point: Instance, name: str) -> str:
    """Define the common denominators of the witness."""
    network, unit = _network_unit(point), residuals_unit(point)
    biases = [[]] * point.width if point.b is None else [[bias] for bias in point.b]
    rows_x = [common_denominator(row) for row in point.x]
    rows_w = [common_denominator(row + bias) for row, bias in zip(point.w, biases, strict=True)]
    return f"""Definition {name} : denominators := {{|
  den_x := {point.den_x};
  den_w := {point.den_w};
  den_v := {point.den_v};
  den_y := {point.den_y};
  factor_network := {unit // network};
  factor_target := {unit // point.den_y};
  rows_x := {positives(rows_x)};
  rows_w := {positives(rows_w)} |}}."""


def merged(point: Instance) -> tuple[list[tuple[int, tuple[int, ...]]], list[tuple[int, int]]]:
    """Return the classes of parallel data, and the place and the length of each datum in them.

    A class is its first datum and the primitive direction of it; a datum that is zero has length 0.
    """
    positions: dict[tuple[int, ...], int] = {}
    classes: list[tuple[int, tuple[int, ...]]] = []
    members: list[tuple[int, int]] = []
    for k, entries in enumerate(point.x):
        row = cleared(entries + [Fraction(1)] * (point.b is not None), point.den_x)
        length = gcd(*row)
        if length == 0:
            members.append((0, 0))
            continue
        primitive = tuple(entry // length for entry in row)
        opposite = tuple(-entry for entry in primitive)
        if opposite in positions:
            primitive, length = opposite, -length
        if primitive not in positions:
            positions[primitive] = len(classes)
            classes.append((k, primitive))
        members.append((positions[primitive], length))
    return classes, members


def merging_definition(point: Instance, name: str) -> str:
    """Define the classes of parallel data: the first datum of each, and its primitive direction."""
    classes, members = merged(point)
    class_terms = [f"class {k} {integers(primitive)}" for k, primitive in classes]
    data = [f"datum {position} {integer(length)}" for position, length in members]
    return f"""Definition {name} : merging := {{|
  class_list :=
    {items(class_terms)};
  members := [{"; ".join(data)}] |}}."""
