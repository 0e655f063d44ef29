"""LaTeX from a file: a problem is analysed, a certificate is checked, and the result typeset."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from exactland.certificates.claims import FORMAT
from exactland.certificates.folder import analysis_document
from exactland.certificates.latex.certificate import render_certificate
from exactland.errors import ExactlandError, InputError, UnsupportedError
from exactland.landscape.analyze import analyze
from exactland.landscape.linear_pieces.logistic import LogisticAnalysis
from exactland.problem.files import read_problem
from exactland.problem.storage import StrPath, printable_name, read_bytes
from exactland.problem.strict_json import parse_json


class RejectedError(ExactlandError):
    """The checker rejects the certificate: there is nothing to typeset."""

    exit_status = 1


def latex_source(path: StrPath, *, title: str = "", fragment: bool = False) -> str:
    r"""Return the LaTeX document of a problem file or of a certificate.

    Parameters
    ----------
    path : path
        Problem file (the document of its analysis) or certificate (its claim and witness).
    title : str
        Plain text.
    fragment : bool
        A part to ``\input`` into a paper instead of a complete document.

    Raises
    ------
    InputError
        If the file is neither.
    RejectedError
        If the checker rejects the certificate.
    """
    if _is_certificate(path):
        return _certificate_source(path, title, fragment)
    problem = read_problem(path)
    analysis = analyze(problem)
    if isinstance(analysis, LogisticAnalysis):
        raise UnsupportedError(printable_name(path), "there is no document about a logistic loss")
    return analysis_document(analysis, title, fragment=fragment)


def _is_certificate(path: StrPath) -> bool:
    try:
        body = parse_json(read_bytes(path))
    except InputError:
        return False  # read_problem says what is wrong
    return isinstance(body, dict) and body.get("format") == FORMAT


def _certificate_source(path: StrPath, title: str, fragment: bool) -> str:
    from exactland.checker import check_text

    data = read_bytes(path)
    outcome = check_text(data)
    if outcome.status != "accepted":
        if outcome.status == "rejected":
            raise RejectedError(f"{printable_name(path)}: rejected: {outcome}")
        raise InputError(printable_name(path), str(outcome))
    body: dict[str, Any] = parse_json(data)
    return render_certificate(
        body, outcome.message, sha256(data).hexdigest(), title=title, fragment=fragment
    )
