"""The stationary pieces of a landscape, and which of them touch: connectivity at constant loss.

Fix a residual e, and with it the function f and the dual function Psi.  The stationary networks
with this residual are those with the right sum whose neurons (w, h) are each in one *state*:

* *active* (a face where a neuron is not zero on the data, sign of h), Psi >= 0 (or <= 0) around;
* *held*: zero on the data, and no escape neuron: h != 0 on a passive face with the right sign of
  Psi around it, or h = 0 where Psi vanishes around w.  Held states that can be reached from each
  other are one state;
* *idle*: h = 0, Psi(w) = 0, Psi not zero around w: an escape neuron.  These w form a cone, so all
  idle neurons are one state.

A *piece* collects the networks with given states of their neurons, up to the order of neurons.  It
is connected: the sums h w of active neurons form a convex set, the scales of h are free.  Piece B
touches piece A (has points in its closure) exactly if some bijection of the neurons leads from each
state of A to the same state or one in its closure: then every point of B, with idle neurons and
those held at a fixed place moved within their state, is the end of a segment in A.  So paths of
stationary networks at constant loss are paths in the graph of touching pieces; a piece without an
idle neuron consists of local minima (one output), one with an idle neuron of saddles.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations_with_replacement

from flint import fmpq

from exactland.errors import NoAnswerError
from exactland.landscape.atlas.faces import Face
from exactland.landscape.atlas.pieces import Plan
from exactland.landscape.atlas.setting import Setting
from exactland.landscape.atlas.solving import ClassName, Support, solve, supports_on
from exactland.problem.network import Vector

MAX_PIECES = 3000
"""Pieces beyond which the graph is not computed (pairs of them are compared)."""

State = tuple[str, int, int]
"""("active", face, sign of h), ("held", component, 0) or ("idle", 0, 0)."""
IDLE: State = ("idle", 0, 0)


@dataclass(frozen=True, slots=True)
class Piece:
    """Stationary networks with given states of their neurons.

    Attributes
    ----------
    level : int
        Index of the residual, that is of the function on the data.
    states : sorted, one a neuron
    dimension : int
        Dimension of the piece in parameter space.
    """

    level: int
    states: tuple[State, ...]
    dimension: int

    @property
    def minimum(self) -> bool:
        """Whether the networks are local minima (else saddles)."""
        return IDLE not in self.states

    @property
    def simple(self) -> bool:
        """Whether no two neurons share a class and all others are idle."""
        active = [state for state in self.states if state[0] == "active"]
        return len(set(active)) == len(active) and all(s[0] != "held" for s in self.states)

    def classes(self) -> tuple[ClassName, ...]:
        """Return the distinct classes of the active neurons."""
        return tuple(dict.fromkeys((s[1], s[2]) for s in self.states if s[0] == "active"))


@dataclass(frozen=True)
class Level:
    """All that depends on a residual alone.

    Attributes
    ----------
    loss : the loss
    residual : length N, in true units
    plus, minus : rays with Psi > 0, < 0, as bit sets
    """

    setting: Setting
    loss: fmpq
    residual: Vector
    plus: int
    minus: int

    @property
    def flat(self) -> bool:
        """Whether Psi vanishes identically: no neuron whatever can escape."""
        return not (self.plus | self.minus)

    def allowed(self, face: Face, sign: int) -> bool:
        """Whether a neuron with Psi(w) = 0 may have this sign of h (0: without escaping)."""
        star = self.setting.star(face)
        wrong = self.minus if sign > 0 else self.plus if sign < 0 else self.plus | self.minus
        return not star & wrong

    @cached_property
    def held(self) -> dict[tuple[str, int], int]:
        """The component of every held state (sign string of the face, sign of h)."""
        arrangement = self.setting.arrangement
        origin = Face("0" * self.setting.points, (), ())
        active = {face.signs for face in self.setting.faces}
        members: list[tuple[Face, int]] = []
        for face in (origin, *arrangement.faces):
            for sign in (1, -1, 0):
                if (sign == 0 or face.signs not in active) and self.allowed(face, sign):
                    members.append((face, sign))
        parent = list(range(len(members)))
        for one, (face, sign) in enumerate(members):
            for other in range(one):
                closer, height = members[other]
                near = in_closure(face.signs, closer.signs) or in_closure(closer.signs, face.signs)
                same = sign == height or (face.signs == closer.signs and 0 in (sign, height))
                if near and same:
                    parent[_root(parent, one)] = _root(parent, other)
        numbers: dict[int, int] = {}
        return {
            (face.signs, sign): numbers.setdefault(_root(parent, place), len(numbers))
            for place, (face, sign) in enumerate(members)
        }

    @cached_property
    def held_dimensions(self) -> dict[int, int]:
        """The largest dimension of the states (w, h) in each held component."""
        sizes = {face.signs: face.dimension for face in self.setting.arrangement.faces}
        best: dict[int, int] = {}
        for (signs, sign), component in self.held.items():
            size = sizes.get(signs, 0) + self.setting.arrangement.lineality + (sign != 0)
            best[component] = max(best.get(component, 0), size)
        return best

    @cached_property
    def idle_dimension(self) -> int:
        """The largest dimension of the idle w."""
        best = 0
        for face in self.setting.arrangement.faces:
            own = sum(1 << ray for ray in face.rays)
            if self.allowed(face, 0):
                continue
            if not own & (self.plus | self.minus):
                best = max(best, face.dimension)
            elif own & self.plus and own & self.minus:
                best = max(best, face.dimension - 1)
        return best + self.setting.arrangement.lineality


def in_closure(outer: str, inner: str) -> bool:
    """Return whether the face with signs `inner` is in the closure of that with signs `outer`.

    Examples
    --------
    >>> in_closure("+-", "+0"), in_closure("+0", "+-")
    (True, False)
    """
    return all(b in ("0", a) for a, b in zip(outer, inner, strict=True))


def _root(parent: list[int], index: int) -> int:
    while parent[index] != index:
        parent[index] = parent[parent[index]]
        index = parent[index]
    return index


@dataclass(frozen=True)
class Strata:
    """The stationary pieces of a width, with the levels that their residuals define."""

    setting: Setting
    width: int
    levels: tuple[Level, ...]
    pieces: tuple[Piece, ...]

    @cached_property
    def numbers(self) -> dict[tuple[int, tuple[State, ...]], int]:
        """The index of a piece by level and states."""
        return {(p.level, p.states): number for number, p in enumerate(self.pieces)}

    @cached_property
    def touching(self) -> tuple[tuple[int, int], ...]:
        """The pairs (A, B) of pieces with B in the closure of A."""
        found = []
        by_level: dict[int, list[int]] = {}
        for number, piece in enumerate(self.pieces):
            by_level.setdefault(piece.level, []).append(number)
        for members in by_level.values():
            for a in members:
                for b in members:
                    if a != b and self._reaches(self.pieces[a], self.pieces[b]):
                        found.append((a, b))
        return tuple(found)

    def _reaches(self, outer: Piece, inner: Piece) -> bool:
        level = self.levels[outer.level]
        options = [
            [place for place, state in enumerate(inner.states) if self._leads(level, start, state)]
            for start in outer.states
        ]
        if not all(options):
            return False
        return _has_bijection(options)

    def _leads(self, level: Level, start: State, end: State) -> bool:
        """Whether `end` is the state `start` or has points in its closure."""
        if start == end or end == IDLE:
            return True
        if start[0] != "active":
            return False
        faces = self.setting.faces
        signs, height = faces[start[1]].signs, start[2]
        if end[0] == "active":
            return end[2] == height and in_closure(signs, faces[end[1]].signs)
        return any(
            component == end[1] and sign in (height, 0) and in_closure(signs, face)
            for (face, sign), component in level.held.items()
        )

    def components(self, minima_only: bool) -> list[list[int]]:
        """Return the sets of pieces connected at constant loss, of minima or of all pieces."""
        parent = list(range(len(self.pieces)))
        for a, b in self.touching:
            if not minima_only or (self.pieces[a].minimum and self.pieces[b].minimum):
                parent[_root(parent, a)] = _root(parent, b)
        groups: dict[int, list[int]] = {}
        for number, piece in enumerate(self.pieces):
            if piece.minimum or not minima_only:
                groups.setdefault(_root(parent, number), []).append(number)
        return list(groups.values())


def _has_bijection(options: list[list[int]]) -> bool:
    """Whether distinct representatives exist (augmenting paths)."""
    taken: dict[int, int] = {}

    def place(index: int, tried: set[int]) -> bool:
        for option in options[index]:
            if option not in tried:
                tried.add(option)
                if option not in taken or place(taken[option], tried):
                    taken[option] = index
                    return True
        return False

    return all(place(index, set()) for index in range(len(options)))


def strata(setting: Setting, width: int) -> Strata:
    """Return all stationary pieces of networks of the width.

    Raises
    ------
    NoAnswerError
        If there are more than :data:`MAX_PIECES`.

    Examples
    --------
    >>> from exactland.landscape.atlas.setting import Landscape, make_setting
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> one = fmpq(1)
    >>> data = EmpiricalLoss(((one,), (-one,)), ((one,), (2 * one,)))
    >>> found = strata(make_setting(Landscape(data, relu())), 1)
    >>> [(found.levels[p.level].loss, p.minimum, p.dimension) for p in found.pieces]
    [(5/2, True, 1), (5/2, False, 0), (2, True, 1), (1/2, True, 1)]
    """
    levels: dict[tuple[fmpq, Vector], Level] = {}
    pieces: list[Piece] = []
    for support in _supports(setting, width):
        level = _level(setting, support)
        key = (level.loss, level.residual)
        level = levels.setdefault(key, level)
        pieces += _pieces(setting, width, support, level, list(levels).index(key))
        if len(pieces) > MAX_PIECES:
            message = f"more than {MAX_PIECES} stationary pieces: too many for the landscape graph"
            raise NoAnswerError(message)
    return Strata(setting, width, tuple(levels.values()), tuple(pieces))


def _supports(setting: Setting, width: int) -> Iterator[Support]:
    solutions = solve(setting, [])
    loss = setting.loss_of(solutions.residual, solutions.denominator)
    yield Support((), loss, 0, not any(setting.ray_masks(solutions.residual)))
    plan = Plan(len(setting.faces), width)
    for piece in range(plan.pieces):
        for chosen in plan.sets_of(piece):
            yield from supports_on(setting, width, chosen)


def _level(setting: Setting, support: Support) -> Level:
    solutions = solve(setting, [setting.faces[face] for face, _ in support.classes])
    plus, minus = setting.ray_masks(solutions.residual)
    unit = solutions.denominator * setting.target_unit
    residual = tuple(fmpq(entry, unit) for entry in solutions.residual)
    return Level(setting, support.loss, residual, plus, minus)


def _pieces(
    setting: Setting, width: int, support: Support, level: Level, number: int
) -> Iterator[Piece]:
    """The pieces over one support: copies of its classes, and the others held or idle."""
    lineality = setting.arrangement.lineality
    own: Sequence[State] = [("active", face, sign) for face, sign in support.classes]
    sizes = {state: setting.faces[state[1]].dimension + lineality for state in own}
    fixed = sum(setting.faces[face].dimension for face, _ in support.classes) - support.freedom
    rest: list[State] = [("held", component, 0) for component in level.held_dimensions]
    if not level.flat:
        rest.append(IDLE)
    for spare in combinations_with_replacement([*own, *rest], width - len(own)):
        states = sorted([*own, *spare])
        dimension = -fixed
        for state in states:
            if state[0] == "active":
                dimension += sizes[state] + 1
            elif state == IDLE:
                dimension += level.idle_dimension
            else:
                dimension += level.held_dimensions[state[1]]
        yield Piece(number, tuple(states), dimension)
