"""What figures show: exact places, exact signs, and something for every reader."""

from __future__ import annotations

from typing import Any

import pytest
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactland.arithmetic.matrices import inertia
from exactland.derivatives.slices import Boundary
from exactland.errors import ExactlandError, InputError, UnsupportedError
from exactland.landscape.analyze import analyze
from exactland.plots.choice import default_view, make_scene, parse_direction
from exactland.plots.functions import function_scene
from exactland.plots.generators import generator_scene
from exactland.plots.losses import clipped, line_scene, plane_scene
from exactland.plots.scene import (
    STYLES,
    Arrows,
    Curve,
    Field,
    Marks,
    Scene,
    Segments,
    Shaded,
    drawn,
    even_levels,
)
from exactland.plots.spectra import Eigenvalue, spectrum, spectrum_scene
from exactland.problem.activations import relu
from exactland.problem.deep import DeepNetwork, DeepProblem
from exactland.problem.deep import Layer as Affine
from exactland.problem.files import problem_from_json
from exactland.problem.losses import EmpiricalLoss, Problem
from exactland.problem.network import Network
from exactland.problem.piecewise_linear import absolute_value, hard_tanh
from tests.field_points import ROOT_TWO
from tests.plots import figures
from tests.strategies import problems


def layers(scene: Scene, kind: Any, role: str = "") -> list[Any]:
    every: list[Any] = [layer for panel in scene.panels for layer in panel.layers]
    return [x for x in every if isinstance(x, kind) and (not role or x.role == role)]


@pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for name, kinds in figures.REFUSED.items() for kind in kinds]
)
def test_a_kind_that_does_not_exist_for_a_problem_is_refused(name: str, kind: str) -> None:
    with pytest.raises(UnsupportedError):
        figures.scene(name, kind)


@pytest.mark.parametrize(("name", "kind"), figures.DRAWN)
def test_no_two_things_in_a_legend_look_alike_in_black_and_white(name: str, kind: str) -> None:
    scene = figures.scene(name, kind)
    for panel in scene.panels:
        looks = []
        for layer in panel.layers:
            if isinstance(layer, Field | Shaded) or not layer.label:
                continue
            style = STYLES[layer.role]
            marked = isinstance(layer, Marks)
            looks.append(
                (style.marker, style.hollow) if marked else (style.dash, style.width > 2.5)
            )
        # Outputs of one network share a style; they are told apart by their data.
        if "several" not in name and panel.frame:
            arrows = [x for x in panel.layers if isinstance(x, Arrows)]
            assert len(looks) == len(set(looks)) or arrows, looks
    assert scene.description.isascii() and scene.description.endswith(".")


def test_colours_of_different_roles_differ_in_lightness_or_come_from_one_safe_palette() -> None:
    okabe_ito = {"#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00",
                 "#CC79A7", "#FFFFFF"}  # fmt: skip
    grey = [style.colour for style in STYLES.values() if style.colour not in okabe_ito]
    assert all(colour[1:3] == colour[3:5] == colour[5:7] for colour in grey)


def test_signs_are_told_apart_by_marker_and_not_by_colour_alone() -> None:
    assert len({STYLES[r].marker for r in ("negative", "zero", "positive", "escape")}) == 4


def test_the_function_of_a_critical_family_has_its_breakpoints() -> None:
    scene = function_scene(figures.family())
    (marks, _) = layers(scene, Marks, "kink")
    assert [x for x, _ in marks.points] == [drawn(fmpq(1, 3)), drawn(fmpq(2, 3))]
    assert scene.panels[0].title == "loss 1/972"


def test_residual_segments_join_data_and_function() -> None:
    scene = function_scene(figures.plateau())
    (data,) = layers(scene, Marks, "data")
    (segments,) = layers(scene, Segments, "gap")
    assert [a for a, _ in segments.pieces] == list(data.points)
    assert segments.pieces[4] == ((0.7, -0.22), (0.7, 0.0))


def test_the_kinks_of_a_deep_network_are_where_its_slope_changes() -> None:
    one, zero = fmpq(1), fmpq(0)
    fold = Affine(((one,),), (-one,))  # ||x| - 1| - 1| ... has kinks at -1, 0, 1, ...
    still = Affine(((one, -one),), (zero,))
    twice = Affine(((one,), (one,)), (zero, zero))
    loss = EmpiricalLoss(((zero,), (fmpq(4),)), ((zero,), (zero,)))
    folded = DeepProblem(DeepNetwork(absolute_value(), (fold, fold, fold)), loss)
    (marks,) = layers(function_scene(folded), Marks, "kink")
    assert [x for x, _ in marks.points] == [0.0, 1.0, 2.0]
    cancelled = DeepProblem(DeepNetwork(hard_tanh(), (twice, still)), loss)
    (none,) = layers(function_scene(cancelled), Marks, "kink")
    assert none.points == ()


