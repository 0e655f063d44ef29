"""Evaluate the verified checkers on many certificates in one run of the kernel."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from exactland.certificates.claims import Certificate
from exactland.certificates.rocq.export import state
from exactland.certificates.rocq.kernel import compile_text
from exactland.certificates.rocq.statement import Statement, verdict_module
from exactland.errors import InputError, UnsupportedError
from tests.certificates import test_produce

Json = dict[str, Any]
PART = 1000
"""Certificates in one file for the kernel."""


def shortest_by_kind(certificates: Sequence[Json]) -> dict[str, Json]:
    """Return the shortest certificate of every kind of claim."""
    found: dict[str, Json] = {}
    for one in sorted(certificates, key=lambda one: len(str(one))):
        found.setdefault(one["claim"]["kind"], one)
    return found


def covered(certificate: Mapping[str, Any]) -> bool:
    """Whether the formal development covers the claim."""
    try:
        state(certificate)
    except UnsupportedError:
        return False
    except InputError:
        return True
    return True


def made(problem: dict[str, Any]) -> list[Certificate]:
    """Return the certificates of a point whose claims the formal development covers."""
    return [one for one in test_produce.made(problem) if covered(one.to_json())]


def _parts(
    groups: Mapping[str, Mapping[int, Statement]],
) -> Iterator[tuple[str, dict[int, Statement]]]:
    """Divide the groups, so that the kernel's memory stays small."""
    for header, statements in groups.items():
        numbers = list(statements)
        for start in range(0, len(numbers), PART):
            yield header, {n: statements[n] for n in numbers[start : start + PART]}


def kernel_verdicts(certificates: Sequence[Mapping[str, Any]], library: Path) -> list[bool | None]:
    """Return what the verified checker says of each; None where it cannot be stated for it."""
    groups: dict[str, dict[int, Statement]] = defaultdict(dict)
    for number, certificate in enumerate(certificates):
        try:
            statement = state(certificate)
        except InputError:
            continue
        groups[statement.header][number] = statement
    result: list[bool | None] = [None] * len(certificates)
    for header, statements in _parts(groups):
        modules = [verdict_module(one, f"C{number}") for number, one in statements.items()]
        names = "; ".join(f"C{number}.verdict" for number in statements)
        text = "\n".join([header, *modules, f"Eval vm_compute in [{names}].\n"])
        code, output = compile_text(text, library)
        assert code == 0, output[-2000:]
        words = re.findall(r"\b(?:true|false)\b", output[output.rindex("=") :])
        assert len(words) == len(statements), output
        for number, word in zip(statements, words, strict=True):
            result[number] = word == "true"
    return result
