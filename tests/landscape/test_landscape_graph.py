"""The landscape graph: every piece is what it says, touching pieces touch, escapes lead down."""

from __future__ import annotations

import random
from itertools import permutations

import pytest
from flint import fmpq

from exactland.derivatives.empirical import EmpiricalPoint, evaluate
from exactland.errors import NoAnswerError
from exactland.landscape.analysis import analyze_empirical
from exactland.landscape.atlas import strata as strata_module
from exactland.landscape.atlas.graph import landscape_graph, locate
from exactland.landscape.atlas.network import piece_network
from exactland.landscape.atlas.run import atlas
from exactland.landscape.atlas.setting import Landscape, make_setting
from exactland.landscape.atlas.strata import Strata, strata
from exactland.problem.activations import relu
from exactland.problem.losses import EmpiricalLoss
from exactland.problem.network import Vector
from tests.landscape.test_atlas import five_points, random_landscape

ONE, ZERO = fmpq(1), fmpq(0)


def small_strata(seed: int) -> Strata | None:
    generator = random.Random(seed)
    setting = make_setting(random_landscape(generator))
    if len(setting.faces) > 14:
        return None
    return strata(setting, generator.choice([1, 2, 2]))


@pytest.mark.parametrize("seed", range(20))
def test_a_piece_has_its_loss_its_kind_and_its_states(seed: int) -> None:
    found = small_strata(seed)
    if found is None:
        return
    for number, piece in enumerate(found.pieces):
        problem = piece_network(found, piece)
        analysis = analyze_empirical(problem)
        assert analysis.loss == found.levels[piece.level].loss
        assert analysis.directional.holds
        minima = ("local_minimum", "global_minimum")
        assert (analysis.verdict in minima) == piece.minimum
        assert locate(found, analysis.point) == number


@pytest.mark.parametrize("seed", range(8))
def test_the_levels_are_the_losses_of_the_atlas(seed: int) -> None:
    found = small_strata(seed)
    if found is not None:
        listed = {entry.loss for entry in atlas(found.setting.landscape, found.width).losses}
        assert {level.loss for level in found.levels} == listed


def nearby(
    found: Strata, outer: EmpiricalPoint, inner: EmpiricalPoint, order: tuple[int, ...], s: fmpq
) -> EmpiricalPoint:
    """Neuron i of the outer network moved to within about s of neuron order[i] of the inner one:
    the sums h w of both lie on a segment, so that the function stays the same.
    """
    weights: list[Vector] = []
    outputs: list[fmpq] = []
    for i, target in enumerate(order):
        (h,), (g,) = outer.outputs[i], inner.outputs[target]
        w, u = outer.weights[i], inner.weights[target]
        if g:
            pairs = zip(w, u, strict=True)
            weights.append(tuple((1 - s * s) * b + s * s * a * h / g for a, b in pairs))
            outputs.append(g)
        else:
            assert not any(u)
            weights.append(tuple(s * a for a in w))
            outputs.append(s * h)
    bias = inner.problem.network.output_bias
    constant = ZERO if bias is None else bias[0]
    return evaluate(found.setting.landscape.problem(tuple(weights), tuple(outputs), constant))


@pytest.mark.parametrize("seed", range(20))
def test_pieces_that_touch_have_points_as_near_as_you_like(seed: int) -> None:
    found = small_strata(seed)
    if found is None:
        return
    points = [evaluate(piece_network(found, piece)) for piece in found.pieces]
    for a, b in found.touching:
        inner = points[b]
        held = any(state[0] == "held" for state in found.pieces[b].states)
        constants = [p.problem.network.output_bias for p in (points[a], inner)]
        if held or constants[0] != constants[1]:
            continue  # the representative of B is not the point to approach
        step = fmpq(1, 2**10)
        near = [
            nearby(found, points[a], inner, order, step)
            for order in permutations(range(found.width))
        ]
        where = []
        for point in near:
            if point.residuals == inner.residuals:
                where.append(locate(found, point))
        assert a in where


def test_two_points_on_a_line_at_width_two() -> None:
    """x = 1, -1: neurons with w > 0 see only the first, those with w < 0 only the second."""
    data = EmpiricalLoss(((ONE,), (-ONE,)), ((ONE,), (2 * ONE,)))
    found = strata(make_setting(Landscape(data, relu())), 2)
    levels = [found.levels[piece.level].loss for piece in found.pieces]
    at = {loss: [n for n, other in enumerate(levels) if other == loss] for loss in levels}
    # 5/2: both neurons idle at (0, 0), or held at w = 0 by h < 0, or one of each.
    # 1/2 and 2: one neuron on its side with h > 0; the other one there too with either sign or with
    # h = 0, held at w = 0 by h < 0, or idle.
    counts = {str(loss): len(numbers) for loss, numbers in at.items()}
    assert counts == {"0": 1, "1/2": 5, "2": 5, "5/2": 3}
    for loss in (fmpq(1, 2), fmpq(2)):
        kinds = {tuple(sorted(s[0] for s in found.pieces[n].states)): n for n in at[loss]}
        (active,) = {s for s in found.pieces[kinds["active", "idle"]].states if s[0] == "active"}
        shared = found.numbers[found.pieces[at[loss][0]].level, (active, active)]
        single = kinds["active", "idle"]
        assert (shared, single) in found.touching and (single, shared) not in found.touching
        assert found.pieces[shared].dimension == 3 and found.pieces[single].dimension == 1
    # Nothing is apart at one loss once saddles may be passed.
    assert sorted(map(len, found.components(False))) == [1, 3, 5, 5]
    # A neuron held at w = 0 by h < 0 may go to the side of the other one with h < 0, give its part
    # of the sum up there and come back with h > 0: four pieces of minima, one connected set.
    assert sorted(map(len, found.components(True))) == [1, 1, 4, 4]


def test_minima_of_one_function_may_be_joined_by_saddles_only() -> None:
    """At 50749/672500 a second neuron is held in one of two ways, or idle in between."""
    graph = landscape_graph(make_setting(five_points()), 2)
    own = [group for group in graph.minima if graph.loss(group[0]) == "50749/672500"]
    assert len(own) == 2
    assert len({n for n, group in enumerate(graph.connected) for m in own if m[0] in group}) == 1


def test_the_origin_escapes_through_the_saddle_of_the_experiment() -> None:
    graph = landscape_graph(make_setting(five_points()), 2)
    way = [(graph.loss(e.start), graph.loss(e.end), graph.kind(e.end)) for e in graph.from_origin()]
    assert way == [
        ("953/10000", "50749/672500", "saddle"),
        ("50749/672500", "16139/231500", "local_minimum"),
    ]
    assert graph.ray(graph.from_origin()[0].ray) == ["-10", "7"]
    origin = graph.origin
    assert origin is not None and graph.loss(origin) == "953/10000"
    for escape in graph.escapes:
        levels = graph.strata.levels
        start, end = (graph.strata.pieces[n].level for n in (escape.start, escape.end))
        assert levels[start].loss > levels[end].loss
    drawn = graph.networkx()
    assert drawn.number_of_nodes() == len(graph.strata.pieces)
    assert drawn.number_of_edges() == len(graph.strata.touching) + len(graph.escapes)


def test_too_many_pieces_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strata_module, "MAX_PIECES", 10)
    with pytest.raises(NoAnswerError, match="more than 10 stationary pieces"):
        strata(make_setting(five_points()), 2)
