"""Network embedding: what is kept, compared with the exact analysis of the wider point."""

from __future__ import annotations

import random
from typing import Any

import pytest
from flint import fmpq
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from exactland.certificates.produce import certify
from exactland.derivatives.empirical import evaluate
from exactland.errors import InputError
from exactland.landscape.analysis import analyze_empirical
from exactland.landscape.embedding import (
    InactiveUnit,
    Operation,
    Propagation,
    Replication,
    embed,
    embedding,
    reduce_to_core,
    replication_sets,
)
from exactland.landscape.embedding.comparison import minimum_type, properties
from exactland.landscape.embedding.operations import neurons_of
from exactland.problem.losses import Problem
from tests.oracle import Oracle
from tests.reference import empirical_problem, instance, problem_object
from tests.strategies import problems, stationary_problems


def vector(text: str) -> tuple[fmpq, ...]:
    return tuple(fmpq(*map(int, entry.split("/"))) for entry in text.split())


def end_point() -> Problem:
    """The END of the five-point experiment without its dead neuron: a kink and a smooth neuron."""
    value = problem_object("exp1_END")
    value["network"]["w"] = [["-1", "7/10"], ["-929/9260", "14071/92600"]]
    value["network"]["v"] = [["1/4", "-1"]]
    return empirical_problem(value)


HALVES = Replication(0, vector("1 1"), vector("1/2 1/2"))
CASES: list[tuple[str, Operation]] = [
    ("embed_replicate_kink_g_1/2_1/2", HALVES),
    ("embed_replicate_kink_g_1_0", Replication(0, vector("1 1"), vector("1 0"))),
    ("embed_replicate_kink_g_2_-1", Replication(0, vector("1 1"), vector("2 -1"))),
    ("embed_replicate_smooth_g_3_-2", Replication(1, vector("1 1"), vector("3 -2"))),
    ("embed_add_dead_interior", InactiveUnit(vector("0 -1"), vector("5"))),
    ("embed_add_dead_face_x5_h+1", InactiveUnit(vector("10 -7"), vector("1"))),
    ("embed_add_dead_face_x5_h-1", InactiveUnit(vector("10 -7"), vector("-1"))),
    ("embed_add_zero", InactiveUnit(vector("0 0"), vector("0"))),
    ("embed_add_w0_h+1", InactiveUnit(vector("0 0"), vector("1"))),
    ("embed_add_h0_allactive", Propagation(vector("0 1"))),
    ("embed_add_h0_on_kink_ray", Propagation(vector("-1 7/10"))),
]


@pytest.mark.parametrize(("name", "operation"), CASES)
def test_reference_embedding(name: str, operation: Operation) -> None:
    entry, found = instance(name), embedding(end_point(), operation)
    assert found.problem == empirical_problem(problem_object(name))
    report = found.to_json()
    assert report["loss"] == entry["L"] and report["preserved"]["loss"] is True
    assert found.preserved["directional"] is entry["d_stationary"]
    assert report["wide"]["escape_neurons"] == entry["escape_neurons"]
    is_type_1 = entry["verdict"] == "LOCAL_MIN_TYPE1"
    assert found.preserved["local_minimum"] is found.preserved["type_1"] is is_type_1
    assert report["wide"]["type"] == (1 if is_type_1 else None)


@pytest.mark.parametrize(
    ("operation", "stationary", "minimum"),
    [
        (Replication(0, vector("2 1/3"), vector("1/4 3/2")), True, True),
        (Replication(1, vector("1 1"), vector("1 0")), True, True),
        (Propagation(vector("-2 1")), False, False),
        (InactiveUnit(vector("0 0"), vector("-1")), False, False),
        (Replication(0, vector("3"), vector("1/3")), True, True),
    ],
)
def test_further_cases_of_the_spec(operation: Operation, stationary: bool, minimum: bool) -> None:
    found = embedding(end_point(), operation)
    assert found.preserved["directional"] is stationary
    assert found.preserved["local_minimum"] is minimum


def test_the_violation_of_the_negative_copy_is_that_of_the_spec() -> None:
    found = embedding(end_point(), Replication(0, vector("1 1"), vector("2 -1")))
    (violation,) = found.wide.directional.violations
    form = found.wide.functionals[1].contracted(found.wide.point.outputs[1])
    assert violation.neuron == 1 and form(vector("-7 -10")) == fmpq(-476949, 926000)


