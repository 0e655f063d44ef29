"""Export the seminar notebooks to static pages that need nothing from the network.

usage: python scripts/export_notebooks.py FOLDER [NOTEBOOK...]

marimo writes pages that load its scripts and fonts from a content delivery network.  Here they are
copied beside the pages instead.  Browsers load such scripts from a server only, not from a file:
``python -m http.server -d FOLDER`` is enough.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
ASSETS = "marimo"
NETWORK = re.compile(r"https://[^\s\"']*/@marimo-team/frontend@[^/\s\"']*/dist")


def export(notebook: Path, target: Path) -> str:
    """Run a notebook, write its page with local addresses, and return its title.

    Raises
    ------
    RuntimeError
        If the notebook fails, or the page still names the delivery network.
    """
    with TemporaryDirectory() as scratch:
        # marimo leaves files beside the notebook, so it gets a copy.
        copies = Path(scratch) / "notebooks"
        copies.mkdir()
        for file in notebook.parent.glob("*.py"):
            shutil.copy(file, copies)
        page = Path(scratch) / "page.html"
        command = [sys.executable, "-m", "marimo", "export", "html", str(copies / notebook.name)]
        run = subprocess.run(
            [*command, "-o", str(page), "--no-include-code"],
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode != 0:
            raise RuntimeError(f"{notebook.name}: {run.stderr.strip()}")
        text = page.read_text("utf-8")
    text = NETWORK.sub(ASSETS, text)
    left = re.search(r"https?://[^\s\"']*cdn[^\s\"']*", text)
    if left is not None:
        raise RuntimeError(f"{notebook.name}: an address of a network is left: {left.group()}")
    target.write_text(text, "utf-8")
    return text.partition("<title>")[2].partition("</title>")[0]


def main(arguments: list[str]) -> int:
    """Export to a folder and write an index page."""
    if not arguments:
        print("usage: python scripts/export_notebooks.py FOLDER [NOTEBOOK...]", file=sys.stderr)
        return 2
    import marimo

    folder = Path(arguments[0])
    chosen = [Path(name) for name in arguments[1:]] or sorted(NOTEBOOKS.glob("0*.py"))
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(2) as pool:
        titles = list(
            pool.map(export, chosen, [folder / f"{notebook.stem}.html" for notebook in chosen])
        )
    static = Path(marimo.__file__).parent / "_static"
    shutil.copytree(static, folder / ASSETS, dirs_exist_ok=True)
    entries = "\n".join(
        f'<li><a href="{notebook.stem}.html">{escape(title)}</a></li>'
        for notebook, title in zip(chosen, titles, strict=True)
    )
    (folder / "index.html").write_text(
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"/><title>exactland</title>'
        "</head>\n<body><h1>exactland: seminar notebooks</h1>\n<p>Static pages; to move the "
        f"sliders run <code>make notebook N=1</code>.</p>\n<ul>\n{entries}\n</ul></body></html>\n",
        "utf-8",
    )
    print(f"{len(chosen)} pages in {folder}; see them with: python -m http.server -d {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
