"""The least loss of a width as Rocq text: cones that cover the space, and a tree of bounds."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import lcm
from typing import Any

from flint import fmpq, fmpq_mat

from exactland.certificates.rocq import terms
from exactland.certificates.rocq.empirical import POINT, PointClaim
from exactland.certificates.rocq.instance import Instance
from exactland.errors import InputError

Row = list[int]


def global_minimum_of_width(
    point: Instance, claim: Any, witness: Any, _: Mapping[str, Any]
) -> PointClaim:
    """State that the network has the loss claimed, and none of its width a lower one."""
    if terms.index(claim["width"], "claim.width") != point.width:
        raise InputError("claim.width", f"the network has {point.width} neurons")
    value = terms.number(claim["loss"], "claim.loss")
    statement = (
        f"the loss at the network is {terms.shown(claim['loss'])}, and no network with as many "
        "neurons\n    has a lower one.",
        f"is_global_minimum_of_width {POINT} {terms.rational(value)}",
    )
    if value == 0:
        return PointClaim(*statement, f"check_zero_loss {POINT} the_denominators", point)
    rays = [
        terms.cleared(terms.numbers(ray, point.dimension, "witness.rays"))
        for ray in witness["rays"]
    ]
    cones = [_cone(cone, point.dimension, len(rays)) for cone in witness["cones"]]
    covering = _covering(point, rays, cones)
    tree = _node(witness["tree"], len(point.x), point.width - 1)
    return PointClaim(
        *statement,
        f"check_global_minimum_of_width {POINT} the_denominators {terms.rational(value)} "
        "the_covering the_bounds",
        point,
        witness_definitions=(covering, f"Definition the_bounds : bounding :=\n  {tree}."),
    )


def _cone(members: Any, dimension: int, rays: int) -> list[int]:
    if not isinstance(members, list) or len(members) != dimension:
        raise InputError("witness.cones", f"a cone needs {dimension} rays")
    found = [terms.index(member, "witness.cones") for member in members]
    if any(ray >= rays for ray in found):
        raise InputError("witness.cones", "has an index that is not one of a ray")
    return found


def _covering(point: Instance, rays: list[Row], cones: list[list[int]]) -> str:
    """Define the cones: rays, coordinates, neighbours, and the region of each."""
    signs = _signs(point, rays, cones)
    numbers = {key: number for number, key in enumerate(dict.fromkeys(signs))}
    regions: list[set[int]] = [set() for _ in numbers]
    walls: dict[tuple[int, ...], list[tuple[int, int]]] = {}
    for number, (cone, key) in enumerate(zip(cones, signs, strict=True)):
        regions[numbers[key]].update(cone)
        for place in range(len(cone)):
            walls.setdefault(_wall(cone, place), []).append((number, place))
    entries = []
    for cone, key in zip(cones, signs, strict=True):
        unit, duals = _coordinates([rays[ray] for ray in cone])
        across = (
            _neighbour(walls[_wall(cone, place)], dual, rays, cones)
            for place, dual in enumerate(duals)
        )
        rows = "; ".join(map(terms.integers, duals))
        places = "; ".join(f"wall {j} {b}" for j, b in across)
        entries.append(f"Cone {_indices(cone)} [{rows}] {unit} [{places}] {numbers[key]}%N")
    return f"""Definition the_covering : covering := {{|
  fan_rays :=
    {terms.items(map(terms.integers, rays))};
  fan_cones :=
    {terms.items(entries)};
  fan_regions :=
    {terms.items(_indices(sorted(own)) for own in regions)} |}}."""


def _indices(values: list[int]) -> str:
    return "[" + "; ".join(map(str, values)) + "]%N"


def _wall(cone: list[int], place: int) -> tuple[int, ...]:
    return tuple(sorted(cone[:place] + cone[place + 1 :]))


def _signs(point: Instance, rays: list[Row], cones: list[list[int]]) -> list[tuple[int, ...]]:
    """Return for every cone the signs of the data on the sum of its rays: a region has the same."""
    ones = [Fraction(1)] * (point.b is not None)
    data = [terms.cleared(row + ones) for row in point.x]
    found = []
    for cone in cones:
        inside = [sum(column) for column in zip(*(rays[ray] for ray in cone), strict=True)]
        values = (sum(map(int.__mul__, inside, row)) for row in data)
        found.append(tuple((value > 0) - (value < 0) for value in values))
    return found


def _coordinates(rows: list[Row]) -> tuple[int, list[Row]]:
    """Return rows l_a with l_a . u_b = unit for a = b, otherwise 0; zeros if there are none."""
    size = len(rows)
    try:
        inverse = fmpq_mat(size, size, [fmpq(x) for row in rows for x in row]).inv().transpose()
    except ZeroDivisionError:
        return 1, [[0] * size for _ in rows]
    unit = lcm(1, *(int(entry.q) for entry in inverse.entries()))
    table = inverse.tolist()
    return unit, [[int(entry.p) * (unit // int(entry.q)) for entry in row] for row in table]


def _neighbour(
    candidates: list[tuple[int, int]], dual: Row, rays: list[Row], cones: list[list[int]]
) -> tuple[int, int]:
    """Return the cone, and the place of its ray, on the other side of a wall (any if none is)."""
    for number, place in candidates:
        if sum(map(int.__mul__, dual, rays[cones[number][place]])) < 0:
            return number, place
    return candidates[0]


def _node(node: Any, points: int, depth: int) -> str:
    def row(vector: Any) -> str:
        return terms.integers(terms.cleared(terms.numbers(vector, points, "witness.tree")))

    if depth == 0:
        if not isinstance(node["vectors"], list):
            raise InputError("witness.tree", "vectors must be a list")
        return f"(Last [{'; '.join(map(row, node['vectors']))}])"
    children = [
        f"({terms.index(child['class'])}%N, {_node(child['node'], points, depth - 1)})"
        for child in node["children"]
    ]
    return f"(Chosen {row(node['vector'])}\n    {terms.items(children)})"
