"""Exact descent from any network to a certified stationary point, in finitely many steps.

One output.  A neuron with output weight h != 0 is moved in its input weight alone, so that the
network is linear in what moves as long as no pre-activation changes its sign.  A round is

1. *cell steps*: floats propose places across boundaries (:mod:`.proposal`); those whose exact loss
   is lower are taken, rounded to short numbers; at the end of the round the exact
   least-squares point of the face that floats arrived at;
2. *face steps*: exact least squares on the current face, to the minimiser or the first boundary;
3. at the minimiser of a face, a *release* along a direction with negative one-sided derivative.

Every step is verified to lower the exact loss.  The number of rounds of cell steps is limited.
After them a face has one least value and there are finitely many faces; each release starts below
the least value of the face it leaves, so no face returns and the descent ends, where no derivative
is negative.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from flint import fmpq

from exactland.arithmetic.matrices import independent_rows
from exactland.arithmetic.rationals import format_rational, from_float, round_relative
from exactland.cells.patterns import SIGN_CHARACTERS, activation_patterns, boundary_set
from exactland.derivatives.empirical import evaluate
from exactland.errors import UnsupportedError
from exactland.landscape.analysis import Analysis, analyze_empirical
from exactland.landscape.descent.face import IntegerData, face_minimiser, integer_data
from exactland.landscape.descent.moves import (
    State,
    face_step,
    initial_state,
    leave,
    problem_at,
    release,
    state_at,
)
from exactland.landscape.descent.proposal import Model, Place, propose
from exactland.problem.losses import Problem
from exactland.problem.network import Matrix

ROUNDS: Final = 50
"""Rounds of cell steps before only exact steps are made."""
BITS: Final = 40
"""Relative precision of the numbers of a cell step, in bits."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it was, and the exact loss after it."""

    kind: str
    loss: fmpq


