"""Every field of every reference instance of the integral loss agrees."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import sympy
from flint import fmpq

from exactland.arithmetic.field_matrices import inertia
from exactland.arithmetic.ordered import format_decimal_exact
from exactland.landscape.integral.analysis import IntegralAnalysis, analyze_integral
from tests import integral_reference as reference

IDS = list(reference.instances())
TYPES = {
    "saddle": "saddle",
    "nonglobal_local_min": "local_minimum",
    "global_min": "global_minimum",
    "clarke_only": "not_stationary",
    "not_critical": "not_stationary",
}
# Checked by a test below: those of the analysis, and those that describe the instance itself.
CHECKED = {
    "type", "neuron_types", "loss", "loss_decimal", "notions", "C2_near", "twice_differentiable",
    "inertia", "inertia_modified", "gradient", "gradient_strict", "one_sided",
    "descent_direction", "eigenvalues_decimal", "hessian", "params_decimal", "M",
    "critical_manifold_dim", "morse_bott", "center_stable_dim_small_eta", "n", "breakpoints",
    "breakpoints_decimal", "not_d_stationary_witness", "clarke_witness", "family", "Lambda",
}  # fmt: skip
DESCRIPTION = {"id", "activation", "gamma", "T0", "T1", "alpha", "beta", *"wbvc", "note"}


@cache
def analysis(name: str) -> IntegralAnalysis:
    return analyze_integral(reference.problem(reference.instances()[name]))


def value(name: str, text: str) -> Any:
    entry = reference.instances()[name]
    return reference.number(text, reference.field_of(entry))


def expected(name: str, key: str) -> Any:
    return reference.instances()[name][key]


def listing(key: str) -> list[str]:
    """The instances that list a value for `key`."""
    return [name for name, entry in reference.instances().items() if entry.get(key) is not None]


def close(left: str, right: str, digits: int = 15) -> bool:
    return abs(sympy.Rational(left) - sympy.Rational(right)) <= sympy.Rational(1, 10**digits) * max(
        1, abs(sympy.Rational(right))
    )


def test_no_field_is_left_out() -> None:
    assert {key for entry in reference.instances().values() for key in entry} == (
        CHECKED | DESCRIPTION
    )
    assert len(IDS) == 36


@pytest.mark.parametrize("name", IDS)
def test_loss_and_moment(name: str) -> None:
    entry, found = reference.instances()[name], analysis(name)
    assert found.loss == value(name, entry["loss"])
    if "loss_decimal" in entry:
        assert close(format_decimal_exact(found.loss, 28), entry["loss_decimal"], 26)
        assert found.state.residual_tails[1][0] == value(name, entry["M"])


@pytest.mark.parametrize("name", IDS)
def test_verdict_and_its_checks(name: str) -> None:
    entry, found = reference.instances()[name], analysis(name)
    assert found.verdict == TYPES[entry["type"]]
    if entry["type"] in ("clarke_only", "not_critical"):
        assert found.stationarity.clarke == (entry["type"] == "clarke_only")
    assert all(found.checks.values())
    assert bool(found.checks) == bool(found.stationarity.clarke)


@pytest.mark.parametrize("name", listing("neuron_types"))
def test_neuron_types(name: str) -> None:
    assert [kind.name for kind in analysis(name).neurons] == expected(name, "neuron_types")


@pytest.mark.parametrize("name", IDS)
def test_notions(name: str) -> None:
    found = analysis(name).stationarity
    have = {
        "differentiable": found.differentiable,
        "classical": found.classical,
        "G_ge_zero": found.generalized_ge,
        "G_gt_zero": found.generalized_gt,
        "d_stationary": found.directional,
        "clarke": found.clarke,
        "coordinatewise": found.coordinatewise,
        "right_partials_zero": found.right_partials_zero,
    }
    notions = expected(name, "notions")
    assert {key: have[key] for key in notions} == notions


@pytest.mark.parametrize("name", listing("gradient"))
def test_both_gradients_and_one_sided_partials(name: str) -> None:
    found = analysis(name).stationarity
    for key, have in (("gradient", found.gradient_ge), ("gradient_strict", found.gradient_gt)):
        assert list(have) == [value(name, text) for text in expected(name, key)]
    rows = [
        {key: entry if key == "j" else value(name, entry) for key, entry in row.items()}
        for row in expected(name, "one_sided") or []
    ]
    assert found.one_sided == rows


@pytest.mark.parametrize("name", listing("C2_near"))
def test_regularity(name: str) -> None:
    found = analysis(name).stationarity.regularity
    assert found.c2_near == expected(name, "C2_near")
    assert found.twice_differentiable == expected(name, "twice_differentiable")
    assert bool(found.reason) == (not found.c2_near)


@pytest.mark.parametrize("name", IDS)
def test_hessian_and_inertia(name: str) -> None:
    entry, found = reference.instances()[name], analysis(name).second_order
    assert found.inertia == (tuple(entry["inertia"]) if entry["inertia"] else None)
    modified = entry.get("inertia_modified")
    assert found.inertia_modified == (tuple(modified) if modified else None)
    if entry["hessian"] is not None:
        assert found.rows == [[value(name, text) for text in row] for row in entry["hessian"]]


@pytest.mark.parametrize("name", listing("eigenvalues_decimal"))
def test_eigenvalues_by_exact_inertia_of_shifts(name: str) -> None:
    texts, rows = expected(name, "eigenvalues_decimal"), analysis(name).second_order.rows
    assert rows is not None
    tiny = fmpq(1, 10**15)
    for index, text in enumerate(texts):
        exact = sympy.Rational(text)
        near = fmpq(int(exact.p), int(exact.q))
        for shift, inside in ((near - tiny, False), (near + tiny, True)):
            shifted = [
                [entry - shift if i == j else entry for j, entry in enumerate(row)]
                for i, row in enumerate(rows)
            ]
            assert (inertia(shifted).inertia[0] > index) == inside


@pytest.mark.parametrize("name", listing("n"))
def test_place_in_the_family(name: str) -> None:
    entry, found = reference.instances()[name], analysis(name)
    member = found.member
    assert member is not None
    assert member.n == entry["n"]
    assert member.family == entry.get("family")
    assert list(member.breakpoints) == [value(name, text) for text in entry["breakpoints"]]
    for have, text in zip(member.breakpoints, entry["breakpoints_decimal"], strict=True):
        assert close(format_decimal_exact(have, 24), text, 22)
    if "Lambda" in entry:
        difference = sympy.sympify(str(member.total)) - sympy.sympify(entry["Lambda"])
        assert sympy.simplify(difference) == 0


@pytest.mark.parametrize("name", listing("critical_manifold_dim"))
def test_critical_manifold_and_center_stable_dimension(name: str) -> None:
    found = analysis(name)
    assert found.manifold_dimension == expected(name, "critical_manifold_dim")
    assert found.morse_bott == expected(name, "morse_bott")
    assert found.gradient_descent is not None
    small = found.gradient_descent.small_step_dimension
    assert small == expected(name, "center_stable_dim_small_eta")


@pytest.mark.parametrize("name", IDS)
def test_descent_directions(name: str) -> None:
    entry, found = reference.instances()[name], analysis(name)
    way = found.descent
    assert (way is not None) == (entry["type"] not in ("nonglobal_local_min", "global_min"))
    if entry.get("descent_direction"):
        assert way is not None
        wanted = {key: value(name, text) for key, text in entry["descent_direction"].items()}
        assert way.direction == wanted
    if way is not None:
        assert len(way.changes) == 3 and all(change < 0 for _, change in way.changes)


@pytest.mark.parametrize("name", listing("not_d_stationary_witness"))
def test_witnesses_of_the_one_sided_notions(name: str) -> None:
    entry, found = reference.instances()[name], analysis(name).stationarity
    wanted, witness = entry["not_d_stationary_witness"], found.witness
    assert witness is not None and witness.neuron == wanted["neuron"]
    j = wanted["neuron"]
    assert witness.direction.get(f"w{j}", 0) == wanted["dw"]
    assert witness.direction.get(f"b{j}", 0) == wanted["db"]
    assert witness.derivative == value(name, wanted["directional_derivative"])
    assert found.hull is not None
    clarke = {"b_j=-eps": (0, -1), "(w_j,b_j)=eps*(1,-q1)": (1, None)}
    if "clarke_witness" in entry:
        (direction,) = found.hull.directions
        weight, bias = clarke[entry["clarke_witness"]]
        assert direction[0] == weight
        assert -direction[1] == (1 if bias else value(name, entry["breakpoints"][0]))
    else:
        assert found.hull.separator is not None


@pytest.mark.parametrize("name", listing("params_decimal"))
def test_parameters_are_those_of_the_file(name: str) -> None:
    texts = expected(name, "params_decimal")
    for have, text in zip(analysis(name).problem.vector, texts, strict=True):
        assert close(format_decimal_exact(have, 24), text, 22)


@pytest.mark.parametrize("name", IDS)
def test_the_report_is_json_and_says_the_same(name: str) -> None:
    import json

    found = analysis(name)
    shown = json.loads(json.dumps(found.to_json()))
    assert shown["verdict"] == found.verdict
    assert shown["stationary"]["differentiable"] == found.stationarity.classical
    assert [neuron["kind"] for neuron in shown["neurons"]] == [k.name for k in found.neurons]
    if found.inertia is not None:
        assert tuple(shown["hessian"]["inertia"]) == found.inertia
