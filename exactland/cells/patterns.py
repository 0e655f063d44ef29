"""Activation patterns: signs of pre-activations, and data points grouped by direction."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from operator import mul
from typing import Any, Final

from flint import fmpq, fmpz, fmpz_mat

from exactland.arithmetic import field_matrices
from exactland.arithmetic.field_matrices import common_field
from exactland.arithmetic.ordered import Scalar, simplify
from exactland.arithmetic.rationals import clear_denominators, sign
from exactland.problem.network import Matrix, Vector

SIGN_CHARACTERS = {1: "+", 0: "0", -1: "-"}
SIGN_VALUES = {"+": 1, "0": 0, "-": -1}
MANY_PRODUCTS: Final = 2**16
"""Products from which on their leading digits are multiplied first (numpy takes 0.1 s to load)."""


def activation_patterns(weights: Matrix, inputs: Matrix) -> tuple[str, ...]:
    """Return the sign of w_i . x_k for every neuron and data point.

    Parameters
    ----------
    weights : m x d
        Input weight vectors (augmented by the bias where there is one).
    inputs : N x d
        Data points (augmented by 1 accordingly).

    Returns
    -------
    tuple of m strings
        String i has N characters ``+``, ``0``, ``-``; ``0`` marks the boundary set
        Z_i = {k : w_i . x_k = 0}.  Exact: integers after clearing denominators row by row, signs
        in the field where the numbers lie in one.

    Examples
    --------
    >>> activation_patterns(((fmpq(1), fmpq(-1, 2)),), ((fmpq(1, 2), fmpq(1)), (fmpq(1), fmpq(1))))
    ('0+',)
    """
    if not weights:
        return ()
    if not inputs[0]:
        return ("0" * len(inputs),) * len(weights)
    if common_field(entry for rows in (weights, inputs) for row in rows for entry in row):
        table = field_matrices.multiply(weights, tuple(zip(*inputs, strict=True)))
        return tuple("".join(SIGN_CHARACTERS[sign(entry)] for entry in row) for row in table)
    rows, columns = clear_denominators(weights)[0], clear_denominators(inputs)[0]
    if len(rows) * len(columns) >= MANY_PRODUCTS:
        return _signs_by_leading_digits(rows, columns)
    table = (fmpz_mat(rows) * fmpz_mat(columns).transpose()).tolist()
    return tuple("".join(map(_character, row)) for row in table)


def _character(value: Scalar) -> str:
    return "+" if value > 0 else "-" if value < 0 else "0"


def _signs_by_leading_digits(rows: list[list[fmpz]], columns: list[list[fmpz]]) -> tuple[str, ...]:
    """Return the signs of all row . column of integer vectors of one length.

    Cut to their leading digits, w = 2^s (W + a) and x = 2^t (X + b) with integers W, X and
    0 <= a, b < 1 in every coordinate (0 where nothing had to be cut).  So
    w . x = 2^(s + t) (W . X + e)  with  |e| <= |W|_1 [b != 0] + |X|_1 [a != 0] + d [a, b != 0],
    and W . X has the right sign where it is larger than that, or where nothing was cut; elsewhere
    the product is formed in full.
    """
    import numpy as np

    digits = (62 - len(rows[0]).bit_length()) // 2  # |W . X| < 2^62
    left, left_cut = _leading(rows, digits)
    right, right_cut = _leading(columns, digits)
    products = left @ right.T
    left_size, right_size = (np.abs(side).sum(axis=1) for side in (left, right))
    bounds = np.outer(left_size, right_cut) + np.outer(left_cut, right_size)
    bounds += len(rows[0]) * np.outer(left_cut, right_cut)
    signs = np.array([ord(character) for character in "-0+"], dtype=np.uint8)[np.sign(products) + 1]
    for i, k in np.argwhere((np.abs(products) <= bounds) & (bounds > 0)).tolist():
        signs[i, k] = ord(_character(sum(map(mul, rows[i], columns[k]), fmpz(0))))
    return tuple(row.tobytes().decode("ascii") for row in signs)


def _leading(vectors: list[list[fmpz]], digits: int) -> tuple[Any, Any]:
    """Return the vectors, each divided by the power of two that leaves that many binary digits.

    The second array says by 1 which vectors lost digits, by 0 which did not.
    """
    import numpy as np

    lengths = [max(int(entry.bit_length()) for entry in vector) for vector in vectors]
    shifts = [max(0, length - digits) for length in lengths]
    cut = [
        [int(entry >> shift) for entry in vector]
        for vector, shift in zip(vectors, shifts, strict=True)
    ]
    return np.array(cut, dtype=np.int64), np.sign(np.array(shifts, dtype=np.int64))


def boundary_set(pattern: str) -> tuple[int, ...]:
    """Return Z = {k : w . x_k = 0} of one neuron's pattern.

    Examples
    --------
    >>> boundary_set("+0-0")
    (1, 3)
    """
    return tuple(index for index, character in enumerate(pattern) if character == "0")


@dataclass(frozen=True, slots=True)
class ParallelClass:
    """Nonzero data points on one line through the origin.

    ``normal`` is the data point with the smallest index, ``representative``; member k has
    x_k = r_k * normal, and ``stretches`` holds the |r_k|, so that |x_k . v| = |r_k| |normal . v|.
    """

    representative: int
    normal: Vector
    members: tuple[int, ...]
    stretches: tuple[fmpq, ...]


def parallel_classes(inputs: Matrix) -> tuple[ParallelClass, ...]:
    """Group the nonzero data points by the line they span; zero rows belong to no class.

    Examples
    --------
    >>> rows = ((fmpq(1), fmpq(2)), (fmpq(0), fmpq(0)), (fmpq(-1, 2), fmpq(-1)))
    >>> [(c.members, c.stretches) for c in parallel_classes(rows)]
    [((0, 2), (1, 1/2))]
    """
    groups: dict[tuple[Scalar, ...], list[int]] = {}
    for index, row in enumerate(inputs):
        direction = primitive_direction(row)
        if direction is not None:
            groups.setdefault(direction, []).append(index)
    classes = []
    for members in groups.values():
        normal = inputs[members[0]]
        axis = next(axis for axis, entry in enumerate(normal) if entry != 0)
        stretches = tuple(abs(inputs[member][axis] / normal[axis]) for member in members)
        classes.append(ParallelClass(members[0], normal, tuple(members), stretches))
    return tuple(classes)


def primitive_direction(row: Vector) -> tuple[Scalar, ...] | None:
    """Return the primitive integer vector on the line of `row`, first nonzero entry positive.

    On a line without rational vectors: the one whose first nonzero entry is 1.  Parallel rows have
    equal results; a zero row has none.

    Examples
    --------
    >>> primitive_direction((fmpq(-1, 2), fmpq(1, 3)))
    (3, -2)
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> root = sqrt_field(fmpq(2)).generator
    >>> primitive_direction((-root, -root)), primitive_direction((-root, fmpq(1)))
    ((1, 1), (1, -1/2*sqrt(2)))
    """
    if common_field(row) is not None:
        head = next((entry for entry in row if entry), None)
        if head is None:
            return None
        row = tuple(simplify(entry / head) for entry in row)
        if common_field(row) is not None:
            return row
    entries = [int(entry) for entry in clear_denominators((row,))[0][0]]
    divisor = gcd(*entries)
    if divisor == 0:
        return None
    if next(entry for entry in entries if entry) < 0:
        divisor = -divisor
    return tuple(entry // divisor for entry in entries)
