"""Files on disk: bounded reading, atomic writing, every failure one line that names the file."""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from exactland.errors import InputError

MAX_BYTES = 256 * 2**20
"""Size beyond which an input file is refused before anything in it is interpreted."""

_TEMPORARY = re.compile(r"\.exactland-[0-9a-f]{12}\.tmp")
_KEPT = re.compile(r"\.exactland-kept-[0-9a-f]{24}")

StrPath = str | os.PathLike[str]


def printable_name(path: StrPath) -> str:
    r"""Return the path as it should stand in a message: one line, no control characters.

    Examples
    --------
    >>> print(printable_name("data.csv"), printable_name("two\nlines.csv"))
    data.csv two\nlines.csv
    """
    text = os.fspath(path)
    return text if text.isprintable() else ascii(text)[1:-1]


def read_bytes(path: StrPath, limit: int = MAX_BYTES) -> bytes:
    """Return the content of a file of at most `limit` bytes.

    Raises
    ------
    InputError
        If the file is missing, a directory, unreadable or longer than the limit; the message
        starts with the file's name.

    Examples
    --------
    >>> read_bytes("no-such-file.json")
    Traceback (most recent call last):
    ...
    exactland.errors.InputError: no-such-file.json: no such file
    """
    name = printable_name(path)
    try:
        with open(path, "rb") as stream:
            data = stream.read(limit + 1)
    except FileNotFoundError:
        raise InputError(name, "no such file") from None
    except IsADirectoryError:
        raise InputError(name, "is a directory, not a file") from None
    except (OSError, ValueError) as error:
        raise InputError(name, f"cannot be read: {_reason(error)}") from None
    if len(data) > limit:
        raise InputError(name, f"is longer than {limit} bytes (the limit)")
    return data


def require_writable(path: StrPath) -> None:
    """Check, before any long work, that a file can be written at `path`.

    Raises
    ------
    InputError
        If the folder is missing or not writable, or `path` is a directory or a device.
    """
    _check_target(Path(os.path.realpath(path)), printable_name(path))


def write_text_atomically(path: StrPath, text: str) -> None:
    """Write a UTF-8 text file so that a reader sees the old content or the new, never a part.

    Raises
    ------
    InputError
        If the file cannot be written; the old file is then untouched and nothing is left behind.

    Examples
    --------
    >>> write_text_atomically("no-such-folder/problem.json", "{}")
    Traceback (most recent call last):
    ...
    exactland.errors.InputError: no-such-folder/problem.json: the folder does not exist
    """
    write_bytes_atomically(path, text.encode("utf-8"))


def write_bytes_atomically(path: StrPath, data: bytes) -> None:
    """Write a binary file as :func:`write_text_atomically` does a text file."""
    name = printable_name(path)
    with _input_errors(name):
        # A link is followed, so that writing through it does not turn it into a plain file.
        target = Path(os.path.realpath(path))
        _check_target(target, name)
        _replace_file(target, data)


def write_text_inside(folder: StrPath, relative: str, text: str) -> None:
    """Write a file of an output folder atomically, through no link that stands in the folder.

    Raises
    ------
    InputError
        If it cannot be written, or a link on the way leads somewhere else.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as scratch:
    ...     write_text_inside(scratch, "results/one.json", "{}")
    ...     (Path(scratch) / "results" / "one.json").read_text()
    '{}'
    """
    root = Path(os.path.realpath(folder))
    place, name = root / relative, printable_name(Path(folder) / relative)
    with _input_errors(name):
        _require_no_link(place, root)
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.is_dir():
            raise InputError(name, "is a directory, not a file")
        _replace_file(place, text.encode("utf-8"))


def remove_abandoned(folder: StrPath) -> None:
    """Remove what killed runs left unfinished in a folder.

    A run holds a lock on what it has not finished; the system drops the lock with the process.
    Where the file system knows no locks, nothing is removed.
    """
    with contextlib.suppress(OSError), _locked(folder):
        for entry in sorted(Path(folder).iterdir()):
            if _TEMPORARY.fullmatch(entry.name) and not entry.is_symlink():
                with contextlib.suppress(OSError), _locked(entry, wait=False):
                    _remove(entry)


@contextlib.contextmanager
def staging_folder(parent: StrPath) -> Iterator[Path]:
    """Make a hidden folder to work in, removed at the end; what killed runs left is removed first.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as scratch:
    ...     with staging_folder(scratch) as staging:
    ...         staging.is_dir()
    ...     staging.exists()
    True
    False
    """
    remove_abandoned(parent)
    staging = Path(parent) / _temporary_name()
    try:
        with _made_and_locked(staging):
            yield staging
    finally:
        _remove(staging)


@dataclass(frozen=True, slots=True)
class OutputFolder:
    """A folder that several files enter together: staged first, published when all are ready.

    Made by :func:`output_folder`.

    Attributes
    ----------
    path : Path
        Where the files will stand.
    staging : Path
        A hidden folder inside it, where programs (LaTeX, say) may also work; files and folders
        placed there are published under the same name.
    kept : Path or None
        A hidden folder inside it for finished parts of the work, which a killed run leaves to the
        next one.
    """

    path: Path
    staging: Path
    kept: Path | None = None

    def write_text(self, name: str, text: str) -> None:
        """Stage a text file."""
        self.write_bytes(name, text.encode("utf-8"))

    def write_bytes(self, name: str, data: bytes) -> None:
        """Stage a binary file; `name` may lead into subfolders."""
        relative = Path(name)
        if relative.is_absolute() or ".." in relative.parts:
            raise ValueError(f"{name!r} leads out of the output folder")
        with _input_errors(printable_name(self.path / relative)):
            target = self.staging / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            with open(target, "xb") as stream:
                _write_and_sync(stream, data)

    def keep(self, part: int, result: Any) -> None:
        """Keep a finished part, as JSON, until everything is published."""
        assert self.kept is not None
        relative = (self.kept / f"{part}.json").relative_to(self.path)
        write_text_inside(self.path, str(relative), json.dumps(result))

    def finished(self, part: int) -> Any:
        """Return a part that a killed run has kept, else None."""
        assert self.kept is not None
        file = self.kept / f"{part}.json"
        if self.kept.is_symlink() or file.is_symlink() or not file.exists():
            return None
        try:
            return json.loads(read_bytes(file))
        except (InputError, ValueError):
            return None


