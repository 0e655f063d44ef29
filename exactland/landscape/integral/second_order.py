"""Second order at a point: exact Hessian, inertia (also modified), and what Theorem 3 predicts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from exactland.arithmetic.ball_inertia import ball_inertia
from exactland.arithmetic.field_matrices import inertia as field_inertia
from exactland.arithmetic.inertia import inertia as rational_inertia
from exactland.arithmetic.ordered import as_rational, sign
from exactland.arithmetic.ordered_polynomials import Number
from exactland.derivatives.integral import IntegralState
from exactland.derivatives.integral_hessian import SymmetricRows, hessian
from exactland.derivatives.integral_quadratic import quadratic_inertia
from exactland.landscape.integral.stationarity import Stationarity
from exactland.problem.activations import Quadratic

Counts = tuple[int, int, int]

_WITNESS_BITS = 2**20
"""Total length of the entries above which the inertia is proved by balls, without a witness."""


@dataclass(frozen=True, slots=True)
class SecondOrder:
    """The second order of the loss at a point.

    Attributes
    ----------
    rows : the exact Hessian, None where L is not twice differentiable
    inertia : (negative, zero, positive) eigenvalues of it
    rows_modified, inertia_modified : the same of the C^2 extension by signed integrals, where
        non-flat semi-inactive neurons are all that breaks the second order
    c2_near : L is C^2 near the point
    symmetries : dimension of the manifold of points that rescaling, moving inactive neurons and
        moving the inputs of flat neurons without a kink reach without changing the loss
    witness : of the inertia, see :func:`exact_inertia`
    """

    rows: SymmetricRows | None
    inertia: Counts | None
    rows_modified: SymmetricRows | None
    inertia_modified: Counts | None
    c2_near: bool
    symmetries: int
    witness: Any = None


def second_order(state: IntegralState, notions: Stationarity) -> SecondOrder:
    """Return the Hessian and its inertia, or those of the one-sided extension.

    Examples
    --------
    >>> from exactland.derivatives.integral import integral_state
    >>> from exactland.landscape.integral.family import critical_family
    >>> from exactland.landscape.integral.stationarity import stationarity
    >>> state = integral_state(critical_family("relu", 2).problem)
    >>> second_order(state, stationarity(state)).inertia
    (2, 2, 3)
    """
    smooth = notions.regularity
    rows = hessian(state) if smooth.twice_differentiable else None

    def in_balls(plain: SymmetricRows) -> Counts | None:
        quadratic = isinstance(state.problem.network.activation, Quadratic)
        return (quadratic_inertia(state) if quadratic else None) or ball_inertia(plain)

    counts, witness = (None, None) if rows is None else exact_inertia(rows, in_balls)
    modified = hessian(state, modified=True) if rows is None and _extends(state) else None
    return SecondOrder(
        rows=rows,
        inertia=counts,
        rows_modified=modified,
        inertia_modified=None if modified is None else exact_inertia(modified)[0],
        c2_near=smooth.c2_near,
        symmetries=_symmetries(state),
        witness=witness,
    )


def exact_inertia(
    rows: SymmetricRows, in_balls: Callable[[SymmetricRows], Counts | None] = ball_inertia
) -> tuple[Counts, Any]:
    """Return the inertia of a symmetric matrix over an ordered field, and an exact witness.

    The witness is an :class:`~exactland.arithmetic.inertia.Inertia` (rational), a
    :class:`~exactland.arithmetic.field_matrices.Congruence` (number field), or None for rational
    entries so long that only the proof by ball arithmetic, `in_balls`, is affordable.

    Examples
    --------
    >>> from flint import fmpq
    >>> exact_inertia([[fmpq(0), fmpq(1)], [fmpq(1), fmpq(0)]])[0]
    (1, 0, 1)
    """
    plain = [[as_rational(entry) for entry in row] for row in rows]
    if all(entry is not None for row in plain for entry in row):
        if entry_bits(plain) > _WITNESS_BITS:
            counts = in_balls(plain)
            if counts is not None:
                return counts, None
        found = rational_inertia(plain)
        return found.counts, found
    congruence = field_inertia(rows)
    return congruence.inertia, congruence


def entry_bits(rows: SymmetricRows) -> int:
    """Return the total length of the numerators and denominators of a rational matrix.

    Examples
    --------
    >>> from flint import fmpq
    >>> entry_bits([[fmpq(3, 4)]])
    5
    """
    return sum(int(entry.p.bit_length() + entry.q.bit_length()) for row in rows for entry in row)


def theorem_inertia(state: IntegralState, slope: Number) -> Counts:
    """Return the inertia that Theorem 3 (quadratic: section 3) predicts at a critical point.

    Parameters
    ----------
    state : IntegralState
        Of a C^2 critical point with r != 0 of the affine-target setting.
    slope : number
        alpha, the target's.

    Examples
    --------
    >>> from flint import fmpq
    >>> from exactland.derivatives.integral import integral_state
    >>> from exactland.landscape.integral.family import critical_family
    >>> theorem_inertia(integral_state(critical_family("relu", 4, width=6).problem), fmpq(1))
    (4, 10, 5)
    """
    kinds = [neuron.kind for neuron in state.types]
    width = state.problem.width
    if isinstance(state.problem.network.activation, Quadratic):
        k = sum(kind != "origin" for kind in kinds)
        return k, k + 3 * (width - k), k + 1
    w, _, v, _ = state.problem.parameters
    hyperbolic = sum(kind in ("semi-active", "constant") for kind in kinds)
    negative = positive = zero = 0
    kinks = 0
    for site in state.sites:
        signs = [sign(slope * v[j] * w[j]) for j in site.neurons]
        if any(signs):
            kinks += 1
            negative += signs.count(1) - 1
            positive += signs.count(-1)
        zero += 2 * len(signs) - 1 + signs.count(0)
    # Flat semi-inactive neurons (twice differentiable, not C^2 near) are zero blocks as well.
    idle = sum(kind == "inactive" or kind.startswith("semi-inactive") for kind in kinds)
    return (
        kinks + negative + hyperbolic,
        zero + hyperbolic + 3 * idle,
        kinks + 1 + positive + hyperbolic,
    )


def critical_manifold_dimension(state: IntegralState) -> int:
    """Return the dimension of the critical manifold through a C^2 critical point with r != 0.

    Examples
    --------
    >>> from exactland.derivatives.integral import integral_state
    >>> from exactland.landscape.integral.family import critical_family
    >>> critical_manifold_dimension(integral_state(critical_family("relu", 2).problem))
    2
    """
    kinds = [neuron.kind for neuron in state.types]
    if isinstance(state.problem.network.activation, Quadratic):
        return sum(kind != "origin" for kind in kinds)
    hyperbolic = sum(kind in ("semi-active", "constant") for kind in kinds)
    return (
        sum(2 * len(site.neurons) - 1 for site in state.sites)
        + hyperbolic
        + 3 * kinds.count("inactive")
    )


def _extends(state: IntegralState) -> bool:
    """Whether non-flat semi-inactive neurons are all that breaks the second order."""
    if state.smooth:
        return False
    for neuron in state.types:
        if neuron.degenerate:
            return False
        idle = neuron.kind.startswith("semi-inactive") or neuron.flat
        if neuron.endpoint is not None and not idle:
            return False
    return any(n.kind.startswith("semi-inactive") and not n.flat for n in state.types)


def _symmetries(state: IntegralState) -> int:
    plane = 2 if state.problem.has_hidden_biases else 1
    total = 0
    for neuron in state.types:
        if neuron.kind == "inactive":
            total += plane + 1
        elif neuron.kind == "origin":
            total += 0
        elif neuron.flat:
            # Moving a kink (or a parabola) makes int r rho p nonzero: only rescaling is left.
            bends = isinstance(state.problem.network.activation, Quadratic) or (
                neuron.interior and state.problem.has_hidden_biases and not state.smooth
            )
            total += 1 if bends else plane
        elif not neuron.degenerate:
            total += 1
    return total
