"""Steps towards a local minimum, in floats: an active-set method for a piecewise quadratic loss.

One output.  With the signs of h fixed put u_i = h_i w~_i; as long as no pre-activation changes its
sign the network's values are linear in (u, c), so the loss is quadratic on every cell.  The
*working set* holds data on the kinks of neurons (u_i . x~_k = 0).  A round is

1. the least-squares step on the working face; along it the loss is minimised *across* cells: one
   slope changes at each boundary, and at a convex kink with the least loss the datum joins the
   working set;
2. at the minimiser of the face, multipliers: the datum whose kink has the most negative one-sided
   derivative leaves the working set to that side.

Nothing here is trusted: every place is a guess that exact arithmetic accepts or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

GAIN = 1e-11
"""The part of the loss below which a step counts as none."""
SLOPE = 1e-9
"""The one-sided derivative, relative to the size of its terms, that counts as negative."""
RIDGE = 1e-12
"""The regularisation of singular least-squares problems, relative to the mean diagonal entry."""


@dataclass(frozen=True, slots=True)
class Model:
    """The problem in floats: inputs x~ (N x d), targets (N), slopes, whether c is a parameter."""

    inputs: Array
    targets: Array
    plus: float
    minus: float
    bias: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A proposal: u (m x d), c, and the guessed signs of the pre-activations u_i/h_i . x~_k.

    ``signs`` is m x N with entries 1, 0 (in the working set), -1.  ``settled`` marks the last
    place, where no derivative is negative.
    """

    weights: Array
    constant: float
    signs: Array
    settled: bool


@dataclass
class _State:
    model: Model
    heights: Array  # the signs of h
    weights: Array  # |h_i| w~_i
    constant: float
    positive: Array  # m x N: on which side, also of working kinks
    working: list[list[int]]

    def slopes(self) -> Array:
        """The signed slopes, 0 on the working set."""
        import numpy as np

        result = np.where(self.positive, self.model.plus, self.model.minus)
        for index, members in enumerate(self.working):
            result[index, members] = 0.0
        return result * self.heights[:, None]

    def values(self) -> Array:
        return self.weights @ self.model.inputs.T

    def place(self, settled: bool = False) -> Place:
        import numpy as np

        signs = np.where(self.positive, 1, -1)
        for index, members in enumerate(self.working):
            signs[index, members] = 0
        return Place(self.weights * self.heights[:, None], self.constant, signs, settled)


def propose(
    model: Model, heights: Array, weights: Array, constant: float, working: list[list[int]]
) -> Iterator[Place]:
    """Yield places along a descent in floats; the last one is settled, or the method gave up.

    Parameters
    ----------
    heights : m
        The output weights, none zero.
    weights : m x d
        The input weights w~_i.
    working : m lists
        The data to begin with on each neuron's kink, independent ones.

    Examples
    --------
    >>> import numpy as np
    >>> model = Model(np.array([[1.0], [-1.0]]), np.array([1.0, 3.0]), 1.0, 0.0, False)
    >>> *_, last = propose(model, np.array([1.0]), np.array([[2.0]]), 0.0, [[]])
    >>> last.weights.tolist(), last.settled
    ([[1.0]], True)
    """
    import numpy as np

    signs = np.where(heights > 0, 1.0, -1.0)
    scaled = weights * np.abs(heights)[:, None]
    state = _State(model, signs, scaled, constant, scaled @ model.inputs.T > 0, working)
    patience = allowance = 2 * weights.size + 20
    best = np.inf
    while patience:
        slopes = state.slopes()
        residual = (slopes * state.values()).sum(axis=0) + state.constant - model.targets
        loss = float(residual @ residual)
        if not np.isfinite(loss):
            return
        # Degenerate places may let the working set turn in circles: do not go round for ever.
        patience = allowance if loss < best * (1 - GAIN) else patience - 1
        best = min(best, loss)
        move = _face_step(state, slopes, residual, exact=False)
        if move is None and _release(state, slopes, residual):
            continue
        # Only where all seems done a decomposition that sees small singular values is worth it.
        move = move or _face_step(state, slopes, residual, exact=True)
        if move is None:
            yield state.place(settled=True)
            return
        _walk(state, slopes, residual, *move)
        yield state.place()