def test_the_line_to_a_better_network_ends_at_a_lower_loss() -> None:
    problem = figures.spurious_end()
    scene = make_scene(problem, "line")
    (better,) = layers(scene, Marks, "guide")
    (here,) = layers(scene, Marks, "here")
    assert better.points[0][0] == 1.0 and better.points[0][1] < here.points[0][1]
    analysis = analyze(problem)
    assert analysis.better is not None
    assert better.points[0][1] == drawn(analysis.better.loss)


def test_the_plane_at_an_escape_neuron_shows_the_saddle() -> None:
    problem = figures.plateau()
    view = default_view(problem, 2)
    assert {name for way in view.directions for name in way} <= {
        "w[1][0]", "w[1][1]", "v[0][1]"
    }  # fmt: skip
    scene = make_scene(problem, "plane")
    (field,) = layers(scene, Field)
    assert min(map(min, field.values)) < field.emphasised < max(map(max, field.values))
    assert field.emphasised == drawn(analyze(problem).loss)


def test_kinks_are_marked_and_smooth_crossings_are_not() -> None:
    one = ((fmpq(1),),)
    loss = EmpiricalLoss(one, one)
    line = {"w[0][0]": fmpq(1)}
    kinked = Problem(Network(relu(), ((fmpq(-1, 2),),), one), loss)
    (marks,) = layers(line_scene(kinked, line), Marks, "kink")
    assert marks.points == ((0.5, 0.5),) and marks.texts == ("1/2",)
    flat = Problem(Network(relu(), ((fmpq(-1, 2),),), ((fmpq(0),),)), loss)
    (none,) = layers(line_scene(flat, line), Marks, "kink")
    (walls,) = layers(line_scene(flat, line), Segments, "boundary")
    assert none.points == () and len(walls.pieces) == 1


@given(st.tuples(*[st.fractions(-2, 2, max_denominator=4)] * 3))
def test_clipping_keeps_exactly_the_part_in_the_rectangle(entries: Any) -> None:
    constant, a, b = (fmpq(e.numerator, e.denominator) for e in entries)
    if a == b == 0:
        return
    unit = (fmpq(0), fmpq(1))
    ends = clipped(Boundary(constant, (a, b), ()), (unit, unit))
    corners = [constant + a * s + b * t for s in unit for t in unit]
    crosses = min(corners) < 0 < max(corners)
    if crosses:
        assert ends is not None
    if ends is not None:
        assert all(constant + a * s + b * t == 0 for s, t in ends)
        assert all(any(value in unit for value in end) for end in ends) and ends[0] != ends[1]


@settings(max_examples=40)
@given(st.lists(st.lists(st.integers(-3, 3), min_size=4, max_size=4), min_size=4, max_size=4))
def test_the_signs_of_the_spectrum_are_the_inertia(entries: list[list[int]]) -> None:
    rows = [[fmpq(entries[i][j] + entries[j][i]) for j in range(4)] for i in range(4)]
    found = spectrum(rows)
    counts = tuple(sum(e.multiplicity for e in found if e.sign == s) for s in (-1, 0, 1))
    assert counts == inertia(rows).counts


def test_the_spectrum_of_a_large_matrix_has_exact_signs() -> None:
    size = 50
    rows = [[fmpq(0)] * size for _ in range(size)]
    for k in range(size):
        rows[k][k] = fmpq(k - 3)
    tiny = fmpq(1, 10**30)
    rows[3][3] = -tiny  # zero to a float
    found = spectrum(rows)
    assert [e.sign for e in found].count(-1) == 4 and [e.sign for e in found].count(0) == 0
    rows[3][3] = fmpq(0)
    assert [e.sign for e in spectrum(rows)].count(0) == 1


def test_the_spectrum_over_a_number_field_has_the_known_inertia() -> None:
    scene = spectrum_scene(figures.irrational_family())
    assert "2 negative, 2 zero and 3 positive" in scene.description
    assert spectrum([[fmpq(2), fmpq(0)], [fmpq(0), fmpq(2)]]) == (Eigenvalue(1, "2", 2),)


