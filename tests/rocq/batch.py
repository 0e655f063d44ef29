"""Evaluate the verified checkers on many certificates in one run of the kernel."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from exactland.certificates.claims import Certificate
from exactland.certificates.rocq.export import COVERED_CLAIMS, HEADER, verdict_module
from exactland.certificates.rocq.kernel import compile_text
from exactland.errors import InputError
from tests.certificates import test_produce


def made(problem: dict[str, Any]) -> list[Certificate]:
    """Return the certificates of a point whose claims the formal development covers."""
    return [one for one in test_produce.made(problem) if _is_covered(one)]


def _is_covered(certificate: Certificate) -> bool:
    """Of a covered kind; of the two forms of a local minimum, the one with a region."""
    parts = [certificate.claim, *(part["claim"] for part in certificate.witness.get("parts", []))]
    return certificate.kind in COVERED_CLAIMS and not any("type" in claim for claim in parts)


def kernel_verdicts(certificates: Sequence[Mapping[str, Any]], library: Path) -> list[bool | None]:
    """Return what the verified checker says of each; None where it cannot be stated for it."""
    modules: dict[int, str] = {}
    for number, certificate in enumerate(certificates):
        try:
            modules[number] = verdict_module(certificate, f"C{number}")
        except InputError:
            continue
    names = "; ".join(f"C{number}.verdict" for number in modules)
    text = "\n".join([HEADER, *modules.values(), f"Eval vm_compute in [{names}].\n"])
    code, output = compile_text(text, library)
    assert code == 0, output[-2000:]
    words = re.findall(r"\b(?:true|false)\b", output[output.rindex("=") :])
    assert len(words) == len(modules), output
    result: list[bool | None] = [None] * len(certificates)
    for number, word in zip(modules, words, strict=True):
        result[number] = word == "true"
    return result
