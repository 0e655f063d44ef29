"""Nothing a file says runs code, reads another file, or writes outside the output folder.

The command line runs in a folder of hostile files, under an audit hook that sees every file opened,
program started, socket connected and object unpickled (`tests/adversarial/watched.py`).
"""

from __future__ import annotations

import io
import json
import os
import pickle
import sqlite3
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import exactland

ROOT = Path(exactland.__file__).parent.parent
SECRET = "the secret of another file"
DATA = {"x": [["-1", "1"], ["0", "1"], ["1", "1"]], "y": [["1"], ["0"], ["1"]]}
PROBLEM: dict[str, Any] = {
    "format": "exactland-problem/1",
    "network": {"activation": {"kind": "relu"}, "w": [["1", "0"]], "v": [["1/2"]]},
    "loss": {"kind": "empirical"} | DATA,
}
INTEGRAL: dict[str, Any] = {
    "format": "exactland-problem/1",
    "network": {"activation": {"kind": "relu"}, "w": [["1"]], "b": ["0"], "v": [["1"]], "c": ["0"]},
    "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]},
}
# What a number, a name or a key may try to be.
PAYLOADS = [
    "__import__('os').system('touch owned')",
    "open('secret/file').read()",
    "9**9**9**9",
    "1e999999999",
    "9" * 200_000,
    "lambda: 0",
    "sqrt(2)",
    "Symbol('x')",
    "{{7*7}}",
    "{0.__class__}",
    "%s%s%n",
    "${HOME}",
    "`touch owned`",
    "$(touch owned)",
    "; touch owned",
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://localhost/","x")',
    "@SUM(1)",
    "\\input{secret/file}",
    "\\write18{touch owned}",
    "../secret/file",
    "/etc/passwd",
    "file:///etc/passwd",
    "secret/file",
    "<script>touch</script>",
    "\x1b]0;title\x07",
    "a\nb\rc\x00d",
    "\u202e1",
    "!!python/object/apply:os.system ['touch owned']",
]


class Touch:
    """Unpickling it would make a file."""

    def __reduce__(self) -> Any:
        return os.system, ("touch owned",)


def npz(
    folder: Path, name: str, members: dict[str, bytes], method: int = zipfile.ZIP_STORED
) -> str:
    with zipfile.ZipFile(folder / name, "w", method) as archive:
        for member, data in members.items():
            archive.writestr(member, data)
    return name


