"""Stationarity of the integral loss in every sense in use, decided exactly, with witnesses."""

from __future__ import annotations

from dataclasses import dataclass

from flint import fmpq

from exactland.arithmetic.ordered_polynomials import Number
from exactland.derivatives.integral import (
    IntegralState,
    Regularity,
    gradient,
    one_sided_partials,
    regularity,
)
from exactland.landscape.integral.degenerate import (
    ClarkeHull,
    clarke_hull,
    descent_of_degenerate,
)
from exactland.problem.activations import Quadratic


@dataclass(frozen=True, slots=True)
class DescentWitness:
    """A direction along which the one-sided derivative is negative: the point is not d-stationary.

    ``neuron`` is the degenerate neuron that moves, None if a single smooth coordinate does.
    """

    direction: dict[str, Number]
    derivative: Number
    neuron: int | None


@dataclass(frozen=True, slots=True)
class Stationarity:
    """Which notions of a critical point hold.

    Attributes
    ----------
    differentiable : L is differentiable at the point
    classical : L is differentiable there and its gradient is 0
    directional : every one-sided directional derivative is >= 0
    clarke : 0 is in the Clarke subdifferential (None: not decided)
    generalized_ge, generalized_gt : the generalised gradient with rho'(0) = 1, = gamma is 0
    coordinatewise : the one-sided derivatives along all +- coordinate vectors are >= 0
    right_partials_zero : all right partial derivatives are 0
    gradient_ge, gradient_gt : the two generalised gradients
    one_sided : the one-sided partials at non-flat degenerate neurons
    witness : why it is not d-stationary
    hull : Clarke's hull at the non-flat degenerate neurons, None if there are none
    """

    regularity: Regularity
    classical: bool
    directional: bool
    clarke: bool | None
    generalized_ge: bool
    generalized_gt: bool
    coordinatewise: bool
    right_partials_zero: bool
    gradient_ge: tuple[Number, ...]
    gradient_gt: tuple[Number, ...]
    one_sided: list[dict[str, Number]]
    witness: DescentWitness | None
    hull: ClarkeHull | None

    @property
    def differentiable(self) -> bool:
        """Whether L is differentiable at the point."""
        return self.regularity.differentiable


def stationarity(state: IntegralState) -> Stationarity:
    """Return every notion of stationarity at the point.

    References
    ----------
    Cheridito, Jentzen, Rossmannek, arXiv 2103.10922.  For an affine target, classical <=> the
    generalised gradient with rho'(0) = 1 vanishes <=> d-stationary; Clarke is strictly weaker.

    Examples
    --------
    >>> from exactland.derivatives.integral import integral_state
    >>> from exactland.problem.integral import integral_problem_from_json
    >>> problem = integral_problem_from_json({
    ...     "network": {"activation": {"kind": "relu"}, "w": [["0"]], "b": ["0"],
    ...                 "v": [["1"]], "c": ["1/2"]},
    ...     "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]}})
    >>> found = stationarity(integral_state(problem))
    >>> found.directional, found.clarke, found.witness.derivative
    (False, True, -1/6)
    """
    smooth = regularity(state)
    strict_slope = _slope_at_zero(state)
    ge = gradient(state)
    gt = ge if strict_slope is None else gradient(state, strict_slope)
    loose = [j for j, neuron in enumerate(state.types) if neuron.degenerate and not neuron.flat]
    free = {f"{block}{j}" for j in loose for block in "wb"}
    names = state.problem.coordinates
    rest = [(name, entry) for name, entry in zip(names, ge, strict=True) if name not in free]
    regular = all(entry == 0 for _, entry in rest)
    partials = one_sided_partials(state)
    values = [value for row in partials for key, value in row.items() if key != "j"]
    right = [value for row in partials for key, value in row.items() if key.endswith("plus")]
    witness = _smooth_witness(rest) if not regular else _degenerate_witness(state, loose)
    hull = clarke_hull(state) if loose and regular else None
    clarke: bool | None = regular
    if hull is not None:
        clarke = hull.contains_zero
        if clarke is None and smooth.differentiable and all(value == 0 for value in values):
            clarke = True
    return Stationarity(
        regularity=smooth,
        classical=smooth.differentiable and regular and all(value == 0 for value in values),
        directional=witness is None,
        clarke=clarke,
        generalized_ge=all(entry == 0 for entry in ge),
        generalized_gt=all(entry == 0 for entry in gt),
        coordinatewise=regular and all(value >= 0 for value in values),
        right_partials_zero=regular and all(value == 0 for value in right),
        gradient_ge=ge,
        gradient_gt=gt,
        one_sided=partials,
        witness=witness,
        hull=hull,
    )


def _slope_at_zero(state: IntegralState) -> Number | None:
    activation = state.problem.network.activation
    return None if isinstance(activation, Quadratic) else activation.alpha_minus


def _smooth_witness(rest: list[tuple[str, Number]]) -> DescentWitness:
    name, entry = next((name, entry) for name, entry in rest if entry != 0)
    step = fmpq(-1 if entry > 0 else 1)
    return DescentWitness({name: step}, step * entry, None)


def _degenerate_witness(state: IntegralState, loose: list[int]) -> DescentWitness | None:
    for j in loose:
        found = descent_of_degenerate(state, j)
        if found is not None:
            (weight, bias), value = found
            move = {f"w{j}": weight, f"b{j}": bias}
            return DescentWitness({k: d for k, d in move.items() if d != 0}, value, j)
    return None