@dataclass(frozen=True, slots=True)
class Descent:
    """Where a descent ended.

    Attributes
    ----------
    status : ``stationary``, ``local_minimum``, ``undetermined`` or ``interrupted``
        Directionally stationary; with `leave_saddles` a local minimum, or a stationary point at
        which neither was proved; the steps or the time ran out.
    steps : the start (kind ``start``) and every step, the loss strictly falling
    """

    problem: Problem
    status: str
    steps: tuple[Step, ...]

    @property
    def loss(self) -> fmpq:
        """The exact loss at the end."""
        return self.steps[-1].loss

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``exactland descend --json`` prints."""
        return {
            "status": self.status,
            "complete": self.status in ("stationary", "local_minimum"),
            "loss": format_rational(self.loss),
            "steps": len(self.steps) - 1,
            "path": [
                {"step": step.kind, "loss": format_rational(step.loss)} for step in self.steps
            ],
        }

    def __str__(self) -> str:
        count = len(self.steps) - 1
        ending = {
            "stationary": "a directionally stationary point",
            "local_minimum": "a local minimum",
            "undetermined": "a directionally stationary point, minimality undetermined",
            "interrupted": "incomplete: no stationary point yet",
        }[self.status]
        return f"{ending}, loss {format_rational(self.loss)}, after {count} steps"


def descend(
    problem: Problem,
    *,
    leave_saddles: bool = False,
    max_steps: int | None = None,
    max_seconds: float | None = None,
    progress: Progress | None = None,
) -> Descent:
    """Descend from a network to a directionally stationary point, or on to a local minimum.

    Parameters
    ----------
    leave_saddles : bool
        At a saddle go on along its descent curve.
    max_steps, max_seconds : limits or None
        After so many steps or so much time the best point so far is returned, ``interrupted``.

    Raises
    ------
    UnsupportedError
        For several outputs.

    References
    ----------
    Spec, section 1: the tests and the descent curve.

    Examples
    --------
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> from exactland.problem.network import Network
    >>> one = ((fmpq(1),),)
    >>> start = Problem(Network(relu(), ((fmpq(3),),), one), EmpiricalLoss(one, one))
    >>> print(descend(start))
    a directionally stationary point, loss 0, after 1 steps
    """
    if len(problem.loss.targets[0]) != 1:
        raise UnsupportedError("network.v", "has several rows; descent covers one output")
    if problem.field is not None:
        raise UnsupportedError("field", "descent covers rational numbers")
    data = integer_data(problem)
    walk = _Walk(data, leave_saddles, ROUNDS)
    state = initial_state(data)
    steps = [Step("start", state.loss)]
    deadline = None if max_seconds is None else monotonic() + max_seconds
    for kind, after in walk.steps(state):
        if kind == "end":
            return Descent(problem_at(data, after), walk.status, tuple(steps))
        if max_steps is not None and len(steps) > max_steps:
            break
        if not after.loss < state.loss:
            raise ArithmeticError(f"a {kind} step that does not lower the loss")
        state = after
        steps.append(Step(kind, state.loss))
        if progress is not None:
            progress(f"step {len(steps) - 1} ({kind}): loss {float(state.loss):.8g}")
        if deadline is not None and monotonic() > deadline:
            break
    return Descent(problem_at(data, state), "interrupted", tuple(steps))


@dataclass
class _Walk:
    """The steps of a descent, as long as they are asked for."""

    data: IntegerData
    leave_saddles: bool
    rounds: int
    status: str = "stationary"

    def steps(self, state: State) -> Iterator[tuple[str, State]]:
        """Yield every step, (kind, state after it); at the end ("end", state)."""
        proposing = True
        while True:
            if proposing and self.rounds:
                self.rounds -= 1
                for kind, after in self.cell_steps(state):
                    yield kind, after
                    state = after
            proposing = True
            moved = face_step(self.data, state, self.patterns(state.weights))
            if moved is not None:
                # Floats did not lead to a minimiser of a face: make exact steps until one is.
                proposing = False
            else:
                problem = problem_at(self.data, state)
                moved = release(self.data, state, evaluate(problem))
            if moved is None:
                analysis = analyze_empirical(problem) if self.leave_saddles else None
                moved = None if analysis is None else leave(self.data, state, analysis)
                if moved is None:
                    self.status = _status(analysis)
                    yield "end", state
                    return
            yield moved
            state = moved[1]

    def patterns(self, weights: Matrix) -> tuple[str, ...]:
        return activation_patterns(weights, self.data.inputs)

    def cell_steps(self, state: State) -> Iterator[tuple[str, State]]:
        """Yield the steps that floats propose, rounded, as far as they lower the exact loss."""
        import numpy as np

        heights = state.heights
        moving = [index for index, height in enumerate(heights) if height]
        if not moving:
            return
        started = _floats([state.weights[index] for index in moving])
        scales = _floats([[heights[index] for index in moving]])[0]
        model = self.model()
        finite = all(np.isfinite(a).all() for a in (started, scales, model.inputs, model.targets))
        if not finite or not scales.all():
            return
        patterns = self.patterns(tuple(state.weights[index] for index in moving))
        working = [_independent_zeros(self.data.inputs, pattern) for pattern in patterns]
        place: Place | None = None
        for place in propose(model, scales, started, _float(state.constant), working):
            if not np.isfinite(place.weights).all():
                return
            after = self.rounded(state, moving, place)
            if after.loss < state.loss:
                yield "cell", after
                state = after
        if place is not None:
            arrived = self.arrival(state, moving, place)
            if arrived is not None:
                yield "minimiser", arrived

    def model(self) -> Model:
        import numpy as np

        activation = self.data.problem.network.activation
        return Model(
            _floats(self.data.inputs),
            np.array([_float(row[0]) for row in self.data.problem.loss.targets]),
            _float(activation.slope(1)),
            _float(activation.slope(-1)),
            self.data.bias,
        )

    def rounded(self, state: State, moving: Sequence[int], place: Place) -> State:
        """The state at a proposed place, in short numbers."""
        weights = list(state.weights)
        for index, row in zip(moving, place.weights, strict=True):
            height = state.heights[index]
            short = (round_relative(from_float(float(entry)) / height, BITS) for entry in row)
            weights[index] = tuple(short)
        constant = state.constant
        if self.data.bias:
            constant = round_relative(from_float(place.constant), BITS)
        return state_at(self.data, tuple(weights), state.heights, constant)

    def arrival(self, state: State, moving: Sequence[int], place: Place) -> State | None:
        """The exact minimiser of the face at a place, if it lies there and is lower."""
        guess = list(self.patterns(state.weights))
        for index, row in zip(moving, place.signs.tolist(), strict=True):
            guess[index] = "".join(map(SIGN_CHARACTERS.__getitem__, row))
        near = self.rounded(state, moving, place)
        weights, constant = face_minimiser(
            self.data, guess, near.weights, state.heights, near.constant
        )
        after = state_at(self.data, weights, state.heights, constant)
        signs = self.patterns(weights)
        there = all(
            sign in (wanted, "0")
            for index in moving
            for sign, wanted in zip(signs[index], guess[index], strict=True)
        )
        return after if there and after.loss < state.loss else None


def _independent_zeros(inputs: Matrix, pattern: str) -> list[int]:
    zeros = boundary_set(pattern)
    chosen = independent_rows([inputs[k] for k in zeros]) if zeros else ()
    return [zeros[place] for place in chosen]


def _float(value: fmpq) -> float:
    try:
        return int(value.p) / int(value.q)
    except OverflowError:
        return float("nan")


def _floats(rows: Sequence[Sequence[fmpq]]) -> Any:
    import numpy as np

    return np.array([[_float(entry) for entry in row] for row in rows])


def _status(analysis: Analysis | None) -> str:
    if analysis is None:
        return "stationary"
    if analysis.verdict in ("local_minimum", "global_minimum"):
        return "local_minimum"
    return "undetermined"
