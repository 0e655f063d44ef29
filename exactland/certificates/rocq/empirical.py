"""Claims about an empirical loss as Rocq text: data, claim, check, witness."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from exactland.certificates.rocq import terms, words
from exactland.certificates.rocq.blocks import blocks_definition
from exactland.certificates.rocq.instance import (
    Instance,
    denominators_definition,
    finer,
    instance,
    merging_definition,
    network_definition,
    setting_definition,
)
from exactland.certificates.rocq.statement import Statement
from exactland.errors import InputError

HEADER = "From Exactland Require Import Certificates.\nLocal Open Scope Q_scope.\n"
POINT = "the_data the_network"
WITNESSED = f"{POINT} the_denominators the_classes"


@dataclass(frozen=True, slots=True)
class PointClaim:
    """A claim in words and as a proposition, the check that proves it, and what they mention."""

    words: str
    claim: str
    check: str
    point: Instance
    claim_definitions: tuple[str, ...] = ()
    witness_definitions: tuple[str, ...] = ()


Builder = Callable[[Instance, Any, Any, Mapping[str, Any]], PointClaim]


def empirical_statement(certificate: Mapping[str, Any]) -> Statement:
    """Return the statement of a certificate whose claim is in `EMPIRICAL_CLAIMS`."""
    return point_statement(certificate, _CLAIMS[certificate["claim"]["kind"]])


def point_statement(certificate: Mapping[str, Any], build: Builder) -> Statement:
    """Return the statement of a certificate about a point, whose claim and check `build` makes."""
    point = instance(certificate["problem"])
    made = build(point, certificate["claim"], certificate["witness"], certificate)
    shared = [denominators_definition(made.point, "the_denominators")]
    if "the_classes" in made.check:
        shared.append(merging_definition(made.point, "the_classes"))
    return Statement(
        header=HEADER,
        data=(
            "(** The data, and the loss  scale * sum_k |f(x_k) - y_k|^2. *)",
            setting_definition(made.point, "the_data"),
            "\n(** The network  f(x) = c + sum_i v_i rho(w_i . x + b_i), a point. *)",
            network_definition(made.point, "the_network"),
        ),
        words=made.words,
        claim=made.claim,
        check=made.check,
        claim_definitions=made.claim_definitions,
        witness_definitions=(*shared, *made.witness_definitions),
    )


def _loss_value(point: Instance, claim: Any, _: Any, __: Any) -> PointClaim:
    value = terms.rational(terms.number(claim["loss"], "claim.loss"))
    return PointClaim(
        words.LOSS_VALUE.format(terms.shown(claim["loss"])),
        f"loss_is {POINT} {value}",
        f"check_loss_value {POINT} the_denominators {value}",
        point,
    )


def tree_list(trees: Any, count: int) -> str:
    """Return that many decision trees of a witness as a Rocq list."""
    if not isinstance(trees, list) or len(trees) != count:
        raise InputError("witness", f"needs {count} trees")
    return terms.items(map(terms.tree, trees))


def _directionally_stationary(point: Instance, _: Any, witness: Any, __: Any) -> PointClaim:
    trees = tree_list(witness["neurons"], point.width)
    return PointClaim(
        words.DIRECTIONALLY_STATIONARY,
        f"is_directionally_stationary {POINT}",
        f"check_directionally_stationary {WITNESSED} the_trees",
        point,
        witness_definitions=(f"Definition the_trees : list tree :=\n    {trees}.",),
    )


def _parts(obj: Any, point: Instance) -> tuple[list[tuple[int, Any]], Any]:
    """Return the entries by neuron, and those of c, of a direction or a curve."""
    if not set(obj) <= {"neurons", "c"} or ("c" in obj and point.c is None):
        raise InputError("witness", "has an unknown part")
    neurons = []
    for key, part in obj.get("neurons", {}).items():
        if not set(part) <= {"w", "b", "v"} or ("b" in part and point.b is None):
            raise InputError("witness", "has an unknown part")
        neurons.append((terms.index(key), part))
    return neurons, obj.get("c")


def _not_directionally_stationary(point: Instance, _: Any, witness: Any, __: Any) -> PointClaim:
    neurons, bias = _parts(witness["direction"], point)
    inputs, moved = len(point.x[0]), []
    for i, part in neurons:
        change = terms.numbers(part.get("w", ["0"] * inputs), inputs, "witness.direction")
        if point.b is not None:
            change.append(terms.number(part.get("b", "0")))
        zeros = ["0"] * point.outputs
        heights = terms.numbers(part.get("v", zeros), point.outputs, "witness.direction")
        moved.append((i, change, heights))
    bias_change = [Fraction(0)] * point.outputs if point.c is not None else []
    if bias is not None:
        bias_change = terms.numbers(bias, point.outputs, "witness.direction.c")
    unit_w = terms.common_denominator(a for _, change, _ in moved for a in change)
    unit_h = terms.common_denominator(a for _, _, heights in moved for a in heights)
    entries = [
        f"neuron {i} {terms.integers(terms.cleared(change, unit_w))} "
        f"{terms.integers(terms.cleared(heights, unit_h))}"
        for i, change, heights in moved
    ]
    direction = f"""Definition the_direction : direction := {{|
  moved :=
    {terms.items(entries)};
  moved_bias := {terms.integers(terms.cleared(bias_change))};
  den_dw := {unit_w};
  den_dh := {unit_h};
  den_dc := {terms.common_denominator(bias_change)} |}}."""
    return PointClaim(
        words.NOT_DIRECTIONALLY_STATIONARY,
        f"is_not_directionally_stationary {POINT}",
        f"check_not_directionally_stationary {WITNESSED} the_direction",
        point,
        witness_definitions=(direction,),
    )


def _clarke_stationary(point: Instance, _: Any, witness: Any, __: Any) -> PointClaim:
    if len(witness["neurons"]) != point.width:
        raise InputError("witness.neurons", f"needs {point.width} entries")
    neurons = []
    for cells in witness["neurons"]:
        multipliers = [terms.number(cell["multiplier"]) for cell in cells]
        unit = terms.common_denominator(multipliers)
        entries = []
        for cell, multiplier in zip(cells, terms.cleared(multipliers, unit), strict=True):
            inside = terms.cleared(terms.numbers(cell["cell"], point.dimension, "witness"))
            entries.append(f"cell {terms.integer(multiplier)} {terms.integers(inside)}")
        neurons.append(f"combine_cells {unit} [{'; '.join(entries)}]")
    cells_definition = f"Definition the_cells : list combination :=\n    {terms.items(neurons)}."
    return PointClaim(
        words.CLARKE_STATIONARY,
        f"is_clarke_stationary {POINT}",
        f"check_clarke_stationary {WITNESSED} the_cells",
        point,
        witness_definitions=(cells_definition,),
    )


def _not_clarke_stationary(point: Instance, _: Any, witness: Any, __: Any) -> PointClaim:
    claim = f"is_not_clarke_stationary {POINT}"
    if "component" in witness:
        component = witness["component"]
        if "output_bias" in component:
            j = terms.index(component["output_bias"])
            check = f"check_not_clarke_bias {POINT} the_denominators {j}%nat"
        else:
            i, j = terms.index(component["neuron"]), terms.index(component["output"])
            check = f"check_not_clarke_output {WITNESSED} {i}%nat {j}%nat"
        return PointClaim(words.NOT_CLARKE_STATIONARY, claim, check, point)
    i = terms.index(witness["neuron"])
    direction = terms.cleared(terms.numbers(witness["direction"], point.dimension, "witness"))
    return PointClaim(
        words.NOT_CLARKE_STATIONARY,
        claim,
        f"check_not_clarke_separated {WITNESSED} {i}%nat {terms.integers(direction)} the_cases",
        point,
        witness_definitions=(
            f"Definition the_cases : separation := {terms.separation(witness['tree'])}.",
        ),
    )


def _region(claim: Any, point: Instance) -> str:
    neurons = []
    for neuron in claim["region"]["neurons"]:
        output = neuron["output"]
        shape = "all_outputs"
        if output != "all":
            shape = f"spread {terms.rational(terms.number(output['spread']))}"
        signs = neuron["signs"]
        if not isinstance(signs, str) or not set(signs) <= set("+-0"):
            raise InputError("claim.region", "signs must be made of + - 0")
        neurons.append(f'("{signs}"%string, {shape})')
    if len(neurons) != point.width:
        raise InputError("claim.region", f"needs {point.width} neurons")
    return f"Definition the_region : region :=\n    {terms.items(neurons)}."


def _region_trees(witness: Any, point: Instance) -> str:
    proofs = []
    for proof in witness["neurons"]:
        if proof is None:
            proofs.append("None")
            continue
        above, below = (tree_list(proof[side], point.outputs) for side in ("plus", "minus"))
        proofs.append(f"Some ({above},\n      {below})")
    return (
        "Definition the_trees : list (option (list tree * list tree)) :=\n"
        f"    {terms.items(proofs)}."
    )


def local_minimum(point: Instance, claim: Any, witness: Any, _: Any) -> PointClaim:
    """Return the claim that a point is a local minimum, with a region or by blocks."""
    if "type" in claim:
        return PointClaim(
            words.MINIMUM_BY_BLOCKS,
            f"is_a_local_minimum {POINT}",
            f"check_minimum_by_blocks {WITNESSED} the_blocks",
            point,
            witness_definitions=(blocks_definition(point, claim, witness, "the_blocks"),),
        )
    radius = terms.rational(terms.number(claim["radius"], "claim.radius"))
    return PointClaim(
        words.LOCAL_MINIMUM,
        f"is_local_minimum {POINT} the_radius the_region",
        f"check_local_minimum {WITNESSED} the_radius the_region the_trees",
        point,
        claim_definitions=(f"Definition the_radius : Q := {radius}.", _region(claim, point)),
        witness_definitions=(_region_trees(witness, point),),
    )


def _powers(entries: Any, length: int) -> terms.Rows:
    """Return the coefficients of tau, tau^2, ... as vectors, from one list for each parameter."""
    if not isinstance(entries, list) or len(entries) != length:
        raise InputError("witness.curve", f"needs {length} lists of coefficients")
    columns = [[terms.number(value) for value in entry] for entry in entries]
    degree = max((len(column) for column in columns), default=0)
    padded = [column + [Fraction(0)] * (degree - len(column)) for column in columns]
    return [[column[a] for column in padded] for a in range(degree)]


def _not_local_minimum(point: Instance, _: Any, witness: Any, __: Any) -> PointClaim:
    neurons, bias = _parts(witness["curve"], point)
    inputs, moved = len(point.x[0]), []
    for i, part in neurons:
        entries = part.get("w", [[]] * inputs)
        if len(entries) != inputs:
            raise InputError("witness.curve", f"needs {inputs} lists of coefficients")
        if point.b is not None:
            entries = [*entries, part.get("b", [])]
        weights = _powers(entries, point.dimension)
        moved.append((i, weights, _powers(part.get("v", [[]] * point.outputs), point.outputs)))
    bias_rows = [] if bias is None else _powers(bias, point.outputs)
    point = finer(
        point,
        [row for _, weights, _ in moved for row in weights],
        [row for _, _, heights in moved for row in heights],
        bias_rows,
    )
    curves = [
        "\n      ".join(
            [f"neuron {i}", terms.matrix(weights, " " * 6), terms.matrix(heights, " " * 6)]
        )
        for i, weights, heights in moved
    ]
    curve = f"""Definition the_curve : curve := {{|
  curve_neurons :=
    {terms.items(curves)};
  curve_bias := {terms.matrix(bias_rows)} |}}."""
    return PointClaim(
        words.NOT_LOCAL_MINIMUM,
        f"is_not_local_minimum {POINT}",
        f"check_not_local_minimum {POINT} the_denominators the_curve",
        point,
        witness_definitions=(curve,),
    )


def escape_neuron(point: Instance, claim: Any, witness: Any, _: Any) -> PointClaim:
    """Return the claim that a neuron is an escape neuron."""
    i = terms.index(claim["neuron"])
    trees = tree_list(witness["neurons"], point.width)
    direction = terms.cleared(terms.numbers(witness["direction"], point.dimension, "witness"))
    return PointClaim(
        words.ESCAPE_NEURON.format(i),
        f"is_escape_neuron {POINT} {i}%nat",
        f"check_escape_neuron {WITNESSED} {i}%nat {terms.integers(direction)} the_trees",
        point,
        witness_definitions=(f"Definition the_trees : list tree :=\n    {trees}.",),
    )


def _global_minimum(point: Instance, _: Any, __: Any, ___: Any) -> PointClaim:
    return PointClaim(
        words.GLOBAL_MINIMUM,
        f"is_global_minimum {POINT}",
        f"check_global_minimum {POINT} the_denominators",
        point,
    )


def _cell_global_minimum(point: Instance, claim: Any, _: Any, __: Any) -> PointClaim:
    strings = terms.cell(claim["cell"], point.width, len(point.x))
    return PointClaim(
        words.CELL_GLOBAL_MINIMUM,
        f"is_cell_global_minimum {POINT} the_cell",
        f"check_cell_global_minimum {POINT} the_denominators the_cell",
        point,
        claim_definitions=(f"Definition the_cell : list string :=\n    {strings}.",),
    )


def _spurious_local_minimum(
    point: Instance, claim: Any, _: Any, certificate: Mapping[str, Any]
) -> PointClaim:
    minimum, value, other = certificate["witness"]["parts"]
    kinds = [part["claim"]["kind"] for part in (minimum, value, other)]
    if kinds != ["local_minimum", "loss_value", "loss_value"]:
        raise InputError("witness.parts", "are not a local minimum and two values of the loss")
    better = instance(other["problem"])
    here, there = (terms.number(claim[key], key) for key in ("loss", "better_loss"))
    stated = [terms.number(part["claim"]["loss"], "loss") for part in (value, other)]
    same = instance(minimum["problem"]) == point == instance(value["problem"])
    if not same or _landscape(better) != _landscape(point) or stated != [here, there]:
        raise InputError("witness.parts", "do not belong to this certificate")
    inner = local_minimum(point, minimum["claim"], minimum["witness"], minimum)
    values = f"{terms.rational(here)} better_network {terms.rational(there)}"
    checked = f"{terms.rational(here)} better_network better_denominators {terms.rational(there)}"
    if "type" in minimum["claim"]:
        said, claim_name = words.SPURIOUS_BY_BLOCKS, "is_a_spurious_local_minimum"
        check_name = "check_spurious_by_blocks"
    else:
        said, claim_name = words.SPURIOUS_LOCAL_MINIMUM, "is_spurious_local_minimum"
        check_name = "check_spurious"
    # After its name, the claim of the part ends in its radius and region, if it has them.
    place = inner.claim.split(" ", 1)[1]
    return PointClaim(
        said,
        f"{claim_name} {place}\n  {values}",
        f"{check_name} {inner.check.split(' ', 1)[1]} {checked}",
        point,
        claim_definitions=(
            *inner.claim_definitions,
            network_definition(better, "better_network"),
        ),
        witness_definitions=(
            *inner.witness_definitions,
            denominators_definition(better, "better_denominators"),
        ),
    )


def _landscape(point: Instance) -> tuple[object, ...]:
    biases = (point.b is None, point.c is None)
    return point.slopes, point.x, point.y, point.scale, point.width, point.outputs, biases


_CLAIMS: dict[str, Builder] = {
    "loss_value": _loss_value,
    "directionally_stationary": _directionally_stationary,
    "not_directionally_stationary": _not_directionally_stationary,
    "clarke_stationary": _clarke_stationary,
    "not_clarke_stationary": _not_clarke_stationary,
    "local_minimum": local_minimum,
    "not_local_minimum": _not_local_minimum,
    "escape_neuron": escape_neuron,
    "global_minimum": _global_minimum,
    "cell_global_minimum": _cell_global_minimum,
    "spurious_local_minimum": _spurious_local_minimum,
}

EMPIRICAL_CLAIMS = frozenset(_CLAIMS)
"""The kinds of claims about an empirical loss that the formal development covers."""
