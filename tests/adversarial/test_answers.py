"""Documents that tell the checker from small changes of itself: their answers stay as they are.

Found by `scripts/mutate_checker.py`; each notices at least one mutant (see MUTANTS.md).
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from exactland.checker import check_certificate, check_text
from tests.adversarial.corpus import corpus
from tests.adversarial.run import still_true
from tests.checker import examples
from tests.checker.examples import changed

KEPT = json.loads((Path(__file__).parent / "answers.json").read_text("utf-8"))


@pytest.mark.parametrize("part", range(10))
def test_the_answers_are_the_recorded_ones_and_true(part: int) -> None:
    (example, *_) = corpus()["empirical", "loss_value"]
    for entry in KEPT[part::10]:
        text, status = entry["text"], entry["status"]
        assert check_text(text).status == status, text
        if status == "accepted":
            # Not False: a claim beyond the slow definitions has no truth to compare with.
            assert still_true(text.encode(), example) is not False, text


def test_all_answers_occur() -> None:
    assert {entry["status"] for entry in KEPT} == {"accepted", "rejected", "unusable"}


@pytest.mark.parametrize("value", [False, None, "true", 1, {}, []])
def test_a_leaf_is_separated_only_where_it_says_true(value: object) -> None:
    document = changed(examples.ZONOTOPE, "witness", "tree", "separated", to=value)
    assert check_certificate(document).status == "unusable"
