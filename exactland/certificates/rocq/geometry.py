"""The point of a certificate in the integers of the checker: what its neurons can do near it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import fmpq

from exactland.arithmetic.echelon import independent_rows, nullspace, solve_linear
from exactland.arithmetic.rationals import ZERO, dot
from exactland.certificates.rocq import terms
from exactland.certificates.rocq.block_forms import (
    Integers,
    combination,
    denominator_of,
    integer_vector,
)
from exactland.certificates.rocq.instance import Instance, merged, residuals_unit, slopes_unit
from exactland.errors import InputError

Slopes = list[int | None]
"""Slope of a neuron at each datum, over the denominator of the slopes; None where it is open."""
Sides = Mapping[int, Mapping[int, int]]
"""{neuron: {class: 1 or -1}}."""


@dataclass(frozen=True, slots=True)
class Neuron:
    """What a neuron can do near the point.

    Attributes
    ----------
    index : the neuron
    calm : whether it is proved not to escape
    margined, implied : classes with a margin, and combinations of them
    loose : the other classes on its kink
    touched : the data at which it is not zero, or can be not zero near the point
    """

    index: int
    calm: bool
    margined: tuple[int, ...]
    implied: tuple[int, ...]
    loose: tuple[int, ...]
    touched: tuple[int, ...]

    @property
    def held(self) -> tuple[int, ...]:
        """The classes that cost first order."""
        return self.margined + self.implied


@dataclass(frozen=True, slots=True)
class Geometry:
    """Data, weights, residuals as integers; the classes of parallel data.

    Attributes
    ----------
    x, w, v : rows over den_x, den_w, den_v
    residuals : per output the N numbers e_kj, over `residuals_unit`
    signs : per neuron the signs of w~_i . x~_k
    directions, lengths : per class its primitive direction and the length of its representative
    members : per datum its class (-1 if it is zero) and its length
    kinks : per neuron the classes on its kink
    """

    point: Instance
    x: list[Integers]
    w: list[Integers]
    v: list[Integers]
    residuals: list[Integers]
    signs: list[Integers]
    directions: dict[int, Integers]
    lengths: dict[int, int]
    members: list[tuple[int, int]]
    kinks: list[list[int]]
    plus: int
    minus: int

    @property
    def slopes_unit(self) -> int:
        """The denominator of the slopes."""
        return slopes_unit(self.point)

    @property
    def residuals_unit(self) -> int:
        """The denominator of the residuals."""
        return residuals_unit(self.point)

    @property
    def dimension(self) -> int:
        """The number of input weights of a neuron."""
        return self.point.dimension

    def vector(self, q: int) -> list[fmpq]:
        """Return the direction of a class."""
        return [fmpq(a) for a in self.directions[q]]

    def slopes(self, neuron: Neuron, sides: Mapping[int, int]) -> Slopes:
        """Return the slopes of a neuron on the cell with these sides."""
        found: Slopes = []
        for sign, (q, length) in zip(self.signs[neuron.index], self.members, strict=True):
            if sign or self.plus == self.minus:
                found.append(self.plus if sign >= 0 else self.minus)
            elif not length or q in neuron.held:
                found.append(0)
            elif q in sides:
                found.append(self.plus if (length > 0) == (sides[q] > 0) else self.minus)
            else:
                found.append(None)
        return found

    def weighted(self, slopes: Slopes, weights: Sequence[int]) -> list[fmpq]:
        """Return  sum_k weights_k slopes_k x_k,  in integers."""
        factors = [a * (s or 0) for a, s in zip(weights, slopes, strict=True)]
        return [
            fmpq(sum(f * a for f, a in zip(factors, column, strict=True)))
            for column in zip(*self.x, strict=True)
        ]

    def active(self, i: int, k: int) -> bool:
        """Whether neuron i is not zero at datum k."""
        sign = self.signs[i][k]
        return bool(sign and (self.plus if sign > 0 else self.minus))

    def gauge(self, neuron: Neuron) -> Integers:
        """Return w~_i, projected to the span of the data that the neuron touches."""
        rows = [[fmpq(a) for a in self.x[k]] for k in neuron.touched]
        rows = [rows[k] for k in independent_rows(rows)] if rows else []
        weight = self.w[neuron.index]
        gram = [[dot(u, v) for v in rows] for u in rows]
        found = solve_linear(gram, [dot(u, weight) for u in rows]) if rows else ()
        if not found:
            return [0] * self.dimension
        return integer_vector([dot(found, column) for column in zip(*rows, strict=True)])

    def from_sides(
        self,
        neuron: Neuron,
        target: Sequence[fmpq],
        values: Mapping[int, fmpq],
        sides: Mapping[int, int],
    ) -> tuple[int, dict[int, fmpq], dict[int, fmpq]]:
        """Complete  factor * target = sum values side direction + sum (of held directions).

        Returns
        -------
        the factor, and the integers for the classes with sides and for those held
        """
        rest = list(target)
        for q, value in values.items():
            rest = [x - sides[q] * value * y for x, y in zip(rest, self.directions[q], strict=True)]
        found = combination(rest, [self.vector(q) for q in neuron.margined])
        if found is None:
            raise InputError("witness.blocks", "multipliers do not combine to what they should")
        factor = denominator_of([*values.values(), *found])
        held = {q: factor * z for q, z in zip(neuron.margined, found, strict=True) if z}
        return factor, {q: factor * value for q, value in values.items()}, held


def whole(value: fmpq) -> int:
    """Return a rational number that is an integer."""
    assert value.q == 1
    return int(value.p)


def rational_number(value: Any) -> fmpq:
    """Return a number of the witness."""
    found = terms.number(value)
    return fmpq(found.numerator, found.denominator)


def class_numbers(values: Mapping[int, fmpq]) -> str:
    """Return integers for some classes as a term."""
    return terms.class_numbers({q: whole(value) for q, value in values.items()})


def geometry(point: Instance) -> Geometry:
    """Evaluate the network of an instance."""
    biases = [[]] * point.width if point.b is None else [[bias] for bias in point.b]
    ones = [Fraction(1)] * (point.b is not None)
    x = [terms.cleared(row + ones, point.den_x) for row in point.x]
    w = [terms.cleared(row + bias, point.den_w) for row, bias in zip(point.w, biases, strict=True)]
    classes, places = merged(point)
    signs, activations = [], []
    for weight in w:
        values = [sum(a * b for a, b in zip(weight, row, strict=True)) for row in x]
        signs.append([(t > 0) - (t < 0) for t in values])
        unit = point.den_w * point.den_x
        activations.append([Fraction(t, unit) * point.slopes[t <= 0] for t in values])
    shifts = point.c or [Fraction(0)] * point.outputs
    residuals = []
    for j, heights in enumerate(point.v):
        row = [
            shifts[j] + sum(h * a[k] for h, a in zip(heights, activations, strict=True)) - y[j]
            for k, y in enumerate(point.y)
        ]
        residuals.append(terms.cleared(row, residuals_unit(point)))
    representatives = [q for q, _ in classes]
    plus, minus = terms.cleared(list(point.slopes), slopes_unit(point))
    return Geometry(
        point,
        x,
        w,
        [terms.cleared(row, point.den_v) for row in point.v],
        residuals,
        signs,
        {q: list(direction) for q, direction in classes},
        {q: places[q][1] for q in representatives},
        [(representatives[c] if length else -1, length) for c, length in places],
        [[q for q in representatives if row[q] == 0] for row in signs],
        plus,
        minus,
    )


def member(g: Geometry, i: int, margins: Mapping[int, fmpq], calm: bool) -> Neuron:
    """Return what neuron i can do near the point."""
    touched = [
        k
        for k, (sign, (_, length)) in enumerate(zip(g.signs[i], g.members, strict=True))
        if length and (g.active(i, k) if sign else g.plus or g.minus)
    ]
    held = [q for q, value in margins.items() if value]
    rows = [[fmpq(a) for a in g.x[k]] for k in touched]
    hidden = nullspace(rows, g.dimension)
    space = nullspace([*hidden, *(g.vector(q) for q in held)], g.dimension)
    loose, implied = [], []
    for q in g.kinks[i] if g.plus != g.minus else []:
        if any(dot(g.directions[q], b) != ZERO for b in space):
            loose.append(q)
        elif q not in held:
            implied.append(q)
    return Neuron(i, calm, tuple(held), tuple(implied), tuple(loose), tuple(touched))
