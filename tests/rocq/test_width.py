"""The least loss of a width: the kernel accepts it, and agrees with the checker."""

from __future__ import annotations

import json
import random
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from exactland.certificates.atlas import minimum_certificate
from exactland.certificates.rocq import export, run_kernel
from exactland.certificates.rocq.kernel import ALLOWED_AXIOMS
from exactland.errors import InputError
from exactland.landscape.atlas.bounding import least_loss
from exactland.landscape.atlas.run import atlas
from exactland.landscape.atlas.setting import make_setting
from exactland.problem.files import problem_to_json
from tests.checker.examples import changed
from tests.checker.test_atlas_claim import certificate, places, removed
from tests.landscape.test_atlas import five_points, random_landscape
from tests.rocq.test_agreement import FACTOR, compare, mutants
from tests.rocq.test_kernel import checked_by_kernel

Json = dict[str, Any]


@cache
def random_certificates(count: int) -> list[Json]:
    """Of data in one, two and three dimensions, repeated and zero points among them."""
    found = []
    for seed in range(count):
        generator = random.Random(seed)
        setting = make_setting(random_landscape(generator))
        least = least_loss(setting, generator.randint(1, 3))
        found.append(json.loads(json.dumps(minimum_certificate(setting, least).to_json())))
    return found


@pytest.mark.needs("coq", checks="that the kernel accepts the least loss of a width")
@pytest.mark.parametrize("width", [1, 3, 0])
def test_the_kernel_accepts(width: int, library: Path, tmp_path: Path) -> None:
    zero_loss = (one for one in random_certificates(25) if one["claim"]["loss"] == "0")
    document = certificate(width) if width else next(zero_loss)
    (tmp_path / "certificate.v").write_text(export(document))
    outcome = run_kernel(tmp_path / "certificate.v", library=library)
    assert outcome.accepted, outcome
    assert set(outcome.assumptions) == ALLOWED_AXIOMS


TREE = ("witness", "tree")
CORRUPTIONS = [
    (("claim", "loss"), "1/3"),
    (("problem", "loss", "y", 0, 0), "1/2"),
    (("witness", "cones", 0, 0), 1),
    (("witness", "cones", 0), [0, 0]),
    (("witness", "cones"), []),
    (("witness", "rays", 0), ["-1", "0"]),
    ((*TREE, "children"), []),
    ((*TREE, "children", 0, "node", "vectors"), []),
    ((*TREE, "children", 0, "class"), 1),
    ((*TREE, "vector"), ["0"] * 5),
]


@pytest.mark.needs("coq", checks="that the kernel rejects corrupted bounds of a width")
@pytest.mark.parametrize(("path", "to"), CORRUPTIONS)
def test_the_kernel_rejects_a_corrupted_number(
    path: tuple[Any, ...], to: Any, library: Path
) -> None:
    outcome = checked_by_kernel(changed(certificate(2), *path, to=to), library)
    assert outcome.status == "rejected"
    assert "Error" in outcome.message


def test_malformed_certificates_are_refused_by_the_exporter() -> None:
    for path, to in (
        (("claim", "width"), 3),
        (("witness", "cones", 0, 0), 99),
        (("witness", "cones", 0), [0]),
        (("witness",), {}),
        (TREE, {"vectors": []}),
        ((*TREE, "vector"), ["0"] * 4),
    ):
        with pytest.raises(InputError):
            export(changed(certificate(2), *path, to=to))


def changes(document: Json, generator: random.Random, count: int) -> list[Json]:
    """Parts of the witness removed, or replaced by other numbers."""
    everywhere = [("witness", *place) for place in places(document["witness"])]
    found = []
    for path in generator.sample(everywhere, min(count, len(everywhere))):
        found.append(removed(document, path))
        value: Any = document
        for step in path:
            value = value[step]
        if isinstance(value, str | int):
            found.append(changed(document, *path, to=generator.choice([0, 1, -1, "1/3", "-7", 2])))
    return found


@pytest.mark.needs("coq", checks="that both checkers say the same of the least loss of a width")
def test_both_checkers_agree_on_the_five_points(library: Path) -> None:
    generator = random.Random(0)
    true = [certificate(width) for width in (1, 2, 3)]
    worse = []
    for one in true[:2]:
        for entry in atlas(five_points(), one["claim"]["width"]).losses[1:4]:
            false = changed(one, "problem", to=problem_to_json(entry.problem))
            worse += [false, changed(false, "claim", "loss", to=str(entry.loss))]
    samples = [*true, *worse]
    samples += [mutant for one in true for mutant in mutants(one, generator)]
    samples += [other for one in true + worse[:3] for other in changes(one, generator, 25 * FACTOR)]
    counted = compare(samples, library)
    assert counted["accepted"] >= 10
    assert counted["rejected"] >= 150


@pytest.mark.needs("coq", checks="that both checkers say the same of the least losses of widths")
def test_both_checkers_agree_on_random_data(library: Path) -> None:
    generator = random.Random(1)
    samples = random_certificates(40 * FACTOR)
    samples = samples + [mutant for one in samples for mutant in mutants(one, generator)[:4]]
    samples += [other for one in samples[:40] for other in changes(one, generator, 4)]
    counted = compare(samples, library)
    assert counted["accepted"] >= 60
    assert counted["rejected"] >= 120
