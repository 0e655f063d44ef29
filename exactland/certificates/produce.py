"""From an analysis to certificates: one for every claim the analysis makes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from exactland.arithmetic.number_fields import element_to_json
from exactland.certificates.claims import Certificate, Step
from exactland.certificates.in_cell import cell_certificates
from exactland.certificates.several_outputs import blockwise_certificate
from exactland.certificates.trees import TRIVIAL, scaled_tree, tree_json
from exactland.derivatives.empirical import EmpiricalPoint, evaluate
from exactland.errors import ExactlandError
from exactland.landscape.analysis import Analysis
from exactland.landscape.analyze import analyze
from exactland.landscape.clarke import (
    CellWeight,
    ContainsZero,
    EmptyCell,
    ExcludesZero,
    SeparationBranch,
    SeparationTree,
)
from exactland.landscape.escape import Escapes
from exactland.landscape.linear_pieces import (
    DeepAnalysis,
    LayeredAnalysis,
    LogisticAnalysis,
)
from exactland.landscape.outcomes import (
    BlockwiseMinimum,
    LocalMinimum,
    NotLocalMinimum,
    Region,
)
from exactland.landscape.positivity import Branch, Leaf, Nonnegative, decide_nonnegative
from exactland.landscape.reports import along_json, curve_json, region_json, vector_json
from exactland.landscape.stationarity import (
    Violation,
    clarke_stationarity,
    violation_line,
)
from exactland.problem.files import problem_to_json
from exactland.problem.losses import Problem
from exactland.problem.network import Vector

if TYPE_CHECKING:
    from exactland.landscape.integral.analysis import IntegralAnalysis
    from exactland.problem.deep import DeepProblem
    from exactland.problem.integral import IntegralProblem

MAX_ESCAPE_CERTIFICATES: Final = 32
"""Escape neurons that get a certificate of their own (each file holds the whole problem)."""


class SelfCheckError(ExactlandError):
    """The checker rejected a certificate just produced: a defect of exactland, nothing written."""

    exit_status = 1


def certify(problem: Problem | DeepProblem | IntegralProblem) -> tuple[Certificate, ...]:
    """Analyse a point and return a certificate for every claim of the analysis.

    Every certificate has been accepted by the independent checker.

    Raises
    ------
    SelfCheckError
        If the checker rejects one (a defect of exactland).

    Examples
    --------
    >>> from flint import fmpq
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> from exactland.problem.network import Network
    >>> data = EmpiricalLoss(((fmpq(1),),), ((fmpq(1),),))
    >>> point = Problem(Network(relu(), ((fmpq(-1),),), ((fmpq(3),),)), data)
    >>> [certificate.kind for certificate in certify(point)][-2:]
    ['local_minimum', 'spurious_local_minimum']
    """
    return tuple(checked(certificate) for certificate in certificates(analyze(problem)))


def checked(certificate: Certificate) -> Certificate:
    """Return the certificate after the independent checker has accepted it.

    Raises
    ------
    SelfCheckError
        If it does not.
    """
    from exactland.checker import check_text

    outcome = check_text(certificate.to_text())
    if outcome.status != "accepted":
        message = f"{certificate}: the checker says {outcome.status}: {outcome.where}: "
        raise SelfCheckError(f"{message}{outcome.message} (please report this defect)")
    return certificate


def certificates(analysis: Analysis | LayeredAnalysis | IntegralAnalysis) -> Iterator[Certificate]:
    """Yield a certificate for every claim of an analysis, the simplest first."""
    for step in certificate_steps(analysis):
        yield from step()


def certificate_steps(analysis: Analysis | LayeredAnalysis | IntegralAnalysis) -> Iterator[Step]:
    """Yield the steps in which the certificates of an analysis are made, one after the other.

    Their order depends on the problem alone, so that a run that was killed goes on where it was.
    """
    if isinstance(analysis, Analysis):
        return _empirical_steps(analysis)
    if isinstance(analysis, DeepAnalysis | LogisticAnalysis):
        from exactland.certificates.deep import deep_certificates

        return iter([partial(deep_certificates, analysis)])
    from exactland.certificates.integral import integral_steps

    return integral_steps(analysis)


def _empirical_steps(analysis: Analysis) -> Iterator[Step]:
    point = analysis.point
    problem = problem_to_json(point.problem)
    yield lambda: [_loss_value(problem, point)]
    if analysis.verdict == "global_minimum":
        yield lambda: [Certificate(problem, {"kind": "global_minimum"}, {})]
    trees = _stationarity_trees(analysis)
    if trees is not None:
        claim = {"kind": "directionally_stationary"}
        yield lambda: [Certificate(problem, claim, {"neurons": trees})]
    elif analysis.directional.violations:
        violation = analysis.directional.violations[0]
        yield lambda: [_not_stationary(problem, analysis, violation)]
    yield partial(_clarke, problem, analysis)
    if trees is not None:
        for neuron in (analysis.escape_neurons or ())[:MAX_ESCAPE_CERTIFICATES]:
            yield partial(_escape_neuron, problem, analysis, neuron, trees)
    yield partial(cell_certificates, point)
    yield partial(_minimality, problem, analysis)


def _loss_value(problem: dict[str, Any], point: EmpiricalPoint) -> Certificate:
    claim = {"kind": "loss_value", "loss": element_to_json(point.loss)}
    notes = {"mean_squared_error": element_to_json(point.mean_squared_error)}
    return Certificate(problem, claim, {}, notes)


def _stationarity_trees(analysis: Analysis) -> list[dict[str, Any]] | None:
    if not analysis.directional.holds:
        return None
    return [tree_json(tree) for tree in analysis.directional.trees if tree is not None]


def separation_json(tree: SeparationTree) -> dict[str, Any]:
    """Return a tree that separates all cell gradients from 0 as JSON."""
    if isinstance(tree, SeparationBranch):
        plus, minus = separation_json(tree.plus), separation_json(tree.minus)
        return {"class": tree.index, "plus": plus, "minus": minus}
    if isinstance(tree, EmptyCell):
        return {"empty": {str(q): element_to_json(value) for q, value in tree.multipliers}}
    return {"separated": True}


def _not_stationary(
    problem: dict[str, Any], analysis: Analysis, violation: Violation
) -> Certificate:
    direction = vector_json(violation.direction)
    if violation.kind == "output_bias":
        moved: dict[str, Any] = {"c": direction}
    elif violation.kind == "output_weight":
        moved = {"neurons": {str(violation.neuron): {"v": direction}}}
    elif analysis.point.problem.network.hidden_biases is not None:
        part = {"w": direction[:-1], "b": direction[-1]}
        moved = {"neurons": {str(violation.neuron): part}}
    else:
        moved = {"neurons": {str(violation.neuron): {"w": direction}}}
    notes = {"derivative": element_to_json(violation.derivative)}
    claim = {"kind": "not_directionally_stationary"}
    return Certificate(problem, claim, {"direction": moved}, notes)


def _escape_neuron(
    problem: dict[str, Any], analysis: Analysis, neuron: int, trees: list[dict[str, Any]]
) -> Iterator[Certificate]:
    escape = analysis.neurons[neuron].escape
    assert isinstance(escape, Escapes)
    witness = {"direction": vector_json(escape.direction), "neurons": trees}
    yield Certificate(problem, {"kind": "escape_neuron", "neuron": neuron}, witness)


def _clarke(problem: dict[str, Any], analysis: Analysis) -> Iterator[Certificate]:
    clarke = analysis.clarke
    if clarke.holds and not clarke.combinations:
        clarke = clarke_stationarity(analysis.point, analysis.functionals)
    if clarke.holds:
        witness = {"neurons": [_combination_json(item) for item in clarke.combinations]}
        yield Certificate(problem, {"kind": "clarke_stationary"}, witness)
        return
    claim = {"kind": "not_clarke_stationary"}
    if clarke.component is not None:
        kind, neuron, output = clarke.component
        component = (
            {"output_bias": output}
            if kind == "output_bias"
            else {"neuron": neuron, "output": output}
        )
        yield Certificate(problem, claim, {"component": component})
    elif clarke.separation is not None:
        yield Certificate(problem, claim, _separation(*clarke.separation))


def _separation(neuron: int, excludes: ExcludesZero) -> dict[str, Any]:
    return {
        "neuron": neuron,
        "direction": vector_json(excludes.direction),
        "tree": separation_json(excludes.tree),
    }


def _combination_json(contains: ContainsZero) -> list[dict[str, Any]]:
    def weight(item: CellWeight) -> dict[str, Any]:
        return {"multiplier": element_to_json(item.multiplier), "cell": vector_json(item.cell)}

    return [weight(item) for item in contains.combination]


def _minimality(problem: dict[str, Any], analysis: Analysis) -> Iterator[Certificate]:
    minimality = analysis.minimality
    if isinstance(minimality, LocalMinimum):
        minimum = _local_minimum(problem, analysis, minimality.region)
        if minimum is not None:
            yield minimum
            yield from _spurious(problem, analysis, minimum)
    elif isinstance(minimality, BlockwiseMinimum):
        blockwise = blockwise_certificate(problem, analysis)
        if blockwise is not None:
            yield blockwise
            yield from _spurious(problem, analysis, blockwise)
    elif isinstance(minimality, NotLocalMinimum):
        yield _not_local_minimum(problem, analysis, minimality)
    elif analysis.directional.violations:
        curve = violation_line(analysis.point, analysis.directional.violations[0])
        witness = {"curve": curve_json(analysis, curve)}
        yield Certificate(problem, {"kind": "not_local_minimum"}, witness)


def _local_minimum(
    problem: dict[str, Any], analysis: Analysis, region: Region
) -> Certificate | None:
    """Trees for the corners h_i +- delta e_j of every cone; None where one could not be decided."""
    neurons: list[dict[str, Any] | None] = []
    for index, spread in enumerate(region.spreads):
        if spread is None:
            neurons.append(None)
            continue
        output, corners = analysis.point.outputs[index], {}
        for name, step in (("plus", spread), ("minus", -spread)):
            trees = []
            for axis in range(len(output)):
                corner = tuple(h + step * (j == axis) for j, h in enumerate(output))
                tree = _corner_tree(analysis, index, corner)
                if tree is None:
                    return None
                trees.append(tree)
            corners[name] = trees
        neurons.append(corners)
    claim = {
        "kind": "local_minimum",
        "radius": element_to_json(region.radius),
        "region": region_json(region),
    }
    return Certificate(problem, claim, {"neurons": neurons}, {"reason": analysis.reason})


def _corner_tree(analysis: Analysis, index: int, corner: Vector) -> dict[str, Any] | None:
    output, tree = analysis.point.outputs[index], analysis.directional.trees[index]
    axis = next((j for j, h in enumerate(output) if h), None)
    if axis is not None and isinstance(tree, Leaf | Branch):
        ratio = corner[axis] / output[axis]
        if ratio >= 0 and all(c == ratio * h for c, h in zip(corner, output, strict=True)):
            # A nonnegative multiple of h_i: scale the tree that is already known.
            return tree_json(scaled_tree(tree, ratio)) if ratio else TRIVIAL
    decision = decide_nonnegative(analysis.functionals[index].contracted(corner))
    return tree_json(decision.tree) if isinstance(decision, Nonnegative) else None


def _spurious(
    problem: dict[str, Any], analysis: Analysis, minimum: Certificate
) -> Iterator[Certificate]:
    if analysis.better is None:
        return
    better = evaluate(analysis.better.problem)
    parts = [
        minimum,
        _loss_value(problem, analysis.point),
        _loss_value(problem_to_json(analysis.better.problem), better),
    ]
    claim = {
        "kind": "spurious_local_minimum",
        "loss": element_to_json(analysis.loss),
        "better_loss": element_to_json(better.loss),
    }
    yield Certificate(problem, claim, {"parts": [part.to_json() for part in parts]})


def _not_local_minimum(
    problem: dict[str, Any], analysis: Analysis, found: NotLocalMinimum
) -> Certificate:
    witness = {"curve": curve_json(analysis, found.curve)}
    notes = {"along": along_json(found.along), "reason": found.reason}
    return Certificate(problem, {"kind": "not_local_minimum"}, witness, notes)
