"""The kernel accepts every kind of certificate, and rejects wrong witnesses and foreign axioms."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from exactland.certificates.rocq import KernelOutcome, export, run_kernel
from exactland.certificates.rocq.kernel import ALLOWED_AXIOMS, run_kernel_on_text
from exactland.errors import InputError
from tests.certificates.test_produce import named_problem
from tests.reference import instance_names
from tests.rocq.batch import made
from tests.rocq.test_agreement import certificates_of_integral_losses

KINDS = {
    "loss_value",
    "directionally_stationary",
    "not_directionally_stationary",
    "clarke_stationary",
    "not_clarke_stationary",
    "local_minimum",
    "local_minimum type_2_strict",
    "local_minimum reduced_rank",
    "not_local_minimum",
    "escape_neuron",
    "global_minimum",
    "cell_global_minimum",
    "cell_valley_dimension",
    "spurious_local_minimum",
}


INTEGRAL_KINDS = {
    "loss_value",
    "stationary classical",
    "stationary directional",
    "stationary clarke",
    "not_stationary classical",
    "not_stationary directional",
    "saddle",
    "local_minimum",
    "global_minimum",
    "spurious_local_minimum",
}


@cache
def integral_examples() -> dict[str, dict[str, Any]]:
    """The shortest certificate about an integral loss of every kind and sense."""
    found: dict[str, dict[str, Any]] = {}
    for one in certificates_of_integral_losses():
        key = f"{one['claim']['kind']} {one['claim'].get('sense', '')}".strip()
        if key not in found or len(str(one)) < len(str(found[key])):
            found[key] = one
    return found


@cache
def examples() -> dict[str, dict[str, Any]]:
    """The shortest certificate of every kind, and one with several outputs and biases."""
    found: dict[str, dict[str, Any]] = {}
    for name in [*instance_names(), "global_minimum", "biased"]:
        for certificate in made(named_problem(name)):
            one = json.loads(certificate.to_text())
            key = f"{certificate.kind} {one['claim'].get('type', '')}".strip()
            if key not in found or len(str(one)) < len(str(found[key])):
                found[key] = one
    return found


def checked_by_kernel(certificate: dict[str, Any], library: Path) -> KernelOutcome:
    return run_kernel_on_text(export(certificate), library=library)


@pytest.mark.needs("coq", checks="that the kernel accepts every kind of certificate")
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_kernel_accepts(kind: str, library: Path, tmp_path: Path) -> None:
    assert set(examples()) == KINDS
    (tmp_path / "certificate.v").write_text(export(examples()[kind]))
    outcome = run_kernel(tmp_path / "certificate.v", library=library)
    assert outcome.accepted, outcome
    assert set(outcome.assumptions) == ALLOWED_AXIOMS


@pytest.mark.needs("coq", checks="that the kernel accepts certificates about integral losses")
@pytest.mark.parametrize("kind", sorted(INTEGRAL_KINDS))
def test_the_kernel_accepts_claims_about_integral_losses(kind: str, library: Path) -> None:
    assert set(integral_examples()) == INTEGRAL_KINDS
    outcome = checked_by_kernel(integral_examples()[kind], library)
    assert outcome.accepted, outcome
    assert set(outcome.assumptions) == ALLOWED_AXIOMS


@pytest.mark.needs("coq", checks="that the kernel accepts several outputs and biases")
def test_the_kernel_accepts_several_outputs_and_biases(library: Path) -> None:
    for name in ("biased", "type2_min"):
        for certificate in made(named_problem(name)):
            outcome = checked_by_kernel(json.loads(certificate.to_text()), library)
            assert outcome.accepted, (name, certificate.kind, outcome)


CORRUPTIONS = [
    ("loss_value", lambda c: c["claim"].update(loss=c["claim"]["loss"] + "1")),
    ("local_minimum", lambda c: c["claim"].update(radius="1000")),
    ("local_minimum", lambda c: flip_sign(c["claim"]["region"]["neurons"][0])),
    ("not_local_minimum", lambda c: reverse_curve(c["witness"]["curve"])),
    ("not_directionally_stationary", lambda c: c["witness"].update(direction={"neurons": {}})),
    ("escape_neuron", lambda c: c["witness"]["direction"].__imul__(0).extend(["0", "0"])),
    ("clarke_stationary", lambda c: c["witness"]["neurons"][0][0].update(multiplier="1/7")),
    ("global_minimum", lambda c: c["problem"]["loss"]["y"][0].__setitem__(0, "8")),
    ("cell_global_minimum", lambda c: c["claim"].update(cell=["+"])),  # a derivative is not zero
    ("cell_global_minimum", lambda c: c["problem"]["network"]["w"][0].__setitem__(0, "1")),
]


def flip_sign(neuron: dict[str, Any]) -> None:
    signs = neuron["signs"]
    neuron["signs"] = ("-" if signs[0] != "-" else "+") + signs[1:]


def reverse_curve(curve: dict[str, Any]) -> None:
    for part in curve["neurons"].values():
        part["v"] = [[str(a).removeprefix("-") for a in entry] for entry in part.get("v", [])]
        part["w"] = [["0" for _ in entry] for entry in part.get("w", [])]


@pytest.mark.needs("coq", checks="that the kernel rejects corrupted numbers")
@pytest.mark.parametrize(("kind", "corrupt"), CORRUPTIONS)
def test_the_kernel_rejects_a_corrupted_number(kind: str, corrupt: Any, library: Path) -> None:
    certificate = json.loads(json.dumps(examples()[kind]))
    corrupt(certificate)
    outcome = checked_by_kernel(certificate, library)
    assert outcome.status == "rejected"
    assert "Error" in outcome.message


INTEGRAL_CORRUPTIONS = [
    ("loss_value", lambda c: c["claim"].update(loss="1/973")),
    ("stationary classical", lambda c: c["problem"]["network"].update(c=["77/3"])),
    ("not_stationary directional", lambda c: stand_still(c["witness"]["direction"])),
    ("saddle", lambda c: c["witness"].update(descent=c["witness"]["ascent"])),
    ("local_minimum", lambda c: c["problem"]["network"].update(c=["77/3"])),
    ("spurious_local_minimum", lambda c: c["problem"]["network"].update(c=["77/3"])),
]


def stand_still(direction: dict[str, Any]) -> None:
    for name in direction:
        direction[name] = "0"


@pytest.mark.needs("coq", checks="that the kernel rejects corrupted numbers of integral losses")
@pytest.mark.parametrize(("kind", "corrupt"), INTEGRAL_CORRUPTIONS)
def test_the_kernel_rejects_a_corrupted_integral(kind: str, corrupt: Any, library: Path) -> None:
    certificate = json.loads(json.dumps(integral_examples()[kind]))
    corrupt(certificate)
    try:
        outcome = checked_by_kernel(certificate, library)
    except InputError:  # the parts of a composite claim no longer belong together
        assert kind == "spurious_local_minimum"
        return
    assert outcome.status == "rejected"
    assert "Error" in outcome.message


FORGERIES = [
    "Theorem certified : claim.\nProof. Admitted.\nPrint Assumptions certified.",
    "Axiom cheat : claim.\nTheorem certified : claim.\nProof. exact cheat. Qed.\n"
    "Print Assumptions certified.",
    "Theorem certified : claim.\nProof. admit. Qed.\nPrint Assumptions certified.",
    "Theorem certified : 1 = 1. Proof. reflexivity. Qed.",
    "Theorem other : True. Proof. exact I. Qed. Print Assumptions other.",
    'Definition s := "(*"%string.\nTheorem certified : claim. Admitted.\n'
    'Definition t := "*)"%string.',
    "Module M.\nTheorem other : True. Proof. exact I. Qed.\nPrint Assumptions other.",
    "Theorem certified : True. Proof. exact I. Qed.\nPrint Assumptions certified.",
]


@pytest.mark.needs("coq", checks="that foreign axioms and admitted goals are refused")
@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_proof_is_refused(forgery: str, library: Path) -> None:
    text = export(examples()["loss_value"])
    forged = text[: text.index("Theorem certified")] + forgery
    assert run_kernel_on_text(forged, library=library).status == "rejected"


@pytest.mark.needs("coq", checks="that a foreign axiom of the standard library is refused")
def test_an_axiom_outside_the_whitelist_is_refused(library: Path) -> None:
    text = (
        "From Coq Require Import Classical.\nDefinition claim := forall P : Prop, P \\/ ~ P.\n"
        "Theorem certified : claim.\n"
        "Proof. exact classic. Qed.\nPrint Assumptions certified.\n"
    )
    outcome = run_kernel_on_text(text, library=library)
    assert outcome.status == "rejected"
    assert outcome.assumptions == ("classic",)


@pytest.mark.needs("coq", checks="that a long computation is stopped")
def test_the_time_limit_stops_the_kernel(library: Path) -> None:
    text = "From Coq Require Import Arith.\nEval vm_compute in Nat.pow 10 10.\n"
    assert run_kernel_on_text(text, library=library, time_limit=2).status == "no answer"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.v: No such file"):
        run_kernel(tmp_path / "absent.v", library=tmp_path)


NO_CELLS = ("+++", ["+++"] * 9, ["++0"], ["+"], [["+"] * 5], [None])


@pytest.mark.parametrize(
    "change",
    [
        {"claim": {"kind": "no_such_claim"}},
        {"claim": {}},
        {"witness": {"neurons": "many"}},
        *({"claim": {"kind": "cell_global_minimum", "cell": cell}} for cell in NO_CELLS),
        {"problem": {"format": "exactland-problem/1"}},
    ],
)
def test_a_malformed_certificate_is_refused_by_the_exporter(change: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        export(examples()["directionally_stationary"] | change)


@pytest.mark.parametrize("signs", [["+", "-"], "+?", None, 1])
def test_a_region_whose_signs_are_no_text_of_signs_is_refused(signs: object) -> None:
    region = {"neurons": [{"signs": signs, "output": "all"}]}
    claim = {"kind": "local_minimum", "radius": "1", "region": region}
    with pytest.raises(InputError, match="signs must be made of"):
        export(examples()["directionally_stationary"] | {"claim": claim})


def test_data_and_claim_come_before_the_witness() -> None:
    for certificate in [*examples().values(), *integral_examples().values()]:
        text = export(certificate)
        order = [
            "(** The data",
            "(** The network",
            "(** Claim:",
            "(** Witness",
            "Theorem certified",
        ]
        positions = [text.index(part) for part in order]
        assert positions == sorted(positions)
