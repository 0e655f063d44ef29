"""The facts that a predicate may speak about, computed from an analysis."""

from __future__ import annotations

from typing import Final

from flint import fmpq

from exactland.arithmetic.matrices import rank
from exactland.landscape.analysis import Analysis
from exactland.landscape.hunting.language import NUMBER, TEXT, TRUTH, Facts, Value

FACTS: Final[dict[str, tuple[str, str]]] = {
    "loss": (NUMBER, "the exact loss"),
    "mse": (NUMBER, "the mean squared error"),
    "width": (NUMBER, "the number of neurons"),
    "points": (NUMBER, "the number of data points"),
    "distinct_points": (NUMBER, "the number of distinct inputs"),
    "dimension": (NUMBER, "the number of inputs"),
    "outputs": (NUMBER, "the number of outputs"),
    "rank": (NUMBER, "the rank of the inputs"),
    "verdict": (TEXT, '"not_stationary", "local_minimum", "global_minimum", "saddle", ...'),
    "stationary": (TRUTH, "directionally stationary"),
    "clarke": (TRUTH, "Clarke stationary"),
    "differentiable": (TRUTH, "the loss is differentiable there"),
    "local_minimum": (TRUTH, "a local minimum, global ones included"),
    "global_minimum": (TRUTH, "a global minimum (where that is proved)"),
    "saddle": (TRUTH, "stationary, and not a local minimum"),
    "spurious": (TRUTH, "a local minimum, and a better network of the same shape is known"),
    "escape_neurons": (NUMBER, "the number of escape neurons (of a stationary point)"),
    "zero_neurons": (NUMBER, "neurons with w = 0 and h = 0"),
    "zero_outputs": (NUMBER, "neurons with h = 0"),
    "dead_neurons": (NUMBER, "neurons that no data point activates"),
    "boundary_neurons": (NUMBER, "neurons with w nonzero and a data point on their boundary"),
    "smooth": (TRUTH, "the Hessian exists"),
    "hessian_negative": (NUMBER, "negative eigenvalues of the Hessian (of a smooth point)"),
    "hessian_zero": (NUMBER, "zero eigenvalues"),
    "hessian_positive": (NUMBER, "positive eigenvalues"),
}
"""Name -> (type, meaning)."""

TYPES: Final = {name: kind for name, (kind, _) in FACTS.items()}


def facts_of(analysis: Analysis) -> Facts:
    """Return the facts of a point; None where one is undecided or does not exist.

    Examples
    --------
    >>> from flint import fmpq
    >>> from exactland.landscape.analysis import analyze_empirical
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss, Problem
    >>> from exactland.problem.network import Network
    >>> data = EmpiricalLoss(((fmpq(1),),), ((fmpq(1),),))
    >>> found = facts_of(analyze_empirical(Problem(Network(relu(), ((fmpq(0),),), ((fmpq(0),),)),
    ...                                            data)))
    >>> found["verdict"], found["escape_neurons"], found["zero_neurons"]
    ('saddle', 1, 1)
    """
    point = analysis.point
    verdict = analysis.verdict
    decided = verdict != "undetermined"
    minimum = verdict in ("local_minimum", "global_minimum") if decided else None
    escaping = analysis.escape_neurons
    undecided = any(neuron.escapes is None for neuron in analysis.neurons)
    inertia: tuple[int | None, ...] = analysis.hessian_inertia or (None, None, None)
    result: dict[str, Value] = {
        "loss": point.loss,
        "mse": point.mean_squared_error,
        "rank": fmpq(rank(point.inputs)),
        "verdict": verdict,
        "stationary": analysis.directional.holds,
        "clarke": analysis.clarke.holds,
        "differentiable": analysis.differentiable,
        "local_minimum": minimum,
        "global_minimum": verdict == "global_minimum" if decided else None,
        "saddle": verdict == "saddle" if decided else None,
        "spurious": (minimum and analysis.better is not None) if decided else None,
        "smooth": analysis.hessian_inertia is not None,
        "escape_neurons": None if escaping is None or undecided else fmpq(len(escaping)),
    }
    counts: dict[str, int | None] = {
        "width": point.width,
        "points": len(point.inputs),
        "distinct_points": len(set(point.inputs)),
        "dimension": point.dimension,
        "outputs": point.output_dimension,
        "zero_outputs": sum(not any(output) for output in point.outputs),
        "zero_neurons": sum(neuron.kind == "zero" for neuron in analysis.neurons),
        "dead_neurons": sum(neuron.kind == "dead" for neuron in analysis.neurons),
        "boundary_neurons": sum(
            any(weight) and bool(neuron.boundary)
            for weight, neuron in zip(point.weights, analysis.neurons, strict=True)
        ),
        "hessian_negative": inertia[0],
        "hessian_zero": inertia[1],
        "hessian_positive": inertia[2],
    }
    return result | {name: None if n is None else fmpq(n) for name, n in counts.items()}
