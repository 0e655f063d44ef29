"""Integral loss: certificates are accepted and true; changed ones are rejected or still true."""

from __future__ import annotations

import json
import random
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactland.certificates.claims import Certificate
from exactland.certificates.inertia_witness import inertia_witness
from exactland.certificates.integral import simplest_between
from exactland.certificates.produce import certificates, certify
from exactland.checker import check_text
from exactland.cli import cli
from exactland.landscape.integral.analysis import analyze_integral
from exactland.landscape.integral.family import critical_family
from exactland.problem.files import problem_to_json
from exactland.problem.integral import integral_problem_from_json
from tests.integral_oracle import is_true
from tests.integral_reference import instances, problem_object

Json = dict[str, Any]
MUTATIONS = 5


def problem_of(
    w: list[str],
    v: list[str],
    activation: str = "relu",
    target: tuple[str, ...] = ("0", "1"),
    interval: tuple[str, str] = ("0", "1"),
    more: Json | None = None,
    **biases: list[str],
) -> Json:
    """A problem; `biases` are b and c, absent where not given."""
    network = {"activation": {"kind": activation}, "w": [[x] for x in w], "v": [v], **biases}
    loss = {"kind": "integral", "interval": list(interval), "target": list(target)}
    return {"format": "exactland-problem/1", "network": network, "loss": loss | (more or {})}


POINTS: dict[str, Json] = {
    "global minimum": problem_of(["1"], ["1"], b=["2"], c=["-2"]),
    "degenerate at a global minimum": problem_of(["0"], ["3"], target=("2",), b=["0"], c=["2"]),
    "no neuron": problem_of([], [], b=[], c=["1/2"]),
    "stationary and degenerate without bias": problem_of(
        ["0"], ["1"], target=("0", "0", "-1"), interval=("-1", "1"), c=["-1/3"]
    ),
    "Clarke without bias": problem_of(
        ["0"], ["1"], "abs", target=("0", "0", "1"), interval=("-1", "1"), c=["1/3"]
    ),
    "absolute value": problem_of(["0"], ["1"], "abs", b=["0"], c=["1/2"]),
    "idle, target of degree 2": problem_of(
        ["-1", "1"], ["3/4", "1"], target=("0", "-2", "1"), b=["-2", "-5"], c=["-2/3"]
    ),
    "Morse-Bott, target of degree 2": problem_of(["1"], ["1"], target=("1/6", "0", "1"), b=["0"]),
    "identity": problem_of(
        ["1"], ["1"], "identity", target=("0", "0", "1"), b=["-1/6"], more={"scale": "2/3"}
    ),
    "weighted": problem_of(
        ["-1"], ["0"], b=["0"], c=["5/9"], more={"weight": ["1", "1"], "scale": "3"}
    ),
}


def reference_point(name: str) -> Json:
    return problem_object(instances()[name])


NAMES = [*instances(), *POINTS]


@cache
def made(name: str) -> list[Certificate]:
    return certificates_of(POINTS[name] if name in POINTS else reference_point(name))


def certificates_of(problem: Json) -> list[Certificate]:
    return list(certificates(analyze_integral(integral_problem_from_json(problem))))


@pytest.mark.parametrize("name", NAMES)
def test_every_certificate_is_accepted_and_true(name: str) -> None:
    produced = made(name)
    assert len({certificate.name for certificate in produced}) == len(produced)
    for certificate in produced:
        outcome = check_text(certificate.to_text())
        assert outcome.status == "accepted", (certificate.name, outcome)
        assert is_true(certificate.to_json())


EXPECTED = {
    "saddle": "saddle",
    "nonglobal_local_min": "spurious_local_minimum",
    "clarke_only": "not_stationary",
    "not_critical": "not_stationary",
    "global_min": "global_minimum",
}


@pytest.mark.parametrize("name", instances())
def test_the_reference_answers_are_certified(name: str) -> None:
    entry, produced = instances()[name], made(name)
    claims = {certificate.name.removesuffix(".json"): certificate.claim for certificate in produced}
    assert EXPECTED[entry["type"]] in {certificate.kind for certificate in produced}
    expected = entry.get("inertia") or entry.get("inertia_modified")
    assert claims.get("inertia", {}).get("inertia") == expected
    notions = entry.get("notions", {})
    for sense, key in (
        ("classical", "classical"),
        ("directional", "d_stationary"),
        ("clarke", "clarke"),
        ("generalized_gradient_ge", "G_ge_zero"),
        ("generalized_gradient_gt", "G_gt_zero"),
    ):
        if key in notions:
            kind = "stationary" if notions[key] else "not_stationary"
            assert f"{kind}_{sense}" in claims


