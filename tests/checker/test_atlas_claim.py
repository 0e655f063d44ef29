"""The claim of the least loss of a width: accepted when true, never when false."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from flint import fmpq

from exactland.certificates.atlas import minimum_certificate
from exactland.checker import check_certificate
from exactland.landscape.atlas.bounding import least_loss
from exactland.landscape.atlas.run import atlas
from exactland.landscape.atlas.setting import make_setting
from exactland.problem.files import problem_to_json
from tests.checker.examples import changed
from tests.landscape.test_atlas import five_points, random_landscape


def certificate(width: int) -> dict[str, Any]:
    setting = make_setting(five_points())
    document = minimum_certificate(setting, least_loss(setting, width)).to_json()
    result: dict[str, Any] = json.loads(json.dumps(document))
    return result


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    found = [path] if path else []
    return found + [place for key, item in items for place in places(item, (*path, key))]


def removed(document: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    copy: Any = json.loads(json.dumps(document))
    place = copy
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    result: dict[str, Any] = copy
    return result


@pytest.mark.parametrize("width", [1, 2, 3])
def test_true_claims_are_accepted(width: int) -> None:
    assert check_certificate(certificate(width)).status == "accepted"


def test_a_worse_stationary_point_is_never_accepted() -> None:
    document = certificate(2)
    for entry in atlas(five_points(), 2).losses[1:]:
        false = changed(document, "problem", to=problem_to_json(entry.problem))
        assert check_certificate(false).status == "rejected"
        false = changed(false, "claim", "loss", to=str(entry.loss))
        outcome = check_certificate(false)
        assert outcome.status == "rejected" and outcome.where.startswith("witness.tree")


@pytest.mark.parametrize("width", [2, 3])
def test_a_false_claim_survives_no_change_of_its_witness(width: int) -> None:
    """The network is not optimal, so every change whatsoever of the witness must be refused."""
    worse = atlas(five_points(), width).losses[1]
    document = changed(certificate(width), "problem", to=problem_to_json(worse.problem))
    document = changed(document, "claim", "loss", to=str(worse.loss))
    generator = random.Random(width)
    everywhere = [("witness", *place) for place in places(document["witness"])]
    for path in generator.sample(everywhere, min(len(everywhere), 250)):
        assert check_certificate(removed(document, path)).status != "accepted"
        value: Any = document
        for step in path:
            value = value[step]
        if isinstance(value, str | int):
            other = generator.choice([0, 1, -1, "1/3", "-7", 2])
            assert check_certificate(changed(document, *path, to=other)).status != "accepted"


def test_every_part_of_the_witness_is_needed() -> None:
    document = certificate(2)
    for index in range(len(document["witness"]["cones"])):
        outcome = check_certificate(removed(document, ("witness", "cones", index)))
        assert outcome.status == "rejected" and "wall" in outcome.message
    children = document["witness"]["tree"]["children"]
    for index in range(len(children)):
        path = ("witness", "tree", "children", index)
        assert check_certificate(removed(document, path)).status == "rejected"


@pytest.mark.parametrize("seed", range(25))
def test_random_landscapes_are_certified(seed: int) -> None:
    generator = random.Random(seed)
    landscape = random_landscape(generator)
    setting = make_setting(landscape)
    found = least_loss(setting, generator.randint(1, 3))
    document = minimum_certificate(setting, found).to_json()  # checked on the way
    if found.loss:
        lower = changed(document, "claim", "loss", to=str(found.loss * fmpq(99, 100)))
        assert check_certificate(lower).status == "rejected"


@pytest.mark.parametrize(
    ("path", "to", "status"),
    [
        (("claim", "width"), 3, "rejected"),
        (("claim", "width"), "2", "unusable"),
        (("claim", "loss"), "1/3", "rejected"),
        (("witness",), {}, "unusable"),
        (("witness", "cones"), [], "rejected"),
        (("witness", "cones", 0, 0), 99, "unusable"),
        (("witness", "cones", 0), [0, 0], "rejected"),
        (("witness", "rays", 0), ["0", "0"], "rejected"),
        (("witness", "tree"), {"vectors": []}, "unusable"),
        (("witness", "tree", "children"), [], "rejected"),
        (("witness", "tree", "children", 0, "node", "vectors"), [], "rejected"),
        (("witness", "tree", "vector"), ["0"] * 5, "rejected"),
        (("witness", "tree", "vector"), ["0"] * 4, "unusable"),
    ],
)
def test_malformed_and_wrong_parts(path: tuple[Any, ...], to: Any, status: str) -> None:
    assert check_certificate(changed(certificate(2), *path, to=to)).status == status
