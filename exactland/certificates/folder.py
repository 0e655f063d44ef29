"""Certifying a problem into a folder: certificates, the LaTeX document, and its PDF."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exactland.certificates.claims import Step
from exactland.certificates.latex.compile import compile_pdf, latex_available
from exactland.certificates.latex.document import render_document
from exactland.certificates.produce import certificate_steps, checked
from exactland.errors import InputError, UnsupportedError
from exactland.landscape.analysis import Analysis
from exactland.landscape.analyze import analyze
from exactland.landscape.linear_pieces import (
    DeepAnalysis,
    LayeredAnalysis,
    LogisticAnalysis,
)
from exactland.landscape.reports import verdict_text
from exactland.problem.code_version import code_digest
from exactland.problem.deep import DeepProblem
from exactland.problem.files import problem_to_json
from exactland.problem.logistic import LogisticLoss
from exactland.problem.losses import Problem
from exactland.problem.storage import OutputFolder, output_folder
from exactland.problem.strict_json import dump_json

if TYPE_CHECKING:
    from exactland.landscape.integral.analysis import IntegralAnalysis
    from exactland.problem.integral import IntegralProblem

DOCUMENT = "document.tex"


@dataclass(frozen=True, slots=True)
class Certified:
    """What was written, and the verdict it certifies.

    Attributes
    ----------
    folder : Path
    files : names of the certificates, in the order of the document.
    document : names of the LaTeX document and, if made, its PDF.
    """

    folder: Path
    analysis: Analysis | IntegralAnalysis | LayeredAnalysis
    files: tuple[str, ...]
    document: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``exactland certify --json`` prints."""
        return {
            "verdict": self.analysis.verdict,
            "folder": str(self.folder),
            "certificates": list(self.files),
            "document": list(self.document),
        }

    def __str__(self) -> str:
        lines = [f"verdict: {_verdict(self.analysis)}"]
        lines += [f"checked and written: {self.folder / name}" for name in self.files]
        lines += [f"written: {self.folder / name}" for name in self.document]
        return "\n".join(lines)


def certify_into(
    problem: Problem | IntegralProblem | DeepProblem,
    folder: Path,
    *,
    pdf: bool = False,
    title: str = "",
    progress: Callable[[str], None] = lambda text: None,
) -> Certified:
    """Write a certificate for every claim about a point, and a LaTeX document, into a folder.

    There is no document about a rational network with the logistic loss.

    Nothing appears in the folder before everything is ready: certificates accepted by the
    independent checker, the document compiled if `pdf`.  A run that is killed leaves its finished
    certificates, hidden, to the next one of the same problem and the same code, which makes and
    checks the others only.

    Raises
    ------
    InputError
        If the folder cannot be written, or `pdf` is asked for and LaTeX is not installed.
    SelfCheckError
        If the checker rejects a certificate (a defect of exactland).
    """
    if pdf and isinstance(problem, DeepProblem) and isinstance(problem.loss, LogisticLoss):
        raise UnsupportedError("--pdf", "there is no document about one network's logistic loss")
    if pdf and not latex_available():
        raise InputError("--pdf", "pdflatex is not installed")
    made_from = dump_json({"problem": problem_to_json(problem), "code": code_digest()})
    with output_folder(folder, made_from) as output:
        progress("analysing")
        analysis = analyze(problem)
        digests = []
        for number, step in enumerate(certificate_steps(analysis)):
            made = _finished(output, number)
            for name, text in _made(output, number, step, progress) if made is None else made:
                output.write_text(name, text)
                digests.append((name, sha256(text.encode()).hexdigest()))
        document = []
        if not isinstance(analysis, LogisticAnalysis):
            progress("typesetting")
            output.write_text(DOCUMENT, analysis_document(analysis, title, digests))
            document.append(DOCUMENT)
        if pdf:
            document.append(compile_pdf(output.staging / DOCUMENT).name)
    return Certified(folder, analysis, tuple(name for name, _ in digests), tuple(document))


def _finished(output: OutputFolder, number: int) -> list[tuple[str, str]] | None:
    """Return what a killed run kept of a step, as it is: the checker of the next reader decides."""
    try:
        return [(str(name), str(text)) for name, text in output.finished(number)]
    except (TypeError, ValueError):  # nothing, or not of this form
        return None


def _made(
    output: OutputFolder, number: int, step: Step, progress: Callable[[str], None]
) -> list[tuple[str, str]]:
    """Return the names and texts of the certificates of a step, and keep them."""
    made = []
    for certificate in step():
        progress(f"producing and checking {certificate.name}")
        made.append((certificate.name, checked(certificate).to_text()))
    output.keep(number, made)
    return made


def _verdict(analysis: Analysis | IntegralAnalysis | LayeredAnalysis) -> str:
    return verdict_text(analysis) if isinstance(analysis, Analysis) else str(analysis)


def analysis_document(
    analysis: Analysis | IntegralAnalysis | DeepAnalysis,
    title: str = "",
    digests: Sequence[tuple[str, str]] = (),
    *,
    fragment: bool = False,
) -> str:
    """Return the LaTeX document of an analysis, whatever its loss."""
    if isinstance(analysis, Analysis):
        return render_document(analysis, title=title, digests=digests, fragment=fragment)
    if isinstance(analysis, DeepAnalysis):
        from exactland.certificates.latex.layers import render_layers_document

        return render_layers_document(analysis, title=title, digests=digests, fragment=fragment)
    from exactland.certificates.latex.integral import render_integral_document

    return render_integral_document(analysis, title=title, digests=digests, fragment=fragment)