def test_replicating_the_escape_neuron_of_a_type_2_minimum_destroys_it() -> None:
    narrow = empirical_problem(problem_object("type2_min"))
    sets = replication_sets(analyze_empirical(narrow), 0, vector("1 1"))
    assert sets.local_minimum.kind == "none"
    wide = embedding(narrow, HALVES)
    assert wide.problem == empirical_problem(problem_object("type2_min_replicated"))
    assert properties(wide.wide)["local_minimum"] is False
    assert wide.preserved["directional"] is True


def test_formulas_of_the_exact_sets() -> None:
    narrow = analyze_empirical(end_point())
    kink = replication_sets(narrow, 0, vector("2 1/3"))
    assert kink.directional.formula(kink.betas) == (
        "2*gamma_1 + 1/3*gamma_2 = 1 and gamma_1 >= 0 and gamma_2 >= 0"
    )
    assert kink.local_minimum.kind == "positive" and kink.clarke.kind == "all"
    assert kink.differentiable.kind == "none"
    assert kink.direction is not None
    smooth = replication_sets(narrow, 1, vector("1 1"))
    assert smooth.directional.kind == smooth.local_minimum.kind == "all"
    assert smooth.directional.formula(smooth.betas) == "gamma_1 + gamma_2 = 1"
    many = replication_sets(narrow, 0, vector("1 1 1 1 1 1 1"))
    assert many.directional.formula(many.betas).endswith("and gamma_l >= 0 for every l")


GAMMAS = st.sampled_from([fmpq(0), fmpq(0), fmpq(1, 2), fmpq(1), fmpq(-1), fmpq(-1, 3), fmpq(2)])
BETAS = st.sampled_from([fmpq(1), fmpq(2), fmpq(1, 3)])


@st.composite
def replications(draw: st.DrawFn, value: dict[str, Any]) -> Replication:
    betas = draw(st.lists(BETAS, min_size=1, max_size=3))
    free = draw(st.lists(GAMMAS, min_size=len(betas) - 1, max_size=len(betas) - 1))
    last = (1 - sum((b * g for b, g in zip(betas, free, strict=False)), fmpq(0))) / betas[-1]
    neuron = draw(st.integers(0, len(value["network"]["w"]) - 1))
    return Replication(neuron, tuple(betas), (*free, last))


@settings(max_examples=200)
@given(st.data())
def test_a_replication_has_the_predicted_verdicts(data: st.DataObject) -> None:
    """The sets for free gamma against the exact analysis of the wider point, and the oracle."""
    value = data.draw(st.one_of(problems(), stationary_problems(max_outputs=2)))
    operation = data.draw(replications(value))
    narrow = empirical_problem(value)
    found = embedding(narrow, operation)
    assert found.wide.point.residuals == evaluate(narrow).residuals
    sets, after = found.sets, properties(found.wide)
    assert sets is not None
    for name in ("differentiable", "directional", "clarke", "local_minimum"):
        predicted = getattr(sets, name).contains(operation.gammas)
        if predicted is not None and after[name] is not None:
            assert predicted == after[name], name
    oracle = Oracle(found.to_json()["problem"])
    predicted = sets.directional.contains(operation.gammas)
    assert predicted is None or predicted == oracle.directionally_stationary()
    if oracle.outputs == 1 and after["local_minimum"] is not None:
        assert after["local_minimum"] == oracle.local_minimum_one_output()


@settings(max_examples=150)
@given(stationary_problems(max_outputs=2), st.randoms(use_true_random=False))
def test_an_added_neuron_keeps_what_its_clause_says(
    value: dict[str, Any], source: random.Random
) -> None:
    """`embedding` compares clause and analysis; here the analysis is compared with the oracle."""
    narrow = empirical_problem(value)
    length = len(evaluate(narrow).inputs[0])
    weight = tuple(fmpq(source.choice([-2, -1, 0, 0, 1])) for _ in range(length))
    output = tuple(fmpq(source.choice([-1, 0, 1])) for _ in range(narrow.network.output_dimension))
    operations: list[Operation] = [Propagation(weight)]
    try:
        embed(narrow, InactiveUnit(weight, output))
        operations.append(InactiveUnit(weight, output))
    except InputError as error:
        assert "active on data point" in str(error)
    for operation in operations:
        found = embedding(narrow, operation)
        oracle = Oracle(found.to_json()["problem"])
        assert oracle.loss() == Oracle(value).loss()
        assert found.wide.directional.holds == oracle.directionally_stationary()


