"""What all tests share: Hypothesis profiles and tools that are not on every machine."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Mapping

import pytest
from hypothesis import settings

# Workers share the cores: threads of numpy's linear algebra would only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# No deadline: two cores are shared by all workers, so that the time of one example means little.
# Derandomised under CI: the same code gets the same verdict.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("thorough", deadline=None, max_examples=2000)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") == "true" else "default")
)

PROGRAMS = {
    "latex": ("pdflatex", "latexmk"),
    "poppler": ("pdftoppm", "pdftotext"),
    "coq": ("coqc",),
    "chromium": ("chromium",),
}
MODULES = {
    "torch": "torch",
    "dask": "distributed",
    "sklearn": "sklearn",
    "z3": "z3",
    "cvc5": "cvc5",
    "atheris": "atheris",
}


def absent_tools(tools: tuple[str, ...]) -> list[str]:
    """Return those of `tools` that this machine does not have."""
    absent = []
    for tool in tools:
        if tool in MODULES:
            present = importlib.util.find_spec(MODULES[tool]) is not None
        else:
            present = all(shutil.which(program) for program in PROGRAMS[tool])
        if not present:
            absent.append(tool)
    return absent


def missing_tool_message(
    absent: list[str], checks: str, environment: Mapping[str, str]
) -> tuple[bool, str]:
    """Return whether the absence is a failure, and what to say about it."""
    required = environment.get("EXACTLAND_REQUIRE", "").replace(",", " ").split()
    message = f"not installed: {', '.join(absent)}; not checked: {checks}"
    if any(tool in required for tool in absent):
        return True, f"{message} (EXACTLAND_REQUIRE demands it)"
    return False, message


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test marked ``needs`` where its tool is absent; fail it where the tool is required."""
    for marker in item.iter_markers("needs"):
        absent = absent_tools(marker.args)
        if absent:
            checks = marker.kwargs.get("checks", item.name.removeprefix("test_").replace("_", " "))
            fails, message = missing_tool_message(absent, checks, os.environ)
            if fails:
                pytest.fail(message, pytrace=False)
            pytest.skip(message)