def test_the_spectrum_over_a_number_field_has_the_limit_of_the_analysis() -> None:
    width = 31  # 62 parameters
    problem = {
        "format": "exactland-problem/1",
        "field": ROOT_TWO,
        "network": {
            "activation": {"kind": "relu"},
            "w": [[["0", "1"]] for _ in range(width)],
            "v": [["1"] * width],
        },
        "loss": {"kind": "empirical", "x": [["1"]], "y": [["1"]]},
    }
    with pytest.raises(UnsupportedError, match="more than 60 parameters"):
        spectrum_scene(problem_from_json(problem))


def test_generators_show_the_escape_of_the_plateau() -> None:
    scene = generator_scene(figures.plateau())
    assert scene.description.startswith("Neuron 1 has 10 generators")
    assert layers(scene, Arrows, "escape") and not layers(scene, Arrows, "negative")


@settings(max_examples=40)
@given(problems())
def test_generators_show_a_negative_phi_exactly_where_the_weight_is_not_stationary(
    obj: dict[str, Any],
) -> None:
    problem = problem_from_json(obj)
    assert isinstance(problem, Problem)
    analysis = analyze(problem)
    bad = {v.neuron for v in analysis.directional.violations if v.kind == "input_weight"}
    for neuron in range(problem.network.width):
        scene = generator_scene(problem, neuron)
        shown = layers(scene, Marks, "negative") + layers(scene, Arrows, "negative")
        if neuron in bad:
            assert shown
        elif analysis.directional.holds:
            assert not shown


def test_cell_graphs_mark_the_least_and_the_own_cell() -> None:
    scene = make_scene(figures.three_inputs(), "cells")
    (shaded,) = layers(scene, Shaded)
    (least,) = layers(scene, Marks, "here")
    values = dict(zip(shaded.points, shaded.values, strict=True))
    assert {values[point] for point in least.points} == {min(shaded.values)}
    (own,) = layers(scene, Marks, "kink")
    assert len(own.points) >= 1 and set(own.points) <= set(shaded.points)


def test_even_levels_increase_and_span_the_values() -> None:
    levels = even_levels([[0.0697, 0.0698], [0.0699, 0.0733]], 0.07)
    assert list(levels) == sorted(set(levels)) and (levels[0], levels[-1]) == (0.0697, 0.0733)
    assert len(levels) > 3 and 0.07 in levels
    assert even_levels([[1.0, 1.0]], 1.0) == (1.0, 2.0)


@pytest.mark.parametrize(
    ("problem", "kind", "options", "message"),
    [
        (figures.three_inputs, "function", {}, "not one real variable"),
        (figures.plateau, "hessian", {}, "no Hessian"),
        (figures.family, "cells", {}, "empirical loss"),
        (figures.family, "generators", {}, "empirical loss"),
        (figures.deep, "plane", {}, "one hidden layer"),
        (figures.deep, "hessian", {}, "deep"),
        (figures.several_outputs, "cells", {}, "one output"),
        (figures.plateau, "cells", {"neuron": 7}, "--neuron: 7 is not one of 0, ..., 1"),
        (figures.plateau, "generators", {"neuron": -1}, "--neuron: -1 is not one of"),
        (figures.plateau, "line", {"directions": [{"x": fmpq(1)}]}, "'x' is no parameter"),
        (figures.plateau, "plane", {"directions": [{"w[0][0]": fmpq(1)}]}, "needs 2, but 1"),
        (figures.plateau, "line", {"limits": [(fmpq(1), fmpq(1))]}, "1 is not below 1"),
        (figures.plateau, "line", {"limits": [(fmpq(0), fmpq(1))] * 2}, "needs 1, but 2"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_one_line(
    problem: Any, kind: str, options: Any, message: str
) -> None:
    with pytest.raises(ExactlandError) as caught:
        make_scene(problem(), kind, **options)
    assert message in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "w=1", "w[0][0]", "w[0][0]=1/0", "w[0][0]=0", "w[0]=1;2"])
def test_malformed_directions_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="--direction"):
        parse_direction(text)


def test_a_plane_that_is_everywhere_flat_is_drawn() -> None:
    problem = figures.five_points([["0", "-1"]], ["0"])
    scene = plane_scene(problem, ({"w[0][0]": fmpq(1)}, {"w[0][1]": fmpq(1)}), samples=5)
    (field,) = layers(scene, Field)
    assert field.levels[0] < field.levels[-1] and layers(scene, Curve) == []
