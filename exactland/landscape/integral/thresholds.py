"""The convergence threshold of a width, and the identities that hold at every critical point."""

from __future__ import annotations

from dataclasses import dataclass

from flint import fmpq

from exactland.arithmetic.ordered_polynomials import Number
from exactland.derivatives.integral import IntegralState, endpoint_residual
from exactland.landscape.integral.classification import (
    FamilyMember,
    target_slope,
    theorem_applies,
)
from exactland.landscape.integral.family import largest_total
from exactland.landscape.integral.surds import Surd
from exactland.problem.activations import Quadratic


@dataclass(frozen=True, slots=True)
class Threshold:
    """A critical limit with a loss below ``level`` is a global minimum.

    ``level`` = alpha^2 (1-gamma)^2 T^3 / (12 total^4) is exact as numerator / total^4; ``margin``
    is the sign of level - loss, ``level_decimal`` and ``margin_decimal`` have 20 digits.
    """

    numerator: Number
    total: Surd
    margin: int
    level_decimal: str
    margin_decimal: str


def convergence_threshold(state: IntegralState) -> Threshold | None:
    """Return the threshold for this width, None where the theorem gives none.

    References
    ----------
    Cheridito, Jentzen, Rossmannek, arXiv 2103.10922: sharp for ReLU.

    Examples
    --------
    >>> from exactland.derivatives.integral import integral_state
    >>> from exactland.landscape.integral.family import critical_family
    >>> found = convergence_threshold(integral_state(critical_family("relu", 2, width=5).problem))
    >>> print(found.total, found.margin, found.level_decimal)
    5 -1 0.00013333333333333333333
    """
    problem = state.problem
    activation = problem.network.activation
    alpha = target_slope(problem)
    if not theorem_applies(problem) or isinstance(activation, Quadratic):
        return None
    if alpha == 0 or problem.width == 0:
        return None
    gamma = activation.alpha_minus
    factor = alpha * (1 - gamma)
    numerator = problem.loss.density[0] * factor * factor * problem.loss.length**3 / 12
    total = largest_total(gamma, problem.width)
    square = total * total
    fourth = square * square
    # level - loss has the sign of numerator - loss * total^4.
    gap = Surd.of(numerator, gamma) - fourth * state.loss
    # Over a rational ground field 1 / total^4 exists exactly; else the gap is shown scaled back.
    level, margin = _divided(Surd.of(numerator, gamma), fourth), _divided(gap, fourth)
    return Threshold(numerator, total, gap.sign(), level, margin)


def universal_checks(state: IntegralState) -> dict[str, bool]:
    """Return the identities of every critical point with an affine target (all must hold).

    int r = 0, L = -alpha M, r(T0)^2 = r(T1)^2, T1 r(T1)^2 - T0 r(T0)^2 = 3 L (constant weight 1;
    otherwise M and L are divided by the weight).  With r = 0 they hold trivially.

    Examples
    --------
    >>> from exactland.derivatives.integral import integral_state
    >>> from exactland.landscape.integral.family import critical_family
    >>> point = critical_family("leaky_relu", 3, fmpq(9, 16)).problem
    >>> all(universal_checks(integral_state(point)).values())
    True
    """
    density = state.problem.loss.density[0]
    moment, loss = state.residual_tails[1][0] / density, state.loss / density
    first, last = (endpoint_residual(state, k) for k in (0, 1))
    lower, upper = state.problem.loss.interval
    return {
        "mean_zero": bool(state.residual_tails[0][0] == 0),
        "loss_is_minus_alpha_moment": bool(loss == -target_slope(state.problem) * moment),
        "endpoint_residuals": bool(first * first == last * last),
        "endpoint_loss": bool(upper * last * last - lower * first * first == 3 * loss),
    }


def family_checks(state: IntegralState, member: FamilyMember) -> dict[str, bool]:
    """Return whether a critical point with r != 0 is where Theorem 1 puts it (all must hold).

    Examples
    --------
    >>> from exactland.derivatives.integral import integral_state
    >>> from exactland.landscape.integral.classification import family_member
    >>> from exactland.landscape.integral.family import critical_family
    >>> state = integral_state(critical_family("leaky_relu", 3, fmpq(1, 2)).problem)
    >>> family_checks(state, family_member(state))
    {'piece_lengths': True, 'sums': True, 'loss_level': True}
    """
    from exactland.landscape.integral.family import family_lengths

    problem = state.problem
    gamma, alpha = problem.network.activation.alpha_minus, target_slope(problem)
    lengths = family_lengths(gamma, member.n, member.first_sign)
    ends = (problem.loss.interval[0], *member.breakpoints, problem.loss.interval[1])
    span, total = problem.loss.length, member.total
    pieces = all(
        (total * (ends[i + 1] - ends[i]) - length * span).sign() == 0
        for i, length in enumerate(lengths)
    )
    sums = all(
        (lengths[i] * lengths[i + 1] * total * kappa - (lengths[i] + lengths[i + 1]) * alpha).sign()
        == 0
        for i, kappa in enumerate(member.sums)
    )
    factor = alpha if member.n == 0 else alpha * (1 - gamma)
    square = total * total
    level = square * square * (12 * state.loss) - problem.loss.density[0] * (
        factor * factor * span**3
    )
    return {"piece_lengths": pieces, "sums": sums, "loss_level": level.sign() == 0}


def _divided(value: Surd, by: Surd, digits: int = 20) -> str:
    """Return value / by (by > 0) with `digits` digits, without dividing in the surd field."""
    from exactland.arithmetic.balls import common_decimal, endpoints, working_precision

    if value.sign() == 0:
        return "0"
    top, bottom = value.rational(), by.rational()
    if top is not None and bottom is not None:
        return Surd.of(top / bottom, fmpq(0)).decimal(digits)
    bits = 256
    while True:
        with working_precision(bits):
            text = common_decimal(*endpoints(value.ball(bits) / by.ball(bits)), digits)
        if text is not None:
            return text
        bits *= 2
