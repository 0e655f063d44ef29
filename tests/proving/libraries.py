"""Small libraries of cases written into a folder: good ones, wrong ones, and worse."""

from __future__ import annotations

from pathlib import Path

PAPER = '''
"""A paper."""
from exactland.proving.case import Paper
PAPER = Paper("{key}", "A. Author", "A title", "a reference")
'''
MODULE = '''
"""A case."""
import os, signal, time
from exactland.proving.case import Case
from . import PAPER

def check(ledger):
{body}

CASE = Case("{key}/{name}", "Title", PAPER, "1", "$1=1$", ("none",), ("all",), (), {checks}, check,
            seconds={seconds})
'''
SQUARE = """
    ledger.identity("square", "(a+b)^2", "a b",
                    lambda A, a, b: ((a + b) ** 2, a * a + 2 * a * b + b * b))
"""
WRONG = """
    ledger.identity("cube", "(a+b)^3", "a b", lambda A, a, b: ((a + b) ** 3, a**3 + b**3))
"""
NOTHING = "    pass\n"
CRASH = "    os.kill(os.getpid(), signal.SIGKILL)\n"
ERROR = "    raise ValueError('no such thing')\n"
SLEEP = "    time.sleep(60)\n"
DEAF = """
    while True:
        try:
            time.sleep(60)
        except BaseException:
            pass
"""


def write_library(
    root: Path, key: str, cases: dict[str, str], checks: int = 1, seconds: int = 30
) -> Path:
    """Write one paper's folder with the given bodies and return the library's root."""
    folder = root / f"paper_{key}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "__init__.py").write_text(PAPER.format(key=key))
    for name, body in cases.items():
        text = MODULE.format(key=key, name=name, body=body, checks=checks, seconds=seconds)
        (folder / f"{name}.py").write_text(text)
    return root
