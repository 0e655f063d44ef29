"""Workers that stay, one a program, so that rounds of several programs can alternate."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

PATIENCE = 20


def group_cpu(group: int) -> float:
    """Return the CPU seconds that the living processes of a group have used (0 without /proc)."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if int(fields[2]) == group:
            ticks += sum(map(int, fields[11:15]))  # user, system, the same of ended children
    return ticks / os.sysconf("SC_CLK_TCK")


class Worker:
    """A program in a process of its own, which is ended when it overruns its time."""

    def __init__(self, kind: str, name: str) -> None:
        self.kind, self.name = kind, name
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, question: Any, timeout: float) -> dict[str, Any]:
        """Return the answer, or ``{"status": "timeout"}``; ``crashed`` where the process died.

        The timeout is in CPU seconds of the process and its children, since on a busy machine a
        second of the clock is much less; `PATIENCE` times as long on the clock also ends it.
        """
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.peers.worker", self.kind, self.name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            if not self._started():
                return {"status": "crashed"}
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        self._process.stdin.flush()
        line = self._line(timeout)
        if line is None:
            self.end()
            return {"status": "timeout", "cpu": timeout}
        if not line:
            self.end()
            return {"status": "crashed"}
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _started(self) -> bool:
        """Imports and the tiny question may take longer than the answer that is timed."""
        assert self._process is not None and self._process.stdout is not None
        if self._line(120.0) == b"ready\n":
            return True
        self.end()
        return False

    def _line(self, timeout: float) -> bytes | None:
        assert self._process is not None and self._process.stdout is not None
        used, started = group_cpu(self._process.pid), time.monotonic()
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while not selector.select(min(0.2, timeout)):
                late = time.monotonic() - started > PATIENCE * timeout
                if late or group_cpu(self._process.pid) - used > timeout:
                    return None
        return self._process.stdout.readline()

    def end(self) -> None:
        """End the process and its children."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, 9)
            self._process.communicate()
            self._process = None
