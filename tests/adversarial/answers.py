"""Certificate files with the checker's answers, kept in answers.json.

Most differ from another one in a few places: these are written as its number and the changes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exactland.checker import Outcome, check_text
from tests.adversarial.mutations import Json, at

FILE = Path(__file__).with_name("answers.json")
SURVIVORS = Path(__file__).with_name("survivors.json")
Change = list[Any]
"""[path, value], or [path] where the member is left out."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A file with the status, the place, and, where it is accepted, the sentence."""

    text: str
    status: str
    where: str
    sentence: str


def answer(text: str) -> Answer:
    """Ask the checker."""
    return recorded(text, check_text(text))


def recorded(text: str, outcome: Outcome) -> Answer:
    sentence = outcome.message if outcome.status == "accepted" else ""
    return Answer(text, outcome.status, outcome.where, sentence)


def load() -> list[Answer]:
    content = json.loads(FILE.read_text("utf-8"))
    whole = content["whole"]
    return [
        Answer(
            entry["text"] if "text" in entry else _changed(whole[entry["of"]], entry["changes"]),
            *entry["answer"],
        )
        for entry in content["answers"]
    ]


def save(answers: Iterable[Answer]) -> None:
    """Write the file; one line for each document."""
    whole: list[Json] = []
    entries = []
    for one in sorted(answers, key=lambda one: (len(one.text), one.text)):
        entry = _entry(one.text, whole)
        entries.append(entry | {"answer": [one.status, one.where, one.sentence]})
    parts = []
    for name, rows in (("whole", whole), ("answers", entries)):
        lines = ",\n".join(json.dumps(row) for row in rows)
        parts.append(f'"{name}": [\n{lines}\n]')
    FILE.write_text("{" + ",\n".join(parts) + "}\n", "utf-8")


def _entry(text: str, whole: list[Json]) -> Json:
    """Return how to write a text; a new well-formed document is added to the whole ones."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return {"text": text}
    if not isinstance(document, dict) or json.dumps(document) != text or len(text) > 20_000:
        return {"text": text}
    best: tuple[int, int, list[Change]] | None = None
    for number, known in enumerate(whole):
        if known.get("format") == document.get("format"):
            changes = list(_changes(known, document, []))
            size = len(json.dumps(changes))
            if best is None or size < best[0]:
                best = size, number, changes
    if best is None or best[0] > len(text) // 3 or _changed(whole[best[1]], best[2]) != text:
        whole.append(document)
        best = 0, len(whole) - 1, []
    return {"of": best[1], "changes": best[2]}


def _changes(old: Any, new: Any, path: list[Any]) -> Iterator[Change]:
    if isinstance(old, dict) and isinstance(new, dict):
        yield from ([[*path, key]] for key in old if key not in new)
        for key, value in new.items():
            if key in old:
                yield from _changes(old[key], value, [*path, key])
            else:
                yield [[*path, key], value]
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (left, right) in enumerate(zip(old, new, strict=True)):
            yield from _changes(left, right, [*path, number])
    elif old != new or type(old) is not type(new):
        yield [path, new]


def _changed(document: Json, changes: list[Change]) -> str:
    result = deepcopy(document)
    for path, *value in changes:
        place = at(result, tuple(path[:-1]))
        if value:
            place[path[-1]] = value[0]
        else:
            del place[path[-1]]
    return json.dumps(result)
