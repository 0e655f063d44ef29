"""The landscape graph: stationary pieces, where they touch, and where exact descent leads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flint import fmpq

from exactland.arithmetic.rationals import ZERO, dot, format_decimal, format_rational
from exactland.derivatives.empirical import EmpiricalPoint, evaluate
from exactland.landscape.atlas.network import piece_network
from exactland.landscape.atlas.setting import Setting
from exactland.landscape.atlas.strata import IDLE, Level, State, Strata, strata
from exactland.landscape.descent.run import descend
from exactland.problem.losses import Problem


@dataclass(frozen=True, slots=True)
class Escape:
    """An idle neuron leaves a saddle along a ray, and exact descent from there ends.

    Attributes
    ----------
    start, end : indices of pieces
    ray : index of a ray of the data arrangement
    sign : of h
    gain : Psi(ray)^2 / |ray|^2
        Among rays of the same saddle the one with the largest gain is the steepest.
    steps : of the descent
    """

    start: int
    end: int
    ray: int
    sign: int
    gain: fmpq
    steps: int


@dataclass(frozen=True)
class LandscapeGraph:
    """The stationary pieces of a width and the escapes from its saddles."""

    strata: Strata
    escapes: tuple[Escape, ...]

    @cached_property
    def minima(self) -> list[list[int]]:
        """The sets of local minima that are connected at constant loss through local minima."""
        return self.strata.components(minima_only=True)

    @cached_property
    def connected(self) -> list[list[int]]:
        """The sets of pieces that are connected at constant loss through stationary points."""
        return self.strata.components(minima_only=False)

    @property
    def origin(self) -> int | None:
        """The piece of the network with all neurons (0, 0), where it is a saddle."""
        states = (IDLE,) * self.strata.width
        level = 0  # that of the best constant function
        return self.strata.numbers.get((level, states))

    def steepest(self, start: int) -> Escape | None:
        """Return the escape with the largest gain from a piece."""
        own = [escape for escape in self.escapes if escape.start == start]
        return max(own, key=lambda escape: (escape.gain, -escape.ray), default=None)

    def from_origin(self) -> list[Escape]:
        """Return the escapes on the steepest way from the origin, until no neuron escapes."""
        way: list[Escape] = []
        place = self.origin
        while place is not None:
            escape = self.steepest(place)
            if escape is None:
                return way
            way.append(escape)
            place = self._simple(escape.end)
        return way

    def _simple(self, number: int) -> int | None:
        """The piece with the same classes, one neuron in each and the others idle."""
        piece = self.strata.pieces[number]
        if piece.minimum:
            return None
        active: tuple[State, ...] = tuple(("active", *one) for one in piece.classes())
        states = sorted([*active, *[IDLE] * (self.strata.width - len(active))])
        return self.strata.numbers[piece.level, tuple(states)]

    def loss(self, number: int) -> str:
        """Return the loss of a piece as text."""
        return format_rational(self.strata.levels[self.strata.pieces[number].level].loss)

    def kind(self, number: int) -> str:
        """Return ``local_minimum`` or ``saddle``."""
        return "local_minimum" if self.strata.pieces[number].minimum else "saddle"

    def ray(self, number: int) -> list[str]:
        """Return a ray as text."""
        return [format_rational(entry) for entry in self.strata.setting.arrangement.rays[number]]

    def to_json(self) -> dict[str, Any]:
        """Return the answers: which minima are connected, how the origin escapes."""
        origin = self.origin
        from_origin = [escape for escape in self.escapes if escape.start == origin]
        through = {number: place for place, group in enumerate(self.connected) for number in group}
        return {
            "pieces": len(self.strata.pieces),
            "touching": len(self.strata.touching),
            "escapes": len(self.escapes),
            "minima_connected_at_constant_loss": [
                {
                    "loss": self.loss(group[0]),
                    "pieces": group,
                    "connected_through_saddles": through[group[0]],
                }
                for group in sorted(self.minima, key=lambda group: self._order(group[0]))
            ],
            "origin": None if origin is None else self.loss(origin),
            "origin_escapes_to": sorted(
                {(self.loss(e.end), self.kind(e.end)) for e in from_origin},
                key=lambda pair: pair[0],
            ),
            "steepest_way_from_origin": [
                {
                    "loss": self.loss(escape.start),
                    "ray": self.ray(escape.ray),
                    "sign": "+" if escape.sign > 0 else "-",
                    "to": self.loss(escape.end),
                    "kind": self.kind(escape.end),
                }
                for escape in self.from_origin()
            ],
        }

    def _order(self, number: int) -> tuple[fmpq, int]:
        return self.strata.levels[self.strata.pieces[number].level].loss, number

    def rows(self) -> list[tuple[str, str]]:
        """Return (label, value) pairs for a table."""
        rows = [("stationary pieces", str(len(self.strata.pieces)))]
        counts: dict[str, list[int]] = {}
        for group in sorted(self.minima, key=lambda group: self._order(group[0])):
            counts.setdefault(self.loss(group[0]), []).append(len(group))
        through: dict[str, int] = {}
        for group in self.connected:
            if any(self.strata.pieces[number].minimum for number in group):
                through[self.loss(group[0])] = through.get(self.loss(group[0]), 0) + 1
        for loss, sizes in counts.items():
            sets = "1 connected set" if len(sizes) == 1 else f"{len(sizes)} connected sets"
            joined = "" if through[loss] == len(sizes) else f" ({through[loss]} through saddles)"
            rows.append((f"minima at {loss}", f"{sum(sizes)} pieces in {sets}{joined}"))
        for escape in self.from_origin():
            sign = "+" if escape.sign > 0 else "-"
            target = f"{self.loss(escape.end)} ({self.kind(escape.end).replace('_', ' ')})"
            ray = ", ".join(self.ray(escape.ray))
            rows.append((f"escape from {self.loss(escape.start)}", f"({ray}), h {sign}: {target}"))
        return rows

    def networkx(self) -> Any:
        """Return the directed multigraph of networkx.

        Nodes are pieces, with ``loss``, ``kind``, ``dimension``, ``states`` (sign string of the
        face with the sign of h, ``held``, ``idle``) and the numbers of their connected sets.  Edges
        of ``kind`` ``touches`` lead from a piece to one in its closure, at the same loss; those of
        kind ``escape`` from a saddle to where exact descent ends.
        """
        import networkx

        graph = networkx.MultiDiGraph()
        sets = {n: place for place, group in enumerate(self.minima) for n in group}
        through = {n: place for place, group in enumerate(self.connected) for n in group}
        for number, piece in enumerate(self.strata.pieces):
            loss = self.strata.levels[piece.level].loss
            graph.add_node(
                number,
                loss=format_rational(loss),
                loss_decimal=format_decimal(loss, 10),
                kind=self.kind(number),
                dimension=piece.dimension,
                states=" ".join(self._state_text(state) for state in piece.states),
                connected_minima=sets.get(number, -1),
                connected=through[number],
                origin=number == self.origin,
            )
        for a, b in self.strata.touching:
            graph.add_edge(a, b, kind="touches")
        for escape in self.escapes:
            graph.add_edge(
                escape.start,
                escape.end,
                kind="escape",
                ray=" ".join(self.ray(escape.ray)),
                sign="+" if escape.sign > 0 else "-",
                steps=escape.steps,
                steepest=escape is self.steepest(escape.start),
            )
        return graph

    def _state_text(self, state: State) -> str:
        if state[0] != "active":
            return state[0]
        return self.strata.setting.faces[state[1]].signs + ("|+" if state[2] > 0 else "|-")


def landscape_graph(setting: Setting, width: int) -> LandscapeGraph:
    """Return the landscape graph of all networks of a width.

    Where a function is realised with idle neurons, one of them escapes along every ray w of the
    data arrangement with Psi(w) != 0, h against it; for each the graph has the piece at which exact
    descent ends that begins there.

    Raises
    ------
    NoAnswerError
        If there are too many pieces.

    Examples
    --------
    >>> from exactland.landscape.atlas.setting import Landscape, make_setting
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> one = fmpq(1)
    >>> data = EmpiricalLoss(((one,), (-one,)), ((one,), (2 * one,)))
    >>> graph = landscape_graph(make_setting(Landscape(data, relu())), 1)
    >>> [(graph.loss(e.start), graph.ray(e.ray), graph.loss(e.end)) for e in graph.escapes]
    [('5/2', ['1'], '2'), ('5/2', ['-1'], '1/2')]
    """
    found = strata(setting, width)
    return LandscapeGraph(found, tuple(_escapes(found)))


def _escapes(found: Strata) -> Iterator[Escape]:
    rays = found.setting.arrangement.rays
    for start, piece in enumerate(found.pieces):
        if piece.minimum or not piece.simple:
            continue
        saddle = piece_network(found, piece)
        point = evaluate(saddle)
        idle = piece.states.index(IDLE)
        for ray, vector in enumerate(rays):
            started = _started(found.setting, point, idle, ray)
            if started is None:
                continue
            problem, sign, psi = started
            end = descend(problem)
            target = locate(found, evaluate(end.problem))
            gain = psi * psi / dot(vector, vector)
            yield Escape(start, target, ray, sign, gain, len(end.steps) - 1)


def _started(
    setting: Setting, point: EmpiricalPoint, idle: int, ray: int
) -> tuple[Problem, int, fmpq] | None:
    """The saddle with an idle neuron on a ray with the best output weight; its sign, Psi(ray)."""
    activation = setting.landscape.activation
    vector = setting.arrangement.rays[ray]
    values = [activation(dot(vector, row)) for row in point.inputs]
    psi = sum((v * e[0] for v, e in zip(values, point.residuals, strict=True)), ZERO)
    if not psi:
        return None
    height = -psi / dot(values, values)
    weights, outputs = list(point.weights), [row[0] for row in point.outputs]
    weights[idle], outputs[idle] = vector, height
    bias = point.problem.network.output_bias
    constant = ZERO if bias is None else bias[0]
    problem = setting.landscape.problem(tuple(weights), tuple(outputs), constant)
    return problem, 1 if height > 0 else -1, psi


def locate(found: Strata, point: EmpiricalPoint) -> int:
    """Return the index of the piece of a stationary network.

    Raises
    ------
    ArithmeticError
        If there is none: the network is not stationary, or the list of pieces is wrong.
    """
    residual = tuple(row[0] for row in point.residuals)
    for number, level in enumerate(found.levels):
        if level.residual == residual:
            pairs = zip(point.patterns, point.outputs, strict=True)
            states = sorted(_state(found.setting, level, signs, h[0]) for signs, h in pairs)
            piece = found.numbers.get((number, tuple(states)))
            if piece is not None:
                return piece
    raise ArithmeticError(f"a network with the loss {format_rational(point.loss)} on no piece")


def _state(setting: Setting, level: Level, signs: str, height: fmpq) -> State:
    sign = int(height > 0) - int(height < 0)
    if sign:
        for index, face in enumerate(setting.faces):
            if face.signs == signs:
                return "active", index, sign
    component = level.held.get((signs, sign))
    return IDLE if component is None else ("held", component, 0)
