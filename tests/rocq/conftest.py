"""The compiled formal development, once for all workers."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from exactland.certificates.rocq import compile_theory


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the development into the user's cache, where the commands find it, too."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    with open(base / "rocq.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return compile_theory()
