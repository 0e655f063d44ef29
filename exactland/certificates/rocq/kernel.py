"""Run the Rocq kernel on instance files, and accept only what rests on the whitelisted axioms."""

from __future__ import annotations

import os
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from exactland.certificates.rocq.statement import THEOREM
from exactland.errors import ExactlandError, InputError
from exactland.problem.storage import staging_folder

ALLOWED_AXIOMS: Final = frozenset(
    [
        "ClassicalDedekindReals.sig_forall_dec",
        "FunctionalExtensionality.functional_extensionality_dep",
    ]
)
"""The axioms of the standard library's real numbers that the development uses; no others."""
TIME_LIMIT: Final = 600
"""Seconds for one instance file."""
THEORY_TIME_LIMIT: Final = 900
"""Seconds for one file of the theory."""
LIBRARY: Final = "Exactland"
NOT_INSTALLED: Final = (
    "the Rocq (Coq) proof assistant is not installed (no command coqc), "
    "so the kernel checked nothing"
)
_AUDIT: Final = f"\nCheck ({THEOREM} : claim).\nPrint Assumptions {THEOREM}.\n"
"""Asked at the end of every file, whatever the file itself has printed."""
_CLOSED: Final = "Closed under the global context"
_AXIOM: Final = re.compile(r"^([A-Za-z_][\w.']*)\s*(?::|$)")
_FORBIDDEN: Final = re.compile(
    r"\b(?:Admitted|admit|give_up|Axioms?|Parameters?|Conjecture|Hypothes[ie]s|Variables?|Unset|"
    r"Typing|Positivity|Load|Redirect|Cd|LoadPath|Declare|bypass_check)\b"
)


@dataclass(frozen=True, slots=True)
class KernelOutcome:
    """What the kernel says about one instance file.

    Attributes
    ----------
    status : ``"accepted"``, ``"rejected"``, or ``"no answer"`` (the time limit was reached).
    message : why it was not accepted; empty otherwise.
    assumptions : the axioms that the theorem rests on, as the kernel prints them.
    seconds : how long the kernel took.
    """

    status: str
    message: str
    assumptions: tuple[str, ...]
    seconds: int

    @property
    def accepted(self) -> bool:
        """Whether the kernel proved the claim from the whitelisted axioms only."""
        return self.status == "accepted"

    def __str__(self) -> str:
        return self.status if not self.message else f"{self.status}: {self.message}"


def kernel_available() -> bool:
    """Return whether the compiler of the Rocq (Coq) proof assistant is installed.

    Examples
    --------
    >>> kernel_available() in (True, False)
    True
    """
    return shutil.which("coqc") is not None


def theory_folder() -> Path:
    """Return the folder of the formal development: in the package, or in a checkout beside it."""
    package = Path(__file__).resolve().parents[2]
    for folder in (package / "_proofs" / "rocq", package.parent / "proofs" / "rocq"):
        if (folder / "_CoqProject").is_file():
            return folder
    raise ExactlandError("the formal development (proofs/rocq) is not installed")


def theory_files(folder: Path) -> list[str]:
    """Return the names of the theory files, in the order of their dependencies."""
    lines = (folder / "_CoqProject").read_text("utf-8").splitlines()
    return [line for line in lines if line.endswith(".v")]


def compile_theory(output: Path | None = None, *, time_limit: int = THEORY_TIME_LIMIT) -> Path:
    """Compile the formal development once and return the folder of the compiled library.

    Parameters
    ----------
    output : where to keep it; by default in the user's cache folder, under a name that depends on
        the sources and on the version of the proof assistant.

    Raises
    ------
    ExactlandError
        If the proof assistant is not installed, or does not accept the development.
    """
    source = theory_folder()
    names = theory_files(source)
    if output is None:
        digest = sha256(_version().encode())
        for name in names:
            digest.update((source / name).read_bytes())
        output = _cache_folder() / f"rocq-{digest.hexdigest()[:24]}"
        _require_own(output)
    if (output / "complete").is_file():
        return output
    try:
        output.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise InputError(str(output.parent), error.strerror or str(error)) from None
    with staging_folder(output.parent) as folder:
        staging = folder / "theory"
        staging.mkdir(mode=0o700)
        for name in names:
            shutil.copyfile(source / name, staging / name)
            code, text = _coqc(staging, ["-Q", ".", LIBRARY, name], time_limit)
            if code != 0:
                raise ExactlandError(f"{name}: {_first_error(text, code)}")
        (staging / "complete").touch()
        try:
            os.replace(staging, output)
        except OSError as error:
            if not (output / "complete").is_file():  # else another process was faster
                raise InputError(str(output), error.strerror or str(error)) from None
    return output


