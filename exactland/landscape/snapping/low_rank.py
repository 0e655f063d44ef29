"""Groups of low rank: stationary points at which B_p = sum_i h_i w~_i^T has less than full rank.

Let one group be of low rank r among those that share data, X its masked data in coordinates of the
face (N x f), F the columns of the other groups and of the output bias, and ' the projection to the
orthogonal complement of F.  With B_LS the least-squares solution of X' B^T = Y' and
S = Y'^T X' B_LS^T, a symmetric rational J x J matrix, the stationary B of rank r are U V with U a
basis of an S-invariant r-dimensional space and V = (U^T U)^-1 U^T B_LS: the truncated singular
value decompositions in the metric of the data.  Floats choose the eigenvalues; the rest is exact,
over the field that they generate.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flint import fmpq, fmpq_mat, fmpq_poly

from exactland.arithmetic.compositum import adjoin_roots
from exactland.arithmetic.matrices import (
    difference,
    independent_rows,
    least_squares,
    multiply,
    nullspace,
    solve_columns,
    transpose,
)
from exactland.arithmetic.ordered import Scalar
from exactland.arithmetic.polynomials import IsolatedRoot, real_roots
from exactland.arithmetic.rationals import ZERO, from_float, round_relative
from exactland.errors import ExactlandError, UnsupportedError
from exactland.landscape.snapping.groups import float_rows
from exactland.problem.network import Matrix

MAX_OUTPUTS = 12
"""Outputs beyond which the eigenvalues are not taken apart."""


class NotFoundError(ExactlandError):
    """Why no point of low rank was found; the text is for the reader."""


@dataclass(frozen=True, slots=True)
class Block:
    """A group of the least-squares problem: its columns (N x f), and for a low rank r > 0 the
    checkpoint's sum_i h_i w~_i^T in floats (J x f).
    """

    columns: Matrix
    rank: int
    guess: Any


@dataclass(frozen=True, slots=True)
class LowRank:
    """B = left right, J x r times r x f, exactly."""

    left: Matrix
    right: Matrix

    @property
    def product(self) -> Matrix:
        """B, J x f."""
        return multiply(self.left, self.right)


@dataclass(frozen=True, slots=True)
class _Projected:
    """The low-rank block of a component without the share of the other columns F.

    ``columns`` and ``targets`` are X' and Y', ``by_columns`` and ``by_targets`` the least-squares
    solutions of F Z = X and F Z = Y.
    """

    columns: Matrix
    targets: Matrix
    by_columns: Matrix
    by_targets: Matrix


def solve_component(
    low: Block, others: Matrix, targets: Matrix, guess: Any
) -> tuple[LowRank, Matrix]:
    """Return the stationary B of the block's rank nearest to its guess, and the other coordinates.

    Parameters
    ----------
    low : Block
        The one low-rank block of the component.
    others : N x q
        The columns F of everything else.
    targets : N x J
    guess : q x J float array
        Near which the other coordinates are chosen, where they are not determined.

    Raises
    ------
    NotFoundError
        If the eigenvalues do not single out a space of that dimension.

    Examples
    --------
    >>> import numpy as np
    >>> one, zero = fmpq(1), fmpq(0)
    >>> block = Block(((one, zero), (zero, one)), 1, np.array([[1.3, 0.9], [1.7, 0.8]]))
    >>> targets = ((one, fmpq(2)), (one, one))
    >>> found, rest = solve_component(block, ((), ()), targets, np.zeros((0, 2)))
    >>> found.left, found.right
    (((-1/2 + 1/2*sqrt(5),), (1,)), ((1 + 2/5*sqrt(5), 1/2 + 3/10*sqrt(5)),))
    """
    projected = _project(low.columns, others, targets)
    solution, _ = least_squares(projected.columns, projected.targets)
    images = multiply(projected.columns, solution)
    square = multiply(transpose(images), projected.targets)
    space = _invariant_space(square, low)
    left = _gauged(space, low)
    gram = multiply(transpose(left), left)
    right = solve_columns(gram, multiply(transpose(left), transpose(solution)))
    assert right is not None, "independent columns"
    right = near(right, nullspace(projected.columns, len(low.columns[0])), _right_guess(left, low))
    found = LowRank(left, right)
    rest = difference(
        projected.by_targets, multiply(projected.by_columns, transpose(found.product))
    )
    kernel = nullspace(others, len(others[0])) if others[0] else ()
    return found, transpose(near(transpose(rest), kernel, guess.T)) if rest else rest


def split_low_rank(
    outputs: Matrix, weights: Matrix, factors: LowRank, bits: int
) -> tuple[Matrix, Matrix] | None:
    """Return input weights right^T b_i (coordinates on the face) and output weights left a_i.

    The a_i and b_i are rational vectors of length r with sum_i a_i b_i^T = 1, near the checkpoint:
    rounded to `bits` significant bits, but for r of the b_i, which make up for the rest.  So all
    h_i lie in the space of `left` and all w_i in that of `right`, where the gradient vanishes.
    None where the a_i do not span.

    Parameters
    ----------
    outputs, weights : n x J and n x f
        The neurons of the checkpoint, the input weights in coordinates of the face.
    """
    import numpy as np

    left, right = float_rows(factors.left), float_rows(factors.right)
    rank = left.shape[1]
    heads = np.linalg.lstsq(left, float_rows(outputs).T, rcond=None)[0].T
    tails = np.linalg.lstsq(right.T, float_rows(weights).T, rcond=None)[0].T
    if not (np.isfinite(heads).all() and np.isfinite(tails).all()):
        return None
    a, b = _rounded(heads, bits), _rounded(tails, bits)
    order = sorted(range(len(a)), key=lambda i: -max(abs(entry) for entry in a[i]))
    chosen = [order[k] for k in independent_rows([a[i] for i in order])]
    if len(chosen) < rank:
        return None
    missing: Matrix = tuple(tuple(fmpq(int(i == j)) for j in range(rank)) for i in range(rank))
    rest = [i for i in range(len(a)) if i not in set(chosen)]
    if rest:
        present = multiply(transpose([a[i] for i in rest]), [b[i] for i in rest])
        missing = difference(missing, present)
    corrected = solve_columns(transpose([a[i] for i in chosen]), missing)
    assert corrected is not None
    for index, row in zip(chosen, corrected, strict=True):
        b[index] = row
    return multiply(b, factors.right), multiply(a, transpose(factors.left))


def _project(columns: Matrix, others: Matrix, targets: Matrix) -> _Projected:
    if not others[0]:
        return _Projected(columns, targets, (), ())
    by_columns, _ = least_squares(others, columns)
    by_targets, _ = least_squares(others, targets)
    return _Projected(
        difference(columns, multiply(others, by_columns)),
        difference(targets, multiply(others, by_targets)),
        by_columns,
        by_targets,
    )


def _invariant_space(square: Matrix, low: Block) -> list[tuple[Scalar, ...]]:
    """Return a basis of the sum of the r eigenspaces nearest to the column space of the guess."""
    if len(square) > MAX_OUTPUTS:
        raise NotFoundError(f"{len(square)} outputs (limit {MAX_OUTPUTS})")
    roots = real_roots(fmpq_mat([list(row) for row in square]).charpoly())
    if any(root.multiplicity > 1 for root in roots):
        raise NotFoundError("the data do not determine the space: an eigenvalue is repeated")
    chosen = _nearest_eigenvalues(square, low)
    requests = list(_requests(roots, chosen))
    try:
        _, values = adjoin_roots([root for _, root in requests if root is not None])
    except UnsupportedError as error:
        raise NotFoundError(str(error)) from None
    found = iter(values)
    basis: list[tuple[Scalar, ...]] = []
    for polynomial, root in requests:
        coefficients: list[Scalar] = polynomial.coeffs()
        if root is not None:
            coefficients = _divided(coefficients, next(found))
        basis += nullspace(_at_matrix(coefficients, square), len(square))
    if len(basis) != low.rank:
        raise NotFoundError("the eigenvalues do not single out a space")
    return basis


def _nearest_eigenvalues(square: Matrix, low: Block) -> set[int]:
    """Return the places (ascending) of the r eigenvalues whose eigenvectors fit the guess."""
    import numpy as np

    matrix = float_rows(square)
    largest = np.abs(matrix).max() or 1.0
    _, vectors = np.linalg.eigh(matrix / largest)
    directions = np.linalg.svd(low.guess)[0][:, : low.rank]
    shares = ((vectors.T @ directions) ** 2).sum(axis=1)
    return set(np.argsort(-shares)[: low.rank].tolist())


def _requests(
    roots: Sequence[IsolatedRoot], chosen: set[int]
) -> Iterator[tuple[fmpq_poly, IsolatedRoot | None]]:
    """Yield (g, lambda): the kernel of g(S) / (S - lambda), or of g(S) where lambda is None.

    Of the roots of an irreducible factor all, one, or all but one may be chosen; one root of a
    factor of degree 2 is "all but" its conjugate.
    """
    places: dict[tuple[fmpq, ...], list[int]] = {}
    for place, root in enumerate(roots):
        places.setdefault(tuple(root.polynomial.coeffs()), []).append(place)
    for members in places.values():
        polynomial = roots[members[0]].polynomial
        inside = [place for place in members if place in chosen]
        outside = [place for place in members if place not in chosen]
        if not inside:
            continue
        if not outside:
            yield polynomial, None
        elif len(outside) == 1:
            yield polynomial, roots[outside[0]]
        elif len(inside) == 1:
            yield fmpq_poly([0, 0, 1]), roots[inside[0]]
        else:
            degree = polynomial.degree()
            message = f"{len(inside)} of the {degree} roots of an irreducible polynomial"
            raise NotFoundError(f"the space belongs to {message}")


def _divided(coefficients: list[Scalar], root: Scalar) -> list[Scalar]:
    """Return g(x) / (x - root); for x^2, which marks a single eigenvalue, x - root."""
    if coefficients == [0, 0, 1]:
        return [-root, fmpq(1)]
    quotient: list[Scalar] = []
    carry: Scalar = ZERO
    for coefficient in reversed(coefficients[1:]):
        carry = carry * root + coefficient
        quotient.append(carry)
    return quotient[::-1]


def _at_matrix(coefficients: Sequence[Scalar], matrix: Matrix) -> Matrix:
    size = len(matrix)
    result: Matrix = ((ZERO,) * size,) * size
    for coefficient in reversed(coefficients):
        product = multiply(result, matrix)
        result = tuple(
            tuple(entry + coefficient if i == j else entry for j, entry in enumerate(row))
            for i, row in enumerate(product)
        )
    return result


def _gauged(space: Sequence[tuple[Scalar, ...]], low: Block) -> Matrix:
    """Return the basis of the space (columns, J x r) that is the identity on r rows, large ones."""
    import numpy as np

    columns = transpose(space)
    directions = np.linalg.svd(low.guess)[0][:, : low.rank]
    order = np.argsort(-(directions**2).sum(axis=1)).tolist()
    rows = [order[k] for k in independent_rows([columns[i] for i in order])]
    square = [columns[i] for i in rows]
    gauged = solve_columns(transpose(square), transpose(columns))
    assert gauged is not None
    return transpose(gauged)


def _right_guess(left: Matrix, low: Block) -> Any:
    import numpy as np

    return np.linalg.lstsq(float_rows(left), low.guess, rcond=None)[0]


def near(rows: Matrix, kernel: Sequence[tuple[fmpq, ...]], guess: Any) -> Matrix:
    """Add rational combinations of the kernel to each row, to come near the guess."""
    if not kernel:
        return rows
    import numpy as np

    directions = float_rows(kernel)
    steps = np.linalg.lstsq(directions.T, (guess - float_rows(rows)).T, rcond=None)[0].T
    moved = multiply(_rounded(steps, 24), kernel)
    return tuple(
        tuple(a + b for a, b in zip(row, move, strict=True))
        for row, move in zip(rows, moved, strict=True)
    )


def _rounded(floats: Any, bits: int) -> list[tuple[fmpq, ...]]:
    return [tuple(round_relative(from_float(x), bits) for x in row) for row in floats.tolist()]
