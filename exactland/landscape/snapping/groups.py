"""Which neurons belong together: dead neurons, activation patterns up to a tolerance, groups.

Everything here is a proposal.  A wrong grouping costs a failed attempt, never a wrong result.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from flint import fmpq, fmpz

from exactland.arithmetic.matrices import nullspace
from exactland.arithmetic.ordered import rational_below
from exactland.arithmetic.rationals import dot, round_relative, sign
from exactland.cells.patterns import activation_patterns, boundary_set
from exactland.derivatives.empirical import EmpiricalPoint
from exactland.problem.activations import ReluLike
from exactland.problem.network import Matrix, Vector

_CLOSE: Final = 1e-6
"""Cosines above this are nonzero whatever the rounding errors."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where the search starts: the checkpoint with rounded entries, and its geometry.

    Attributes
    ----------
    inputs, weights : N x d~ and m x d~
        Augmented by the bias coordinate where there is one.
    outputs : m x J
    output_bias : J, or None
    signs : m strings
        Exact signs of w~_i . x~_k.
    directions : N x d~ float array
        x~_k / |x~_k|; 0 where x~_k = 0.
    cosines : m x N float array
        |w~_i . x~_k| / (|w~_i| |x~_k|), 0 where a factor vanishes.
    dead : indices of the neurons that are strictly inactive on every nonzero data point
    masses : m floats
        |h_i| |w~_i|.
    mass_scale : float
        max |y_k| / max |x~_k|, the mass of a neuron that matters.
    """

    inputs: Matrix
    targets: Matrix
    weights: Matrix
    outputs: Matrix
    output_bias: Vector | None
    activation: ReluLike
    signs: tuple[str, ...]
    directions: Any
    cosines: Any
    dead: tuple[int, ...]
    masses: tuple[float, ...]
    mass_scale: float

    @property
    def output_dimension(self) -> int:
        """The number J of outputs."""
        return len(self.targets[0])


@dataclass(frozen=True, slots=True)
class RankRule:
    """How numerical ranks are found (several outputs).

    A singular value counts if it exceeds `tolerance` times the largest one.  ``by_mass`` False: a
    group has full rank if the directions of its output (or input) weights have, whatever their
    lengths; True: if the sum_i h_i w~_i^T has, in which light neurons count little.
    """

    tolerance: float
    by_mass: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Neurons that are to share an activation pattern, and for one output the sign of h.

    Attributes
    ----------
    pattern : str
        The signs w~ . x~_k is to have.
    basis : f x d~
        Of the face span {v : x~_k . v = 0 where the pattern is 0}.
    sign : int or None
        Sign of h for one output; None for several.
    free : ``weights``, ``outputs``, ``both``, ``nothing`` or None
        Which of the two is adapted to the least-squares solution (:func:`~.fitting.split`);
        ``both`` in a group of low rank (:mod:`~.low_rank`); ``nothing`` in a group that is inactive
        on all data; None where neither can be.
    rank : int
        In a group of low rank the numerical rank of sum_i h_i w~_i^T on the face, otherwise 0.
    added, released : data indices the search has put on or taken off the boundary
    """

    pattern: str
    neurons: tuple[int, ...]
    sign: int | None
    basis: Matrix
    free: str | None
    rank: int = 0
    added: frozenset[int] = frozenset()
    released: frozenset[int] = frozenset()

    @property
    def key(self) -> tuple[str, tuple[int, ...], str | None, int]:
        """What determines the result of fitting this group."""
        return self.pattern, self.neurons, self.free, self.rank

    def weight(self, start: Start) -> float:
        """1/|H| (or 1/|W| where the output weights are free): a change of B_p by D costs a change
        of the free factor by about |D| times this.
        """
        rows = start.outputs if self.free == "weights" else start.weights
        size = math.hypot(*_lengths([rows[index] for index in self.neurons]))
        return 1 / size if size else 1.0


@dataclass(frozen=True, slots=True)
class Proposal:
    """A grouping of all neurons that are not dead: fitted groups, and groups to switch off."""

    groups: tuple[Group, ...]
    zeroed: tuple[Group, ...]

    @property
    def key(self) -> tuple[frozenset[object], frozenset[object]]:
        """Equal for proposals that lead to the same result."""
        return frozenset(g.key for g in self.groups), frozenset(g.key for g in self.zeroed)


