"""The formal development: complete, without admitted goals, resting on two axioms."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from exactland.certificates.rocq.kernel import (
    ALLOWED_AXIOMS,
    compile_text,
    printed_assumptions,
    theory_files,
    theory_folder,
)

FOLDER = theory_folder()
STATEMENT = re.compile(r"^(?:Theorem|Corollary) (\w+)", re.MULTILINE)
AUDITED = (
    "Definitions.v",
    "Claims.v",
    "LandscapeClaims.v",
    "CellClaims.v",
    "ValleyClaims.v",
    "FieldClaims.v",
    "IntegralDefinitions.v",
    "IntegralClaims.v",
    "LayerDefinitions.v",
    "LayerClaims.v",
    "LogisticClaims.v",
)
"""What has to be read to trust a certificate."""


def sources() -> dict[str, str]:
    return {name: (FOLDER / name).read_text("utf-8") for name in theory_files(FOLDER)}


def test_the_project_lists_every_file() -> None:
    assert sorted(theory_files(FOLDER)) == sorted(path.name for path in FOLDER.glob("*.v"))


def test_nothing_is_admitted_or_assumed() -> None:
    words = re.compile(r"\b(?:Admitted|admit|Axioms?|Parameters?|Conjecture|Abort|give_up)\b")
    for name, text in sources().items():
        assert words.search(re.sub(r"\(\*.*?\*\)", "", text, flags=re.DOTALL)) is None, name


def test_the_audited_files_hold_definitions_only() -> None:
    for name in AUDITED:
        text = sources()[name]
        assert not re.search(r"\b(?:Lemma|Theorem|Proof|Ltac)\b", text)
        assert text.count("\n") <= 160
    assert "Exactland Require" not in sources()["Definitions.v"]
    modules = {name.removesuffix(".v") for name in AUDITED}
    for name in AUDITED:
        for imported in re.findall(r"Exactland Require Import (.*)\.", sources()[name]):
            assert set(imported.split()) <= modules


@pytest.mark.needs("coq", checks="that every theorem rests on the two axioms of the reals only")
def test_every_theorem_rests_on_the_axioms_of_the_reals(library: Path) -> None:
    modules = [name.removesuffix(".v") for name in sources()]
    lines = [f"From Exactland Require {' '.join(modules)}."]
    theorems = [
        f"{name.removesuffix('.v')}.{theorem}"
        for name, text in sources().items()
        for theorem in STATEMENT.findall(text)
    ]
    assert len(theorems) > 80
    # The assumptions of all of them at once: one walk through the development instead of many.
    everything = ", ".join(f"@{theorem}" for theorem in theorems)
    lines += [f"Definition everything := ({everything}).", "Print Assumptions everything."]
    code, output = compile_text("\n".join(lines) + "\n", library)
    assert code == 0, output
    printed = printed_assumptions(output)
    assert printed is not None and set(printed) == ALLOWED_AXIOMS
