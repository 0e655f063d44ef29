"""Minima by blocks and second order: the kernel accepts true certificates and rejects others."""

from __future__ import annotations

import json
import random
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from exactland.certificates.produce import certificates
from exactland.certificates.rocq import export
from exactland.certificates.rocq.export import state
from exactland.certificates.rocq.kernel import ALLOWED_AXIOMS, compile_text, run_kernel_on_text
from exactland.certificates.rocq.statement import Statement, verdict_module
from exactland.errors import InputError, UnsupportedError
from exactland.landscape.analysis import analyze_empirical
from tests.checker.examples import certificate, changed, instance_problem, problem
from tests.checker.test_several_outputs_claims import (
    CELLS,
    FALSE,
    PRODUCTS,
    REDUCED,
    TYPE_2,
)
from tests.reference import empirical_problem
from tests.rocq.test_agreement import FACTOR, compare, mutants
from tests.stationary_points import stationary_point

FAMILIES = [(2, 2, 2), (3, 2, 2), (2, 3, 2), (3, 3, 3)]
"""(width, dimension, outputs)."""


def dead_neurons() -> dict[str, Any]:
    """A minimum of type 1: zero error, one neuron alive."""
    return certificate(
        problem(
            [["1", "0"], ["-1", "-1"]], [["1"], ["1"]], [["1", "0"], ["0", "1"]], [["1"], ["0"]]
        ),
        "local_minimum",
        {"type": "type_1"},
        blocks=[{"neurons": {"0": None, "1": None}}],
    )


@cache
def produced() -> list[dict[str, Any]]:
    """The certificates of random points with escape neurons that the development covers."""
    found = []
    for width, dimension, outputs in FAMILIES:
        for loose in (False, True):
            for seed in range(25):
                point = stationary_point(seed, width, dimension, outputs, loose)
                if point is None:
                    continue
                for one in certificates(analyze_empirical(empirical_problem(point))):
                    if "type" in one.claim:
                        found.append(json.loads(one.to_text()) | {"notes": {}})
    return found


EXAMPLES = {
    "type_1": dead_neurons(),
    "type_2_strict": TYPE_2,
    "reduced_rank": REDUCED,
    "several cells": CELLS,
    "products": PRODUCTS,
}


@pytest.mark.needs("coq", checks="that the kernel accepts minima by blocks")
@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_kernel_accepts_minima_by_blocks(name: str, library: Path) -> None:
    outcome = run_kernel_on_text(export(EXAMPLES[name]), library=library)
    assert outcome.accepted, outcome
    assert set(outcome.assumptions) == ALLOWED_AXIOMS


def spurious() -> dict[str, Any]:
    """The minimum of type 2 with a dead neuron; two neurons that are alive fit the data."""
    data = instance_problem("type2_min")["loss"]
    here = problem([["4/5", "3/5"], ["-1", "-1"]], [["2", "0"], ["0", "0"]], data["x"], data["y"])
    there = problem(data["x"], data["y"], data["x"], data["y"])
    made = certificates(analyze_empirical(empirical_problem(here)))
    parts = [
        json.loads(one.to_text()) for one in made if one.kind in ("local_minimum", "loss_value")
    ]
    parts.sort(key=lambda part: str(part["claim"]["kind"]))
    parts.append(certificate(there, "loss_value", {"loss": "0"}))
    losses = {"loss": parts[1]["claim"]["loss"], "better_loss": "0"}
    return certificate(here, "spurious_local_minimum", losses, parts=parts)


@pytest.mark.needs("coq", checks="that a minimum by blocks with a better network is spurious")
def test_the_kernel_accepts_spurious_minima_by_blocks(library: Path) -> None:
    whole = spurious()
    assert "type" in whole["witness"]["parts"][0]["claim"]
    worse = changed(whole, "claim", "loss", to="-1")
    assert compare([whole, worse], library) == {"accepted": 1, "rejected": 1}


