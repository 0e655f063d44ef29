"""Certificate files to instance files, and the kernel's answer about each certificate file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from exactland.certificates.rocq.export import export, state
from exactland.certificates.rocq.kernel import (
    NOT_INSTALLED,
    compile_theory,
    kernel_available,
    run_kernel_on_text,
)
from exactland.errors import InputError, UnsupportedError
from exactland.problem.storage import output_folder, printable_name, read_bytes
from exactland.problem.strict_json import parse_json

NOT_COVERED = "not covered"
"""The status of a certificate that the formal development has no checker for."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What became of one certificate file.

    Attributes
    ----------
    source : the certificate file.
    text : the instance file for the kernel; None where the claim is not covered.
    words : the claim in English, or why it is not covered.
    """

    source: str
    text: str | None
    words: str

    @property
    def name(self) -> str:
        """The name of the instance file: that of the certificate, ending in .v.

        Examples
        --------
        >>> Exported("out/escape_neuron_16.json", "", "").name
        'escape_neuron_16.v'
        """
        return Path(self.source).stem + ".v"


@dataclass(frozen=True, slots=True)
class KernelAnswer:
    """The kernel's answer about one certificate file.

    Attributes
    ----------
    source : the certificate file.
    status : ``"accepted"``, ``"rejected"``, ``"not covered"``, or ``"no answer"``: the kernel did
        not finish in time, or is not installed.
    message : the claim where it is accepted, otherwise the reason.
    """

    source: str
    status: str
    message: str

    def to_json(self) -> dict[str, str]:
        """Return the object for ``--json``."""
        return {"certificate": self.source, "status": self.status, "message": self.message}

    def __str__(self) -> str:
        said = {"accepted": "kernel accepts", "rejected": "kernel rejects"}.get(
            self.status, f"kernel: {self.status}"
        )
        return f"{said}  {printable_name(self.source)}: {self.message}"


def exported(path: str) -> Exported:
    """Read a certificate file and turn it into an instance file.

    Raises
    ------
    InputError
        If the file cannot be read, or is no certificate.
    """
    name = printable_name(path)
    data = read_bytes(path)
    try:
        certificate = parse_json(data)
        if not isinstance(certificate, dict):
            raise InputError("certificate", "must be a JSON object")
        return Exported(path, export(certificate), " ".join(state(certificate).words.split()))
    except UnsupportedError as error:
        return Exported(path, None, str(error))
    except InputError as error:
        raise error.within(name) from None


def write_instances(paths: Iterable[str], folder: Path) -> list[Exported]:
    """Write the instance file of every certificate that is covered into a folder.

    Raises
    ------
    InputError
        If a file is no certificate, or two would have the same name; nothing is written then.
    """
    found = [exported(path) for path in paths]
    names: dict[str, str] = {}
    for one in found:
        if one.text is not None and names.setdefault(one.name, one.source) != one.source:
            raise InputError(
                printable_name(one.source), f"would be written to {one.name}, as {names[one.name]}"
            )
    if any(one.text is not None for one in found):
        with output_folder(folder) as output:
            for one in found:
                if one.text is not None:
                    output.write_text(one.name, one.text)
    return found


def kernel_answers(
    found: Iterable[Exported], progress: Callable[[str], None] = lambda text: None
) -> Iterator[KernelAnswer]:
    """Let the kernel check instance files, one after the other.

    Where the proof assistant is not installed, nothing is accepted: the answers say so.
    """
    library = None
    for one in found:
        if one.text is None:
            yield KernelAnswer(one.source, NOT_COVERED, one.words)
            continue
        if not kernel_available():
            yield KernelAnswer(one.source, "no answer", NOT_INSTALLED)
            continue
        if library is None:
            progress("compiling the formal development (once)")
            library = compile_theory()
        progress(f"the kernel checks {one.source}")
        outcome = run_kernel_on_text(one.text, library=library)
        yield KernelAnswer(one.source, outcome.status, outcome.message or one.words)
