"""Integral loss: second order, saddles, local minima, and gradient descent near a point."""

from __future__ import annotations

from exactland.checker.claims.integral_case import (
    IntegralCase,
    named_gradient,
    require_directionally_stationary,
    require_regular_stationary,
)
from exactland.checker.integral_functional import Neuron, Point
from exactland.checker.integral_problem import read_real
from exactland.checker.integral_rays import expand, leading_term, read_direction
from exactland.checker.integral_second_order import (
    HESSIAN,
    MODIFIED,
    Matrix,
    check_inertia,
    end_knot,
    hessian,
    quadratic_form,
    require_c2,
    require_twice_differentiable,
    shifted,
)
from exactland.checker.outcome import Rejected, Unusable
from exactland.checker.reader import Field


def _matrix(case: IntegralCase, point: Point, of: Field) -> tuple[Matrix, str]:
    """Return the matrix that a claim is about, and its name, after checking that it exists."""
    if of.text() not in (HESSIAN, MODIFIED):
        raise Unusable(of.where, f'must be "{HESSIAN}" or "{MODIFIED}"')
    modified = of.text() == MODIFIED
    require_twice_differentiable(point, modified, f"{case.given.where}.network")
    return hessian(point, modified), "modified Hessian" if modified else "Hessian"


def inertia(case: IntegralCase) -> str:
    """The (modified) Hessian has the claimed numbers of eigenvalues of each sign."""
    claim = case.read_claim("of", "inertia")
    claimed = tuple(item.index() for item in claim["inertia"].items(3))
    matrix, name = _matrix(case, case.evaluate(), claim["of"])
    found = check_inertia(matrix, case.witness)
    if found != claimed:
        raise Rejected(claim["inertia"].where, f"the witness proves {list(found)}")
    return f"{case.problem}: the {name} has {_eigenvalues(found)}"


def _eigenvalues(counts: tuple[int, int, int]) -> str:
    return f"{counts[0]} negative, {counts[1]} zero and {counts[2]} positive eigenvalues"


def negative_curvature(case: IntegralCase) -> str:
    """The (modified) Hessian has the claimed value, which is negative, in a direction."""
    claim = case.read_claim("of", "direction", "value")
    direction = read_direction(claim["direction"], case.problem)
    value = read_real(claim["value"], case.problem.field)
    case.witness.members(())
    matrix, name = _matrix(case, case.evaluate(), claim["of"])
    zero = case.problem.field.zero
    vector = [direction.get(coordinate, zero) for coordinate in case.problem.coordinates()]
    actual = quadratic_form(matrix, vector)
    if not (actual - value).is_zero():
        raise Rejected(claim["value"].where, f"the curvature is {actual.reduced()}")
    if value.sign() >= 0:
        raise Rejected(claim["value"].where, "is not negative")
    return f"{case.problem}: the {name} has the curvature {value} in the given direction"


def center_stable_dimension(case: IntegralCase) -> str:
    """Gradient descent has P as a fixed point, and so many |1 - eta lambda| <= 1.

    Those are the eigenvalues 0 <= lambda <= 2 / eta: all that are not negative, without those
    that are positive for H - 2 / eta.
    """
    claim = case.read_claim("of", "eta", "dimension")
    step, field = claim["eta"].number(), case.problem.field
    dimension = claim["dimension"].index()
    if step <= 0:
        raise Unusable(claim["eta"].where, "must be positive")
    witness = case.witness.members(("matrix", "shifted"))
    point = case.evaluate()
    matrix, name = _matrix(case, point, claim["of"])
    require_regular_stationary(case, point)
    _, zero, positive = check_inertia(matrix, witness["matrix"])
    bound = field.rational(step).inverse(claim["eta"].where) * 2
    _, _, beyond = check_inertia(shifted(matrix, bound), witness["shifted"])
    if zero + positive - beyond != dimension:
        found = zero + positive - beyond
        raise Rejected(claim["dimension"].where, f"the witness proves {found}")
    return (
        f"{case.problem}: with step size {step}, gradient descent has a center-stable subspace "
        f"of dimension {dimension} here (of the {name})"
    )


def saddle(case: IntegralCase) -> str:
    """P is directionally stationary; L falls along one direction and rises along another."""
    case.read_claim()
    witness = case.witness.members(("descent", "ascent"))
    point = case.evaluate()
    require_directionally_stationary(case, point)
    orders = []
    for name, wanted in (("descent", -1), ("ascent", 1)):
        field = witness[name]
        expansion = expand(point, read_direction(field, case.problem))
        order, sign = leading_term(expansion, field.where)
        if sign != wanted:
            change = "rises" if sign > 0 else "falls"
            raise Rejected(field.where, f"the loss {change} like tau^{order} in this direction")
        orders.append(order)
    return f"{case.problem}: a saddle; the loss falls like tau^{orders[0]} in the given direction"


def local_minimum(case: IntegralCase) -> str:
    """All neurons idle; or a positive semidefinite Hessian with a kernel of symmetries."""
    case.read_claim()
    point = case.evaluate()
    if case.witness.has("inertia"):
        return _transversal_minimum(case, point, case.witness.members(("inertia",))["inertia"])
    case.witness.members(())
    if case.problem.output_bias and not named_gradient(point)["c"].is_zero():
        raise Rejected(f"{case.given.where}.network.c", "the derivative in c is not zero")
    for j, neuron in enumerate(point.neurons):
        _require_idle(case, point, j, neuron)
    return f"{case.problem}: a local minimum; every neuron is idle"


def _require_idle(case: IntegralCase, point: Point, j: int, neuron: Neuron) -> None:
    """Require that neuron j is zero on [T0, T1], and raises the loss when it is switched on."""
    where = f"{case.given.where}.network.w[{j}]"
    silent = neuron.before.is_zero() and neuron.after.is_zero()
    if point.problem.slopes is None or neuron.degenerate or not silent:
        raise Rejected(where, f"neuron {j} is not inactive")
    if neuron.endpoint is not None and case.problem.hidden_bias:
        change = neuron.output * point.kink * point.weighted_residual(end_knot(point, neuron))
        if change.sign() <= 0:
            raise Rejected(where, f"switching neuron {j} on does not raise the loss")


def _transversal_minimum(case: IntegralCase, point: Point, witness: Field) -> str:
    require_c2(point, f"{case.given.where}.network")
    require_regular_stationary(case, point)
    negative, zero, _ = check_inertia(hessian(point), witness)
    symmetries = sum(_symmetries(point, neuron) for neuron in point.neurons)
    if negative:
        raise Rejected(witness.where, "the Hessian has negative eigenvalues")
    if zero != symmetries:
        why = f"the kernel has dimension {zero}, the manifold of equal points {symmetries}"
        raise Rejected(witness.where, why)
    return (
        f"{case.problem}: a local minimum; the Hessian is positive definite across a manifold "
        f"of dimension {symmetries} of points with the same loss"
    )


def _symmetries(point: Point, neuron: Neuron) -> int:
    """Return the dimension of a manifold of values of (w_j, b_j, v_j) that leave f unchanged.

    All these values are stationary if the Hessian is positive semidefinite.
    """
    plane = 2 if point.problem.hidden_bias else 1
    idle = neuron.weight_sign == 0 and neuron.bias.is_zero()
    if point.problem.slopes is None:
        return 0 if idle and neuron.flat else 1
    fixed = neuron.breakpoint is None or not point.problem.hidden_bias or point.smooth
    if fixed and neuron.before.is_zero() and neuron.after.is_zero():
        return plane + 1
    return plane if fixed and neuron.flat else 1