def test_all_claim_kinds_and_senses_occur() -> None:
    from exactland.checker.claims import INTEGRAL

    everything = [certificate for name in NAMES for certificate in made(name)]
    assert {certificate.kind for certificate in everything} == set(INTEGRAL)
    shown = {(c.kind, c.claim["sense"]) for c in everything if "sense" in c.claim}
    assert len(shown) == 10
    assert {c.claim["of"] for c in everything if "of" in c.claim} == {"hessian", "modified_hessian"}
    forms = {tuple(sorted(c.witness)) for c in everything if c.kind == "not_stationary"}
    assert forms == {("coordinate",), ("direction",), ("neuron", "separator")}
    assert {tuple(c.witness) for c in everything if c.kind == "local_minimum"} == {(), ("inertia",)}


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_digit_is_noticed_or_leaves_the_claim_true(name: str) -> None:
    generator, rejected = random.Random(name), 0
    for certificate in made(name):
        if certificate.kind == "center_stable_dimension" and generator.random() < 0.6:
            continue
        text = json.dumps(certificate.to_json() | {"notes": {}})
        skipped = {p for key in ("/1", "w0", "w1") for p in occurrences(text, key)}
        digits = [p for p, c in enumerate(text) if c.isdigit() and p not in skipped]
        for position in generator.sample(digits, min(MUTATIONS, len(digits))):
            digit = generator.choice([d for d in "0123456789" if d != text[position]])
            mutant = text[:position] + digit + text[position + 1 :]
            if check_text(mutant).status == "accepted":
                changed = json.loads(mutant)
                same = (changed["problem"], changed["claim"]) == (
                    certificate.problem,
                    certificate.claim,
                )  # shown to be true above; only the witness has changed
                assert same or is_true(changed), mutant
            else:
                rejected += 1
    assert rejected


def occurrences(text: str, key: str) -> list[int]:
    return [p + len(key) - 1 for p in range(len(text)) if text.startswith(f'"{key}"', p - 1)]


FEW = st.sampled_from(["0", "0", "1", "-1", "2", "-1/2", "1/3", "-2/3"])
KINDS: list[Json] = [
    {"kind": "relu"},
    {"kind": "leaky_relu", "slope": "1/4"},
    {"kind": "abs"},
    {"kind": "relu_like", "alpha_plus": "-1/2", "alpha_minus": "3"},
    {"kind": "relu_like", "alpha_plus": "0", "alpha_minus": "1"},
    {"kind": "identity"},
    {"kind": "quadratic"},
]


@st.composite
def points(draw: Any) -> Json:
    """Small problems, with the output bias often at the mean that makes dL/dc vanish."""
    width = draw(st.integers(0, 2))
    rows = st.lists(FEW, min_size=width, max_size=width)
    network: Json = {
        "activation": draw(st.sampled_from(KINDS)),
        "w": [[x] for x in draw(rows)],
        "v": [draw(rows)],
    }
    if draw(st.booleans()):
        network["b"] = draw(rows)
    if draw(st.booleans()):
        network["c"] = [draw(FEW)]
    loss: Json = {
        "kind": "integral",
        "interval": draw(st.sampled_from([["0", "1"], ["-1", "1"], ["1/2", "2"]])),
        "target": draw(st.sampled_from([["0", "1"], ["1/2"], ["0", "0", "1"], ["1/3", "-1", "2"]])),
    }
    if draw(st.booleans()):
        loss |= {"weight": draw(st.sampled_from([["2", "1/2"], ["3", "0", "1"]])), "scale": "2/3"}
    problem = {"format": "exactland-problem/1", "network": network, "loss": loss}
    if "c" in network and draw(st.booleans()):
        read = integral_problem_from_json(problem)
        state = analyze_integral(read).state
        mean = state.residual_tails[0][0] / state.weight_tails[0][0]
        network["c"] = [str(read.parameters.c - mean)]
    return problem


@settings(max_examples=60)
@given(points())
def test_certificates_of_random_points_are_accepted_and_true(problem: Json) -> None:
    for certificate in certificates(analyze_integral(integral_problem_from_json(problem))):
        assert check_text(certificate.to_text()).status == "accepted", certificate.to_text()
        assert is_true(certificate.to_json())


