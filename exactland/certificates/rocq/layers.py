"""Claims about networks given by layers as Rocq text: data, claim, check, witness."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import chain
from math import lcm
from typing import Any

from exactland.certificates.rocq import terms
from exactland.certificates.rocq.statement import Claim, Statement
from exactland.certificates.rocq.valley import valley_witness
from exactland.errors import InputError
from exactland.problem.deep import DeepNetwork, DeepProblem, deep_network_from_json, evaluate_deep
from exactland.problem.files import problem_from_json
from exactland.problem.huber import HuberLoss
from exactland.problem.logistic import LogisticLoss
from exactland.problem.piecewise_linear import PiecewiseLinear

HEADER = "From Exactland Require Import LayerCertificates.\nLocal Open Scope Q_scope.\n"
_POINT = "the_data the_network"


def layers_statement(certificate: Mapping[str, Any]) -> Statement:
    """Return the statement of a certificate whose claim is in `LAYER_CLAIMS`."""
    problem = _read(certificate["problem"])
    claim, witness = certificate["claim"], certificate["witness"]
    made = _CLAIMS[claim["kind"]](problem, claim, witness, certificate)
    return assembled(HEADER, "H(f_j(x_k) - y_kj)", problem, made)


def assembled(header: str, summand: str, problem: DeepProblem, made: Claim) -> Statement:
    """Put data, network, claim and witness together; the loss is a sum of such summands."""
    data = (
        f"(** The data, activation and loss  scale * sum_k sum_j {summand}. *)",
        _setting(problem, "the_data"),
        "\n(** The network, a point: hidden layers and output layer, each  a -> w a + b. *)",
        _network(problem.network, "the_network"),
    )
    return made.about(header, data, (_denominators(problem, "the_denominators"),))


def _read(problem: Any) -> DeepProblem:
    parsed = problem_from_json(problem)
    if not isinstance(parsed, DeepProblem) or isinstance(parsed.loss, LogisticLoss):
        raise InputError("problem", "must have layers, and the squared or Huber's loss")
    return parsed


def _row(values: Any) -> list[Fraction]:
    return [terms.rational_entry(value) for value in values]


def _rows(rows: Any) -> terms.Rows:
    return [_row(values) for values in rows]


def _setting(problem: DeepProblem, name: str) -> str:
    """Define activation, data and loss."""
    activation, loss = problem.network.activation, problem.loss
    delta = "None"
    if isinstance(loss, HuberLoss):
        delta = f"Some {terms.rational(terms.rational_entry(loss.delta))}"
    return f"""Definition {name} : layer_setting := {{|
  knots := {terms.vector(_row(activation.knots))};
  piece_slopes := {terms.vector(_row(activation.slopes))};
  first_value := {terms.rational(terms.rational_entry(activation.value))};
  feature_count := {len(loss.inputs[0])};
  label_count := {len(loss.targets[0])};
  features_x :=
    {terms.matrix(_rows(loss.inputs))};
  labels_y :=
    {terms.matrix(_rows(loss.targets))};
  huber_delta := {delta};
  loss_factor := {terms.rational(terms.rational_entry(loss.scale))} |}}."""


def _network(network: DeepNetwork, name: str) -> str:
    """Define the layers."""
    layers = [
        "{| layer_w :=\n"
        f"       {terms.matrix(_rows(layer.weights), ' ' * 7)};\n"
        f"     layer_b := {terms.vector(_row(layer.biases))} |}}"
        for layer in network.layers
    ]
    return f"Definition {name} : list layer_parameters :=\n  {terms.items(layers, '  ')}."


def _denominators(problem: DeepProblem, name: str) -> str:
    """Define the common denominators of the witness."""
    activation, inputs, *layers = _units(problem)
    return f"""Definition {name} : layer_denominators := {{|
  den_activation := {activation};
  den_features := {inputs};
  den_labels := {terms.common_denominator(chain.from_iterable(_rows(problem.loss.targets)))};
  den_layers := {terms.positives(layers)} |}}."""


def _units(problem: DeepProblem) -> list[int]:
    """Return common denominators of the activation's pieces, of the inputs, and of each layer."""
    numbers = (_piece_numbers(problem.network.activation), chain(*_rows(problem.loss.inputs)))
    return [*map(terms.common_denominator, numbers), *_layer_units(problem.network)]


def _layer_units(network: DeepNetwork) -> list[int]:
    """Return a common denominator of each layer."""
    return [
        terms.common_denominator(_row([*layer.biases, *chain.from_iterable(layer.weights)]))
        for layer in network.layers
    ]


def _piece_numbers(activation: PiecewiseLinear) -> list[Fraction]:
    """Return the ends, slopes and intercepts of all pieces."""
    intercepts = [activation.intercept(piece) for piece in range(len(activation.slopes))]
    return _row([*activation.knots, *activation.slopes, *intercepts])