@settings(max_examples=100)
@given(st.data())
def test_the_core_of_an_embedding_has_the_same_predictions(data: st.DataObject) -> None:
    value = data.draw(problems())
    wide = embed(empirical_problem(value), data.draw(replications(value)))
    reduction = reduce_to_core(wide)
    assert evaluate(reduction.core).residuals == evaluate(wide).residuals
    assert not reduce_to_core(reduction.core).is_embedding
    weights, outputs = neurons_of(wide)
    for removal in reduction.removals:
        if removal.kind != "replication":
            continue
        # The core, replicated, gives the group of neurons back.
        assert removal.core_neuron is not None
        core = Replication(removal.core_neuron, removal.betas, removal.gammas)
        again = neurons_of(embed(reduction.core, core))
        place = slice(removal.core_neuron, removal.core_neuron + len(removal.neurons))
        assert again[0][place] == [weights[index] for index in removal.neurons]
        assert again[1][place] == [outputs[index] for index in removal.neurons]


@settings(max_examples=60)
@given(st.data())
def test_replicating_an_active_neuron_is_undone(data: st.DataObject) -> None:
    value = data.draw(problems())
    narrow = reduce_to_core(empirical_problem(value)).core
    assume(narrow.network.width)
    wide = embed(narrow, Replication(0, vector("1 2"), vector("-1 1")))
    reduction = reduce_to_core(wide)
    assert reduction.core == narrow
    assert [removal.kind for removal in reduction.removals] == ["replication"]


def test_the_reduction_names_every_kind() -> None:
    value = problem_object("exp1_END")
    value["network"]["w"] = [["-1", "7/10"], ["-2", "7/5"], ["0", "-1"], ["0", "1"], ["1", "1"]]
    value["network"]["w"] += [["2", "2"]]
    value["network"]["v"] = [["1/8", "1/16", "3", "0", "2", "-1"]]
    found = reduce_to_core(empirical_problem(value)).to_json()
    assert {entry["kind"]: entry["neurons"] for entry in found["removed"]} == {
        "inactive_unit": [2],
        "inactive_propagation": [3],
        "replication": [0, 1],
        "cancelling": [4, 5],
    }
    assert found["core_width"] == 1 and found["kept"] == [[0, 1]]


def test_parallel_neurons_with_other_outputs_are_split_not_replicated() -> None:
    value = problem_object("type2_min")
    value["network"]["w"] = [["1", "1"], ["2", "2"]]
    value["network"]["v"] = [["1", "0"], ["0", "1"]]
    (removal,) = reduce_to_core(empirical_problem(value)).removals
    assert removal.kind == "split" and not removal.gammas


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (Replication(2, vector("1 1"), vector("1 0")), "--replicate: there is no neuron 2"),
        (Replication(0, vector("1 0"), vector("1 0")), "--beta: beta_2 = 0 is not positive"),
        (Replication(0, vector("1 1"), vector("1")), "--gamma: 1 values for 2"),
        (Replication(0, vector("1 1"), vector("1 1")), "--gamma: sum_l beta_l gamma_l is 2, not 1"),
        (InactiveUnit(vector("0 1"), vector("1")), "active on data point 0 (pre-activation 1)"),
        (InactiveUnit(vector("0 -1"), vector("1 1")), "--inactive H: 2 entries"),
        (Propagation(vector("1")), "--propagate: 1 entries, expected 2"),
    ],
)
def test_refusals_name_the_condition(operation: Operation, message: str) -> None:
    with pytest.raises(InputError) as refused:
        embed(end_point(), operation)
    assert message in str(refused.value) and "\n" not in str(refused.value)


def test_both_outcomes_are_certified() -> None:
    kept = certify(embed(end_point(), HALVES))
    assert "local_minimum" in [certificate.kind for certificate in kept]
    lost = certify(embed(end_point(), Replication(0, vector("1 1"), vector("2 -1"))))
    assert "not_directionally_stationary" in [certificate.kind for certificate in lost]
    saddle = certify(embed(end_point(), Replication(0, vector("1 1"), vector("1 0"))))
    assert "not_local_minimum" in [certificate.kind for certificate in saddle]


def test_two_hundred_copies() -> None:
    copies = 200
    betas = tuple(fmpq(index % 7 + 1, index % 5 + 1) for index in range(copies))
    gammas = tuple(1 / (copies * beta) for beta in betas)
    found = embedding(end_point(), Replication(0, betas, gammas))
    assert found.wide.point.width == 201 and minimum_type(found.wide) == 1
    assert reduce_to_core(found.problem).core.network.width == 2
