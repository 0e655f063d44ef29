"""Wider networks with the same function on the data: replication, inactive unit, propagation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flint import fmpq

from exactland.arithmetic.ordered import format_exact
from exactland.arithmetic.rationals import ZERO, dot
from exactland.derivatives.empirical import augmented
from exactland.errors import InputError
from exactland.problem.losses import Problem
from exactland.problem.network import Vector


@dataclass(frozen=True, slots=True)
class Replication:
    """Neuron (w, h) becomes the copies (beta_l w, gamma_l h), sum_l beta_l gamma_l = 1."""

    neuron: int
    betas: Vector
    gammas: Vector


@dataclass(frozen=True, slots=True)
class InactiveUnit:
    """A further neuron (w, h) with rho(w . x_k) = 0 for every data point; h is arbitrary."""

    weight: Vector
    output: Vector


@dataclass(frozen=True, slots=True)
class Propagation:
    """A further neuron (w, 0): inactive propagation, w is arbitrary."""

    weight: Vector


Operation = Replication | InactiveUnit | Propagation


def embed(problem: Problem, operation: Operation) -> Problem:
    """Return the wider network with the same predictions on the data.

    Copies stand where the replicated neuron stood; a new neuron comes last.  Weights are
    *augmented*: where the network has hidden biases, the last entry of a weight is the bias.

    Raises
    ------
    InputError
        If the operation does not keep the predictions (and says which condition fails).

    References
    ----------
    Spec, section 3 (Zhang et al., network embedding; restated).

    Examples
    --------
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> from exactland.problem.network import Network
    >>> one, two = fmpq(1), fmpq(2)
    >>> narrow = Problem(Network(relu(), ((one,),), ((two,),)), EmpiricalLoss(((one,),), ((one,),)))
    >>> embed(narrow, Replication(0, (one, two), (two, -one / 2))).network.output_weights
    ((4, -1),)
    """
    if isinstance(operation, Replication):
        return _replicate(problem, operation)
    if isinstance(operation, InactiveUnit):
        return _add_inactive(problem, operation)
    weight = _checked_weight(problem, operation.weight, "--propagate")
    weights, outputs = neurons_of(problem)
    still = (ZERO,) * problem.network.output_dimension
    return with_neurons(problem, [*weights, weight], [*outputs, still])


def check_betas(problem: Problem, neuron: int, betas: Sequence[fmpq]) -> None:
    """Raise an InputError unless the neuron exists and every beta_l is positive."""
    width = problem.network.width
    if not 0 <= neuron < width:
        raise InputError("--replicate", f"there is no neuron {neuron}; the width is {width}")
    if not betas:
        raise InputError("--beta", "needs at least one copy")
    for index, beta in enumerate(betas):
        if beta <= 0:
            message = (
                f"beta_{index + 1} = {format_exact(beta)} is not positive"
                " (beta = 0 would be an inactive unit at w = 0, not a copy)"
            )
            raise InputError("--beta", message)


def _replicate(problem: Problem, operation: Replication) -> Problem:
    check_betas(problem, operation.neuron, operation.betas)
    if len(operation.betas) != len(operation.gammas):
        message = f"{len(operation.gammas)} values for {len(operation.betas)} values of --beta"
        raise InputError("--gamma", message)
    total = dot(operation.betas, operation.gammas)
    if total != 1:
        message = f"sum_l beta_l gamma_l is {format_exact(total)}, not 1"
        raise InputError("--gamma", message)
    weights, outputs = neurons_of(problem)
    place = slice(operation.neuron, operation.neuron + 1)
    (weight,), (output,) = weights[place], outputs[place]
    weights[place] = [scaled(beta, weight) for beta in operation.betas]
    outputs[place] = [scaled(gamma, output) for gamma in operation.gammas]
    return with_neurons(problem, weights, outputs)


def _add_inactive(problem: Problem, operation: InactiveUnit) -> Problem:
    weight = _checked_weight(problem, operation.weight, "--inactive W")
    expected = problem.network.output_dimension
    if len(operation.output) != expected:
        message = f"{len(operation.output)} entries, but the network has {expected} outputs"
        raise InputError("--inactive H", message)
    activation = problem.network.activation
    for index, row in enumerate(augmented(problem.network, problem.loss.inputs)[0]):
        if activation(dot(weight, row)):
            value = format_exact(dot(weight, row))
            message = f"the unit is active on data point {index} (pre-activation {value})"
            raise InputError("--inactive W", message)
    weights, outputs = neurons_of(problem)
    return with_neurons(problem, [*weights, weight], [*outputs, operation.output])


def _checked_weight(problem: Problem, weight: Vector, field: str) -> Vector:
    inputs = len(problem.loss.inputs[0])
    biased = problem.network.hidden_biases is not None
    if len(weight) != inputs + biased:
        extra = " and the hidden bias last" if biased else ""
        raise InputError(field, f"{len(weight)} entries, expected {inputs} input weights{extra}")
    return weight


def scaled(factor: fmpq, vector: Vector) -> Vector:
    """Return factor * vector."""
    return tuple(factor * entry for entry in vector)


def neurons_of(problem: Problem) -> tuple[list[Vector], list[Vector]]:
    """Return the augmented input weights and the output weights, an entry a neuron."""
    network = problem.network
    weights = augmented(network, problem.loss.inputs)[1]
    return list(weights), [network.neuron_output(index) for index in range(network.width)]


def with_neurons(problem: Problem, weights: Sequence[Vector], outputs: Sequence[Vector]) -> Problem:
    """Return the problem with these neurons instead of its own (weights are augmented)."""
    network, biases = problem.network, None
    inputs = tuple(weights)
    if network.hidden_biases is not None:
        biases = tuple(weight[-1] for weight in weights)
        inputs = tuple(weight[:-1] for weight in weights)
    rows = tuple(tuple(h[j] for h in outputs) for j in range(network.output_dimension))
    changed = replace(network, input_weights=inputs, output_weights=rows, hidden_biases=biases)
    return Problem(changed, problem.loss)
