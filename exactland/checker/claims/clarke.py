"""Claims about the Clarke subdifferential.

It is the product of {dL/dh_i}, {dL/dc} and, for each neuron, the convex hull of the gradients of
L in w~_i on the cells into which the data on the neuron's kink cut a neighbourhood of w~_i.  In
the cell of a point p the gradient is  g_p = a + sum_q c_q sign(x~_q . p) x~_q, with the linear part
a and the merged kinks c_q of phi_i.
"""

from __future__ import annotations

from exactland.checker.claims.case import (
    Case,
    require_zero_bias_derivative,
    require_zero_output_derivatives,
)
from exactland.checker.fields import Number, Whole
from exactland.checker.functional import Derivatives, Kinked
from exactland.checker.numbers import Scaled, add_multiple, bits_of, clear, dot, size_of
from exactland.checker.outcome import Rejected, Unusable
from exactland.checker.reader import Field
from exactland.checker.trees import Leaf, cases, combine, read_tree, scaled_multipliers

Cell = tuple[Field, Number, list[Number]]


def clarke_stationary(case: Case) -> str:
    """Zero lies in the Clarke subdifferential: a convex combination of each neuron's gradients."""
    case.read_claim()
    neurons = case.witness.members(("neurons",))["neurons"].items(case.problem.width)
    witnesses = [[_read_cell(case, cell) for cell in neuron.items()] for neuron in neurons]

    d = case.derivatives()
    require_zero_bias_derivative(case, d)
    for i, (field, cells) in enumerate(zip(neurons, witnesses, strict=True)):
        rows = d.linear_part(i)
        require_zero_output_derivatives(case, i, rows, d)
        _require_zero_combination(d, d.along(i, rows, case.problem.outputs[i]), cells, field.where)
    return f"{case.problem}: Clarke stationary; zero lies in the Clarke subdifferential"


def _read_cell(case: Case, field: Field) -> Cell:
    members = field.members(("multiplier", "cell"))
    return field, members["multiplier"].exact(), members["cell"].exacts(case.problem.dimension)


def _require_zero_combination(d: Derivatives, phi: Kinked, cells: list[Cell], where: str) -> None:
    multipliers = clear([multiplier for _, multiplier, _ in cells], d.meter)
    if sum(multipliers.numerators) != multipliers.denominator:
        raise Rejected(where, "the multipliers do not sum to 1")
    combination: list[Whole] = [0] * len(phi.linear)
    for (field, _, point), multiplier in zip(cells, multipliers.numerators, strict=True):
        if multiplier < 0:
            raise Rejected(f"{field.where}.multiplier", "is negative")
        gradient = _cell_gradient(d, phi, clear(point, d.meter), f"{field.where}.cell")
        combination = add_multiple(combination, multiplier, gradient, d.meter)
    if any(combination):
        raise Rejected(where, "the combination of the cell gradients is not zero")


def _cell_gradient(d: Derivatives, phi: Kinked, point: Scaled[Whole], where: str) -> list[Whole]:
    """Return the gradient on the cell of the point, times the denominator of phi."""
    gradient = list(phi.linear)
    for q, kink in phi.kinks.items():
        direction = d.directions[q]
        side = dot(direction, point.numerators, d.meter)
        if side == 0:
            raise Rejected(where, f"lies on the boundary x_{q} of the cells")
        gradient = add_multiple(gradient, kink if side > 0 else -kink, direction, d.meter)
    return gradient


def not_clarke_stationary(case: Case) -> str:
    """One derivative is not zero, or one neuron's cell gradients all lie in an open half space."""
    case.read_claim()
    if case.witness.has("component"):
        return _nonzero_component(case, case.witness.members(("component",))["component"])
    members = case.witness.members(("neuron", "direction", "tree"))
    i = members["neuron"].index(case.problem.width)
    direction = members["direction"].exacts(case.problem.dimension)
    tree = read_tree(members["tree"], ("separated", "empty"))

    d = case.derivatives()
    phi = d.along(i, d.linear_part(i), case.problem.outputs[i])
    v = clear(direction, case.meter)
    linear = dot(phi.linear, v.numerators, case.meter)
    slopes: dict[int, Whole] = {}  # c_q (x~_q . v), all in the same positive unit
    for q, kink in phi.kinks.items():
        slopes[q] = dot([kink], [dot(d.directions[q], v.numerators, case.meter)], case.meter)
        case.meter.memory(len(slopes), slopes[q].bit_length(), keep=False)
    for leaf, signs in cases(tree, slopes, {}):
        case.meter.work(len(slopes), bits_of(slopes.values()))
        if leaf.kind == "separated":
            problem = _why_not_separated(linear, slopes, signs)
        else:
            problem = _why_not_empty(leaf, signs, d)
        if problem:
            raise Rejected(leaf.where, problem)
    return (
        f"{case.problem}: not Clarke stationary; a direction separates zero from the gradients "
        f"of neuron {i} on its cells"
    )


def _nonzero_component(case: Case, field: Field) -> str:
    d_outputs = case.problem.output_dimension
    if field.has("output_bias"):
        j = field.members(("output_bias",))["output_bias"].index(d_outputs)
        if case.problem.output_bias is None:
            raise Unusable(field.where, "the network has no output bias")
        value, name = case.derivatives().output_bias[j], f"output bias {j}"
    else:
        members = field.members(("neuron", "output"))
        i = members["neuron"].index(case.problem.width)
        j = members["output"].index(d_outputs)
        d = case.derivatives()
        value, name = d.output_weights(i, d.linear_part(i))[j], f"output weight {j} of neuron {i}"
    if value == 0:
        raise Rejected(field.where, f"the derivative of the loss in the {name} is zero")
    return (
        f"{case.problem}: not Clarke stationary; "
        f"the derivative of the loss in the {name} is not zero"
    )


def _why_not_separated(linear: Whole, slopes: dict[int, Whole], signs: dict[int, int]) -> str:
    """Return what is wrong unless g_p . v > 0 on every cell with these signs."""
    least = linear
    for q, slope in slopes.items():
        least += signs[q] * slope if q in signs else -size_of(slope)
    return "" if least > 0 else "the direction does not separate every cell that is left"


def _why_not_empty(leaf: Leaf, signs: dict[int, int], d: Derivatives) -> str:
    """Return what is wrong unless sum_q lambda_q s_q x~_q = 0: then no cell has these signs."""
    if not set(leaf.multipliers) <= set(signs):
        return "a multiplier belongs to a class that is not decided here"
    if min(leaf.multipliers.values(), default=0) < 0:
        return "a multiplier is negative"
    if not any(leaf.multipliers.values()):
        return "all multipliers are zero"
    multipliers = {q: signs[q] * x for q, x in scaled_multipliers(leaf, 1, d)[0].items()}
    return (
        "the combination of the signed points is not zero" if any(combine(multipliers, d)) else ""
    )
