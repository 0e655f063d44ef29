"""The verdict on a point: the affine-target theorems where they apply, proved facts elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from flint import fmpq

from exactland.arithmetic.ordered import sign
from exactland.arithmetic.ordered_polynomials import Number
from exactland.derivatives.integral import IntegralState, endpoint_residual, response
from exactland.landscape.integral.family import family_lengths, total_length
from exactland.landscape.integral.second_order import SecondOrder
from exactland.landscape.integral.stationarity import Stationarity
from exactland.landscape.integral.surds import Surd
from exactland.problem.activations import Quadratic
from exactland.problem.integral import IntegralProblem


@dataclass(frozen=True, slots=True)
class Classification:
    """A verdict with the clause that gives it.

    Attributes
    ----------
    verdict : str
        global_minimum, local_minimum, saddle, not_stationary or undetermined.
    clause, reason : str
        The theorem clause, and the argument in words.
    theorem : bool
        Whether the affine-target theorems cover the setting.
    spurious : bool or None
        For a local minimum: whether a strictly lower point is known.
    escape : indices of the neurons each of which makes the point a saddle
    """

    verdict: str
    clause: str
    reason: str
    theorem: bool
    spurious: bool | None = None
    escape: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FamilyMember:
    """Where a critical point with r != 0 sits in Theorem 1.

    ``family`` is "+" or "-" for leaky ReLU with n >= 1; ``sums`` are the kappa_i, ``total`` is
    Lambda, ``first_sign`` the sign of w at the first breakpoint (0 if n = 0).
    """

    n: int
    first_sign: int
    family: str | None
    breakpoints: tuple[Number, ...]
    sums: tuple[Number, ...]
    total: Surd


def theorem_applies(problem: IntegralProblem) -> bool:
    """Return whether the affine-target theorems cover the problem.

    They need b and c as parameters, a target of degree at most 1, a constant weight, and ReLU,
    leaky ReLU or the quadratic activation.

    Examples
    --------
    >>> from exactland.problem.integral import integral_problem_from_json
    >>> net = {"activation": {"kind": "relu"}, "w": [["1"]], "b": ["0"], "v": [["1"]], "c": ["0"]}
    >>> [theorem_applies(integral_problem_from_json({"network": net, "loss": {
    ...     "kind": "integral", "interval": ["0", "1"], "target": target}}))
    ...     for target in (["0", "1"], ["0", "1", "1"])]
    [True, False]
    """
    activation = problem.network.activation
    if not isinstance(activation, Quadratic) and not (
        activation.alpha_plus == 1 and 0 <= activation.alpha_minus < 1
    ):
        return False
    return (
        problem.has_hidden_biases
        and problem.has_output_bias
        and len(problem.loss.target) <= 2
        and len(problem.loss.weight) == 1
    )


def target_slope(problem: IntegralProblem) -> Number:
    """Return alpha, the coefficient of x in the target."""
    return problem.loss.target[1] if len(problem.loss.target) > 1 else fmpq(0)


def family_member(state: IntegralState) -> FamilyMember:
    """Return the place of a (Clarke-)critical point in Theorem 1: its kinks and their sums.

    Examples
    --------
    >>> from exactland.derivatives.integral import integral_state
    >>> from exactland.landscape.integral.family import critical_family
    >>> member = family_member(integral_state(critical_family("relu", 2).problem))
    >>> member.n, member.breakpoints, member.sums
    (2, (1/3, 2/3), (2/3, 2/3))
    """
    w, _, v, _ = state.problem.parameters
    kinks = [s for s in state.sites if any(not state.types[j].flat for j in s.neurons)]
    sums = []
    for site in kinks:
        total = fmpq(0)
        for j in site.neurons:
            total = total + v[j] * w[j]
        sums.append(total)
    first = state.types[kinks[0].neurons[0]].sign if kinks else 0
    activation = state.problem.network.activation
    gamma = fmpq(0) if isinstance(activation, Quadratic) else activation.alpha_minus
    leaky = gamma != 0 and bool(kinks)
    return FamilyMember(
        n=len(kinks),
        first_sign=first,
        family=("+" if first > 0 else "-") if leaky else None,
        breakpoints=tuple(site.at for site in kinks),
        sums=tuple(sums),
        total=total_length(family_lengths(gamma, len(kinks), first)),
    )


def classify(state: IntegralState, notions: Stationarity, second: SecondOrder) -> Classification:
    """Return the verdict on a point.

    References
    ----------
    P. Cheridito, A. Jentzen, F. Rossmannek, Landscape analysis for shallow neural networks:
    complete classification of critical points for affine target functions, arXiv 2103.10922.
    "Theorem 1, 2, 3" here are the statements of the integral-loss theorem cases under proofs/.

    Examples
    --------
    >>> from exactland.derivatives.integral import integral_state
    >>> from exactland.landscape.integral.family import critical_family
    >>> from exactland.landscape.integral.second_order import second_order
    >>> from exactland.landscape.integral.stationarity import stationarity
    >>> state = integral_state(critical_family("relu", 2).problem)
    >>> notions = stationarity(state)
    >>> found = classify(state, notions, second_order(state, notions))
    >>> print(found.verdict, "-", found.clause)
    saddle - Theorem 2 (IV)(b)
    """
    problem = state.problem
    covered = theorem_applies(problem)
    if state.residual_vanishes:
        reason = "the network equals the target on the whole interval, so that L = 0"
        return Classification("global_minimum", "zero residual", reason, covered)
    if not notions.directional:
        return _not_stationary(notions, covered)
    if problem.width == 0:
        reason = "without neurons L is a convex quadratic in c, stationary only at its minimum"
        return Classification("global_minimum", "N = 0", reason, covered)
    if not covered:
        return _beyond_the_theorem(state, second)
    if target_slope(problem) == 0:
        raise AssertionError("a constant target has no critical point with r != 0")
    if isinstance(problem.network.activation, Quadratic):
        return _quadratic(state)
    return _piecewise_linear(state)


def saddle_makers(state: IntegralState) -> tuple[int, ...]:
    """Return the neurons that alone, with c, give descent from a critical point with r != 0.

    Flat semi-active or constant, flat degenerate, flat semi-inactive, and semi-inactive ones
    whose active side lowers the loss.

    Examples
    --------
    >>> from exactland.derivatives.integral import integral_state
    >>> from exactland.problem.integral import integral_problem_from_json
    >>> saddle_makers(integral_state(integral_problem_from_json({
    ...     "network": {"activation": {"kind": "relu"}, "w": [["-1"], ["-1"]], "b": ["0", "0"],
    ...                 "v": [["1", "-1"]], "c": ["1/2"]},
    ...     "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]}})))
    (1,)
    """
    return tuple(
        j
        for j, kind in enumerate(state.types)
        if (_flat_escape(state, j) if kind.flat else semi_inactive_sign(state, j) < 0)
    )


def semi_inactive_sign(state: IntegralState, neuron: int) -> int:
    """Return the sign of kink v_j r(T_k) for a semi-inactive neuron (0 for the others).

    It is the sign of the change of L when the neuron is switched on at T_k.
    """
    kind = state.types[neuron]
    moving = state.problem.has_hidden_biases  # else the breakpoint stays at T_k
    if not moving or not kind.kind.startswith("semi-inactive") or kind.endpoint is None:
        return 0
    kink = state.problem.network.activation.kink
    return sign(kink * state.problem.parameters.v[neuron] * endpoint_residual(state, kind.endpoint))


def responding_direction(state: IntegralState) -> tuple[Number, Number] | None:
    """Return (dw, db) with int r rho(dw x + db) p != 0: a flat degenerate neuron escapes along it.

    Examples
    --------
    >>> from exactland.derivatives.integral import integral_state
    >>> from exactland.problem.integral import integral_problem_from_json
    >>> responding_direction(integral_state(integral_problem_from_json({
    ...     "network": {"activation": {"kind": "relu"}, "w": [], "b": [], "v": [[]], "c": ["1/2"]},
    ...     "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]}})))
    (1, 0)
    """
    lower, upper = state.knots[0], state.knots[-1]
    one, zero = fmpq(1), fmpq(0)
    if not state.problem.has_hidden_biases:
        candidates = [(one, zero), (-one, zero)]
    else:
        # r p is the second derivative of the response in the kink: on a piece where r is not 0 it
        # is a nonzero polynomial, so that finitely many kinks suffice.
        degree = max(len(piece) for piece in state.pieces) + len(state.problem.loss.weight) + 3
        candidates = [(one, -lower), (-one, upper)]
        for start, end in zip(state.knots, state.knots[1:], strict=False):
            for k in range(1, degree + 1):
                at = start + (end - start) * fmpq(k, degree + 1)
                candidates.append((one, -at))
    return next((move for move in candidates if response(state, *move) != 0), None)


def _flat_escape(state: IntegralState, neuron: int) -> bool:
    kind = state.types[neuron]
    if kind.kind in ("semi-active", "constant"):
        return True
    if kind.degenerate:
        return responding_direction(state) is not None
    if not kind.kind.startswith("semi-inactive") or not state.problem.has_hidden_biases:
        return False
    return kind.endpoint is not None and bool(endpoint_residual(state, kind.endpoint) != 0)


def _not_stationary(notions: Stationarity, covered: bool) -> Classification:
    witness = notions.witness
    if witness is not None and witness.neuron is not None:
        clause = "section 2, non-flat degenerate neuron"
        reason = (
            f"the one-sided derivative at the degenerate neuron {witness.neuron} is negative in a "
            "direction, although the other components vanish"
        )
    else:
        clause, reason = "nonzero partial derivative", "the gradient is not zero"
    return Classification("not_stationary", clause, reason, covered)


def _quadratic(state: IntegralState) -> Classification:
    escape = tuple(j for j, kind in enumerate(state.types) if kind.kind != "origin")
    order = "a hyperbolic pair" if escape else "a cubic term"
    reason = (
        "critical with r != 0: c is centred and each neuron has at most one nonzero among w, "
        f"b + w m, v; {order} gives descent"
    )
    if state.problem.width == 1:
        reason += "; with one neuron the infimum 0 is not attained"
    makers = escape or tuple(range(state.problem.width))
    return Classification("saddle", "section 3 (quadratic activation)", reason, True, escape=makers)


def _piecewise_linear(state: IntegralState) -> Classification:
    makers = saddle_makers(state)
    if any(kind.interior and not kind.flat for kind in state.types):
        kinks = tuple(j for j, kind in enumerate(state.types) if kind.interior)
        leaky = state.problem.network.activation.alpha_minus != 0
        clause = "Theorem 2 (III), (IV), leaky" if leaky else "Theorem 2 (IV)(b)"
        reason = "a non-global critical point with breakpoints: negative curvature along D_1"
        return Classification(
            "saddle", clause, reason, True, escape=tuple(sorted({*makers, *kinks}))
        )
    if makers:
        leaky = state.problem.network.activation.alpha_minus != 0
        clause = "Theorem 2 (III), (IV), leaky" if leaky else "Theorem 2 (IV)(a)"
        reason = "a constant network: " + _name_makers(state, makers)
        return Classification("saddle", clause, reason, True, escape=makers)
    reason = (
        "centred, and every neuron is inactive or semi-inactive on the side that raises the loss; "
        "the minimum over the landscape is 0"
    )
    return Classification("local_minimum", "Theorem 2 (III)", reason, True, spurious=True)


def _name_makers(state: IntegralState, makers: tuple[int, ...]) -> str:
    shown = ", ".join(f"neuron {j} ({state.types[j].name})" for j in makers[:4])
    return shown + (", ..." if makers[4:] else "") + " gives descent"


def _beyond_the_theorem(state: IntegralState, second: SecondOrder) -> Classification:
    """Verdicts that hold for every target and weight (r != 0, d-stationary)."""
    makers = tuple(
        j for j in saddle_makers(state) if state.types[j].kind not in ("semi-active", "constant")
    )
    if isinstance(state.problem.network.activation, Quadratic):
        makers = ()
    # c gives ascent (L is strictly convex in it); so does a flat neuron with v reversed.
    if makers and (state.problem.has_output_bias or any(state.types[j].flat for j in makers)):
        reason = _name_makers(state, makers) + "; c (or the same neuron) gives ascent"
        return Classification("saddle", "escape neuron", reason, False, escape=makers)
    if _only_idle(state):
        reason = (
            "every neuron is inactive, or semi-inactive at an end where switching it on adds "
            "2 v int r rho p >= 0: L rises by at least int (delta f)^2 p"
        )
        return Classification(
            "local_minimum", "idle neurons", reason, False, spurious=_spurious(state)
        )
    counts = second.inertia
    if counts is not None and counts[0] and counts[2]:
        reason = f"the Hessian has {counts[0]} negative and {counts[2]} positive eigenvalues"
        return Classification("saddle", "second order", reason, False)
    if counts is not None and second.c2_near and not counts[0] and counts[1] == second.symmetries:
        reason = (
            "the Hessian is positive semidefinite and its kernel is the tangent space of the "
            "manifold of equivalent points (rescalings, inactive neurons)"
        )
        return Classification(
            "local_minimum", "Morse-Bott", reason, False, spurious=_spurious(state)
        )
    tried = "zero residual, one-sided derivatives, escape neurons"
    tried += ", exact inertia" if counts is not None else ""
    reason = f"d-stationary; the affine theorem does not apply; tried: {tried}"
    return Classification("undetermined", "no theorem", reason, False)


def _only_idle(state: IntegralState) -> bool:
    """Whether all neurons are inactive or semi-inactive on the side that raises the loss.

    Near the end T_k the residual keeps the sign of r(T_k) != 0, so that each neuron switched on
    changes 2 int r delta f p by a nonnegative amount: a local minimum for every target.
    """
    if isinstance(state.problem.network.activation, Quadratic):
        return False
    return all(
        kind.kind == "inactive" or semi_inactive_sign(state, j) > 0
        for j, kind in enumerate(state.types)
    )


def _spurious(state: IntegralState) -> bool | None:
    """Whether a lower point is known: an affine target is represented by one active neuron."""
    problem = state.problem
    affine = problem.has_hidden_biases and problem.has_output_bias and len(problem.loss.target) <= 2
    piecewise = not isinstance(problem.network.activation, Quadratic)
    return True if affine and piecewise and state.loss > 0 else None