def start_from(point: EmpiricalPoint, bits: int) -> Start:
    """Round the checkpoint to `bits` significant bits an entry and examine its geometry.

    A relative rounding never turns a nonzero weight into zero.  A strictly dead neuron is rounded
    more finely where that is needed to keep it so.
    """
    activation = point.problem.network.activation
    live = [index for index, row in enumerate(point.inputs) if any(row)]
    weights, dead = [], []
    for index, (weight, pattern) in enumerate(zip(point.weights, point.patterns, strict=True)):
        if is_dead([pattern[k] for k in live], activation):
            dead.append(index)
            weights.append(_rounded_within_cell(weight, pattern, point.inputs, bits))
        else:
            weights.append(_rounded(weight, bits))
    outputs = tuple(_rounded(row, bits) for row in point.outputs)
    bias = point.problem.network.output_bias
    inputs, targets = point.inputs, point.problem.loss.targets
    sizes, lengths = _lengths(weights), _lengths(inputs)
    directions = _unit_rows(inputs, len(inputs[0]))
    return Start(
        inputs=inputs,
        targets=targets,
        weights=tuple(weights),
        outputs=outputs,
        output_bias=None if bias is None else _rounded(bias, bits),
        activation=activation,
        signs=activation_patterns(tuple(weights), inputs),
        directions=directions,
        cosines=abs(_unit_rows(weights, len(inputs[0])) @ directions.T),
        dead=tuple(dead),
        masses=tuple(a * b for a, b in zip(_lengths(outputs), sizes, strict=True)),
        mass_scale=max(_lengths(targets)) / (max(lengths) or 1.0),
    )


def is_dead(signs: Sequence[str], activation: ReluLike) -> bool:
    """Return whether a neuron with these signs (on nonzero data) is inactive in an open cell.

    Examples
    --------
    >>> from exactland.problem.activations import leaky_relu, relu
    >>> is_dead("--", relu()), is_dead("-0", relu()), is_dead("--", leaky_relu(fmpq(1, 9)))
    (True, False, False)
    """
    return "0" not in signs and is_inactive(signs, activation)


def is_inactive(signs: Sequence[str], activation: ReluLike) -> bool:
    """Return whether a neuron with these signs contributes nothing at any data point.

    Examples
    --------
    >>> from exactland.problem.activations import relu
    >>> is_inactive("-0", relu()), is_inactive("-+", relu())
    (True, False)
    """
    silent = {"+": not activation.alpha_plus, "-": not activation.alpha_minus, "0": True}
    return all(silent[character] for character in signs)


def propose(start: Start, angle: fmpq, mass: fmpq, *, by_mass: bool = False) -> Proposal:
    """Group the neurons: angles to the data below `angle` are zero, light groups are switched off.

    Parameters
    ----------
    angle : rational
        tau: the sign of w~.x~_k becomes 0 where |cos| <= tau; also the relative size below which a
        singular value counts as zero (several outputs).
    mass : rational
        tau_0: a group of mass sum |h_i| |w~_i| <= tau_0 max|y| / max|x~| is zeroed as a whole;
        single neurons never, which would invent escape neurons at minima.
    by_mass : bool
        See :class:`RankRule`.

    References
    ----------
    Spec, section 5, steps 1 to 4.
    """
    threshold = _to_float(angle)
    rule = RankRule(threshold, by_mass)
    near = (start.cosines <= threshold).tolist()
    dead = set(start.dead)
    members: dict[tuple[str, int | None], list[int]] = {}
    for index, raw in enumerate(start.signs):
        if index in dead:
            continue
        pairs = zip(raw, near[index], strict=True)
        pattern = "".join("0" if close else character for character, close in pairs)
        output = sign(start.outputs[index][0]) if start.output_dimension == 1 else None
        members.setdefault((pattern, output), []).append(index)
    groups: list[Group] = []
    zeroed: list[Group] = []
    limit = _to_float(mass) * start.mass_scale
    for (pattern, _), neurons in members.items():
        group = make_group(start, pattern, tuple(neurons), rule)
        light = math.fsum(start.masses[index] for index in neurons) <= limit
        (zeroed if light or not group.basis else groups).append(group)
    return Proposal(tuple(groups), tuple(zeroed))


def make_group(start: Start, pattern: str, neurons: tuple[int, ...], rule: RankRule) -> Group:
    """Return the group, its pattern 0 also at data points that the other zeros force to 0."""
    basis = nullspace([start.inputs[k] for k in boundary_set(pattern)], len(start.inputs[0]))
    if not basis:
        pattern = "0" * len(pattern)
    elif "0" in pattern:
        # Floats rule out most data points; those that remain are decided exactly.
        close = abs(_unit_rows(basis, len(basis[0])) @ start.directions.T).max(axis=0) < _CLOSE
        characters = list(pattern)
        for k in close.nonzero()[0].tolist():
            if not any(dot(start.inputs[k], vector) for vector in basis):
                characters[k] = "0"
        pattern = "".join(characters)
    single = start.output_dimension == 1
    output = sign(start.outputs[neurons[0]][0]) if single else None
    free: str | None
    rank = 0
    if is_inactive(pattern, start.activation):
        free = "nothing"
    elif single:
        free = "weights" if output else None
    else:
        free, rank = _free_factor(start, basis, neurons, rule)
    return Group(pattern, neurons, output, basis, free, rank)