def run_kernel(
    path: str | os.PathLike[str], *, library: Path | None = None, time_limit: int = TIME_LIMIT
) -> KernelOutcome:
    """Let the kernel check an instance file (see `export`).

    Parameters
    ----------
    path : the file.
    library : the compiled development; by default `compile_theory` provides it.

    Raises
    ------
    InputError
        If the file cannot be read.
    ExactlandError
        If the proof assistant is not installed, or does not accept the development.
    """
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(os.fspath(path), getattr(error, "strerror", None) or "not text") from None
    library = compile_theory() if library is None else library
    return run_kernel_on_text(text, library=library, time_limit=time_limit)


def run_kernel_on_text(text: str, *, library: Path, time_limit: int = TIME_LIMIT) -> KernelOutcome:
    """Let the kernel check the text of an instance file."""
    forbidden = _FORBIDDEN.search(_without_comments(text))
    if forbidden:
        return KernelOutcome("rejected", f"the file contains {forbidden[0]}", (), 0)
    start = time.monotonic()
    try:
        code, output = compile_text(text + _AUDIT, library, time_limit)
    except subprocess.TimeoutExpired:
        return KernelOutcome("no answer", f"not finished after {time_limit} s", (), time_limit)
    seconds = round(time.monotonic() - start)
    if code != 0:
        return KernelOutcome("rejected", _first_error(output, code), (), seconds)
    assumptions = printed_assumptions(output)
    if assumptions is None:
        return KernelOutcome("rejected", "the kernel printed no assumptions", (), seconds)
    foreign = sorted(set(assumptions) - ALLOWED_AXIOMS)
    if foreign:
        message = f"the proof of {THEOREM} rests on {', '.join(foreign)}"
        return KernelOutcome("rejected", message, tuple(assumptions), seconds)
    return KernelOutcome("accepted", "", tuple(assumptions), seconds)


def compile_text(text: str, library: Path, time_limit: int = TIME_LIMIT) -> tuple[int, str]:
    """Compile a file that imports the development; return the exit status and what was printed."""
    with tempfile.TemporaryDirectory(prefix="rocq-") as folder:
        (Path(folder) / "instance.v").write_text(text, "utf-8")
        arguments = ["-Q", str(library.resolve()), LIBRARY, "instance.v"]
        return _coqc(Path(folder), arguments, time_limit)


def printed_assumptions(output: str) -> list[str] | None:
    r"""Return the axioms that the last ``Print Assumptions`` printed, None if there was none.

    Examples
    --------
    >>> printed_assumptions("Closed under the global context")
    []
    >>> printed_assumptions("Axioms:\nA.choice : forall x,\n  P x\nb : nat")
    ['A.choice', 'b']
    """
    lines = output.splitlines()
    starts = [n for n, line in enumerate(lines) if line in ("Axioms:", _CLOSED)]
    if not starts or lines[starts[-1]] == _CLOSED:
        return [] if starts else None
    matches = (_AXIOM.match(line) for line in lines[starts[-1] + 1 :])
    return [match[1] for match in matches if match]


def _coqc(folder: Path, arguments: list[str], time_limit: int) -> tuple[int, str]:
    program = shutil.which("coqc")
    if program is None:
        raise ExactlandError(NOT_INSTALLED)
    process = subprocess.Popen(
        [program, "-q", "-w", "none", *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=time_limit)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return process.returncode, output


def _version() -> str:
    program = shutil.which("coqc")
    if program is None:
        raise ExactlandError(NOT_INSTALLED)
    command = [program, "--print-version"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "exactland"


def _require_own(folder: Path) -> None:
    """Refuse a cache that somebody else could have filled."""
    for place in (folder.parent, folder):
        if not place.exists():
            continue
        found = place.stat()
        if found.st_uid != os.getuid() or found.st_mode & stat.S_IWOTH:
            raise InputError(
                str(place), "others can write there: not used for the compiled development"
            )


def _first_error(output: str, code: int) -> str:
    lines = [line.strip() for line in output.splitlines()]
    for number, line in enumerate(lines):
        if line.startswith("Error"):
            return " ".join(lines[number : number + 4]).strip()[:300]
    return lines[-1][:300] if lines else f"coqc ended with status {code}"


def _without_comments(text: str) -> str:
    """Drop comments, which nest; a comment sign inside a string is none."""
    depth, kept, position = 0, [], 0
    for match in re.finditer(r'"[^"]*"|\(\*|\*\)', text):
        if depth == 0:
            kept.append(text[position : match.start()])
        if match[0] == "(*":
            depth += 1
        elif match[0] == "*)":
            depth = max(0, depth - 1)
        position = match.end()
    return "".join(kept) + (text[position:] if depth == 0 else "")
