"""The atlas by definition, with fractions: nothing of the package, and no idea of the atlas's.

Faces come from Fourier-Motzkin elimination of sign vectors.  For every multiset of (face, sign of
h) the least-squares residual is that of a Karush-Kuhn-Tucker system (kinks as equations), solved by
elimination; whether some minimiser lies in the open cones, and whether a one-sided derivative is
negative somewhere, are systems of strict inequalities, decided by Fourier-Motzkin elimination.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations_with_replacement, product

from tests.cells import slow

Rows = list[list[Fraction]]
Signs = tuple[int, ...]


@dataclass(frozen=True)
class Data:
    """Inputs (N x d), targets (N), slopes, scale of the loss, whether c is a parameter."""

    inputs: Rows
    targets: list[Fraction]
    plus: Fraction
    minus: Fraction
    scale: Fraction = Fraction(1, 2)
    bias: bool = False


def stationary_losses(data: Data, width: int) -> Counter[Fraction]:
    """Loss -> number of multisets of classes with a stationary network, no neuron passive."""
    faces = [s for s in slow.sign_vectors(data.inputs, faces=True) if _active(data, s)]
    found: Counter[Fraction] = Counter()
    for multiset in combinations_with_replacement(sorted(product(faces, (1, -1))), width):
        loss = _loss(data, multiset)
        if loss is not None:
            found[loss] += 1
    return found


def best_constant(data: Data) -> Fraction:
    """The loss of networks without an active neuron."""
    mean = sum(data.targets, Fraction(0)) / len(data.targets) if data.bias else Fraction(0)
    return data.scale * sum(((mean - y) ** 2 for y in data.targets), Fraction(0))


def _slope(data: Data, sign: int) -> Fraction:
    return data.plus if sign > 0 else data.minus


def _active(data: Data, signs: Signs) -> bool:
    return any(sign and _slope(data, sign) for sign in signs)


def _loss(data: Data, multiset: Sequence[tuple[Signs, int]]) -> Fraction | None:
    design = [
        [
            height * (_slope(data, signs[k]) if signs[k] else 0) * entry
            for signs, height in multiset
            for entry in row
        ]
        + [Fraction(1)] * data.bias
        for k, row in enumerate(data.inputs)
    ]
    residual = _residual(data, multiset, design)
    for signs, height in multiset:
        if not _one_sided(data, signs, height, residual):
            return None
    if not _some_minimiser(data, multiset, design, residual):
        return None
    return data.scale * sum((e * e for e in residual), Fraction(0))


def _residual(data: Data, multiset: Sequence[tuple[Signs, int]], design: Rows) -> list[Fraction]:
    size, dimension = len(design[0]), len(data.inputs[0])
    kinks: Rows = []
    for place, (signs, _) in enumerate(multiset):
        for row, sign in zip(data.inputs, signs, strict=True):
            if sign == 0:
                line = [Fraction(0)] * size
                line[place * dimension : (place + 1) * dimension] = row
                kinks.append(line)
    table = []
    for i in range(size):
        normal = [sum((row[i] * row[j] for row in design), Fraction(0)) for j in range(size)]
        moment = sum((row[i] * y for row, y in zip(design, data.targets, strict=True)), Fraction(0))
        table.append([*normal, *(line[i] for line in kinks), moment])
    for line in kinks:
        table.append([*line, *([Fraction(0)] * len(kinks)), Fraction(0)])
    solution = _solve(table)
    values = solution[:size]
    return [
        sum((a * b for a, b in zip(row, values, strict=True)), Fraction(0)) - y
        for row, y in zip(design, data.targets, strict=True)
    ]


def _solve(table: Rows) -> list[Fraction]:
    """Some solution of a consistent system, the right sides last."""
    size, row = len(table[0]) - 1, 0
    pivots: list[int] = []
    for column in range(size):
        pivot = next((i for i in range(row, len(table)) if table[i][column]), None)
        if pivot is None:
            continue
        table[row], table[pivot] = table[pivot], table[row]
        head = table[row][column]
        table[row] = [entry / head for entry in table[row]]
        for i, other in enumerate(table):
            if i != row and other[column]:
                factor = other[column]
                table[i] = [a - factor * b for a, b in zip(other, table[row], strict=True)]
        pivots.append(column)
        row += 1
    assert all(not line[-1] for line in table[row:])
    solution = [Fraction(0)] * size
    for place, column in enumerate(pivots):
        solution[column] = table[place][-1]
    return solution


def _one_sided(data: Data, signs: Signs, height: int, residual: list[Fraction]) -> bool:
    """Whether h psi(v) >= 0 for all v, one cell of the kinks at a time.

    A negative value in a closed cell of full dimension is also taken in its interior.
    """
    zeros = [k for k, sign in enumerate(signs) if sign == 0 and any(data.inputs[k])]
    base = [Fraction(0)] * len(data.inputs[0])
    for row, sign, e in zip(data.inputs, signs, residual, strict=True):
        if sign:
            base = [b + e * _slope(data, sign) * x for b, x in zip(base, row, strict=True)]
    for sides in product((1, -1), repeat=len(zeros)):
        slope = list(base)
        positive = set()
        for k, side in zip(zeros, sides, strict=True):
            row = data.inputs[k]
            factor = residual[k] * _slope(data, side)
            slope = [a + factor * x for a, x in zip(slope, row, strict=True)]
            positive.add(slow.primitive([side * x for x in row]))
        if any(slope) and slow.feasible(
            {*positive, slow.primitive([-height * a for a in slope])}, []
        ):
            return False
    return True


def _some_minimiser(
    data: Data,
    multiset: Sequence[tuple[Signs, int]],
    design: Rows,
    residual: list[Fraction],
) -> bool:
    """Whether a network with these values has its neurons in the open cones (last unknown: 1)."""
    size, dimension = len(design[0]), len(data.inputs[0])
    zero = [
        slow.primitive([*row, -(y + e)])
        for row, y, e in zip(design, data.targets, residual, strict=True)
    ]
    positive = {slow.primitive([*([0] * size), 1])}
    for place, (signs, _) in enumerate(multiset):
        for row, sign in zip(data.inputs, signs, strict=True):
            line: list[Fraction | int] = [0] * (size + 1)
            line[place * dimension : (place + 1) * dimension] = [(sign or 1) * x for x in row]
            if sign:
                positive.add(slow.primitive(line))
            elif any(row):
                zero.append(slow.primitive(line))
    return slow.feasible(positive, zero)
