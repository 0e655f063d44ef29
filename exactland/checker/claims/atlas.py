"""The claim about all networks of a width: none has a lower loss.

proofs/CERTIFICATES-atlas.md states the conditions and proves that they suffice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from exactland.checker.claims.case import Case
from exactland.checker.fields import rational
from exactland.checker.functional import evaluate, loss
from exactland.checker.numbers import (
    Scaled,
    bits_of,
    clear,
    common_denominator,
    dot,
    ratio,
    scale,
    show,
)
from exactland.checker.outcome import Rejected, Unusable
from exactland.checker.reader import Field


def global_minimum_of_width(case: Case) -> str:
    """P has the loss stated, and no network with as many neurons has a lower one."""
    claim = case.read_claim("width", "loss")
    claimed, problem = claim["loss"].number(), case.problem
    if claim["width"].index() != problem.width:
        raise Rejected(claim["width"].where, f"the network has {problem.width} neurons")
    if problem.reals is not None:
        raise Unusable(f"{case.given.where}.field", "this claim is about rational numbers")
    scale_factor = rational(problem.scale, case.given.where)
    if problem.output_dimension != 1 or not problem.width:
        raise Unusable(case.given.where, "must be a network with one output and some neuron")
    actual = loss(problem, evaluate(problem, case.meter), case.meter)
    if actual != claimed:
        raise Rejected(claim["loss"].where, f"the loss is {show(actual)}, not {show(claimed)}")
    sentence = (
        f"{problem}: no network with as many neurons has a loss below {show(claimed)}, its own"
    )
    if claimed == 0:
        case.witness.members(())
        return sentence
    members = case.witness.members(("rays", "cones", "tree"))
    rays = _read_rays(case, members["rays"])
    regions = _read_fan(case, members["cones"], rays)
    squares = ratio(  # the claim on |f - y|^2
        claimed.numerator * scale_factor.denominator,
        claimed.denominator * scale_factor.numerator,
        case.meter,
    )
    _Tree(case, rays, regions, squares.numerator, squares.denominator).check(
        members["tree"], (), frozenset()
    )
    return sentence


@dataclass(frozen=True, slots=True)
class _Rays:
    """The rays as integer vectors u, with a positive multiple of the numbers rho(x~_k . u)."""

    vectors: list[list[int]]
    plus: list[int]  # bit sets of the points with x~_k . u > 0
    minus: list[int]
    generators: list[list[int]]
    bits: int


def _read_rays(case: Case, field: Field) -> _Rays:
    meter, where = case.meter, case.given.where
    table = [[rational(x, where) for x in row] for row in case.problem.points]
    points: list[Scaled[int]] = [clear(row, meter, keep=True) for row in table]
    denominator = common_denominator((point.denominator for point in points), meter)
    rows = [scale(denominator // p.denominator, p.numerators, meter, keep=True) for p in points]
    slopes = [rational(x, where) for x in case.problem.slopes]
    plus_slope, minus_slope = clear(slopes, meter).numerators
    slope_bits = bits_of((plus_slope, minus_slope))
    result = _Rays([], [], [], [], 0)
    longest = 0
    for item in field.items():
        vector = clear(item.numbers(case.problem.dimension), meter, keep=True).numerators
        values = [dot(vector, row, meter) for row in rows]
        size = bits_of(values)
        meter.work(len(values), size, slope_bits)
        meter.memory(len(values), size + slope_bits)
        meter.memory(2, len(values))
        result.vectors.append(vector)
        result.plus.append(_bits(value > 0 for value in values))
        result.minus.append(_bits(value < 0 for value in values))
        generator = [(plus_slope if value > 0 else minus_slope) * value for value in values]
        result.generators.append(generator)
        longest = max(longest, bits_of(generator))
    return _Rays(result.vectors, result.plus, result.minus, result.generators, longest)


def _bits(flags: Iterable[bool]) -> int:
    text = "".join("1" if flag else "0" for flag in flags)
    return int(text[::-1] or "0", 2)


def _read_fan(case: Case, field: Field, rays: _Rays) -> list[int]:
    """Read cones that cover the space, and return the rays of each region as a bit set.

    A region collects the cones on which the data have the same signs; regions are numbered in the
    order of their first cones.
    """
    meter, dimension = case.meter, case.problem.dimension
    regions: dict[tuple[int, int], int] = {}
    walls: dict[tuple[int, ...], int] = {}
    cones = field.items()
    if not cones:
        raise Rejected(field.where, "there is no cone")
    for item in cones:
        members = sorted(index.index(len(rays.vectors)) for index in item.items(dimension))
        plus = minus = own = 0
        for ray in members:
            plus, minus, own = plus | rays.plus[ray], minus | rays.minus[ray], own | 1 << ray
        meter.work(3 * dimension, len(case.problem.points) + len(rays.vectors))
        meter.memory(dimension + 1, 64 * dimension)
        if plus & minus:
            raise Rejected(item.where, "a data point has both signs on this cone")
        orientation = _determinant_sign(case, [rays.vectors[ray] for ray in members])
        if not orientation:
            raise Rejected(item.where, "the rays of this cone are dependent")
        for place in range(dimension):
            wall = (*members[:place], *members[place + 1 :])
            side = orientation if (dimension - place) % 2 else -orientation
            walls[wall] = walls.get(wall, 0) | (1 if side > 0 else 2)
        regions[plus, minus] = regions.get((plus, minus), 0) | own
    for sides in walls.values():
        if sides != 3:
            raise Rejected(field.where, "a wall of a cone has no cone on its other side")
    return list(regions.values())


def _determinant_sign(case: Case, rows: list[list[int]]) -> int:
    """The sign of the determinant, by fraction-free elimination (Bareiss)."""
    sign, previous = 1, 1
    rows = [list(row) for row in rows]
    while rows:
        pivot = next((index for index, row in enumerate(rows) if row[0]), None)
        if pivot is None:
            return 0
        if pivot:
            rows[0], rows[pivot], sign = rows[pivot], rows[0], -sign
        head, *rest = rows
        size = max(bits_of(row) for row in rows)
        case.meter.work(3 * len(rows) * len(rows), size, size)
        rows = [
            [(head[0] * x - row[0] * h) // previous for x, h in zip(row[1:], head[1:], strict=True)]
            for row in rest
        ]
        previous = head[0]
    return sign if previous > 0 else -sign


@dataclass(frozen=True, slots=True)
class _Tree:
    """The case distinction over the classes that a network uses.

    Class 2 i is region i with h >= 0, class 2 i + 1 is region i with h <= 0.  The claim to prove is
    |f - y|^2 >= numerator / denominator.
    """

    case: Case
    rays: _Rays
    regions: list[int]
    numerator: int
    denominator: int

    def check(self, field: Field, chosen: tuple[int, ...], forbidden: frozenset[int]) -> None:
        """Check the networks that use all chosen classes and no forbidden one."""
        if len(chosen) == self.case.problem.width - 1:
            vectors = field.members(("vectors",))["vectors"].items()
            if not vectors:
                raise Rejected(field.where, "there is no vector")
            left = self._others(chosen, forbidden)
            for item in vectors:
                left &= self._bad(item, chosen)
            if left:
                raise Rejected(field.where, f"no vector is good for class {min(left)}")
            return
        members = field.members(("vector", "children"))
        left = self._others(chosen, forbidden) & self._bad(members["vector"], chosen)
        for item in members["children"].items():
            child = item.members(("class", "node"))
            name = child["class"].index(2 * len(self.regions))
            if name in chosen:
                raise Rejected(child["class"].where, "is a class already chosen")
            self.check(child["node"], (*chosen, name), forbidden)
            forbidden = forbidden | {name}
        if not left <= forbidden:
            why = f"there is no child for class {min(left - forbidden)}"
            raise Rejected(members["children"].where, why)

    def _others(self, chosen: tuple[int, ...], forbidden: frozenset[int]) -> set[int]:
        self.case.meter.work(2 * len(self.regions), 1)
        return set(range(2 * len(self.regions))).difference(chosen, forbidden)

    def _bad(self, field: Field, chosen: tuple[int, ...]) -> set[int]:
        """Check that the vector r proves the bound, and is good for the chosen classes.

        Return the classes it is not good for: those with  sign(h) r . generator < 0  for some ray.
        """
        case, meter = self.case, self.case.meter
        r = clear(field.numbers(len(case.problem.points)), meter).numerators
        if case.problem.output_bias is not None and sum(r) != 0:
            raise Rejected(field.where, "the entries do not sum to zero")
        targets = clear([row[0] for row in case.problem.targets], meter)
        product, length = dot(r, targets.numerators, meter), dot(r, r, meter)
        size = targets.denominator.bit_length()
        meter.work(8, 2 * product.bit_length() + self.denominator.bit_length(), 2 * size)
        meter.work(8, length.bit_length() + self.numerator.bit_length(), 2 * size)
        needed = self.numerator * length * targets.denominator**2
        if product >= 0 or product * product * self.denominator < needed:
            raise Rejected(field.where, "the bound that this vector gives is too low")
        meter.work(len(r) * len(self.rays.generators), bits_of(r), self.rays.bits)
        above = below = 0
        for ray, generator in enumerate(self.rays.generators):
            value = sum(map(int.__mul__, r, generator))
            if value > 0:
                above |= 1 << ray
            elif value < 0:
                below |= 1 << ray
        meter.work(2 * len(self.regions), len(self.rays.vectors))
        bad = {2 * i for i, own in enumerate(self.regions) if own & below}
        bad |= {2 * i + 1 for i, own in enumerate(self.regions) if own & above}
        for name in chosen:
            if name in bad:
                raise Rejected(field.where, f"is not good for the chosen class {name}")
        return bad