@pytest.mark.needs("coq", checks="that both checkers say the same of minima by blocks")
@pytest.mark.parametrize("group", range(2))
def test_both_checkers_agree_on_minima_by_blocks(group: int, library: Path) -> None:
    generator = random.Random(group)
    samples = [*EXAMPLES.values(), *produced()][group::2]
    samples += [mutant for one in samples for mutant in mutants(one, generator)[: 6 * FACTOR]]
    counted = compare(samples, library)
    assert counted["accepted"] >= 12
    assert counted["rejected"] >= 40


@pytest.mark.needs("coq", checks="that false certificates by blocks prove nothing")
def test_no_false_certificate_by_blocks_is_accepted(library: Path) -> None:
    counted = compare([document for _, document, _ in FALSE], library)
    assert set(counted) == {"rejected"}
    assert counted["rejected"] >= 15


def verdicts(statement: Statement, bodies: list[str], library: Path) -> list[bool | None]:
    """What the checker says of each of several witnesses; None where it is no witness."""
    text = verdict_module(statement, "C")
    head, _, tail = text.partition("Definition the_blocks")
    original = tail[: tail.index("|}.") + 3]
    modules = [
        text.replace("Definition the_blocks" + original, "Definition the_blocks" + body)
        .replace("Module C.", f"Module C{n}.")
        .replace("End C.", f"End C{n}.")
        for n, body in enumerate([original, *bodies])
    ]
    assert head
    names = "; ".join(f"C{n}.verdict" for n in range(len(modules)))
    code, output = compile_text(
        "\n".join([statement.header, *modules, f"Eval vm_compute in [{names}].\n"]), library
    )
    assert code == 0, output[-2000:]
    words = re.findall(r"\b(?:true|false)\b", output[output.rindex("=") :])
    return [word == "true" for word in words]


@pytest.mark.needs("coq", checks="that the kernel rejects corrupted witnesses by blocks")
@pytest.mark.parametrize("name", sorted(set(EXAMPLES) - {"type_1"}))
def test_the_kernel_rejects_corrupted_witnesses_by_blocks(name: str, library: Path) -> None:
    """Numbers of the completed witness are changed: most are needed as they are."""
    statement = state(EXAMPLES[name])
    text = verdict_module(statement, "C").partition("Definition the_blocks")[2]
    body = text[: text.index("|}.") + 3]
    start = body.index("block_cells")
    places = [m for m in re.finditer(r"\d+", body[start:]) if m.group() != "0"]
    chosen = random.Random(name).sample(places, min(24, len(places)))
    bodies = [
        body[: start + m.start()] + str(int(m.group()) + 1) + body[start + m.end() :]
        for m in chosen
    ]
    original, *found = verdicts(statement, bodies, library)
    assert original is True
    assert found.count(False) >= 0.6 * len(found)


def test_the_exporter_refuses_what_does_not_fit_together() -> None:
    block = ("witness", "blocks", 0)
    for document, message in [
        (changed(TYPE_2, "claim", "type", to="reduced_rank"), "is not the type"),
        (changed(TYPE_2, *block, "cells", "held", to={}), "has no multipliers"),
        (changed(TYPE_2, *block, "cells", "examined", to=[0, 0]), "must be different neurons"),
        (changed(TYPE_2, *block, "cells", "criterion", to="type_1"), "does not fit"),
        (changed(TYPE_2, *block, "neurons", to={}), "is in no block"),
        (changed(PRODUCTS, *block, "cells", "class", to=77), "still to be decided"),
    ]:
        with pytest.raises(InputError, match=message):
            export(document)


def test_two_neurons_of_one_model_are_said_not_to_be_covered() -> None:
    point = stationary_point(5, 2, 3, 3)
    assert point is not None
    made = certificates(analyze_empirical(empirical_problem(point)))
    (one,) = (one for one in made if one.kind == "local_minimum")
    with pytest.raises(UnsupportedError, match="two examined neurons of one model"):
        export(json.loads(one.to_text()))
