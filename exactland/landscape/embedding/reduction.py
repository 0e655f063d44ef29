"""The narrow core of a point: neurons that an embedding could have added, taken out again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flint import fmpq

from exactland.arithmetic.ordered import format_exact
from exactland.arithmetic.rationals import ZERO, dot
from exactland.derivatives.empirical import augmented, evaluate
from exactland.landscape.embedding.operations import neurons_of, scaled, with_neurons
from exactland.landscape.reports import vector_json
from exactland.landscape.tables import aligned
from exactland.problem.files import problem_to_json
from exactland.problem.losses import Problem
from exactland.problem.network import Vector


@dataclass(frozen=True, slots=True)
class Removal:
    """A neuron, or a group of them, that the core does without.

    ``kind`` is

    - ``inactive_unit``: rho(w . x_k) = 0 on all data;
    - ``inactive_propagation``: h = 0 (and the neuron is active somewhere);
    - ``replication``: the neurons are (beta_l w, gamma_l h) with sum_l beta_l gamma_l = 1, and
      the core keeps (w, h) as its neuron ``core_neuron``;
    - ``split``: parallel input weights beta_l w, but output weights that are not multiples of
      their combination: no replication in the sense of section 3, yet one neuron suffices;
    - ``cancelling``: parallel input weights beta_l w whose outputs cancel, so none is needed.
    """

    kind: str
    neurons: tuple[int, ...]
    core_neuron: int | None = None
    betas: Vector = ()
    gammas: Vector = ()

    def to_json(self) -> dict[str, Any]:
        """Return the removal as a JSON object."""
        result: dict[str, Any] = {"kind": self.kind, "neurons": list(self.neurons)}
        if self.core_neuron is not None:
            result["core_neuron"] = self.core_neuron
        if self.betas:
            result["beta"] = vector_json(self.betas)
        if self.gammas:
            result["gamma"] = vector_json(self.gammas)
        return result

    def __str__(self) -> str:
        names = ", ".join(map(str, self.neurons[:12])) + (", ..." if self.neurons[12:] else "")
        text = f"{self.kind.replace('_', ' ')}: {_count(len(self.neurons))} {names}"
        if self.gammas and len(self.gammas) <= 6:
            betas = ", ".join(map(format_exact, self.betas))
            gammas = ", ".join(map(format_exact, self.gammas))
            text += f" (beta = {betas}; gamma = {gammas})"
        return text


@dataclass(frozen=True, slots=True)
class Reduction:
    """A point and its narrow core, with the same predictions on the data.

    ``kept`` gives, for each neuron of the core, the neurons of the point it stands for.
    """

    problem: Problem
    core: Problem
    kept: tuple[tuple[int, ...], ...]
    removals: tuple[Removal, ...]

    @property
    def is_embedding(self) -> bool:
        """Whether the point is wider than its core."""
        return bool(self.removals)

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``exactland embed --reduce --json`` prints."""
        return {
            "width": self.problem.network.width,
            "core_width": self.core.network.width,
            "is_embedding": self.is_embedding,
            "loss": format_exact(evaluate(self.core).loss),
            "kept": [list(group) for group in self.kept],
            "removed": [removal.to_json() for removal in self.removals],
            "core": problem_to_json(self.core),
        }

    def summary_rows(self) -> list[tuple[str, str]]:
        """Return (label, value) pairs."""
        widths = self.problem.network.width, self.core.network.width
        rows = [
            ("width", f"{widths[0]}, of the narrow core {widths[1]}"),
            ("loss", format_exact(evaluate(self.core).loss)),
        ]
        rows += [("removed", str(removal)) for removal in self.removals]
        if not self.removals:
            rows.append(("removed", "nothing: not an embedding of a narrower network"))
        for index, (weight, output) in enumerate(zip(*neurons_of(self.core), strict=True)):
            texts = (" ".join(map(format_exact, vector)) for vector in (weight, output))
            rows.append((f"core neuron {index}", "w = ({}), h = ({})".format(*texts)))
        return rows

    def __str__(self) -> str:
        return aligned(self.summary_rows())


