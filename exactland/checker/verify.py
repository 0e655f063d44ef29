"""From a file, a text or an object to an outcome; nothing escapes as another exception."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Sequence
from typing import Any

from exactland.checker.claims import Setting, setting_of
from exactland.checker.limits import MAX_FILE_BYTES, Meter
from exactland.checker.outcome import ACCEPTED, REJECTED, UNUSABLE, Failure, Outcome, Unusable
from exactland.checker.reader import Field, load, normalise

CERTIFICATE_FORMAT = "exactland-certificate/1"
USAGE = "usage: python -m exactland.checker FILE..."


def check_file(path: str | os.PathLike[str]) -> Outcome:
    """Check the certificate in a file.

    Returns
    -------
    Outcome
        Never an exception: a file that cannot be read is ``"unusable"``.
    """

    def read() -> object:
        try:
            with open(path, "rb", opener=_open_regular) as file:
                data = file.read(MAX_FILE_BYTES + 1)
        except (OSError, ValueError) as error:  # ValueError: a null byte in the name
            raise Unusable("file", getattr(error, "strerror", None) or str(error)) from None
        return _load_bytes(data)

    return _outcome(read)


def _open_regular(path: str, flags: int) -> int:
    """Open without waiting for a pipe to be written, and refuse what is not a regular file."""
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ValueError("not a regular file")
    return descriptor


def check_text(text: bytes | str) -> Outcome:
    """Check the certificate in a JSON text (bytes are UTF-8).

    Examples
    --------
    >>> print(check_text(b"[1, 2"))
    file: not JSON: Expecting ',' delimiter: line 1 column 6 (char 5)
    """
    return _outcome(lambda: load(text) if isinstance(text, str) else _load_bytes(text))


def _load_bytes(data: bytes) -> object:
    if len(data) > MAX_FILE_BYTES:
        raise Unusable("file", f"longer than MAX_FILE_BYTES = {MAX_FILE_BYTES}")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Unusable("file", "not UTF-8 text") from None
    return load(text)


def check_certificate(certificate: object) -> Outcome:
    """Check a certificate given as a parsed JSON object: numbers are strings, indices integers.

    Examples
    --------
    >>> check_certificate({"format": "exactland-certificate/1"}).message
    'the key "problem" is missing'
    """
    return _outcome(lambda: normalise(certificate))


def _outcome(read: Callable[[], object]) -> Outcome:
    meter = Meter()
    try:
        sentence = _check(Field(read(), "", meter))[1]
    except Failure as failure:
        return Outcome(failure.status, failure.where, failure.why)
    except (RecursionError, MemoryError):  # the caller's stack or memory was already used up
        return Outcome(UNUSABLE, "limits", "no stack or memory left to check this certificate")
    return Outcome(ACCEPTED, "", sentence)


def _check(certificate: Field, whole: Setting | None = None) -> tuple[Any, str]:
    """Return what the claim was checked from and the claim as a sentence, or raise a `Failure`.

    A certificate inside another one must be about the same kind of problem as the `whole`.
    """
    _require_format(certificate)
    members = certificate.members(("format", "problem", "claim", "witness"), ("notes",))
    given, claim, witness = (members[key] for key in ("problem", "claim", "witness"))
    setting = setting_of(given)
    if whole is not None and setting is not whole:
        raise Unusable(given.where, "is not of the kind of the problem around it")
    kind = claim.get("kind")
    check = setting.claims.get(kind.text())
    if check is None:
        raise Unusable(kind.where, f"unknown claim {kind.text()[:40]!a}")

    def check_part(part: Field, expected: str) -> Any:
        """Check a certificate inside this one, which must be of the expected kind."""
        if part.get("claim").get("kind").value != expected:
            raise Unusable(f"{part.where}.claim.kind", f'must be "{expected}"')
        return _check(part, setting)[0]

    case = setting.read(given, claim, witness, check_part)
    return case, check(case)


def _require_format(certificate: Field) -> None:
    found = certificate.get("format")
    if found.text() != CERTIFICATE_FORMAT:
        raise Unusable(found.where, f'must be "{CERTIFICATE_FORMAT}"')


def main(arguments: Sequence[str] | None = None) -> int:
    """Check each file and print a line about it; return the exit status.

    Returns
    -------
    int
        0 if all are accepted, else 1 if one is rejected, else 2 (one is unusable, or no file was
        named); 130 on Ctrl-C.
    """
    files = sys.argv[1:] if arguments is None else arguments
    if not files or files[0] in ("-h", "--help"):
        print(USAGE, file=sys.stdout if files else sys.stderr)
        return 0 if files else 2
    statuses = set()
    try:
        for file in files:
            outcome = check_file(file)
            statuses.add(outcome.status)
            _print(f"{outcome.status}  {file}: {outcome}")
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output has gone; do not complain at exit either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    if REJECTED in statuses:
        return 1
    return 2 if UNUSABLE in statuses else 0


def _print(line: str) -> None:
    """Print one line: whatever a name contains, it cannot break the line or the terminal."""
    safe = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)
    encoding = sys.stdout.encoding or "ascii"
    print(safe.encode(encoding, "backslashreplace").decode(encoding), flush=True)
