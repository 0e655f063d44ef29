"""proofs/CERTIFICATES.md says what the checker does."""

from __future__ import annotations

import json
import re
from pathlib import Path

from exactland.checker import check_certificate, check_text, limits
from exactland.checker.claims import SETTINGS
from tests.checker.examples import MINIMUM, changed

PROOFS = Path(__file__).parents[2] / "proofs"
TEXT = (PROOFS / "CERTIFICATES.md").read_text("utf-8")
COMPANIONS = sorted(PROOFS.glob("CERTIFICATES-*.md"))


def test_the_worked_example_is_accepted_with_the_largest_radius() -> None:
    section = TEXT.partition("## 6.")[2].partition("## 7.")[0]
    indented = [line for line in section.splitlines() if line.startswith("    ")]
    example = json.loads("\n".join(indented))
    assert check_text("\n".join(indented)) == check_certificate(MINIMUM)
    assert check_certificate(example).status == "accepted"
    for radius in ("232/2690", "2311/26900"):
        larger = changed(example, "claim", "radius", to=radius)
        assert check_certificate(larger).status == "rejected"


def test_every_claim_is_specified() -> None:
    everything = TEXT + "".join(path.read_text("utf-8") for path in COMPANIONS)
    for setting in SETTINGS.values():
        for kind in setting.claims:
            assert f"### {kind}\n" in everything
    for path in COMPANIONS:
        assert f"[{path.name}]({path.name})" in TEXT


def test_every_limit_is_specified_with_its_value() -> None:
    rows = re.findall(r"^\| `(MAX_\w+)` \| (?:(\d+) \* )?([\d,]+)(?:\^(\d+))?( MiB)?", TEXT, re.M)
    specified = {
        name: int(factor or 1)
        * int(base.replace(",", "")) ** int(power or 1)
        * (2**20 if mib else 1)
        for name, factor, base, power, mib in rows
    }
    assert specified == {n: v for n, v in vars(limits).items() if n.startswith("MAX_")}
