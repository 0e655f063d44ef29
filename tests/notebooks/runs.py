"""Runs of notebooks without a browser: one process a notebook, no network, any slider positions."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import Any

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("0*.py"))

PROGRAM = """
import json, runpy, socket, sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace

def refuse(*arguments):
    raise OSError("a notebook must not use the network")

socket.socket.connect = refuse
path = Path(sys.argv[1])
sys.path.insert(0, str(path.parent))
spec = spec_from_file_location("notebook", path)
module = module_from_spec(spec)
spec.loader.exec_module(module)
answers = []
for values in json.load(sys.stdin):
    given = {name: SimpleNamespace(value=value) for name, value in values.items()}
    outputs, _ = module.app.run(defs=given)
    answers.append([getattr(one, "text", None) or "" for one in outputs])
json.dump(answers, sys.stdout)
"""


def run(notebook: Path, positions: list[dict[str, Any]]) -> list[list[str]]:
    """Run a notebook once for each set of slider positions and answers; the HTML of its cells."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(notebook)],
        input=json.dumps(positions),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answers: list[list[str]] = json.loads(done.stdout)
    return answers


def verdicts(cells: list[str]) -> list[str]:
    """The verdicts in the order of the page."""
    return _marked(cells, "exactland-verdict")


def judgements(cells: list[str]) -> list[str]:
    """The judgements of exercises in the order of the page."""
    return _marked(cells, "exactland-judgement")


def pictures(cells: list[str]) -> list[str]:
    """The pictures, as their data addresses."""
    return re.findall(r'class="exactland-figure"[^>]*src="([^"]*)"', _plain(cells))


def _marked(cells: list[str], name: str) -> list[str]:
    return re.findall(rf'<b class="{name}">([^<]*)</b>', _plain(cells))


def _plain(cells: list[str]) -> str:
    # What an element of marimo holds is JSON, with its signs escaped, in an attribute of HTML.
    text = "\n".join(cells)
    for _ in range(4):
        text = unescape(text)
        text = re.sub(r"\\+u00([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), text)
        text = re.sub(r"\\+([\"'])", r"\1", text)
    return text
