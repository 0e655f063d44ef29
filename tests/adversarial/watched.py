"""The command line under an audit hook: python -P watched.py LOG < one JSON list of calls.

Runs every call (a list of arguments of ``exactland``) in this process, in the working folder, and
writes to LOG, for each, its exit status and what Python's audit events saw of the outside: files
opened for reading and writing, programs started, sockets, objects found by pickle, code compiled.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

EVENTS: list[list[str]] = []
DANGEROUS = ("subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "socket.connect")
DANGEROUS_TOO = ("pickle.find_class", "os.startfile", "urllib.Request")
MOVED = ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate")


def _is_open(descriptor: object) -> bool:
    return isinstance(descriptor, int) and descriptor >= 0


def hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open":
        name, mode, flags = (*arguments, None, None)[:3]
        if isinstance(name, str | bytes | os.PathLike):
            writes = bool(isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
            writes = writes or (isinstance(mode, str) and bool(set(mode) & set("wax+")))
            EVENTS.append(["write" if writes else "read", os.path.realpath(os.fsdecode(name))])
    elif event == "ctypes.dlopen":  # libraries load their own parts; nothing of ours loads another
        name = str(arguments[0] or "")
        if name and os.path.realpath(name).startswith(os.getcwd()):
            EVENTS.append(["danger", f"{event} {name}"])
    elif event.startswith((*DANGEROUS, *DANGEROUS_TOO)):
        EVENTS.append(["danger", f"{event} {arguments!r}"[:300]])
    elif event in MOVED:
        opened = arguments[-1] if event != "os.truncate" else -1  # what dir_fd names
        folder = os.readlink(f"/proc/self/fd/{opened}") if _is_open(opened) else "."
        names = [a for a in arguments if isinstance(a, str | bytes | os.PathLike)]
        EVENTS.extend([["write", os.path.join(folder, os.fsdecode(name))] for name in names])
    elif event == "compile" and arguments[1] in ("<string>", "<unknown>", "<lambdifygenerated-1>"):
        EVENTS.append(["compile", f"{arguments[0]!r}"[:300]])


def main() -> None:
    from exactland.cli import main as command

    log, calls = Path(sys.argv[1]), json.load(sys.stdin)
    answers = []
    for call in calls:
        out, err = io.StringIO(), io.StringIO()
        EVENTS.clear()
        status: Any = None
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                command(call)
            except SystemExit as end:
                status = end.code
            except BaseException as error:
                status = repr(error)
        answers.append(
            {"call": call, "status": status, "out": out.getvalue(), "err": err.getvalue()}
            | {"events": [list(event) for event in EVENTS]}
        )
    log.write_text(json.dumps(answers))


if __name__ == "__main__":
    sys.addaudithook(hook)
    main()
