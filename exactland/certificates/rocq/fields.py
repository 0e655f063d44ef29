"""Claims about an empirical loss over a number field as Rocq text: data, claim, check, witness.

The numbers stand in the file as they stand in the certificate: lists of coefficients.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from exactland.certificates.rocq import terms, words
from exactland.certificates.rocq.field_instance import (
    FieldPoint,
    classes_definition,
    declared_field,
    field_definition,
    field_point,
    network_definition,
    root_definition,
    setting_definition,
)
from exactland.certificates.rocq.statement import Claim, Statement
from exactland.errors import InputError, UnsupportedError

HEADER = "From Exactland Require Import FieldCertificates.\nLocal Open Scope Q_scope.\n"
POINT = "the_data the_network"
WITNESSED = f"the_field the_root {POINT}"


Builder = Callable[[FieldPoint, Any, Any, Mapping[str, Any]], Claim]


def field_of(certificate: Mapping[str, Any]) -> Any:
    """Return the number field that a certificate about an empirical loss declares, or None.

    A composite claim declares it in its problem or in a part of its witness.
    """
    witness = certificate["witness"]
    parts: list[Any] = []
    if isinstance(witness, Mapping):
        parts = [*witness.get("parts", ()), *([witness["part"]] if "part" in witness else ())]
    for one in (certificate, *parts):
        if declared_field(one["problem"]):
            return one["problem"]["field"]
    return None


def field_statement(certificate: Mapping[str, Any]) -> Statement:
    """Return the statement of a certificate over a number field with a claim in `FIELD_CLAIMS`."""
    return field_point_statement(certificate, _CLAIMS[certificate["claim"]["kind"]])


def field_point_statement(certificate: Mapping[str, Any], build: Builder) -> Statement:
    """Return the statement of a certificate about a point, whose claim and check `build` makes."""
    point = field_point(certificate["problem"], field_of(certificate))
    made = build(point, certificate["claim"], certificate["witness"], certificate)
    shared = [root_definition(point, "the_root", _longest_number(certificate))]
    if "the_classes" in made.check:
        shared.append(classes_definition(point, "the_classes"))
    data = (
        field_definition(point, "the_field"),
        "(** The data, and the loss  scale * sum_k |f(x_k) - y_k|^2. *)",
        setting_definition(point, "the_data"),
        "\n(** The network  f(x) = c + sum_i v_i rho(w_i . x + b_i), a point. *)",
        network_definition(point, "the_network"),
    )
    over = replace(made, claim=f"over the_field, {made.claim}")
    return over.about(HEADER, data, tuple(shared))


def _longest_number(value: Any) -> int:
    """Return the length of the longest text in a certificate that begins like a number."""
    if isinstance(value, Mapping):
        return max(map(_longest_number, value.values()), default=0)
    if isinstance(value, list | tuple):
        return max(map(_longest_number, value), default=0)
    is_number = isinstance(value, str) and value[:1] in "-.0123456789"
    return len(value) if is_number and not set(value) <= set("+-0") else 0


def _loss_value(point: FieldPoint, claim: Any, _: Any, __: Any) -> Claim:
    value = point.number(claim["loss"], "claim.loss")
    return Claim(
        words.LOSS_VALUE.format(point.shown(claim["loss"])),
        f"loss_is {POINT} {value}",
        f"field_loss_value {WITNESSED} {value}",
    )


def _tree_list(trees: Any, count: int, point: FieldPoint) -> str:
    if not isinstance(trees, list) or len(trees) != count:
        raise InputError("witness", f"needs {count} trees")
    return terms.items(terms.tree(tree, point.multipliers) for tree in trees)


def trees_definition(trees: Any, point: FieldPoint) -> str:
    """Return the definition of one decision tree for every neuron."""
    return f"Definition the_trees : list tree :=\n    {_tree_list(trees, point.width, point)}."


def _directionally_stationary(point: FieldPoint, _: Any, witness: Any, __: Any) -> Claim:
    return Claim(
        words.DIRECTIONALLY_STATIONARY,
        f"is_directionally_stationary {POINT}",
        f"field_directionally_stationary {WITNESSED} the_classes the_trees",
        witness_definitions=(trees_definition(witness["neurons"], point),),
    )


def _parts(obj: Any, point: FieldPoint, nothing: Any) -> tuple[list[tuple[int, Any, Any]], Any]:
    """Return index, entries of w and b, entries of v by neuron, and those of c, or None.

    Entries that are left out of a direction or of a curve are `nothing`.
    """
    if not set(obj) <= {"neurons", "c"} or ("c" in obj and not point.output_bias):
        raise InputError("witness", "has an unknown part")
    neurons = []
    for key, part in obj.get("neurons", {}).items():
        if not set(part) <= {"w", "b", "v"} or ("b" in part and not point.hidden_biases):
            raise InputError("witness", "has an unknown part")
        weights = part.get("w", [nothing] * point.inputs)
        if len(weights) != point.inputs:
            raise InputError("witness", f"needs {point.inputs} entries of w")
        if point.hidden_biases:
            weights = [*weights, part.get("b", nothing)]
        neurons.append((terms.index(key), weights, part.get("v", [nothing] * point.outputs)))
    return neurons, obj.get("c")


def _not_directionally_stationary(point: FieldPoint, _: Any, witness: Any, __: Any) -> Claim:
    neurons, bias = _parts(witness["direction"], point, "0")
    entries = [
        f"neuron {i} {point.vector(weights, point.dimension)} {point.vector(v, point.outputs)}"
        for i, weights, v in neurons
    ]
    if bias is None:
        bias = ["0"] * point.outputs if point.output_bias else []
    change = point.vector(bias, point.outputs if point.output_bias else 0)
    direction = (
        f"Definition the_direction : direction := moving\n    {terms.items(entries)}\n    {change}."
    )
    return Claim(
        words.NOT_DIRECTIONALLY_STATIONARY,
        f"is_not_directionally_stationary {POINT}",
        f"field_not_directionally_stationary {WITNESSED} the_direction",
        witness_definitions=(direction,),
    )


def _clarke_stationary(point: FieldPoint, _: Any, witness: Any, __: Any) -> Claim:
    if len(witness["neurons"]) != point.width:
        raise InputError("witness.neurons", f"needs {point.width} entries")
    neurons = []
    for cells in witness["neurons"]:
        entries = [
            f"cell {point.number(one['multiplier'])} {point.vector(one['cell'], point.dimension)}"
            for one in cells
        ]
        neurons.append(f"[{'; '.join(entries)}]")
    cells_definition = (
        f"Definition the_cells : list (list (number * list number)) :=\n    {terms.items(neurons)}."
    )
    return Claim(
        words.CLARKE_STATIONARY,
        f"is_clarke_stationary {POINT}",
        f"field_clarke_stationary {WITNESSED} the_cells",
        witness_definitions=(cells_definition,),
    )


def _not_clarke_stationary(point: FieldPoint, _: Any, witness: Any, __: Any) -> Claim:
    claim = f"is_not_clarke_stationary {POINT}"
    if "component" in witness:
        component = witness["component"]
        if "output_bias" in component:
            check = f"field_not_clarke_bias {WITNESSED} {terms.index(component['output_bias'])}"
        else:
            i, j = terms.index(component["neuron"]), terms.index(component["output"])
            check = f"field_not_clarke_output {WITNESSED} {i} {j}"
        return Claim(words.NOT_CLARKE_STATIONARY, claim, check)
    i = terms.index(witness["neuron"])
    direction = point.vector(witness["direction"], point.dimension)
    cases = terms.separation(witness["tree"], point.multipliers)
    return Claim(
        words.NOT_CLARKE_STATIONARY,
        claim,
        f"field_not_clarke_separated {WITNESSED} the_classes {i} {direction} the_cases",
        witness_definitions=(f"Definition the_cases : separation := {cases}.",),
    )


def _region(claim: Any, point: FieldPoint) -> str:
    neurons = []
    for neuron in claim["region"]["neurons"]:
        output, signs = neuron["output"], neuron["signs"]
        shape = "all_outputs" if output == "all" else f"spread {point.number(output['spread'])}"
        if not set(signs) <= set("+-0"):
            raise InputError("claim.region", "signs must be made of + - 0")
        neurons.append(f'("{signs}"%string, {shape})')
    if len(neurons) != point.width:
        raise InputError("claim.region", f"needs {point.width} neurons")
    return f"Definition the_region : field_region :=\n    {terms.items(neurons)}."


def _region_trees(witness: Any, point: FieldPoint) -> str:
    proofs = []
    for proof in witness["neurons"]:
        if proof is None:
            proofs.append("None")
            continue
        above, below = (_tree_list(proof[side], point.outputs, point) for side in ("plus", "minus"))
        proofs.append(f"Some ({above},\n      {below})")
    return (
        "Definition the_trees : list (option (list tree * list tree)) :=\n"
        f"    {terms.items(proofs)}."
    )


def local_minimum(point: FieldPoint, claim: Any, witness: Any, _: Any) -> Claim:
    """Return the claim that a point is a local minimum, with a region."""
    if "type" in claim:
        message = "over number fields the formal development covers minima with a region"
        raise UnsupportedError("claim.type", message)
    radius = point.number(claim["radius"], "claim.radius")
    return Claim(
        words.LOCAL_MINIMUM,
        f"is_local_minimum {POINT} the_radius the_region",
        f"field_local_minimum {WITNESSED} the_classes the_radius the_region the_trees",
        claim_definitions=(f"Definition the_radius : number := {radius}.", _region(claim, point)),
        witness_definitions=(_region_trees(witness, point),),
    )


def _powers(entries: Any, length: int, point: FieldPoint) -> str:
    """Return the coefficients of tau, tau^2, ... as vectors, from one list for each parameter."""
    if not isinstance(entries, list) or len(entries) != length:
        raise InputError("witness.curve", f"needs {length} lists of coefficients")
    degree = max((len(entry) for entry in entries), default=0)
    rows = [[entry[n] if n < len(entry) else "0" for entry in entries] for n in range(degree)]
    return "[" + "; ".join(point.vector(row, length) for row in rows) + "]"


def _not_local_minimum(point: FieldPoint, _: Any, witness: Any, __: Any) -> Claim:
    neurons, bias = _parts(witness["curve"], point, [])
    curves = [
        f"neuron {i}\n      {_powers(weights, point.dimension, point)}"
        f"\n      {_powers(v, point.outputs, point)}"
        for i, weights, v in neurons
    ]
    bias_rows = "[]" if bias is None else _powers(bias, point.outputs, point)
    curve = (
        f"Definition the_curve : curve := along_curve\n    {terms.items(curves)}\n    {bias_rows}."
    )
    return Claim(
        words.NOT_LOCAL_MINIMUM,
        f"is_not_local_minimum {POINT}",
        f"field_not_local_minimum {WITNESSED} the_curve",
        witness_definitions=(curve,),
    )


def escape_neuron(point: FieldPoint, claim: Any, witness: Any, _: Any) -> Claim:
    """Return the claim that a neuron is an escape neuron."""
    i = terms.index(claim["neuron"])
    direction = point.vector(witness["direction"], point.dimension)
    return Claim(
        words.ESCAPE_NEURON.format(i),
        f"is_escape_neuron {POINT} {i}",
        f"field_escape_neuron {WITNESSED} the_classes {i} {direction} the_trees",
        witness_definitions=(trees_definition(witness["neurons"], point),),
    )


def _global_minimum(_: FieldPoint, __: Any, ___: Any, ____: Any) -> Claim:
    return Claim(
        words.GLOBAL_MINIMUM,
        f"is_global_minimum {POINT}",
        f"field_global_minimum {WITNESSED}",
    )


def _cell_global_minimum(point: FieldPoint, claim: Any, _: Any, __: Any) -> Claim:
    strings = terms.cell(claim["cell"], point.width, len(point.problem.loss.inputs))
    return Claim(
        words.CELL_GLOBAL_MINIMUM,
        f"is_cell_global_minimum {POINT} the_cell",
        f"field_cell_global_minimum {WITNESSED} the_cell",
        claim_definitions=(f"Definition the_cell : list string :=\n    {strings}.",),
    )


def _spurious_local_minimum(
    point: FieldPoint, claim: Any, _: Any, certificate: Mapping[str, Any]
) -> Claim:
    minimum, value, other = certificate["witness"]["parts"]
    kinds = [part["claim"]["kind"] for part in (minimum, value, other)]
    if kinds != ["local_minimum", "loss_value", "loss_value"]:
        raise InputError("witness.parts", "are not a local minimum and two values of the loss")
    field = field_of(certificate)
    better = field_point(other["problem"], field)
    here, there = (point.number(claim[key], key) for key in ("loss", "better_loss"))
    stated = [point.number(part["claim"]["loss"], "loss") for part in (value, other)]
    same = field_point(minimum["problem"], field) == point == field_point(value["problem"], field)
    if not same or _landscape(better) != _landscape(point) or stated != [here, there]:
        raise InputError("witness.parts", "do not belong to this certificate")
    inner = local_minimum(point, minimum["claim"], minimum["witness"], minimum)
    values = f"{here} better_network {there}"
    return Claim(
        words.SPURIOUS_LOCAL_MINIMUM,
        f"is_spurious_local_minimum {POINT} the_radius the_region\n  {values}",
        f"field_spurious {WITNESSED} the_classes the_radius the_region the_trees {values}",
        claim_definitions=(
            *inner.claim_definitions,
            network_definition(better, "better_network"),
        ),
        witness_definitions=inner.witness_definitions,
    )


def _landscape(point: FieldPoint) -> tuple[object, ...]:
    shape = point.width, point.outputs, point.hidden_biases, point.output_bias
    return point.problem.loss, point.problem.network.activation, shape


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

FIELD_CLAIMS = frozenset(_CLAIMS)
"""The kinds of claims over a number field that the formal development covers."""
