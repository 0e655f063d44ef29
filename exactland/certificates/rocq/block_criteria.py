"""The second-order form of a leaf: as a sum of squares, or bounded for changes of low rank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flint import fmpq

from exactland.arithmetic.echelon import solve_linear
from exactland.arithmetic.rationals import dot
from exactland.certificates.rocq import terms
from exactland.certificates.rocq.block_forms import (
    Bilinear,
    Integers,
    Weighted,
    definite_squares,
    denominator_of,
    matrix_of,
    rank_bound,
)
from exactland.certificates.rocq.block_parts import (
    ONLY_INPUT,
    ONLY_OUTPUT,
    WHERE,
    Leaf,
    Part,
    integers,
    matrix,
    rational,
    resolved,
    side_split,
)
from exactland.certificates.rocq.geometry import Geometry, Sides, whole
from exactland.errors import InputError


@dataclass(frozen=True, slots=True)
class Form:
    """What the second-order form is made of."""

    g: Geometry
    parts: Mapping[int, Part]
    features: list[Integers]
    weights: list[int]
    weight_unit: int
    unit: int

    def activity(self, part: Part, y: Integers) -> int:
        """Return  sum_k y_k rho(w~_i . x~_k)  in integers."""
        return whole(dot(self.g.weighted(part.slopes, y), self.g.w[part.neuron.index]))


def definite(form: Form, leaf: Leaf, sides: Sides) -> str:
    """The form minus products minus a multiple of the identity, as a sum of squares."""
    g, unit, outputs = form.g, form.unit, form.g.point.outputs
    offsets: dict[int, int] = {}
    size = 0
    for i, part in form.parts.items():
        offsets[i] = size
        if part.kind:
            size += len(part.functionals) + (outputs if part.kind != ONLY_INPUT else 0)
    examined = [(i, part) for i, part in form.parts.items() if part.kind]
    bilinear: list[Bilinear] = []
    for place, y in enumerate(form.features):
        for j in range(outputs):
            row = [0] * size
            for i, part in examined:
                start = offsets[i]
                if part.kind != ONLY_OUTPUT:
                    for a, value in enumerate(integers(part.steps[place][0], unit)):
                        row[start + a] = g.point.den_w * g.v[j][i] * value
                if part.kind != ONLY_INPUT:
                    spot = start + len(part.functionals) + j
                    row[spot] = g.point.den_v * unit * form.activity(part, y)
            bilinear.append(Bilinear(fmpq(g.residuals_unit * form.weights[place]), row, row))
    cross = fmpq(
        2 * form.weight_unit * g.slopes_unit * g.point.den_x * unit
        * g.point.den_w**2 * g.point.den_v**2
    )  # fmt: skip
    for i, part in examined:
        for j, (coefficients, _) in enumerate(part.psi):
            left, right = [0] * size, [0] * size
            left[offsets[i] : offsets[i] + len(coefficients)] = integers(coefficients, unit)
            right[offsets[i] + len(part.functionals) + j] = 1
            bilinear.append(Bilinear(cross, left, right))
    return _definite_term(form, leaf, sides, offsets, size, bilinear)


def _definite_term(
    form: Form,
    leaf: Leaf,
    sides: Sides,
    offsets: Mapping[int, int],
    size: int,
    bilinear: list[Bilinear],
) -> str:
    g, unit = form.g, form.unit
    scale = fmpq(g.point.scale.numerator, g.point.scale.denominator)
    root = g.slopes_unit * g.point.den_x * g.point.den_w * g.point.den_v * unit
    common = form.weight_unit * g.residuals_unit * fmpq(root) ** 2 / scale
    common /= fmpq(g.point.den_x * unit) ** 2
    products: list[tuple[fmpq, str]] = []
    for i, q, k, p, amount in leaf.products:
        if not amount or ONLY_OUTPUT in (form.parts[i].kind, form.parts[k].kind):
            continue
        lines, texts = [], []
        for neuron, name in ((i, q), (k, p)):
            split = side_split(g, form.parts[neuron], name, sides[neuron][name])
            line = [0] * size
            start = offsets[neuron]
            line[start : start + len(split[0])] = integers(split[0], unit)
            lines.append(line)
            texts.append(f"{neuron} {name} ({resolved(split, unit)})")
        value = amount * g.lengths[q] * g.lengths[p] * common
        bilinear.append(Bilinear(-value, *lines))
        products.append((value, " ".join(texts)))
    found = definite_squares(matrix_of(size, bilinear))
    if found is None:
        raise InputError(WHERE, "the second-order form is not definite")
    gap, squares = found
    factor = denominator_of([*gap, *(v for v, _ in products), *(weight for weight, _ in squares)])
    entries = [f"Product {text} {terms.integer(whole(factor * v))}" for v, text in products]
    gaps = terms.integers(whole(factor * value) for value in gap)
    scaled: Weighted = [(factor * weight, line) for weight, line in squares]
    return f"(Definite {factor} {terms.items(entries)}\n      {_squares(scaled)}\n      {gaps})"


def _squares(values: Weighted) -> str:
    entries = [f"weighing {whole(z)} {terms.integers(line)}" for z, line in values]
    return terms.items(entries, " " * 6)


def low_rank(form: Form, leaf: Leaf) -> str:
    """The bound for changes of the rank of the examined neurons."""
    g, unit, outputs = form.g, form.unit, form.g.point.outputs
    examined = [part for part in form.parts.values() if part.kind]
    leader = examined[0]
    steps = [integers(c, unit) for c, _ in leader.steps]
    psi = [integers(c, unit) for c, _ in leader.psi]
    size = len(leader.functionals)
    metric = matrix_of(
        size,
        [Bilinear(fmpq(z), line, line) for z, line in zip(form.weights, steps, strict=True)],
    )
    values = [
        [whole(dot(row, g.w[part.neuron.index])) for row in rational(part.functionals)]
        for part in examined
    ]
    # The normals n_j of the form: its linear part is an inner product with them.
    factor = fmpq(g.slopes_unit * g.point.den_x * unit * form.weight_unit, g.residuals_unit)
    normals: list[list[fmpq]] = []
    for line in psi:
        found = solve_linear(metric, [factor * a for a in line]) if size else ()
        if found is None:
            raise InputError(WHERE, "the second-order form is not semidefinite")
        normals.append(list(found))
    heights = fmpq(1, g.point.den_v * g.point.den_w)
    bases = []
    for j in range(outputs):
        own = [heights * g.v[j][part.neuron.index] for part in examined]
        bases.append([dot(own, column) for column in zip(*values, strict=True)])
    den_normal = denominator_of([a for row in normals for a in row])
    bound = rank_bound(
        metric,
        rational(values),
        bases,
        normals,
        fmpq(den_normal * g.point.den_v * g.point.den_w),
        form.weight_unit,
    )
    rows = matrix([integers(row, den_normal) for row in normals])
    return (
        f"(LowRank {bound.factor} {den_normal} {rows}\n      {terms.integer(bound.bound)} "
        f"{_squares(bound.excess)}\n      {_squares(bound.squares)})"
    )
