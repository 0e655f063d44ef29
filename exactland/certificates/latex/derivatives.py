"""The one-sided derivatives of every group of neurons: generators, and multipliers that prove
phi_i >= 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from flint import fmpq

from exactland.arithmetic.rationals import ZERO, dot
from exactland.certificates.latex.groups import (
    MAX_GROUPS,
    MAX_NEURONS,
    Group,
    Ray,
    index_list,
    kinds_of,
    pattern_text,
)
from exactland.certificates.latex.markup import Tex
from exactland.certificates.latex.numbers import Number, Tuple, number, vector
from exactland.derivatives.empirical import EmpiricalPoint, PiecewiseLinearForm
from exactland.landscape.analysis import Analysis
from exactland.landscape.escape import Escapes
from exactland.landscape.positivity import Branch, Leaf, Tree
from exactland.problem.network import Vector

MAX_ROWS: Final = 24
"""Rows of a table of generators."""
MAX_TERMS: Final = 24
"""Kinks or multipliers that are printed for one neuron."""
MAX_CASES: Final = 8
"""Cases of a proof by cases that are printed."""

TABLE_WIDTH: Final = 56
"""Characters that fit into the columns of the table of generators with one line a row."""
PHI_HEAD: Final = 16
"""Characters that the head of a column of phi takes."""

MAX_FAILING: Final = 3
"""Groups that are told of a point that is not stationary."""

Context = dict[str, object]


def group_contexts(analysis: Analysis, groups: list[Group]) -> list[Context]:
    """Return what the document says of each group of neurons."""
    return [_group(analysis, group, place) for place, group in enumerate(groups[:MAX_GROUPS], 1)]


def groups_to_tell(analysis: Analysis, groups: list[Group]) -> list[int]:
    """Return the groups (counted from 1) whose one-sided derivatives belong into the document.

    All of them, except that a point that is not stationary needs only those where that shows.
    """
    shown = groups[:MAX_GROUPS]
    if not analysis.directional.violations:
        return list(range(1, len(shown) + 1))
    failing = {violation.neuron for violation in analysis.directional.violations}
    places = [place for place, group in enumerate(shown, 1) if failing.intersection(group.neurons)]
    return places[:MAX_FAILING]


def value(entries: Vector) -> Number | Tuple:
    """Return a vector of length 1 as its entry, any other as a vector."""
    return number(entries[0]) if len(entries) == 1 else vector(entries)


def signed_sets(pattern: str) -> tuple[Tex, Tex, Tex]:
    """Return the data points (counted from 1) where a pattern is +, - and 0."""
    sets = {
        sign: index_list([k for k, entry in enumerate(pattern) if entry == sign], start=1)
        for sign in "+-0"
    }
    return sets["+"], sets["-"], sets["0"]


def _group(analysis: Analysis, group: Group, place: int) -> Context:
    functional = group.functional
    active, inactive, boundary = signed_sets(group.pattern)
    linear_zero = not any(entry for row in functional.linear for entry in row)
    kinks = [
        {
            "q": kink.index + 1,
            "jump": value(kink.jump),
            "members": index_list(kink.parallel_class.members, start=1),
            "merged": len(kink.parallel_class.members) > 1,
        }
        for kink in functional.kinks[:MAX_TERMS]
    ]
    rays = [_ray(analysis, group, ray) for ray in group.rays[:MAX_GROUPS]]
    return {
        "place": place,
        "count": len(group.neurons),
        "neurons": index_list(group.neurons),
        "kinds": kinds_of(analysis, group.neurons),
        "pattern": pattern_text(group.pattern),
        "sign": _common_sign(group),
        "sum": _sum_of_products(analysis.point, group),
        "active": active,
        "inactive": inactive,
        "boundary": boundary,
        "psi_zero": functional.is_zero(),
        "linear_zero": linear_zero,
        "linear": [value(row) for row in functional.linear],
        "kinks": kinks,
        "kinks_left": len(functional.kinks) - len(kinks),
        "table": _table(analysis, group),
        "rays": rays,
        "rays_left": len(group.rays) - len(rays),
        "method": analysis.neurons[group.neurons[0]].method,
        "gradient": _vanishing_gradient(analysis, group, linear_zero),
    }


def _common_sign(group: Group) -> Tex:
    """The sign of the output weights of a group where they share it (one output)."""
    if len(group.rays) > 1 or len(group.rays[0].output) > 1 or group.rays[0].is_zero:
        return Tex("")
    return Tex("h_i>0" if group.rays[0].output[0] > 0 else "h_i<0")


def _sum_of_products(point: EmpiricalPoint, group: Group) -> Tuple | None:
    """Return the sum of h_i w~_i over a group, its share in the function where it is active (one
    output, several neurons), if it is short enough to be worth reading.
    """
    if point.output_dimension > 1 or len(group.neurons) == 1 or len(group.neurons) > MAX_NEURONS:
        return None
    total = tuple(
        sum((point.outputs[i][0] * point.weights[i][axis] for i in group.neurons), ZERO)
        for axis in range(point.dimension)
    )
    form = vector(total)
    return form if form.short and any(total) else None


def _ray(analysis: Analysis, group: Group, ray: Ray) -> Context:
    form = group.functional.contracted(ray.output)
    first = ray.neurons[0]
    tree = analysis.directional.trees[first]
    escape = analysis.neurons[first].escape
    context: Context = {
        "neurons": index_list(ray.neurons),
        "count": len(ray.neurons),
        "one_output": len(ray.output) == 1,
        "sign": 0 if ray.is_zero else 1 if ray.output[0] > 0 else -1,
        "output": vector(ray.output),
        "output_zero": ray.is_zero,
        "phi_zero": form.is_zero(),
        "proved": tree is not None,
        "linear": value(form.linear),
        "linear_zero": not any(form.linear),
        "escape": None,
        "cases": [],
        "cases_left": 0,
        "slopes": [],
    }
    if isinstance(escape, Escapes):
        context["escape"] = {"direction": value(escape.direction), "psi": value(escape.psi)}
    if tree is not None and not form.is_zero():
        leaves = list(_leaves(tree, {}))
        context["cases"] = [
            _case(form, leaf, decided, ray.factor) for leaf, decided in leaves[:MAX_CASES]
        ]
        context["cases_left"] = max(0, len(leaves) - MAX_CASES)
        if isinstance(tree, Leaf):
            slopes = slope_multipliers(analysis.point, group, ray, tree)
            context["slopes"] = [
                {"k": k + 1, "slope": number(slope)} for k, slope in slopes[:MAX_TERMS]
            ]
    return context


def _leaves(tree: Tree, decided: dict[int, int]) -> Iterator[tuple[Leaf, dict[int, int]]]:
    if isinstance(tree, Branch):
        yield from _leaves(tree.plus, {**decided, tree.index: 1})
        yield from _leaves(tree.minus, {**decided, tree.index: -1})
    else:
        yield tree, decided


def _case(form: PiecewiseLinearForm, leaf: Leaf, decided: dict[int, int], factor: fmpq) -> Context:
    values = dict(leaf.multipliers)
    # Multipliers of 0 need no mention where the bound |0| <= c_q is trivial.
    told = [term for term in form.terms if values.get(term.index) or term.index in decided]
    silent = [term for term in form.terms if not (values.get(term.index) or term.index in decided)]
    multipliers = [
        {
            "q": term.index + 1,
            "value": number(values.get(term.index, ZERO) / factor),
            "bound": number(term.coefficient),
            "negative_bound": number(-term.coefficient),
            "side": decided.get(term.index, 0),
        }
        for term in told[:MAX_TERMS]
    ]
    return {
        "conditions": Tex(
            r",\; ".join(
                rf"x_{{{q + 1}}}\cdot v {chr(92)}{'ge' if side > 0 else 'le'} 0"
                for q, side in sorted(decided.items())
            )
        ),
        "multipliers": multipliers,
        "left": len(told) - len(multipliers),
        "silent": [
            {"q": term.index + 1, "bound": number(term.coefficient)} for term in silent[:MAX_TERMS]
        ],
        "silent_left": max(0, len(silent) - MAX_TERMS),
    }


def slope_multipliers(
    point: EmpiricalPoint, group: Group, ray: Ray, leaf: Leaf
) -> list[tuple[int, fmpq]]:
    """Return the slopes mu_k, between the activation's two, that make the neuron stationary.

    sum_{k not in Z} (e_k.h) slope_k x_k + sum_{k in Z} mu_k (e_k.h) x_k = 0  restates the
    multipliers; empty where parallel data points were merged.
    """
    scale, mean = point.problem.loss.scale, point.problem.network.activation.slope(0)
    single = {
        kink.index for kink in group.functional.kinks if len(kink.parallel_class.members) == 1
    }
    values = dict(leaf.multipliers)
    slopes = []
    for k in group.boundary:
        weight = 2 * scale * dot(point.residuals[k], ray.output)
        if not weight or not any(point.inputs[k]):
            continue
        if k not in single:
            return []
        slopes.append((k, mean - values.get(k, ZERO) / ray.factor / weight))
    return slopes


def _table(analysis: Analysis, group: Group) -> Context | None:
    """The generators with psi, and phi for each nonzero ray of output weights."""
    generators = analysis.neurons[group.neurons[0]].generators
    if generators is None:
        return None
    rays = [ray for ray in group.rays if not ray.is_zero][:3]
    entries = len(generators[0].direction) + len(generators[0].psi)
    told = generators[: MAX_ROWS if entries <= 4 else MAX_ROWS // 2]
    rows: list[Context] = []
    widths = [0, 0, *(PHI_HEAD for _ in rays)]
    for generator in told:
        direction, psi = value(generator.direction), value(generator.psi)
        phi = [number(dot(ray.output, generator.psi)) for ray in rays]
        sizes = [cell.size for cell in (direction, psi, *phi)]
        widths = [max(pair) for pair in zip(widths, sizes, strict=True)]
        rows.append(
            {"direction": direction, "psi": psi, "phi": phi, "lineality": generator.lineality}
        )
    return {
        "rows": rows,
        "left": len(generators) - len(rows),
        "wide": sum(widths) > TABLE_WIDTH,
        "heads": [_phi_head(ray) for ray in rays],
    }


def _phi_head(ray: Ray) -> Tex:
    if len(ray.output) == 1:
        relation = ">" if ray.output[0] > 0 else "<"
        return Tex(rf"$\varphi_i(v)/|h_i|$, $h_i{relation}0$")
    return Tex(rf"$\varphi_{{{ray.neurons[0]}}}(v)$")


def _vanishing_gradient(analysis: Analysis, group: Group, linear_zero: bool) -> Context:
    """Why Psi(w_i) = A w_i vanishes for the neurons of a group (where it does)."""
    point, functional = analysis.point, group.functional
    first = point.weights[group.neurons[0]]
    if linear_zero:
        return {"why": "zero"}
    if not any(any(point.weights[neuron]) for neuron in group.neurons):
        return {"why": "zero_weight"}
    leaf_rays = [
        ray
        for ray in group.rays
        if not ray.is_zero and isinstance(analysis.directional.trees[ray.neurons[0]], Leaf)
    ]
    if point.output_dimension == 1 and leaf_rays:
        return {"why": "span"}
    if point.dimension <= 3 and point.output_dimension == 1:
        row = functional.linear[0]
        products = [(number(a), number(w)) for a, w in zip(row, first, strict=True)]
        if all(a.short and w.short for a, w in products):
            shown = " + ".join(rf"({a.math})({w.math})" for a, w in products)
            return {"why": "sum", "neuron": group.neurons[0], "sum": Tex(shown)}
    return {"why": "checked"}