def npy(array: Any, **options: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def link(target: str) -> tuple[zipfile.ZipInfo, str]:
    """A zip member that is a symbolic link."""
    info = zipfile.ZipInfo("w.npy")
    info.external_attr = 0o120777 << 16
    return info, target


def checkpoints(folder: Path) -> Iterator[str]:
    good = {"w.npy": npy(np.ones((1, 2))), "v.npy": npy(np.ones((1, 1)))}
    objects = npy(np.array([Touch()], dtype=object), allow_pickle=True)
    yield npz(folder, "pickled.npz", good | {"w.npy": objects})
    yield npz(folder, "only_pickle.npz", {"w.npy": pickle.dumps(Touch()), "v.npy": good["v.npy"]})
    for number, name in enumerate(("../outside", "/outside", "..\\outside", "secret/file", "a\n")):
        yield npz(folder, f"name{number}.npz", good | {name: b"x"})
    bomb = npy(np.zeros((2, 40_000_000), dtype=np.int8))
    yield npz(folder, "bomb.npz", good | {"w.npy": bomb}, zipfile.ZIP_DEFLATED)
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("w.npy", bomb)
    yield npz(folder, "nested.npz", good | {"w.npy": inner.getvalue()})
    header = (
        b"{'descr': __import__('os').system('touch owned'), 'fortran_order': False, 'shape': (1,)}"
    )
    for number, text in enumerate((header, b"(" * 9000, b"-" * 9000 + b"1", b"9" * 9000)):
        head = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text
        yield npz(folder, f"header{number}.npz", good | {"w.npy": head})
    with zipfile.ZipFile(folder / "link.npz", "w") as archive:
        archive.writestr(*link("secret/file"))
        archive.writestr("v.npy", good["v.npy"])
    yield "link.npz"
    (folder / "plain.pt").write_bytes(pickle.dumps({"a.weight": Touch()}))
    yield "plain.pt"
    yield npz(
        folder, "zipped.pt", {"archive/data.pkl": pickle.dumps(Touch()), "archive/version": b"3"}
    )
    names = {"../secret/file": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}
    for number, entries in enumerate(
        (
            names,
            {"w": {"dtype": "F32", "shape": [2**40, 2**40], "data_offsets": [0, 4]}},
            {"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 2**62]}},
            {"__metadata__": {"run": "touch owned"}, "w": {"dtype": "O"}},
        )
    ):
        text = json.dumps(entries).encode()
        (folder / f"s{number}.safetensors").write_bytes(
            struct.pack("<Q", len(text)) + text + b"1234"
        )
        yield f"s{number}.safetensors"
    (folder / "long.safetensors").write_bytes(struct.pack("<Q", 2**63) + b"{}")
    yield "long.safetensors"


def everywhere(value: Any, payload: str) -> Iterator[Any]:
    """Yield copies of the document with the payload in one place, as value or as key."""
    if isinstance(value, dict):
        for key, item in value.items():
            for changed in everywhere(item, payload):
                yield value | {key: changed}
        yield value | {payload: "1"}
    elif isinstance(value, list):
        for changed in everywhere(value[0], payload) if value else ():
            yield [changed, *value[1:]]
    else:
        yield payload


def documents(folder: Path) -> Iterator[list[str]]:
    """Yield calls on problem and data files with one payload each, in every kind of place."""
    number = 0
    for index, payload in enumerate(PAYLOADS):
        for base, command in ((PROBLEM, "analyze"), (INTEGRAL, "analyze"), (DATA, "cells")):
            found = list(everywhere(base, payload))
            for changed in found[index % 3 :: 3]:
                number += 1
                (folder / f"d{number}.json").write_text(json.dumps(changed))
                yield [command, f"d{number}.json", *(["--json"] if number % 2 else [])]
        (folder / f"c{index}.csv").write_text(f'x1,y1\n1,"{payload}"\n'.replace("\x00", ""))
        yield ["cells", f"c{index}.csv"]
        yield ["analyze", "--family", "leaky", "--n", "2", "--gamma", payload]


Answers = tuple[Path, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """Run everything once, in one watched process."""
    top = tmp_path_factory.mktemp("hostile")
    folder = top / "work"
    (folder / "secret").mkdir(parents=True)
    (folder / "secret" / "file").write_text(SECRET)
    # Modules that a careless import from the working folder would take.
    for name in ("json", "fractions", "numpy", "sitecustomize", "usercustomize", "proofs", "csv"):
        (folder / f"{name}.py").write_text("open('owned', 'w')\n")
    (folder / "data.json").write_text(json.dumps(DATA))
    (folder / "ascii.json").write_text(json.dumps(PROBLEM))
    calls = list(documents(folder))
    calls += [
        ["snap", name, "--data", "data.json", "-o", "out/snapped.json"]
        for name in checkpoints(folder)
    ]
    (folder / "out").mkdir()
    for number, document in enumerate(
        (
            {"format": "exactland-certificate/1", "problem": "secret/file"},
            {"$ref": "secret/file"},
            {"format": "exactland-certificate/1", "problem": PROBLEM, "witness": {},
             "claim": {"kind": "../../secret/file"}},
        )
    ):  # fmt: skip
        (folder / f"certificate{number}.json").write_text(json.dumps(document))
        calls.append(["check", f"certificate{number}.json"])
    calls.append(
        ["certify", "ascii.json", "-o", "out/certified", "--title", "\\input{secret/file}"]
    )
    store = sqlite3.connect(folder / "store.sqlite")
    with store:
        store.execute("CREATE TABLE atlas (format TEXT, fingerprint TEXT)")
        store.execute("CREATE TABLE pieces (number INTEGER PRIMARY KEY, result TEXT)")
        store.execute("INSERT INTO pieces VALUES (0, ?)", (pickle.dumps(Touch()),))
        store.execute("INSERT INTO atlas VALUES ('exactland-atlas/1', 'another')")
    store.close()
    calls.append(["atlas", "data.json", "--width", "1", "--store", "store.sqlite", "--resume"])
    calls.append(["analyze", "secret"])
    log = top / "log.json"
    subprocess.run(
        [sys.executable, "-P", str(ROOT / "tests" / "adversarial" / "watched.py"), str(log)],
        input=json.dumps(calls),
        text=True,
        cwd=folder,
        check=True,
        timeout=300,
        env=os.environ | {"PYTHONPATH": str(ROOT), "HOME": str(top)},
    )
    return folder, json.loads(log.read_text())


def test_nothing_ran_and_nothing_was_made(answers: Answers) -> None:
    folder, found = answers
    assert len(found) > 300
    assert not list(folder.rglob("owned"))
    assert not list(folder.parent.glob("outside*"))
    assert [event for answer in found for event in answer["events"] if event[0] == "danger"] == []


def test_no_text_of_a_file_was_compiled_as_code(answers: Answers) -> None:
    """The header of an array is parsed as a literal, which compiles to a tree and runs nothing."""
    compiled = [
        (answer["call"], event[1])
        for answer in answers[1]
        for event in answer["events"]
        if event[0] == "compile" and "touch owned" in event[1]
    ]
    assert all(call[0] == "snap" and "descr" in text for call, text in compiled)


def test_no_other_file_was_read(answers: Answers) -> None:
    folder, found = answers
    libraries = [
        os.path.realpath(p) for p in (*sys.path, sys.prefix, sys.base_prefix, str(ROOT)) if p
    ]
    system = ["/proc", "/sys", "/dev", "/usr", "/etc/localtime", "/etc/ld.so.cache", "/lib"]
    for answer in found:
        allowed = {str(folder / name) for name in answer["call"]}
        for kind, path in answer["events"]:
            if kind != "read" or path in allowed or path.startswith((*libraries, *system)):
                continue
            assert path.startswith(str(folder / "out")), (answer["call"], path)
    assert not any(SECRET in answer["out"] + answer["err"] for answer in found)
    assert not any("root:" in answer["out"] + answer["err"] for answer in found)


def test_nothing_was_written_outside_the_output(answers: Answers) -> None:
    folder, found = answers
    caches = [os.path.realpath(p) for p in (*sys.path, sys.prefix, sys.base_prefix) if p]
    for answer in found:
        for kind, path in answer["events"]:
            path = os.path.realpath(os.path.join(folder, path))
            inside = path.startswith(
                (str(folder / "out"), str(folder / "store.sqlite"), "/dev/null")
            )
            cache = "__pycache__" in path and path.startswith((*caches, str(ROOT)))
            temporary = path.startswith(os.path.realpath(tempfile.gettempdir())) and not (
                path.startswith(str(folder.parent))
            )
            assert kind != "write" or inside or cache or temporary, (answer["call"], path)


def test_every_answer_is_one_printable_line_and_a_status(answers: Answers) -> None:
    for answer in answers[1]:
        assert answer["status"] in (0, 1, 2, 3), answer
        if answer["status"] == 2 and answer["call"][0] != "check":
            assert len(answer["err"].splitlines()) == 1, answer
        shown = answer["err"] + (answer["out"] if "--json" not in answer["call"] else "")
        assert all(c.isprintable() or c == "\n" for c in shown), answer


def test_hostile_checkpoints_are_refused(answers: Answers) -> None:
    snapped = [answer for answer in answers[1] if answer["call"][0] == "snap"]
    assert len(snapped) > 20
    assert {answer["status"] for answer in snapped} == {2}


def test_the_watch_sees_what_it_must(tmp_path: Path) -> None:
    """The hook itself, on code that does each forbidden thing."""
    program = (
        "import json, os, sys, pickle\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "import watched\n"
        "sys.addaudithook(watched.hook)\n"
        "open('there', 'w').close(); open('there').close(); os.system('true'); os.remove('there')\n"
        "pickle.loads(pickle.dumps(os.getcwd)); eval('1 + 1')\n"
        "print(json.dumps(watched.EVENTS))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(ROOT / "tests" / "adversarial")],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    found = json.loads(run.stdout)
    assert {"read", "write", "danger", "compile"} <= {kind for kind, _ in found}
    assert sum(kind == "danger" for kind, _ in found) >= 2
