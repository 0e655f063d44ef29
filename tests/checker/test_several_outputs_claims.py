"""Local minima by blocks and second order: true certificates are accepted, false ones are not."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from exactland.certificates.produce import certificates
from exactland.checker import check_certificate, check_text
from exactland.landscape.analysis import analyze_empirical
from tests.certificates.test_produce import digit_positions
from tests.certificates.truth import is_true
from tests.checker.examples import Json, certificate, changed, instance_problem, leaf, problem
from tests.reference import empirical_problem
from tests.stationary_points import stationary_point

DATA = instance_problem("type2_min")["loss"]
PROOF = {"margins": {}, "tree": leaf()}
STRICT = {"examined": [0], "criterion": "type_2_strict", "held": {"0": {}}}
RANK = {"examined": [0], "criterion": "reduced_rank", "held": {"0": {}}}


def minimum(given: Json, kind: str, cells: Json, neurons: Json | None = None) -> Json:
    block = {"neurons": neurons or {"0": PROOF}, "cells": cells}
    return certificate(given, "local_minimum", {"type": kind}, blocks=[block])


TYPE_2 = minimum(instance_problem("type2_min"), "type_2_strict", STRICT)
REDUCED = minimum(instance_problem("type2_degenerate"), "reduced_rank", RANK)


def produced(seed: int, width: int, dimension: int, outputs: int, loose: bool) -> Json:
    """The certificate of a random point, made by the package."""
    point = stationary_point(seed, width, dimension, outputs, loose)
    assert point is not None
    made = certificates(analyze_empirical(empirical_problem(point)))
    (found,) = (one for one in made if one.kind == "local_minimum")
    result: Json = json.loads(found.to_text())
    return result


CELLS = produced(3, 4, 2, 2, True)
"""Several products of cells, two outputs, two inputs."""
PRODUCTS = produced(33, 2, 3, 2, True)
"""With products of forms split off."""


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            found += paths(item, (*path, key))
    return found


@pytest.mark.parametrize("document", [TYPE_2, REDUCED, CELLS, PRODUCTS])
def test_true_certificates_are_accepted(document: Json) -> None:
    outcome = check_certificate(document)
    assert outcome.status == "accepted", outcome
    assert outcome.message.isprintable()


def with_a_dead_neuron_on_a_third_datum() -> Json:
    """The saddle, a third datum that is fitted, and a neuron that is zero up to that datum.

    Without the neuron it is a strict minimum; with it a saddle: the neuron undoes, at second order,
    what happens to the third datum.
    """
    saddle = instance_problem("type2_saddle")
    x, y = saddle["loss"]["x"], saddle["loss"]["y"]
    return problem(
        [["4/5", "3/5"], ["-3", "-4"]],
        [["1", "0"], ["0", "0"]],
        [*x, ["16", "-12"]],
        [*y, ["28/5", "0"]],
    )


BOTH = {**STRICT, "examined": [0, 1], "held": {"0": {}, "1": {}}}
BRANCH = {"neuron": 1, "class": 2, "plus": BOTH, "minus": BOTH}

FALSE: list[tuple[str, Json, str]] = [
    (
        "a neuron both of whose moves are silent",
        minimum(
            with_a_dead_neuron_on_a_third_datum(), "type_2_strict", BRANCH, {"0": PROOF, "1": None}
        ),
        "witness.blocks[0].cells.plus",
    ),
    ("another type", changed(TYPE_2, "claim", "type", to="reduced_rank"), "claim.type"),
    ("no such type", changed(TYPE_2, "claim", "type", to="type_3"), "claim.type"),
    (
        "a saddle",
        minimum(instance_problem("type2_saddle"), "type_2_strict", STRICT),
        "witness.blocks[0].cells",
    ),
    (
        "a saddle of reduced rank",
        minimum(instance_problem("type2_saddle"), "reduced_rank", RANK),
        "witness.blocks[0].cells",
    ),
    (
        "not strict",
        minimum(instance_problem("type2_degenerate"), "type_2_strict", STRICT),
        "witness.blocks[0].cells",
    ),
    (
        "an escape neuron that is not examined",
        changed(
            TYPE_2,
            "witness",
            "blocks",
            0,
            "cells",
            to={**STRICT, "examined": [], "criterion": "type_1", "held": {}},
        ),
        "witness.blocks[0].cells",
    ),
    (
        "an escape neuron called calm",
        changed(TYPE_2, "witness", "blocks", 0, "neurons", "0", to=None),
        "witness.blocks[0].neurons.0",
    ),
    (
        "an escape neuron with a spread",
        changed(
            TYPE_2,
            "witness",
            "blocks",
            0,
            "neurons",
            "0",
            to={"margins": {}, "spread": "1", "plus": [leaf()] * 2, "minus": [leaf()] * 2},
        ),
        "witness.blocks[0].neurons.0.plus[1]",
    ),
    (
        "a margin where there is no class",
        changed(TYPE_2, "witness", "blocks", 0, "neurons", "0", "margins", to={"0": "1"}),
        "witness.blocks[0].neurons.0.margins",
    ),
    (
        "a branch on no loose class",
        changed(
            TYPE_2,
            "witness",
            "blocks",
            0,
            "cells",
            to={"neuron": 0, "class": 0, "plus": STRICT, "minus": STRICT},
        ),
        "witness.blocks[0].cells",
    ),
    (
        "an empty cell that is not",
        changed(
            TYPE_2,
            "witness",
            "blocks",
            0,
            "cells",
            to={"empty": {"neuron": 0, "multipliers": {}}},
        ),
        "witness.blocks[0].cells.empty.multipliers",
    ),
    ("no block", changed(TYPE_2, "witness", "blocks", to=[]), "witness"),
    (
        "a block without cells",
        changed(TYPE_2, "witness", "blocks", 0, to={"neurons": {"0": PROOF}}),
        "witness.blocks[0].neurons.0",
    ),
    (
        "two copies of the escape neuron",
        minimum(
            instance_problem("type2_min_replicated"),
            "type_2_strict",
            {**STRICT, "examined": [0, 1], "held": {"0": {}, "1": {}}},
            {"0": PROOF, "1": PROOF},
        ),
        "witness.blocks[0].cells",
    ),
    (
        "two neurons on the same data in two blocks",
        certificate(
            problem([["4/5", "3/5"]] * 2, [["2", "0"], ["0", "0"]], DATA["x"], DATA["y"]),
            "local_minimum",
            {"type": "type_2_strict"},
            blocks=[
                {"neurons": {"0": PROOF}, "cells": STRICT},
                {"neurons": {"1": PROOF}, "cells": {**STRICT, "examined": [1], "held": {"1": {}}}},
            ],
        ),
        "witness.blocks[1]",
    ),
    (
        "a residual moved",
        changed(TYPE_2, "problem", "loss", "y", 0, 1, to="-4/5"),
        "problem.network.w[0]",
    ),
    (
        "an examined neuron without multipliers",
        changed(TYPE_2, "witness", "blocks", 0, "cells", "held", to={}),
        "witness.blocks[0].cells",
    ),
]


@pytest.mark.parametrize(
    ("document", "where"), [case[1:] for case in FALSE], ids=[c[0] for c in FALSE]
)
def test_a_false_certificate_is_rejected(document: Json, where: str) -> None:
    outcome = check_certificate(document)
    assert (outcome.status, outcome.where) == ("rejected", where), outcome


@pytest.mark.parametrize("document", [CELLS, PRODUCTS])
def test_every_number_of_the_witness_is_needed_or_harmless(document: Json) -> None:
    """Multipliers and margins made larger, products negative, criteria and sides exchanged."""
    rejected = 0
    for path in paths(document["witness"], ("witness",)):
        value: Any = document
        for key in path:
            value = value[key]
        if path[-1] in ("plus", "minus") and isinstance(value, dict):
            mutant = changed(document, *path, to={"multipliers": {}})
        elif isinstance(value, str) and path[-1] != "criterion":
            mutant = changed(document, *path, to=f"-{value}" if value[0] != "-" else "10")
        elif path[-1] == "criterion":
            mutant = changed(document, *path, to="type_1")
        else:
            continue
        outcome = check_certificate(mutant)
        assert outcome.status in ("accepted", "rejected", "unusable")
        rejected += outcome.status != "accepted"
    assert rejected >= 5


@pytest.mark.parametrize("document", [TYPE_2, REDUCED, CELLS])
def test_a_changed_digit_is_noticed_or_leaves_the_claim_true(document: Json) -> None:
    generator, rejected = random.Random(7), 0
    text = json.dumps(document | {"notes": {}})
    positions = digit_positions(text)
    for position in generator.sample(positions, min(len(positions), 70)):
        digit = generator.choice([d for d in "0123456789" if d != text[position]])
        mutant = text[:position] + digit + text[position + 1 :]
        if check_text(mutant).status == "accepted":
            assert is_true(json.loads(mutant)), mutant
        else:
            rejected += 1
    assert rejected


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("witness", "blocks", 0, "cells", "criterion"), "convex"),
        (("witness", "blocks", 0, "cells", "examined"), [1]),
        (("witness", "blocks", 0, "cells", "products"), [[0, 0, 0, 0]]),
        (("witness", "blocks", 0, "neurons"), {"1": PROOF}),
        (("witness", "blocks", 0, "neurons", "0"), {"tree": leaf()}),
        (("witness", "blocks"), {}),
        (("claim", "type"), 2),
    ],
)
def test_a_malformed_certificate_is_unusable(path: tuple[Any, ...], value: Any) -> None:
    assert check_certificate(changed(TYPE_2, *path, to=value)).status == "unusable"