def reduce_to_core(problem: Problem) -> Reduction:
    """Return the narrow core of a point: the point is an embedding of it.

    Examples
    --------
    >>> from exactland.problem.files import problem_from_json
    >>> wide = problem_from_json({
    ...     "format": "exactland-problem/1",
    ...     "network": {"activation": {"kind": "relu"},
    ...                 "w": [["1"], ["2"], ["-1"], ["-2"]], "v": [["1/2", "1/4", "7", "0"]]},
    ...     "loss": {"kind": "empirical", "x": [["1"]], "y": [["1"]]}})
    >>> found = reduce_to_core(wide)
    >>> found.core.network.input_weights, found.core.network.output_weights
    (((1,),), ((1,),))
    >>> [str(removal) for removal in found.removals]  # doctest: +NORMALIZE_WHITESPACE
    ['inactive unit: neurons 2, 3',
     'replication: neurons 0, 1 (beta = 1, 2; gamma = 1/2, 1/4)']
    """
    weights, outputs = neurons_of(problem)
    removals, active = _without_function(problem, weights, outputs)
    core_weights: list[Vector] = []
    core_outputs: list[Vector] = []
    kept: list[tuple[int, ...]] = []
    for group in _parallel(weights, active):
        if len(group) == 1:
            core_weights.append(weights[group[0]])
            core_outputs.append(outputs[group[0]])
            kept.append(group)
            continue
        betas = tuple(_ratio(weights[index], weights[group[0]]) for index in group)
        total = tuple(
            dot(betas, column) for column in zip(*(outputs[index] for index in group), strict=True)
        )
        if not any(total):
            removals.append(Removal("cancelling", group, None, betas))
            continue
        gammas = _multiples([outputs[index] for index in group], total)
        kind = "split" if gammas is None else "replication"
        removals.append(Removal(kind, group, len(kept), betas, gammas or ()))
        core_weights.append(weights[group[0]])
        core_outputs.append(total)
        kept.append(group)
    core = with_neurons(problem, core_weights, core_outputs)
    return Reduction(problem, core, tuple(kept), tuple(removals))


def _without_function(
    problem: Problem, weights: list[Vector], outputs: list[Vector]
) -> tuple[list[Removal], list[int]]:
    activation = problem.network.activation
    inputs = augmented(problem.network, problem.loss.inputs)[0]
    groups: dict[str, list[int]] = {"inactive_unit": [], "inactive_propagation": []}
    active = []
    for index, (weight, output) in enumerate(zip(weights, outputs, strict=True)):
        if not any(activation(dot(weight, row)) for row in inputs):
            groups["inactive_unit"].append(index)
        elif not any(output):
            groups["inactive_propagation"].append(index)
        else:
            active.append(index)
    found = [Removal(kind, tuple(neurons)) for kind, neurons in groups.items() if neurons]
    return found, active


def _parallel(weights: list[Vector], active: list[int]) -> list[tuple[int, ...]]:
    """Group neurons whose input weights are positive multiples of each other."""
    groups: dict[Vector, list[int]] = {}
    for index in active:
        largest = max(abs(entry) for entry in weights[index])
        groups.setdefault(scaled(1 / largest, weights[index]), []).append(index)
    return [tuple(group) for group in groups.values()]


def _ratio(vector: Vector, reference: Vector) -> fmpq:
    axis = next(index for index, entry in enumerate(reference) if entry)
    return vector[axis] / reference[axis]


def _multiples(vectors: list[Vector], total: Vector) -> Vector | None:
    gammas = tuple(_ratio(vector, total) if any(vector) else ZERO for vector in vectors)
    exact = all(
        scaled(gamma, total) == vector for gamma, vector in zip(gammas, vectors, strict=True)
    )
    return gammas if exact else None


def _count(number: int) -> str:
    return "neuron" if number == 1 else "neurons"
