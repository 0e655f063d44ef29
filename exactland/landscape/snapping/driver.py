"""The front door of snapping: checkpoint and data in, the best verified point of the grid out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from flint import fmpq

from exactland.arithmetic.ordered import Scalar, rational_below
from exactland.arithmetic.rationals import round_relative
from exactland.derivatives.empirical import EmpiricalPoint, evaluate, one_sided_functionals
from exactland.errors import InputError
from exactland.landscape.snapping.groups import RankRule, propose, start_from
from exactland.landscape.snapping.result import Attempt, SnapResult, describe
from exactland.landscape.snapping.search import Failure, search
from exactland.landscape.stationarity import directional_stationarity, output_gradient
from exactland.problem.activations import ReluLike, relu
from exactland.problem.checkpoints import Checkpoint
from exactland.problem.datasets import Dataset
from exactland.problem.losses import EmpiricalLoss, Problem
from exactland.problem.network import Matrix, Network, Vector

TOLERANCES: Final = (fmpq(1, 100), fmpq(1, 1000), fmpq(1, 10000))
"""Default grid for both tolerances."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    point: EmpiricalPoint
    distance: fmpq
    zeroed: int
    angle: fmpq
    mass: fmpq


def snap(
    checkpoint: Checkpoint,
    dataset: Dataset,
    *,
    activation: ReluLike = relu(),  # noqa: B008  (immutable)
    scale: fmpq = fmpq(1, 2),
    max_distance: fmpq | None = None,
    precision_bits: int = 24,
    angle_tolerances: Sequence[fmpq] = TOLERANCES,
    mass_tolerances: Sequence[fmpq] = TOLERANCES,
) -> SnapResult:
    """Find an exact, directionally stationary point near a trained network.

    Neurons are grouped by activation pattern (angles below a tolerance count as 0), light groups
    are switched off, and the exact least-squares solution of the rest is split over the neurons:
    of full rank over the rationals, of low rank (several outputs) over a real number field.
    Whatever comes out is verified from scratch; the verified point nearest to the checkpoint is
    returned.

    Parameters
    ----------
    checkpoint : Checkpoint
        Biases that are present are parameters of the problem.
    dataset : Dataset
        With targets.
    activation : ReluLike
    scale : rational
        Of the loss scale * sum_k |f(x_k) - y_k|^2.
    max_distance : rational, optional
        Largest change of a parameter that is accepted.  Default: :func:`default_max_distance`.
    precision_bits : int
        Significant bits of the rounded parameters.
    angle_tolerances, mass_tolerances : sequences of rationals
        All pairs are tried; see :func:`~exactland.landscape.snapping.groups.propose`.

    Returns
    -------
    SnapResult
        What is promised is soundness: the point is exactly stationary, at the stated distance.
        Not promised: that one is found, that it is the nearest, or that training converges to it.

    Raises
    ------
    InputError
        If the shapes do not fit or the data have no targets.

    References
    ----------
    Spec, section 5.

    Examples
    --------
    >>> from exactland.arithmetic.rationals import from_float
    >>> trained = Checkpoint(((from_float(1.0000001),),), ((from_float(1.9999999),),))
    >>> result = snap(trained, Dataset(((fmpq(1),), (fmpq(2),)), ((fmpq(2),), (fmpq(5),))))
    >>> print(result.status, result.loss, result.distance < fmpq(1, 4))
    FAR 1/10 True
    """
    problem = _problem(checkpoint, dataset, activation, scale)
    exact = evaluate(problem)
    limit = default_max_distance(exact) if max_distance is None else max_distance
    if _is_stationary(exact):
        groups, dead, zeroed = describe(exact)
        nothing = fmpq(0)
        return SnapResult("ok", problem, exact.loss, nothing, nothing, limit, groups, dead, zeroed)
    attempts, candidates = [], []
    for attempt, candidate in _attempts(
        exact, limit, precision_bits, angle_tolerances, mass_tolerances
    ):
        attempts.append(attempt)
        if candidate is not None:
            candidates.append(candidate)
    best = min(candidates, key=lambda one: (one.distance, one.zeroed), default=None)
    failure = next((one.detail for one in attempts if one.detail is not None), None)
    # A distant point found by ignoring that a group is rank-deficient explains less than that.
    deficient = failure is not None and failure.status == "RANK_DEFICIENT"
    if best is None or (best.distance > limit and deficient):
        status = "NO_CONVERGENCE" if failure is None else failure.status
        return SnapResult(
            status, None, None, None, None, limit, detail=failure, attempts=tuple(attempts)
        )
    groups, dead, zeroed = describe(best.point)
    return SnapResult(
        status="ok" if best.distance <= limit else "FAR",
        problem=best.point.problem,
        loss=best.point.loss,
        distance=best.distance,
        loss_gap=_size(best.point.loss - exact.loss),
        max_distance=limit,
        groups=groups,
        dead=dead,
        zeroed=zeroed,
        angle_tolerance=best.angle,
        mass_tolerance=best.mass,
        attempts=tuple(attempts),
    )