def _face_step(
    state: _State, slopes: Array, residual: Array, exact: bool
) -> tuple[Array, float] | None:
    """The least-squares step on the working face; None where it gains nothing."""
    import numpy as np

    model = state.model
    points, dimension = model.inputs.shape
    columns, bases = [], []
    for index, members in enumerate(state.working):
        basis = np.eye(dimension)
        if members:
            parts = np.linalg.svd(model.inputs[members])
            rank = int((1e-10 * parts.S[0] < parts.S).sum())
            basis = parts.Vh[rank:].T
        bases.append(basis)
        columns.append((model.inputs * slopes[index][:, None]) @ basis)
    if model.bias:
        columns.append(np.ones((points, 1)))
    design = np.concatenate(columns, axis=1)
    if not design.shape[1]:
        return None
    if exact:
        step = np.linalg.lstsq(design, -residual, rcond=1e-12)[0]
    else:
        step = _regularised(design, residual)
    change = design @ step
    if -(change @ (2 * residual + change)) <= GAIN * (residual @ residual):
        return None
    moves, first = np.zeros_like(state.weights), 0
    for index, basis in enumerate(bases):
        count = basis.shape[1]
        moves[index] = basis @ step[first : first + count]
        first += count
    return moves, float(step[-1]) if model.bias else 0.0


def _regularised(design: Array, residual: Array) -> Array:
    """Least squares by normal equations with a ridge, which two refinements nearly take away."""
    import numpy as np

    tall = design.shape[1] <= design.shape[0]
    square = design.T @ design if tall else design @ design.T
    square[np.diag_indices_from(square)] += RIDGE * square.trace() / len(square) + 1e-300
    inverse, step = np.linalg.inv(square), np.zeros(design.shape[1])
    for _ in range(3):
        rest = residual + design @ step
        step = step - (inverse @ (design.T @ rest) if tall else design.T @ (inverse @ rest))
    return step


def _walk(state: _State, slopes: Array, residual: Array, moves: Array, shift: float) -> None:
    """Go along the step to the least loss on it, across boundaries."""
    import numpy as np

    model = state.model
    heights, speeds = state.values(), moves @ model.inputs.T
    towards = np.where(state.positive, speeds < 0, speeds > 0)
    for index, members in enumerate(state.working):
        towards[index, members] = False
    neurons, data = np.nonzero(towards)
    times = np.abs(heights[neurons, data]) / np.abs(speeds[neurons, data])
    change = (slopes * speeds).sum(axis=0) + shift
    rest = residual.copy()
    # Along the step the residual of datum k is  rest_k + t change_k  between two boundaries.
    linear, square = float(rest @ change), float(change @ change)
    kink = model.plus - model.minus
    hit: tuple[int, int, float] | None = None
    for one in np.argsort(times):
        time, i, k = float(times[one]), int(neurons[one]), int(data[one])
        if linear + time * square >= 0:
            break
        jump = state.heights[i] * (kink if speeds[i, k] > 0 else -kink)
        old = rest[k] * change[k], change[k] * change[k]
        rest[k] += jump * heights[i, k]
        change[k] += jump * speeds[i, k]
        linear += float(rest[k] * change[k] - old[0])
        square += float(change[k] * change[k] - old[1])
        state.positive[i, k] = speeds[i, k] > 0
        if linear + time * square >= 0:
            hit = (i, k, time)
            break
    length = hit[2] if hit else -linear / square if square > 0 else 0.0
    state.weights = state.weights + length * moves
    state.constant += length * shift
    if hit:
        state.working[hit[0]].append(hit[1])
    for index, members in enumerate(state.working):
        if members:  # back onto the face, from which rounding strays
            rows = model.inputs[members]
            off = np.linalg.lstsq(rows, rows @ state.weights[index], rcond=None)[0]
            state.weights[index] -= off


def _release(state: _State, slopes: Array, residual: Array) -> bool:
    """Take the datum with the most negative one-sided derivative off its kink."""
    import numpy as np

    model = state.model
    worst, found = -SLOPE, None
    for index, members in enumerate(state.working):
        if not members:
            continue
        rows = model.inputs[members]
        gradient = (slopes[index] * residual) @ model.inputs
        multipliers = np.linalg.lstsq(rows.T, -gradient, rcond=None)[0]
        size = float(np.abs(slopes[index] * residual) @ np.abs(model.inputs).sum(axis=1))
        for member, multiplier, row in zip(members, multipliers, rows, strict=True):
            pull = float(state.heights[index] * residual[member])
            unit = (size + abs(pull) * np.abs(row).sum() + 1e-300) / max(1e-300, np.abs(row).max())
            for positive, value in (
                (True, pull * model.plus - multiplier),
                (False, multiplier - pull * model.minus),
            ):
                if value / unit < worst:
                    worst, found = value / unit, (index, member, positive)
    if found is None:
        return False
    index, member, positive = found
    state.working[index].remove(member)
    state.positive[index, member] = positive
    return True
