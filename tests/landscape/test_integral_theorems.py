"""The affine-target theorems, evaluated exactly on families, mixtures and random points."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactland.derivatives.integral import endpoint_residual, gradient, integral_state
from exactland.derivatives.integral_hessian import hessian, quadratic_form
from exactland.errors import InputError
from exactland.landscape.integral.analysis import analyze_integral
from exactland.landscape.integral.classification import family_member
from exactland.landscape.integral.descent import family_direction
from exactland.landscape.integral.family import CriticalFamily, critical_family, largest_total
from exactland.landscape.integral.gradient_descent import center_stable_dimension
from exactland.problem.integral import IntegralProblem, Parameters, integral_problem_from_json

RELU = [("relu", n, fmpq(0), "+") for n in (0, 2, 4, 6)]
LEAKY = [
    ("leaky_relu", n, gamma, first)
    for gamma in (fmpq(9, 16), fmpq(1, 4), fmpq(1, 3), fmpq(1, 2))
    for n in (1, 2, 3, 4)
    for first in "+-"
    if n <= 3 or gamma == fmpq(9, 16)
]


def member(case: tuple[str, int, fmpq, str], **options: Any) -> CriticalFamily:
    activation, n, gamma, first = case
    return critical_family(activation, n, gamma, first, **options)


@pytest.mark.parametrize("case", RELU + LEAKY, ids=str)
def test_every_family_member_is_critical_with_the_loss_and_inertia_of_the_theorems(
    case: tuple[str, int, fmpq, str],
) -> None:
    family = member(case, start=fmpq(-1), end=fmpq(2), alpha=fmpq(-3, 2), beta=fmpq(1, 5))
    found = analyze_integral(family.problem)
    assert found.verdict == ("saddle" if case[1] or case[0] != "relu" else "local_minimum")
    assert found.stationarity.classical and found.inertia == family.inertia
    assert found.checks and all(found.checks.values())
    assert str(found.loss) == str(family.loss)
    assert found.morse_bott is True
    assert found.gradient_descent is not None
    assert found.gradient_descent.covered is (True if found.verdict == "saddle" else None)


@pytest.mark.parametrize("case", [*RELU[1:], *LEAKY], ids=str)
def test_curvature_of_the_directions_is_minus_the_dirichlet_laplacian(
    case: tuple[str, int, fmpq, str],
) -> None:
    state = integral_state(member(case, alpha=fmpq(3)).problem)
    place, rows = family_member(state), hessian(state)
    ends = [state.knots[0], *place.breakpoints, state.knots[-1]]
    widths = [right - left for left, right in itertools.pairwise(ends)]
    moves = [family_direction(state, place, site) for site in range(place.n)]
    names = state.problem.coordinates
    taus = [fmpq(k * k + 1, k + 2) * (-1) ** (k % 3) for k in range(place.n)]
    vector = [
        sum((tau * move.get(name, fmpq(0)) for tau, move in zip(taus, moves, strict=True)), fmpq(0))
        for name in names
    ]
    height = endpoint_residual(state, 0)
    steps = [fmpq(0), *taus, fmpq(0)]
    total = sum(
        (
            (b - a) ** 2 / width
            for (a, b), width in zip(itertools.pairwise(steps), widths, strict=True)
        ),
        fmpq(0),
    )
    assert quadratic_form(rows, vector) == height * height * total * fmpq(-4, 3)


# Points with several neurons at a site and with idle neurons, of any sign pattern.


@st.composite
def mixtures(draw: st.DrawFn) -> tuple[IntegralProblem, bool]:
    """A critical point built from a family: neurons split, flat ones added, idle ones added."""
    case = draw(st.sampled_from([*RELU, *[c for c in LEAKY if c[2] == fmpq(9, 16)]]))
    family = member(
        case, start=fmpq(-1), end=fmpq(1, 2), alpha=draw(st.sampled_from([fmpq(2), fmpq(-1, 3)]))
    )
    relu = case[0] == "relu"
    w, b, v, c = (list(part) if k < 3 else part for k, part in enumerate(family.problem.parameters))
    if case[1] == 0:
        w, b, v = [], [], []
    rows = []
    for wj, bj, vj in zip(w, b, v, strict=True):
        share = draw(st.sampled_from([None, fmpq(1, 3), fmpq(-1, 2), fmpq(2)]))
        size = draw(st.sampled_from([fmpq(1), fmpq(2, 3)]))
        if share is None:
            rows.append((wj * size, bj * size, vj / size))
        else:
            rows.append((wj, bj, vj * share))
            rows.append((wj * size, bj * size, vj * (1 - share) / size))
        if draw(st.booleans()):
            rows.append((wj * size, bj * size, fmpq(0)))
    idle = [(fmpq(0), fmpq(2), fmpq(0))]
    if relu:
        idle += [(fmpq(1), fmpq(-5), fmpq(3)), (fmpq(0), fmpq(-1), fmpq(-1))]
    rows += draw(st.lists(st.sampled_from(idle), max_size=2))
    if relu:
        ends = [(fmpq(-1), fmpq(-1)), (fmpq(2), fmpq(-1))]
        rows += [
            (*draw(st.sampled_from(ends)), draw(st.sampled_from([fmpq(0), fmpq(1), fmpq(-1)])))
            for _ in range(draw(st.integers(0, 1)))
        ]
    if draw(st.integers(0, 4)) == 0:
        rows.append((fmpq(0), fmpq(0), fmpq(0)))
    if not rows:
        rows.append((fmpq(0), fmpq(-1 if relu else 1), fmpq(0)))
    columns = [tuple(row[k] for row in rows) for k in range(3)]
    return family.problem.at(Parameters(columns[0], columns[1], columns[2], c)), relu


@settings(max_examples=80)
@given(mixtures())
def test_mixtures_are_critical_and_agree_with_theorems_2_and_3(
    mixture: tuple[IntegralProblem, bool],
) -> None:
    found = analyze_integral(mixture[0])
    assert found.stationarity.classical and found.stationarity.clarke
    assert all(found.checks.values())
    assert found.verdict in ("saddle", "local_minimum")
    if found.verdict == "local_minimum":
        assert mixture[1]
        rng = random.Random(0)
        for _ in range(20):
            move = {k: fmpq(rng.randint(-9, 9), 9000) for k in found.problem.coordinates}
            moved = integral_state(found.problem.moved(move, fmpq(1)))
            assert moved.loss >= found.loss
    else:
        assert found.descent is not None
    second = found.second_order
    if second.inertia is None and second.inertia_modified is not None:
        assert sum(second.inertia_modified) == len(found.problem.coordinates)


@settings(max_examples=40)
@given(
    st.sampled_from([c for c in RELU + LEAKY if c[2] in (fmpq(0), fmpq(9, 16)) and c[1] <= 3]),
    st.sampled_from([fmpq(1), fmpq(-2)]),
    st.booleans(),
)
def test_non_flat_degenerate_neurons_break_all_notions_but_clarke(
    case: tuple[str, int, fmpq, str], output: fmpq, beside_zero: bool
) -> None:
    start = fmpq(1, 7) if beside_zero else fmpq(-1, 3)
    family = member(case, start=start, end=start + 2)
    w, b, v, c = family.problem.parameters
    zero = (fmpq(0),)
    point = family.problem.at(Parameters(w + zero, b + zero, (*v, output), c))
    found = analyze_integral(point)
    assert found.verdict == "not_stationary"
    assert not found.stationarity.directional and not found.stationarity.differentiable
    assert found.stationarity.clarke is (case[0] == "relu" or case[1] > 0)
    assert found.descent is not None and found.descent.order == 1


QUADRATIC_AXES = ["", "w", "b", "v"]


@pytest.mark.parametrize(
    "axes", list(itertools.combinations_with_replacement(QUADRATIC_AXES, 2)), ids=str
)
def test_quadratic_critical_points_are_saddles_with_the_predicted_inertia(
    axes: tuple[str, ...],
) -> None:
    lower, upper, alpha, beta = fmpq(-1), fmpq(2), fmpq(-3, 2), fmpq(1, 3)
    middle = (lower + upper) / 2
    rows = []
    for name in axes:
        w, centred, v = (fmpq(4, 3) if name == key else fmpq(0) for key in "wbv")
        rows.append([w, centred - w * middle, v])
    point = integral_problem_from_json(
        {
            "network": {
                "activation": {"kind": "quadratic"},
                "w": [[str(row[0])] for row in rows],
                "b": [str(row[1]) for row in rows],
                "v": [[str(row[2]) for row in rows]],
                "c": [str(alpha * middle + beta)],
            },
            "loss": {
                "kind": "integral",
                "interval": [str(lower), str(upper)],
                "target": [str(beta), str(alpha)],
            },
        }
    )
    found = analyze_integral(point)
    k = sum(name != "" for name in axes)
    assert found.verdict == "saddle" and all(found.checks.values())
    assert found.inertia == (k, k + 3 * (2 - k), k + 1)
    assert found.strict == (k > 0) and found.morse_bott == (k == 2)
    assert found.gradient_descent is not None and found.gradient_descent.covered == (k > 0)


def test_center_stable_dimension_of_the_canonical_saddle_for_every_step_size() -> None:
    found = analyze_integral(critical_family("relu", 2).problem).gradient_descent
    assert found is not None and found.breakpoints is not None and found.singular is not None
    assert found.dimensions == (5, 4, 3, 2)
    steps = [step.decimal for step in found.breakpoints]
    # The last digit of the second one is 0, which is not written.
    assert [len(text.replace(".", "").lstrip("0")) for text in steps] == [20, 19, 20]
    assert [text[:6] for text in steps] == ["0.6222", "3.8136", "34.713"]
    assert [step.decimal[:6] for step in found.singular] == ["0.3111", "1.9068", "17.356"]
    for eta, dimension in ((fmpq(1, 2), 5), (fmpq(1), 4), (fmpq(4), 3), (fmpq(100), 2)):
        assert center_stable_dimension(found, eta) == dimension
    for step in (*found.breakpoints, *found.singular):
        assert step.lower < step.upper and len(step.polynomial) > 2


@pytest.mark.parametrize(
    ("rows", "covered", "clause"),
    [
        ([("-1", "0", "0")], False, "(ii)"),
        ([("0", "0", "0")], False, "(i)"),
        ([("-1", "0", "0"), ("0", "1", "0")], True, "hyperbolic"),
        ([("-1", "0", "-1")], True, "modified"),
    ],
)
def test_what_the_strict_saddle_argument_covers(
    rows: list[tuple[str, str, str]], covered: bool, clause: str
) -> None:
    point = integral_problem_from_json(
        {
            "network": {
                "activation": {"kind": "relu"},
                "w": [[row[0]] for row in rows],
                "b": [row[1] for row in rows],
                "v": [[row[2] for row in rows]],
                "c": ["1/2"],
            },
            "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]},
        }
    )
    found = analyze_integral(point)
    assert found.verdict == "saddle"
    assert found.coverage[0] is covered and clause in found.coverage[1]
    degenerate = any(kind.degenerate for kind in found.neurons)
    assert (found.gradient_descent is None) == degenerate


def test_the_threshold_is_the_lowest_critical_level_of_the_width() -> None:
    for gamma, width in itertools.product((fmpq(0), fmpq(9, 16), fmpq(1, 2)), range(1, 6)):
        kind = "relu" if gamma == 0 else "leaky_relu"
        best = largest_total(gamma, width)
        for n, first in itertools.product(range(width + 1), "+-"):
            try:
                family = critical_family(kind, n, gamma, first)
            except InputError:
                continue
            assert (best - family.total).sign() >= 0 or n == 0
    found = analyze_integral(critical_family("leaky_relu", 3, fmpq(1, 2)).problem).threshold
    assert found is not None and found.margin == 0
    lower = analyze_integral(critical_family("leaky_relu", 2, fmpq(1, 2), "-").problem).threshold
    assert lower is not None and lower.margin == -1 and lower.margin_decimal.startswith("-0.0002")


@pytest.mark.parametrize("gamma", [fmpq(9, 16), fmpq(25, 144), fmpq(64, 225)])
def test_all_rational_slopes(gamma: fmpq) -> None:
    for n, first in itertools.product(range(1, 5), "+-"):
        family = critical_family("leaky_relu", n, gamma, first)
        assert family.problem.field is None
        assert all(entry == 0 for entry in gradient(integral_state(family.problem)))
