"""Results on disk: one JSON file a case, written atomically, taken again while nothing changed.

The certificates of a case stand in a folder beside its file: DIR/wsg/stationarity/NAME.json.
"""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

from exactland.errors import InputError
from exactland.problem.storage import (
    printable_name,
    read_bytes,
    remove_abandoned,
    write_text_inside,
)
from exactland.proving.case import FORMAT, Case, CaseResult, case_to_json
from exactland.proving.ledger import Produced, Record


def result_path(folder: Path, case: Case) -> Path:
    """Return the file of a case: DIR/cjr/slope-identity.json.

    Examples
    --------
    >>> from exactland.proving.library import find_case
    >>> print(result_path(Path("out"), find_case("cjr/slope-identity")).as_posix())
    out/cjr/slope-identity.json
    """
    return folder / f"{case.id}.json"


def require_folder(folder: Path) -> None:
    """Make the folder if it is missing, before any long work; clear what killed runs left in it.

    Raises
    ------
    InputError
        If it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for place, _, _ in os.walk(folder):  # not through links
            remove_abandoned(place)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(printable_name(folder), f"cannot be made: {reason}") from None


def write_result(folder: Path, case: Case, result: CaseResult, inputs: str) -> None:
    """Write the result of a case; `inputs` is the digest of what it depends on."""
    place = result_path(Path(), case)
    for one in result.certificates:
        write_text_inside(folder, _certificate_path(place, one.name).as_posix(), one.text)
    body = {
        "format": FORMAT,
        **{key: value for key, value in case_to_json(case).items() if key != "checks"},
        **{key: value for key, value in result.to_json().items() if key != "case"},
        "inputs": inputs,
    }
    text = json.dumps(body, indent=1, ensure_ascii=False) + "\n"
    write_text_inside(folder, place.as_posix(), text)


def finished_result(folder: Path, case: Case, inputs: str) -> CaseResult | None:
    """Return the passed result in the folder if it was made from the same inputs, else None."""
    path = result_path(folder, case)
    try:
        body = json.loads(read_bytes(path))
        if body["format"] != FORMAT or body["inputs"] != inputs or body["id"] != case.id:
            return None
        records = tuple(_record(entry) for entry in body["records"])
        kept = tuple(_produced(path, entry) for entry in body["certificates"])
        result = CaseResult(case.id, body["status"], "", records, kept, reused=True)
        intact = result.digest == body["digest"] and all(record.holds for record in records)
    except (InputError, ValueError, KeyError, TypeError):
        return None  # no file, or not one of ours: the case is run
    whole = all(sha256(one.text.encode()).hexdigest() == one.digest for one in kept)
    return result if result.passed and intact and whole and len(records) == case.checks else None


def _certificate_path(path: Path, name: str) -> Path:
    return path.with_suffix("") / f"{name}.json"


def _produced(path: Path, entry: dict[str, str]) -> Produced:
    if Path(entry["name"]).name != entry["name"]:
        raise ValueError("a name that leads to another folder")
    text = read_bytes(_certificate_path(path, entry["name"])).decode("utf-8")
    return Produced(entry["name"], entry["kind"], text, entry["digest"])


def _record(entry: dict[str, Any]) -> Record:
    routes = tuple((route["route"], route["holds"]) for route in entry["routes"])
    return Record(entry["name"], entry["expression"], routes, entry["value"])