def with_pattern(start: Start, group: Group, pattern: str, rule: RankRule) -> Group:
    """Return the group moved to another pattern, with its history."""
    moved = make_group(start, pattern, group.neurons, rule)
    return replace(moved, added=group.added, released=group.released)


def _free_factor(
    start: Start, basis: Matrix, neurons: tuple[int, ...], rule: RankRule
) -> tuple[str | None, int]:
    """Say which factor of sum_i h_i w_i^T has full numerical rank; if none, the rank of the sum.

    Output weights of rank J, or input weights that span the face, force the gradient
    sum_k e_k s_k x~_k^T of the group to vanish on the face at a stationary point: then, and only
    then, the least-squares solution is the right target.
    """
    if not basis:
        return None, 0
    import numpy as np

    outputs = np.array([_floats(start.outputs[index]) for index in neurons])
    span, _ = np.linalg.qr(np.array([_floats(row) for row in basis]).T)
    weights = np.array([_floats(start.weights[index]) for index in neurons]) @ span
    full, dimension = start.output_dimension, len(basis)
    rank = _rank_of_sum(np, outputs, weights, [start.masses[index] for index in neurons], rule)
    deficient = 0 < rank < min(full, dimension)
    if not (deficient and rule.by_mass):
        if _has_full_rank(np, outputs, full, rule.tolerance):
            return "weights", 0
        if _has_full_rank(np, weights, dimension, rule.tolerance):
            return "outputs", 0
    return ("both", rank) if deficient else (None, 0)


def _rank_of_sum(
    np: Any, outputs: Any, weights: Any, masses: Sequence[float], rule: RankRule
) -> int:
    """Return the numerical rank of sum_i h_i w_i^T, from directions and masses |h_i| |w_i|."""
    lengths = np.linalg.norm(weights, axis=1) * np.linalg.norm(outputs, axis=1)
    largest = max(masses)
    if not largest or not math.isfinite(largest):
        return 0
    scales = np.array(masses) / largest / np.where(lengths > 0, lengths, 1.0)
    values = np.linalg.svd((scales[:, None] * outputs).T @ weights, compute_uv=False)
    return int((values > rule.tolerance * values[0]).sum()) if values[0] > 0 else 0


def _has_full_rank(np: Any, rows: Any, rank: int, tolerance: float) -> bool:
    values = np.linalg.svd(rows, compute_uv=False)
    return len(values) >= rank > 0 and bool(values[rank - 1] > tolerance * values[0])


def _unit_rows(rows: Sequence[Vector], columns: int) -> Any:
    """Return the rows at length 1 (zero rows stay zero) as a float array."""
    import numpy as np

    matrix = np.array([_floats(row) for row in rows]).reshape(len(rows), columns)
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    return matrix / np.where(norms > 0, norms, 1.0)


def _floats(row: Vector) -> list[float]:
    """The row divided by its largest entry: no overflow, and no underflow that matters."""
    largest = max((abs(entry) for entry in row), default=fmpq(1)) or fmpq(1)
    return [_to_float(entry / largest) for entry in row]


def float_rows(rows: Sequence[Vector]) -> Any:
    """Return an exact matrix as a float array."""
    import numpy as np

    return np.array([[_to_float(entry) for entry in row] for row in rows])


def _lengths(rows: Sequence[Vector]) -> tuple[float, ...]:
    """Euclidean norms of rational rows, in floating point."""
    lengths = []
    for row in rows:
        largest = max(abs(entry) for entry in row)
        lengths.append(_to_float(largest) * math.hypot(*_floats(row)))
    return tuple(lengths)


def _to_float(value: fmpq) -> float:
    """Return the nearest float (of an irrational number nearly that one); beyond the range of
    floats, a huge one.
    """
    value = rational_below(value, 64)
    try:
        return int(value.p) / int(value.q)
    except OverflowError:
        return math.copysign(1e300, sign(value))


def _rounded(row: Vector, bits: int) -> Vector:
    return tuple(round_relative(entry, bits) for entry in row)


def _rounded_within_cell(weight: Vector, pattern: str, inputs: Matrix, bits: int) -> Vector:
    """Round as coarsely as keeps the exact pattern, at worst not at all."""
    exact = max(int(fmpz(entry.p).bit_length()) for entry in weight)
    while bits < exact:
        rounded = _rounded(weight, bits)
        if activation_patterns((rounded,), inputs) == (pattern,):
            return rounded
        bits *= 2
    return weight