def _loss_value(_: DeepProblem, claim: Any, __: Any, ___: Any) -> Claim:
    value = terms.rational(terms.number(claim["loss"], "claim.loss"))
    return Claim(
        f"the loss at the network is {terms.shown(claim['loss'])}.",
        f"layers_loss_is {_POINT} {value}",
        f"check_layers_loss {_POINT} the_denominators {value}",
    )


def _local_minimum(_: DeepProblem, __: Any, ___: Any, ____: Any) -> Claim:
    return Claim(
        "the network is a local minimum of the loss.",
        f"layers_is_local_minimum {_POINT}",
        f"check_layers_local_minimum {_POINT} the_denominators",
    )


def _spurious(
    problem: DeepProblem, claim: Any, witness: Any, certificate: Mapping[str, Any]
) -> Claim:
    minimum, value, other = witness["parts"]
    kinds = [part["claim"]["kind"] for part in (minimum, value, other)]
    if kinds != ["linear_piece_local_minimum", "loss_value", "loss_value"]:
        raise InputError("witness.parts", "are not a local minimum and two values of the loss")
    better = _read(other["problem"])
    here, there = (terms.number(claim[key], key) for key in ("loss", "better_loss"))
    stated = [terms.number(part["claim"]["loss"], "loss") for part in (value, other)]
    point = _landscape(problem), problem.network.layers
    same = all(
        (_landscape(part), part.network.layers) == point
        for part in (_read(minimum["problem"]), _read(value["problem"]))
    )
    if not same or _landscape(better) != _landscape(problem) or stated != [here, there]:
        raise InputError("witness.parts", "do not belong to this certificate")
    return Claim(
        "the network is a local minimum of the loss, and another network of the same shape has a"
        "\n    lower loss.",
        f"layers_is_spurious {_POINT} {terms.rational(here)} better_network "
        f"{terms.rational(there)}",
        f"check_layers_spurious {_POINT} the_denominators {terms.rational(here)} better_network "
        f"better_denominators {terms.rational(there)}",
        claim_definitions=(_network(better.network, "better_network"),),
        witness_definitions=(_denominators(better, "better_denominators"),),
    )


def _constant_segment(
    problem: DeepProblem, claim: Any, _: Any, certificate: Mapping[str, Any]
) -> Claim:
    try:
        given = {**certificate["problem"]["network"], "layers": claim["to"]}
        network = deep_network_from_json(given)
    except InputError as error:
        raise error.within("claim.to") from None
    here, there = ([len(one.biases) for one in net.layers] for net in (problem.network, network))
    if here != there or network.input_dimension != problem.network.input_dimension:
        raise InputError("claim.to", "is not of the shape of the network")
    both = [
        lcm(*pair)
        for pair in zip(_layer_units(problem.network), _layer_units(network), strict=True)
    ]
    return Claim(
        "the network below is another one, and every network on the segment from the network to"
        "\n    it is a local minimum with the same loss.",
        f"layers_constant_segment {_POINT} last_network",
        f"check_layers_segment {_POINT} the_denominators last_network common_denominators",
        claim_definitions=(_network(network, "last_network"),),
        witness_definitions=(
            f"Definition common_denominators : list positive := {terms.positives(both)}.",
        ),
    )


def _valley(problem: DeepProblem, claim: Any, witness: Any, _: Any) -> Claim:
    dimension = terms.index(claim["dimension"], "claim.dimension")
    layer = terms.index(witness["layer"])
    if layer >= len(problem.network.layers):
        raise InputError("witness.layer", "there is no such layer")
    found = valley_witness(evaluate_deep(problem), layer, _units(problem), "the_valley")
    return Claim(
        "the network is a local minimum, and the networks near it with the same loss, all of them"
        f"\n    local minima, form a manifold of dimension {dimension}.",
        f"layers_valley {_POINT} {dimension}",
        f"check_layers_valley {_POINT} the_denominators the_valley {dimension}",
        witness_definitions=(found,),
    )


def _landscape(problem: DeepProblem) -> tuple[object, ...]:
    """Return what two networks must share to be compared, besides the sizes of their layers."""
    activation = problem.network.activation
    return activation.knots, activation.slopes, activation.value, problem.loss


_CLAIMS: dict[str, Callable[[DeepProblem, Any, Any, Mapping[str, Any]], Claim]] = {
    "loss_value": _loss_value,
    "linear_piece_local_minimum": _local_minimum,
    "spurious_local_minimum": _spurious,
    "constant_loss_segment": _constant_segment,
    "valley_dimension": _valley,
}

LAYER_CLAIMS = frozenset(_CLAIMS)
"""The kinds of claims about networks given by layers that the formal development covers."""