def test_moving_the_kink_of_a_flat_neuron_is_no_symmetry() -> None:
    """Gradient 0, Hessian >= 0, and yet no local minimum: L falls along v = -tau^2, b = tau."""
    target = ("-1", "15/4", "3", "-15/2")  # r is orthogonal to 1, and to 1 and x on [0, 1]
    point = problem_of(["1"], ["0"], target=target, interval=("-1", "1"), b=["0"], c=["0"])
    problem = integral_problem_from_json(point)
    analysis = analyze_integral(problem)
    assert analysis.stationarity.classical
    assert analysis.inertia == (0, 2, 2)
    step = fmpq(1, 100)
    lower = analyze_integral(problem.moved({"b0": step, "v0": -step * step}, fmpq(1)))
    assert lower.loss < analysis.loss
    assert analysis.verdict == "undetermined"
    (shown,) = [c for c in certificates(analysis) if c.kind == "inertia"]
    witness = {"inertia": shown.witness}
    forged = Certificate(shown.problem, {"kind": "local_minimum"}, witness)
    assert "manifold" in check_text(forged.to_text()).message


@pytest.mark.parametrize("gamma", ["0", "1/3", "1/2"])
def test_families_in_their_number_fields_are_certified(gamma: str) -> None:
    slope = fmpq(*map(int, gamma.split("/")))
    kind = "leaky_relu" if slope else "relu"
    produced = certify(critical_family(kind, 4, slope).problem)
    (inertia,) = [c for c in produced if c.kind == "inertia"]
    assert inertia.claim["inertia"] == [4, 4, 5]
    assert {"saddle", "negative_curvature"} <= {c.kind for c in produced}


def test_width_100_is_certified() -> None:
    """The 301 x 301 Hessian of the critical family, with its kernel of dimension 100."""
    analysis = analyze_integral(critical_family("relu", 100).problem)
    produced = {c.kind: c for c in certificates(analysis)}
    assert produced["inertia"].claim["inertia"] == [100, 100, 101]
    for kind in ("loss_value", "saddle", "inertia"):
        assert check_text(produced[kind].to_text()).status == "accepted"


@given(st.fractions(0, 50), st.fractions(0, 5))
def test_the_simplest_rational_between_two_has_the_least_denominator(low: Any, gap: Any) -> None:
    if gap == 0:
        return
    high = low + gap
    ends = [fmpq(x.numerator, x.denominator) for x in (low, high)]
    found = simplest_between(*ends)
    assert ends[0] < found < ends[1]
    for denominator in range(1, min(int(found.q), 60)):
        assert not ends[0] < fmpq((ends[0] * denominator).floor() + 1, denominator) < ends[1]


@given(st.lists(st.integers(-3, 3), min_size=9, max_size=9), st.integers(1, 3))
def test_the_witness_of_an_inertia_counts_like_its_matrix(entries: list[int], size: int) -> None:
    rows = [[fmpq(entries[min(i, k) * 3 + max(i, k)], 3) for k in range(size)] for i in range(size)]
    found = inertia_witness(rows)
    assert found is not None
    assert sum(found.counts) == size
    shifted = [[x - 10 * (i == k) for k, x in enumerate(row)] for i, row in enumerate(rows)]
    below = inertia_witness(shifted)
    assert below is not None and below.counts == (size, 0, 0)


def test_the_command_writes_certificates_and_a_document(tmp_path: Path) -> None:
    source, folder = tmp_path / "problem.json", tmp_path / "out"
    source.write_text(json.dumps(reference_point("K07")))
    result = CliRunner().invoke(cli, ["certify", str(source), "-o", str(folder), "--json"])
    assert result.exit_code == 0, result.output
    names = json.loads(result.output)["certificates"]
    assert {"saddle.json", "inertia.json", "stationary_clarke.json"} <= set(names)
    document = (folder / "document.tex").read_text()
    assert r"\frac{2283}{58564} - \frac{252}{14641}\sqrt{5}" in document
    assert json.loads((folder / "saddle.json").read_text())["problem"] == problem_to_json(
        integral_problem_from_json(reference_point("K07"))
    )
    checked = CliRunner().invoke(cli, ["check", *(str(folder / name) for name in names)])
    assert checked.exit_code == 0