def _attempts(
    exact: EmpiricalPoint,
    limit: fmpq,
    bits: int,
    angles: Sequence[fmpq],
    masses: Sequence[fmpq],
) -> Iterator[tuple[Attempt, _Candidate | None]]:
    """Try the grid, each grouping once."""
    start = start_from(exact, bits)

    def build(weights: Matrix, outputs: Matrix, output_bias: Vector | None) -> Problem:
        return _with_parameters(exact.problem, weights, outputs, output_bias)

    seen = set()
    rules = (False, True) if exact.output_dimension > 1 else (False,)
    for angle, mass, by_mass in product(angles, masses, rules):
        proposal = propose(start, angle, mass, by_mass=by_mass)
        if proposal.key in seen:
            yield Attempt(angle, mass, "SAME"), None
            continue
        seen.add(proposal.key)
        rule = RankRule(float(angle.p) / float(angle.q), by_mass)
        found = search(start, proposal, rule, bits, build)
        if isinstance(found, Failure):
            yield Attempt(angle, mass, found.status, detail=found), None
            continue
        distance = _distance(exact, found)
        zeroed = len(describe(found)[2])
        outcome = "ok" if distance <= limit else "FAR"
        candidate = _Candidate(found, distance, zeroed, angle, mass)
        yield Attempt(angle, mass, outcome, found.loss, distance, zeroed), candidate


def default_max_distance(point: EmpiricalPoint) -> fmpq:
    """Return 1/20 of the largest parameter, or of s = sqrt(max|y| / max|x~|) if that is larger.

    s is the size of input and output weight of a single balanced neuron that fits the largest
    target: a network whose weights are all below s/20 is close to the zero network, whatever the
    ratio of its small parameters.

    Examples
    --------
    >>> net = Network(relu(), ((fmpq(1, 100),),), ((fmpq(1, 100),),))
    >>> default_max_distance(evaluate(Problem(net, EmpiricalLoss(((fmpq(1),),), ((fmpq(4),),)))))
    1/10
    """
    largest = max((abs(entry) for row in _parameters(point) for entry in row), default=fmpq(0))
    targets = max(abs(entry) for row in point.problem.loss.targets for entry in row)
    inputs = max(abs(entry) for row in point.inputs for entry in row) or fmpq(1)
    return max(largest, _square_root(targets / inputs)) / 20


def _square_root(value: fmpq) -> fmpq:
    """Return the square root to about eight bits: only a scale is wanted."""
    power = fmpq(4) ** 20
    root = fmpq(math.isqrt(int((value * power).floor())), 2**20)
    return round_relative(root, 8)


def _problem(
    checkpoint: Checkpoint, dataset: Dataset, activation: ReluLike, scale: fmpq
) -> Problem:
    if dataset.targets is None:
        raise InputError("y", "is missing: snapping needs targets")
    network = Network(
        activation,
        checkpoint.input_weights,
        checkpoint.output_weights,
        checkpoint.hidden_biases,
        checkpoint.output_bias,
    )
    return Problem(network, EmpiricalLoss(dataset.inputs, dataset.targets, scale))


def _with_parameters(
    problem: Problem, weights: Matrix, outputs: Matrix, output_bias: Vector | None
) -> Problem:
    network = problem.network
    biases = None
    if network.hidden_biases is not None:
        biases = tuple(row[-1] for row in weights)
        weights = tuple(row[:-1] for row in weights)
    columns = tuple(zip(*outputs, strict=True)) if outputs else ((),) * network.output_dimension
    return Problem(Network(network.activation, weights, columns, biases, output_bias), problem.loss)


def _is_stationary(point: EmpiricalPoint) -> bool:
    """Return whether a point is directionally stationary, in most cases quickly if it is not."""
    functionals = one_sided_functionals(point)
    for index, functional in enumerate(functionals):
        if any(output_gradient(point, functional, index)):
            return False
    return directional_stationarity(point, functionals).holds is True


def _distance(point: EmpiricalPoint, other: EmpiricalPoint) -> fmpq:
    """Return the largest difference of a parameter (sup norm), over a field just above it."""
    return max(
        (
            _size(a - b)
            for row, second in zip(_parameters(point), _parameters(other), strict=True)
            for a, b in zip(row, second, strict=True)
        ),
        default=fmpq(0),
    )


def _size(value: Scalar) -> fmpq:
    """Return the absolute value, or a rational number just above it if it is irrational."""
    return -rational_below(-abs(value))


def _parameters(point: EmpiricalPoint) -> tuple[Vector, ...]:
    return (*point.weights, *point.outputs, point.problem.network.output_bias or ())
