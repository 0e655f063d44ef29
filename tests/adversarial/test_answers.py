"""Documents that tell the checker from small changes of itself: their answers stay as they are.

Found by `scripts.mutate_checker`; each notices at least one mutant (see MUTANTS.md).
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from exactland.checker import check_certificate, check_text
from tests.adversarial import answers
from tests.adversarial.answers import Answer
from tests.adversarial.corpus import corpus
from tests.adversarial.hand_made import CASES
from tests.adversarial.run import still_true
from tests.checker import examples
from tests.checker.examples import Json, changed

ROOT = Path(__file__).parents[2]
PARTS = 20
KEPT = answers.load()


@pytest.mark.parametrize("part", range(PARTS))
def test_the_answers_are_the_recorded_ones_and_true(part: int) -> None:
    (example, *_) = corpus()["empirical", "loss_value"]
    for one in KEPT[part::PARTS]:
        assert answers.answer(one.text) == one
        if one.status == "accepted":
            # Not False: a claim beyond the slow definitions has no truth to compare with.
            assert still_true(one.text.encode(), example) is not False, one.text


def test_all_answers_occur() -> None:
    assert {one.status for one in KEPT} == {"accepted", "rejected", "unusable"}


@pytest.mark.parametrize(
    ("document", "where"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_condition_that_fails_alone_is_noticed(document: Json, where: str) -> None:
    outcome = check_certificate(document)
    assert (outcome.status == "accepted", outcome.where) == (where == "", where), outcome


def test_a_text_is_written_by_its_changes_and_read_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = json.dumps(examples.LOSS)
    kept = [
        Answer(each, "rejected", "somewhere", "")
        for each in (
            text,
            json.dumps(changed(examples.LOSS, "claim", "loss", to=None)),
            json.dumps(examples.LOSS | {"witness": {"zzz": 0}}),
            json.dumps({key: examples.LOSS[key] for key in ("format", "problem", "claim")}),
            "[1, 2",
            '{"a":1}',
            text + " ",
        )
    ]
    monkeypatch.setattr(answers, "FILE", tmp_path / "answers.json")
    answers.save(kept)
    assert sorted(one.text for one in answers.load()) == sorted(one.text for one in kept)
    assert answers.FILE.stat().st_size < sum(len(one.text) for one in kept)


def test_the_survivors_listed_are_lines_of_the_checker_with_a_reason_or_a_test() -> None:
    content = json.loads(answers.SURVIVORS.read_text("utf-8"))
    for row in content["survivors"]:
        module, _, text, _ = row["mutant"]
        lines = (ROOT / "exactland" / "checker" / f"{module}.py").read_text("utf-8").splitlines()
        assert text in map(str.strip, lines), row
        if "test" in row:
            assert (ROOT / row["test"].split("::")[0]).is_file(), row
        else:
            assert row["reason"] in content["reasons"], row


@pytest.mark.parametrize("value", [False, None, "true", 1, {}, []])
def test_a_leaf_is_separated_only_where_it_says_true(value: object) -> None:
    document = changed(examples.ZONOTOPE, "witness", "tree", "separated", to=value)
    assert check_certificate(document).status == "unusable"
    assert check_text(json.dumps(document)).status == "unusable"
