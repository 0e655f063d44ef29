"""Is the claim of an accepted mutant true?  Recomputed from definitions, without the package.

One decider for each (setting, claim) of the checker's table.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction as F
from itertools import combinations, combinations_with_replacement
from typing import Any

from tests import deep_oracle, integral_oracle, logistic_oracle
from tests.adversarial.corpus import Kind, kind_of
from tests.cells import slow
from tests.certificates import truth
from tests.checker.test_embedding_claims import holds_for_the_gamma_tried
from tests.differential import empirical
from tests.differential.linear import Vector, dot, rank, solve, times
from tests.surds import reader

Json = dict[str, Any]
Decider = Callable[[Json], bool]


def is_true(document: Json) -> bool:
    """Return whether the claim of a well-formed certificate is true."""
    return DECIDERS[kind_of(document)](document)


def _verdicts(document: Json) -> empirical.Verdicts:
    return empirical.decide(empirical.read(document["problem"]))


def _escapes(document: Json) -> bool:
    return int(document["claim"]["neuron"]) in (_verdicts(document).escape or ())


def _least_loss_of_width(document: Json) -> bool:
    """One output: f on the data is a multiple of 1 (the bias) plus m vectors of cones +- rho(X C).

    C is a closed cell of the arrangement; such a cone is spanned by the images of its lines and
    rays, and the least distance to a cone is that to the span of some independent generators, with
    coefficients >= 0.
    """
    point, claim = empirical.read(document["problem"]), document["claim"]
    target = tuple(row[0] for row in point.y)
    fan = empirical.fan((F(0),) * len(point.w[0]), point.x)
    cones: list[list[Vector]] = []
    for inside in fan.cells:
        images = [
            tuple(point.rho(dot(g, row)) for row in point.x)
            for g in fan.generators
            if all(dot(g, row) * dot(inside, row) >= 0 for row in point.x)
        ]
        cones += [images, [times(F(-1), image) for image in images]]
    ones = () if point.c is None else ((F(1),) * len(target), (F(-1),) * len(target))
    best = dot(target, target)
    for chosen in combinations_with_replacement(range(len(cones)), int(claim["width"])):
        generators = list(dict.fromkeys((*ones, *(v for k in chosen for v in cones[k] if any(v)))))
        for count in range(1, len(target) + 1):
            for basis in combinations(generators, count):
                best = min(best, _squared_distance(basis, target, best))
    found = point.scale * best
    return point.loss == found == F(str(claim["loss"])) and len(point.w) == int(claim["width"])


def _squared_distance(basis: tuple[Vector, ...], target: Vector, otherwise: F) -> F:
    if rank(basis, len(target)) < len(basis):
        return otherwise
    gram = [tuple(dot(u, v) for v in basis) for u in basis]
    found = solve(gram, [dot(u, target) for u in basis], len(basis))
    if found is None or min(found) < 0:
        return otherwise
    rest = list(target)
    for factor, vector in zip(found, basis, strict=True):
        rest = [a - factor * b for a, b in zip(rest, vector, strict=True)]
    return dot(rest, rest)


def _cell_count(document: Json) -> bool:
    rows = [[F(str(a)) for a in row] for row in document["problem"]["x"]]
    return len(slow.sign_vectors(rows)) == F(str(document["claim"]["cells"]))


EMPIRICAL: dict[str, Decider] = {
    "loss_value": lambda d: _verdicts(d).loss == reader(d["problem"])(d["claim"]["loss"]),
    "directionally_stationary": lambda d: _verdicts(d).directional,
    "not_directionally_stationary": lambda d: not _verdicts(d).directional,
    "clarke_stationary": lambda d: _verdicts(d).clarke,
    "not_clarke_stationary": lambda d: not _verdicts(d).clarke,
    "escape_neuron": _escapes,
    "local_minimum": truth.is_true,
    "not_local_minimum": truth.is_true,
    "global_minimum": lambda d: _verdicts(d).global_minimum,
    "global_minimum_of_width": _least_loss_of_width,
    "spurious_local_minimum": truth.is_true,
    "cell_global_minimum": truth.is_true,
    "cell_valley_dimension": truth.is_true,
    "two_components_in_cell": truth.is_true,
    "replication_stationary_set": holds_for_the_gamma_tried,
    "replication_minimum_set": holds_for_the_gamma_tried,
}
INTEGRAL = (
    "loss_value",
    "stationary",
    "not_stationary",
    "inertia",
    "negative_curvature",
    "saddle",
    "local_minimum",
    "spurious_local_minimum",
    "global_minimum",
    "center_stable_dimension",
)
DEEP = (
    "loss_value",
    "linear_piece_local_minimum",
    "spurious_local_minimum",
    "valley_dimension",
    "constant_loss_segment",
)
LOGISTIC = ("spurious_local_minimum_near", "loss_enclosure")
DECIDERS: dict[Kind, Decider] = {
    **{("empirical", kind): decider for kind, decider in EMPIRICAL.items()},
    **{("integral", kind): integral_oracle.is_true for kind in INTEGRAL},
    **{("layers", kind): deep_oracle.is_true for kind in DEEP},
    **{("logistic", kind): logistic_oracle.is_true for kind in LOGISTIC},
    ("data", "cell_count"): _cell_count,
}