@contextlib.contextmanager
def output_folder(path: StrPath, fingerprint: str | None = None) -> Iterator[OutputFolder]:
    """Open a folder for writing several files of which none appears before all are ready.

    Other files in the folder stay, except what killed runs left unfinished.  If the body raises
    anything (Ctrl-C included), nothing is published, and folders created here are removed again.

    Parameters
    ----------
    fingerprint : str, optional
        Text that determines the parts of the work that may be kept: only a run with the same text
        finds them again, and what runs with another one kept is removed.

    Raises
    ------
    InputError
        On entry if the folder cannot be made or written, on exit if a file cannot be put in place.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as scratch:
    ...     with output_folder(Path(scratch) / "out") as folder:
    ...         folder.write_text("loss.json", "{}")
    ...         before = (folder.path / "loss.json").exists()
    ...     before, (folder.path / "loss.json").exists(), folder.staging.exists()
    (False, True, False)
    """
    name = printable_name(path)
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_dir():
        raise InputError(name, "is a file, not a folder")
    missing = [folder for folder in (target, *target.parents) if not folder.exists()]
    staging, kept = target / _temporary_name(), None
    if fingerprint is not None:
        kept = target / f".exactland-kept-{sha256(fingerprint.encode()).hexdigest()[:24]}"
    try:
        with _input_errors(name):
            target.mkdir(parents=True, exist_ok=True)
            remove_abandoned(target)
            held = _made_and_locked(staging)
            if kept is not None:
                _remove_kept(target, kept)
        with held:
            yield OutputFolder(target, staging, kept)
            with _input_errors(name):
                _publish(staging, target)
                _sync_folder(target)
    finally:
        _remove(staging)
        if kept is not None:
            _remove(kept)
        for folder in missing:
            with contextlib.suppress(OSError):
                folder.rmdir()  # succeeds only where nothing was published


def _remove_kept(target: Path, besides: Path) -> None:
    for entry in sorted(target.iterdir()):
        if _KEPT.fullmatch(entry.name) and entry != besides:
            _remove(entry)


def _made_and_locked(staging: Path) -> contextlib.ExitStack:
    """Make the folder and lock it, before anybody could take it for abandoned."""
    held = contextlib.ExitStack()
    with _locked(staging.parent):
        staging.mkdir()
        held.enter_context(_locked(staging))
    return held


def _publish(staging: Path, target: Path) -> None:
    """Rename every staged file into place, after checking that each place can be taken."""
    staged = sorted(file.relative_to(staging) for file in staging.rglob("*") if file.is_file())
    for relative in staged:
        place = target / relative
        _require_no_link(place, target)
        if place.is_dir():
            raise InputError(printable_name(place), "is a directory, not a file")
        place.parent.mkdir(parents=True, exist_ok=True)
    for relative in staged:
        os.replace(staging / relative, target / relative)


def _require_no_link(place: Path, root: Path) -> None:
    """Refuse a place in a subfolder that is a link: the file would stand somewhere else."""
    for folder in place.parents:
        if folder == root:
            return
        if folder.is_symlink():
            raise InputError(printable_name(folder), "is a link; it may lead out of the folder")


def _check_target(target: Path, name: str) -> None:
    with _input_errors(name):
        try:
            mode = os.stat(target).st_mode
        except FileNotFoundError:
            mode = stat.S_IFREG
        if stat.S_ISDIR(mode):
            raise InputError(name, "is a directory, not a file")
        if not stat.S_ISREG(mode):
            raise InputError(name, "is not a regular file")  # renaming onto a device destroys it
        if not target.parent.exists():
            raise InputError(name, "the folder does not exist")
        if not os.access(target.parent, os.W_OK | os.X_OK):
            raise InputError(name, "cannot be written: the folder is not writable")


def _replace_file(target: Path, data: bytes) -> None:
    """Write beside the target, then rename; the temporary file is locked until it is gone."""
    temporary = target.with_name(_temporary_name())
    try:
        # "x" never follows a link planted at the temporary name.
        with open(temporary, "xb") as stream:
            _lock(stream.fileno(), wait=True)
            _write_and_sync(stream, data)
            os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _write_and_sync(stream: BinaryIO, data: bytes) -> None:
    stream.write(data)
    stream.flush()
    os.fsync(stream.fileno())


@contextlib.contextmanager
def _locked(path: StrPath, wait: bool = True) -> Iterator[None]:
    """Hold the lock of a file or folder; OSError where another process holds it (or no wait)."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    try:
        _lock(descriptor, wait)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, wait: bool) -> None:
    """Lock what is open; without `wait`, OSError where that is not possible now, or never is."""
    try:
        import fcntl
    except ImportError:
        if not wait:
            raise OSError("this system has no such locks") from None
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        if not wait:
            raise


def _remove(path: Path) -> None:
    import shutil

    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable where the system can (a folder cannot be opened on all)."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _temporary_name() -> str:
    return f".exactland-{os.urandom(6).hex()}.tmp"


@contextlib.contextmanager
def _input_errors(name: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        raise InputError(name, f"cannot be written: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
