"""Witnesses about quadratic forms: sums of squares, and bounds for changes of low rank.

Nothing here is trusted: what comes out is checked by the kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isqrt, lcm
from typing import Final

from flint import fmpq

from exactland.arithmetic.echelon import primitive, solve_linear
from exactland.arithmetic.rationals import ZERO, dot
from exactland.errors import InputError, UnsupportedError

Integers = list[int]
Rows = Sequence[Sequence[fmpq]]
Weighted = list[tuple[fmpq, Integers]]
"""Numbers with integer vectors: sum of weight (vector . z)^2."""

_BISECTIONS: Final = 200


@dataclass(frozen=True, slots=True)
class Bilinear:
    """The term  factor * (left . z) * (right . z)."""

    factor: fmpq
    left: Sequence[int]
    right: Sequence[int]


def integer_vector(row: Sequence[fmpq]) -> Integers:
    """Return the primitive integer vector along a vector, in the same direction.

    Examples
    --------
    >>> integer_vector([fmpq(-1, 2), fmpq(3, 4)])
    [-2, 3]
    """
    if not any(row):
        return [0] * len(row)
    found = [int(entry.p) for entry in primitive(row)]
    place = next(k for k, entry in enumerate(row) if entry)
    return found if (found[place] > 0) == (row[place] > 0) else [-entry for entry in found]


def denominator_of(values: Sequence[fmpq]) -> int:
    """Return the least common denominator.

    Examples
    --------
    >>> denominator_of([fmpq(1, 4), fmpq(5, 6)])
    12
    """
    return lcm(1, *(int(fmpq(value).q) for value in values))


def combination(target: Sequence[fmpq], rows: Rows) -> list[fmpq] | None:
    """Return coefficients of rows that sum up to the target, or None."""
    if not rows:
        return None if any(target) else []
    found = solve_linear(list(zip(*rows, strict=True)), target)
    return None if found is None else list(found)


def matrix_of(size: int, terms: Sequence[Bilinear]) -> list[list[fmpq]]:
    """Return the symmetric matrix of a sum of bilinear terms."""
    matrix = [[ZERO] * size for _ in range(size)]
    for term in terms:
        left = [(a, x) for a, x in enumerate(term.left) if x]
        right = [(b, x) for b, x in enumerate(term.right) if x]
        for a, x in left:
            for b, y in right:
                entry = term.factor * (x * y) / 2
                matrix[a][b] += entry
                matrix[b][a] += entry
    return matrix


def squares(matrix: Rows) -> Weighted | None:
    """Write a symmetric matrix as a sum of squares with nonnegative weights; None if it is none.

    Examples
    --------
    >>> squares([[fmpq(4), fmpq(2)], [fmpq(2), fmpq(1)]]), squares([[fmpq(0), 1], [fmpq(1), 0]])
    ([(1, [2, 1])], None)
    """
    rows, found = [list(row) for row in matrix], []
    for a, head in enumerate(rows):
        pivot = head[a]
        if pivot < 0 or (not pivot and any(head)):
            return None
        if not pivot:
            continue
        line = integer_vector(head)
        weight = pivot / fmpq(line[a]) ** 2
        found.append((weight, line))
        for b in range(a, len(rows)):
            if line[b]:
                rows[b] = [x - weight * line[b] * y for x, y in zip(rows[b], line, strict=True)]
    return found


def definite_squares(matrix: Rows) -> tuple[list[fmpq], Weighted] | None:
    """Write a matrix as positive numbers on the diagonal and squares; None if it is not definite.

    The squares are rounded, so that their numbers are about as long as those of the matrix: what is
    left is dominated by its diagonal.

    Examples
    --------
    >>> gaps, parts = definite_squares([[fmpq(2), fmpq(1)], [fmpq(1), fmpq(2)]])
    >>> min(gaps) > 0
    True
    >>> sum(weight * line[0] * line[1] for weight, line in parts)
    1
    >>> definite_squares([[fmpq(1), fmpq(1)], [fmpq(1), fmpq(1)]]) is None
    True
    """
    found = squares(matrix)
    if found is None or len(found) < len(matrix):
        return None
    size, slack = len(matrix), 2
    while True:
        part = [
            [x - x / fmpq(2) ** slack * (a == b) for b, x in enumerate(row)]
            for a, row in enumerate(matrix)
        ]
        found = squares(part)
        if found is not None:
            break
        slack *= 2
    exponents = [_exponent(row[a]) for a, row in enumerate(matrix)]
    bits = slack + size.bit_length() + 8
    while True:
        rounded = _rounded(found, exponents, bits)
        rest = [list(row) for row in matrix]
        for weight, line in rounded:
            for a, x in enumerate(line):
                if x:
                    rest[a] = [y - weight * x * z for y, z in zip(rest[a], line, strict=True)]
        gaps = [rest[a][a] for a in range(size)]
        for a in range(size):
            for b in range(a):
                entry = rest[a][b]
                if entry:
                    least = min(exponents[a], exponents[b])
                    line = [0] * size
                    line[a] = 1 << (exponents[a] - least)
                    line[b] = (1 << (exponents[b] - least)) * (1 if entry > 0 else -1)
                    weight = abs(entry) / (line[a] * abs(line[b]))
                    gaps[a] -= weight * line[a] ** 2
                    gaps[b] -= weight * line[b] ** 2
                    rounded.append((weight, line))
        if all(gap > 0 for gap in gaps):
            return gaps, rounded
        bits *= 2


def _exponent(value: fmpq) -> int:
    """Return half the binary logarithm of a positive number, roughly."""
    return (int(value.p).bit_length() - int(value.q).bit_length()) // 2


def _rounded(parts: Weighted, exponents: Sequence[int], bits: int) -> Weighted:
    """Round the coefficient of each coordinate to a multiple of 2^(its exponent - bits)."""
    least = min(exponents)
    found: Weighted = []
    for weight, line in parts:
        entries = []
        for entry, exponent in zip(line, exponents, strict=True):
            square = weight * entry**2 * fmpq(2) ** (2 * (bits - exponent))
            root = isqrt(int(square.p) // int(square.q)) << (exponent - least)
            entries.append(root if entry > 0 else -root)
        found.append((fmpq(2) ** (2 * (least - bits)), entries))
    return found


def orthogonal_part(
    known: Sequence[Sequence[fmpq]], vectors: Sequence[Sequence[fmpq]]
) -> list[Integers]:
    """Return orthogonal integer vectors that span the part of `vectors` orthogonal to `known`.

    Examples
    --------
    >>> orthogonal_part([[fmpq(1), fmpq(1), fmpq(0)]], [[fmpq(1), fmpq(0), fmpq(0)]])
    [[1, -1, 0]]
    """
    basis: list[Integers] = []
    found: list[Integers] = []
    for place, vector in enumerate([*known, *vectors]):
        rest = list(vector)
        for line in basis:
            factor = dot(rest, line) / dot(line, line)
            if factor:
                rest = [x - factor * y for x, y in zip(rest, line, strict=True)]
        if any(rest):
            basis.append(integer_vector(rest))
            if place >= len(known):
                found.append(basis[-1])
    return found


@dataclass(frozen=True, slots=True)
class RankBound:
    """A proof that changes of rank at most n do not decrease a form, up to positive factors.

    Attributes
    ----------
    factor, bound : numbers
    excess : vectors with weights
    squares : the rest of the inequality
    """

    factor: int
    bound: int
    excess: Weighted
    squares: Weighted


def rank_bound(
    metric: Rows, places: Rows, bases: Rows, normals: Rows, unit: fmpq, weight_unit: int
) -> RankBound:
    """Bound  sum_j <T_j, b>^2,  T_j = bases_j - normals_j,  by  r |b|^2 + sum kappa <y, b>^2.

    Parameters
    ----------
    metric : the inner product, times `weight_unit`
    places : n vectors, whose span holds the bases
    bases, normals : J vectors each
    unit : T_j times it is the integer vector of the checker
    weight_unit : positive

    Notes
    -----
    r separates the squares of the singular values of the bases, as maps on the span, from those of
    the normals.  Where they are equal and irrational there is no rational r.
    """
    size = len(metric)
    gram = [[x / weight_unit for x in row] for row in metric]
    on_span = _projection(gram, places)
    inside, outside = _outer_sum(gram, bases, size), _outer_sum(gram, normals, size)

    def too_small(r: fmpq) -> bool:
        form = [
            [r * (g - p) - o for g, p, o in zip(*lines, strict=True)]
            for lines in zip(gram, on_span, outside, strict=True)
        ]
        return squares(form) is None

    def rest(r: fmpq) -> Weighted | None:
        return squares(
            [
                [x - r * p for x, p in zip(*lines, strict=True)]
                for lines in zip(inside, on_span, strict=True)
            ]
        )

    total = sum((_form(gram, row, row) for row in bases), ZERO)
    r = _separating(too_small, lambda value: rest(value) is None, total)
    parts = rest(r)
    assert parts is not None
    excess: Weighted = []
    for weight, line in parts:
        vector = solve_linear(gram, [fmpq(x) for x in line])
        if vector is None:
            raise InputError("witness", "the second-order form is not semidefinite")
        whole = integer_vector(vector)
        place = next(a for a, x in enumerate(whole) if x)
        excess.append((weight * (vector[place] / whole[place]) ** 2, whole))
    targets = [
        [x - y for x, y in zip(base, normal, strict=True)]
        for base, normal in zip(bases, normals, strict=True)
    ]
    changes = _outer_sum(gram, targets, size)
    above = [[r * x for x in row] for row in gram]
    for weight, whole in excess:
        line = [dot(row, whole) for row in gram]
        above = [
            [x + weight * line[a] * line[b] for b, x in enumerate(row)]
            for a, row in enumerate(above)
        ]
    found = squares(
        [[x - y for x, y in zip(*lines, strict=True)] for lines in zip(above, changes, strict=True)]
    )
    if found is None:
        raise InputError("witness", "the second-order form is not semidefinite")
    # The checker's numbers: the metric times weight_unit, the T_j times unit.
    scale = fmpq(weight_unit) ** 2 * unit**2
    bound = r * weight_unit * unit**2
    weights = [weight * unit**2 for weight, _ in excess]
    rests = [weight * scale for weight, _ in found]
    factor = denominator_of([bound, *weights, *rests])
    return RankBound(
        factor,
        int((bound * factor).p),
        [(weight * factor, whole) for weight, (_, whole) in zip(weights, excess, strict=True)],
        [(weight * factor, line) for weight, (_, line) in zip(rests, found, strict=True)],
    )


def _form(gram: Rows, left: Sequence[fmpq], right: Sequence[fmpq]) -> fmpq:
    return dot([dot(row, right) for row in gram], left)


def _outer_sum(gram: Rows, vectors: Rows, size: int) -> list[list[fmpq]]:
    lines = [[dot(row, vector) for row in gram] for vector in vectors]
    return [[sum((u[a] * u[b] for u in lines), ZERO) for b in range(size)] for a in range(size)]


def _projection(gram: Rows, places: Rows) -> list[list[fmpq]]:
    """Return the form |projection of b to the span|^2."""
    size = len(gram)
    kept: list[list[fmpq]] = []
    for place in places:
        rest = list(place)
        for line in kept:
            factor = _form(gram, rest, line) / _form(gram, line, line)
            rest = [x - factor * y for x, y in zip(rest, line, strict=True)]
        if _form(gram, rest, rest):
            kept.append(rest)
    result = [[ZERO] * size for _ in range(size)]
    for line in kept:
        image = [dot(row, line) for row in gram]
        norm = dot(image, line)
        for a in range(size):
            for b in range(size):
                result[a][b] += image[a] * image[b] / norm
    return result


def _separating(
    too_small: Callable[[fmpq], bool], too_large: Callable[[fmpq], bool], top: fmpq
) -> fmpq:
    """Return a number that is neither too small nor too large, by bisection."""
    low, high = ZERO, top
    for value in (top, ZERO):
        if not too_small(value) and not too_large(value):
            return value
    for _ in range(_BISECTIONS):
        for value in ((low + high) / 2, _simplest(low, high)):
            small, large = too_small(value), too_large(value)
            if small and large:
                raise InputError("witness", "the second-order form is not semidefinite")
            if not small and not large:
                return value
            low, high = (max(low, value), high) if small else (low, min(high, value))
    raise UnsupportedError(
        "claim.type", "the formal development does not cover equal irrational singular values"
    )


def _simplest(low: fmpq, high: fmpq) -> fmpq:
    """Return the fraction of least denominator between two numbers (Stern and Brocot)."""
    whole = low.floor()
    if whole == low or whole + 1 <= high:
        return fmpq(whole) if whole == low else fmpq(whole + 1)
    return whole + 1 / _simplest(1 / (high - whole), 1 / (low - whole))
