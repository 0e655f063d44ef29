"""Curves down along the kernel of a semidefinite second-order form: orders three and four.

On cells without loose classes the loss near the point is a polynomial p = Q + C + R of the moves,
Q quadratic, C = 2 scale <lin, quad>, R = scale |quad|^2.  Let Q be positive semidefinite with
kernel K.  Along tau k, k in K, the first term is C(k) tau^3.  If C vanishes on K, then along
tau k + tau^2 y the first term is

    (R(k) + c(k) . y + Q(y)) tau^4,      c(k) . y = the part of C(k + y) linear in y,

least for 2 M y = -c(k): a quartic form on K, written m(k)^T G m(k) with the products of two
coordinates of k as m(k).  Two levels, no more; a negative value gives a curve, verified exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement, product
from typing import Any, Final

from flint import fmpq

from exactland.arithmetic.field_matrices import nullspace, solve
from exactland.arithmetic.ordered import Scalar, sign, to_ball
from exactland.arithmetic.rationals import ZERO, dot
from exactland.landscape.directions import Curve, NeuronCurve, line
from exactland.landscape.several_outputs.falling import smooth_terms
from exactland.landscape.several_outputs.form import (
    Terms,
    linear_part,
    matrix_of,
    moves_of,
    quadratic_part,
)
from exactland.landscape.several_outputs.minima import Setting
from exactland.problem.network import Vector

MAX_KERNEL: Final = 12
"""Dimension of the kernel up to which the levels are tried."""
MAX_STARTS: Final = 24
"""Starts of the search for a negative value of the quartic form."""
MAX_STEPS: Final = 60
ROUNDINGS: Final = (2, 4, 16, 256)
"""Denominators with which a direction is tried exactly."""


@dataclass(frozen=True, slots=True)
class Quartic:
    """The fourth order along the kernel.

    Attributes
    ----------
    kernel : basis of K
    pairs : (a, b), a <= b, the products of coordinates that m(k) lists
    gram : G
    responses : for each pair the y that goes with it (the best y is their combination)
    """

    kernel: tuple[Vector, ...]
    pairs: tuple[tuple[int, int], ...]
    gram: tuple[Vector, ...]
    responses: tuple[Vector, ...]

    def monomials(self, k: Sequence[Scalar]) -> Vector:
        """Return m(k)."""
        return tuple(k[a] * k[b] for a, b in self.pairs)

    def value(self, k: Sequence[Scalar]) -> Scalar:
        """Return m(k)^T G m(k)."""
        m = self.monomials(k)
        return dot(m, [dot(row, m) for row in self.gram])


def higher_order_curve(setting: Setting) -> Curve | str:
    """Return a curve down along the kernel, or what was tried.

    For blocks without loose classes whose second-order form is positive semidefinite.
    """
    terms = smooth_terms(setting)
    if terms is None:
        return "higher order: not tried where a neuron has loose classes or the block is large"
    matrix = matrix_of(terms)
    kernel = nullspace(matrix, len(matrix))
    if len(kernel) > MAX_KERNEL:
        return f"higher order: kernel of dimension {len(kernel)} (limit {MAX_KERNEL})"
    cubic = _cubic_direction(terms, kernel)
    if cubic is not None:
        return line(*moves_of(terms, cubic))
    quartic = quartic_form(terms, matrix, kernel)
    if quartic is None:
        return "higher order: the third order vanishes on the kernel, the fourth is not bounded"
    for k in _negative_candidates(quartic):
        if sign(quartic.value(k)) < 0:
            return curve_along(terms, quartic, k)
    from exactland.landscape.several_outputs.smt import negative_point

    proposed = negative_point(quartic)
    if not isinstance(proposed, str):
        return curve_along(terms, quartic, proposed)
    return f"higher order: zero to third order on the kernel, no negative fourth; {proposed}"


def _cubic(terms: Terms, z: Sequence[Scalar]) -> Scalar:
    return 2 * terms.scale * dot(linear_part(terms, z), quadratic_part(terms, z))


def _cubic_direction(terms: Terms, kernel: tuple[Vector, ...]) -> Vector | None:
    """Return k in K with C(k) < 0: C vanishes on K if it does on sums of three basis vectors with
    signs (polarisation).
    """
    for size in (1, 2, 3):
        for chosen in combinations(range(len(kernel)), size):
            for signs in product((1, -1), repeat=size - 1):
                z = _combination(kernel, dict(zip(chosen, (1, *signs), strict=True)))
                value = sign(_cubic(terms, z))
                if value:
                    return z if value < 0 else tuple(-entry for entry in z)
    return None


def _combination(basis: Sequence[Vector], coefficients: dict[int, Scalar]) -> Vector:
    total = [ZERO] * len(basis[0])
    for place, coefficient in coefficients.items():
        total = [t + coefficient * e for t, e in zip(total, basis[place], strict=True)]
    return tuple(total)


def quartic_form(
    terms: Terms, matrix: list[list[Scalar]], kernel: tuple[Vector, ...]
) -> Quartic | None:
    """Return the fourth order along the kernel; None if some c(k) is not in the range of M."""
    pairs = tuple(combinations_with_replacement(range(len(kernel)), 2))
    size = len(matrix)
    units = [tuple(fmpq(int(i == j)) for i in range(size)) for j in range(size)]
    linear_k = [linear_part(terms, k) for k in kernel]
    quads = [_bilinear(terms, kernel[a], kernel[b], a == b) for a, b in pairs]
    mixed = [[_bilinear(terms, k, unit, False) for unit in units] for k in kernel]
    slopes, responses = [], []
    for (a, b), quad in zip(pairs, quads, strict=True):
        slope = []
        for j in range(size):
            entry = dot(terms.linear[j], quad) + dot(linear_k[a], mixed[b][j])
            if a != b:
                entry += dot(linear_k[b], mixed[a][j])
            slope.append(2 * terms.scale * entry)
        response = solve(matrix, [-entry / 2 for entry in slope])
        if response is None:
            return None
        slopes.append(slope)
        responses.append(response)
    gram = tuple(
        tuple(
            terms.scale * dot(first, second) + dot(slope, response) / 2
            for second, response in zip(quads, responses, strict=True)
        )
        for first, slope in zip(quads, slopes, strict=True)
    )
    return Quartic(kernel, pairs, gram, tuple(responses))


def _bilinear(terms: Terms, first: Vector, second: Vector, equal: bool) -> Vector:
    """Return the coefficient of s t in quad(s first + t second); quad(first) if they are equal."""
    if equal:
        return quadratic_part(terms, first)
    both = quadratic_part(terms, [a + b for a, b in zip(first, second, strict=True)])
    alone = zip(both, quadratic_part(terms, first), quadratic_part(terms, second), strict=True)
    return tuple(a - b - c for a, b, c in alone)


def curve_along(terms: Terms, quartic: Quartic, k: Sequence[Scalar]) -> Curve:
    """Return the curve tau k + tau^2 y with the best y."""
    first = _combination(quartic.kernel, dict(enumerate(k)))
    second = _combination(quartic.responses, dict(enumerate(quartic.monomials(k))))
    (moves, bias), (later, bias_later) = moves_of(terms, first), moves_of(terms, second)
    point = terms.point
    still = (tuple([ZERO] * point.dimension), tuple([ZERO] * point.output_dimension))
    neurons = []
    for i in sorted({*moves, *later}):
        (w1, h1), (w2, h2) = moves.get(i, still), later.get(i, still)
        neurons.append(
            NeuronCurve(i, tuple(zip(w1, w2, strict=True)), tuple(zip(h1, h2, strict=True)))
        )
    if bias is None or bias_later is None:
        return Curve(tuple(neurons))
    return Curve(tuple(neurons), tuple(zip(bias, bias_later, strict=True)))


def _negative_candidates(quartic: Quartic) -> Iterator[Vector]:
    """Basis vectors, sums of two, then rounded results of a descent in floating point."""
    size = len(quartic.kernel)
    for place in range(size):
        yield tuple(fmpq(int(place == j)) for j in range(size))
    for a, b in combinations(range(size), 2):
        for side in (1, -1):
            yield tuple(fmpq(int(j == a) + side * int(j == b)) for j in range(size))
    if size:
        yield from _descended(quartic)


def _descended(quartic: Quartic) -> Iterator[Vector]:
    import numpy as np

    gram: Any = np.array([[float(to_ball(e).mid()) for e in row] for row in quartic.gram])
    size, random = len(quartic.kernel), np.random.default_rng(0)
    left, right = (np.array(column) for column in zip(*quartic.pairs, strict=True))

    def slope(k: Any) -> Any:
        """The value on the sphere and its gradient."""
        image = gram @ (k[left] * k[right])
        gradient = np.zeros(size)
        np.add.at(gradient, left, 2 * image * k[right])
        np.add.at(gradient, right, 2 * image * k[left])
        return float((k[left] * k[right]) @ image), gradient

    step = 0.25 / (1.0 + float(np.abs(gram).max()) * size)
    for _ in range(MAX_STARTS):
        k = random.standard_normal(size)
        for _ in range(MAX_STEPS):
            k /= np.linalg.norm(k)
            k = k - step * slope(k)[1]
        k /= np.abs(k).max()
        if slope(k)[0] < 0:
            for denominator in ROUNDINGS:
                yield tuple(fmpq(round(float(e) * denominator), denominator) for e in k)
