"""Certificates about deep networks, and the folder that ``exactland spurious`` writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

from exactland.arithmetic.rationals import format_rational
from exactland.certificates.claims import Certificate
from exactland.certificates.folder import DOCUMENT
from exactland.certificates.latex.compile import compile_pdf, latex_available
from exactland.certificates.latex.layers import render_layers_document
from exactland.certificates.produce import checked
from exactland.errors import InputError
from exactland.landscape.analyze import analyze
from exactland.landscape.linear_pieces import (
    LayeredAnalysis,
    LogisticAnalysis,
    LogisticMinimum,
    SpuriousMinimum,
    analyze_deep,
    analyze_logistic,
    neighbour,
)
from exactland.problem.deep import DeepPoint, DeepProblem, layers_to_json
from exactland.problem.files import matrix_to_json, problem_to_json, vector_to_json
from exactland.problem.losses import EmpiricalLoss
from exactland.problem.storage import output_folder
from exactland.problem.strict_json import dump_json


def certify_deep(problem: DeepProblem) -> tuple[Certificate, ...]:
    """Return a certificate, accepted by the checker, for every claim about a deep network.

    Examples
    --------
    >>> from exactland.problem.files import problem_from_json
    >>> layers = [{"w": [["0"], ["0"]], "b": ["2", "1"]}, {"w": [["1", "0"]], "b": ["-1"]}]
    >>> point = problem_from_json({
    ...     "format": "exactland-problem/1",
    ...     "network": {"activation": {"kind": "relu"}, "layers": layers},
    ...     "loss": {"kind": "empirical", "x": [["-1"], ["0"], ["1"]], "y": [["0"], ["3"], ["0"]]}})
    >>> [certificate.kind for certificate in certify_deep(point)][1:]
    ['linear_piece_local_minimum', 'constant_loss_segment', 'valley_dimension']
    """
    return tuple(checked(certificate) for certificate in deep_certificates(analyze(problem)))


def deep_certificates(analysis: LayeredAnalysis) -> Iterator[Certificate]:
    """Yield a certificate for every claim of the analysis of a deep network."""
    if isinstance(analysis, LogisticAnalysis):
        yield _loss_enclosure(analysis)
        return
    point = analysis.point
    problem = problem_to_json(point.problem)
    yield _loss_value(point)
    if analysis.verdict == "local_minimum":
        yield Certificate(problem, {"kind": "linear_piece_local_minimum"}, {})
        other = layers_to_json(neighbour(point).network)
        yield Certificate(problem, {"kind": "constant_loss_segment", "to": other}, {})
        # For Huber's loss equal losses do not mean equal predictions: the valley may be larger.
        squared = isinstance(point.problem.loss, EmpiricalLoss)
        if squared and analysis.valley is not None and analysis.valley.layer is not None:
            claim = {"kind": "valley_dimension", "dimension": analysis.valley.dimension}
            yield Certificate(problem, claim, {"layer": analysis.valley.layer})


def spurious_certificates(found: SpuriousMinimum) -> Iterator[Certificate]:
    """Yield the certificates of a constructed spurious local minimum, the composite one first."""
    problem = problem_to_json(found.minimum.problem)
    parts = [
        Certificate(problem, {"kind": "linear_piece_local_minimum"}, {}),
        _loss_value(found.minimum),
        _loss_value(found.better),
    ]
    claim = {
        "kind": "spurious_local_minimum",
        "loss": format_rational(found.loss),
        "better_loss": format_rational(found.better.loss),
    }
    yield Certificate(problem, claim, {"parts": [part.to_json() for part in parts]})
    yield from deep_certificates(analyze_deep(found.minimum.problem))


def logistic_certificates(found: LogisticMinimum) -> Iterator[Certificate]:
    """Yield the certificates of a constructed minimum for the logistic loss."""
    claim = {
        "kind": "spurious_local_minimum_near",
        "radius": format_rational(found.radius),
        "loss_lower": format_rational(found.loss[0]),
        "loss_upper": format_rational(found.loss[1]),
        "better_loss": format_rational(found.better_loss),
    }
    witness = {
        "step": format_rational(found.fit.step),
        "columns": list(found.fit.columns),
        "curvature": vector_to_json(found.fit.curvature),
        "right_inverse": matrix_to_json(found.right_inverse),
        "better": layers_to_json(found.better.network),
    }
    yield Certificate(problem_to_json(found.centre), claim, witness)
    for problem in (found.centre, found.better):
        yield _loss_enclosure(analyze_logistic(problem))


def write_spurious(
    found: SpuriousMinimum | LogisticMinimum,
    folder: Path,
    progress: Callable[[str], None] = lambda text: None,
    *,
    pdf: bool = False,
) -> list[str]:
    """Write the networks, certificates accepted by the checker, and a document into a folder.

    Returns the names of the files.

    Raises
    ------
    InputError
        If the folder cannot be written, or `pdf` is asked for and LaTeX is not installed.
    SelfCheckError
        If the checker rejects a certificate (a defect of exactland).
    """
    if pdf and not latex_available():
        raise InputError("--pdf", "pdflatex is not installed")
    problems: dict[str, DeepProblem]
    if isinstance(found, LogisticMinimum):
        problems = {"centre.json": found.centre, "better.json": found.better}
        certificates = logistic_certificates(found)
    else:
        problems = {
            "minimum.json": found.minimum.problem,
            "better.json": found.better.problem,
            "neighbour.json": found.neighbour,
        }
        certificates = spurious_certificates(found)
    names: list[str] = []
    digests: list[tuple[str, str]] = []
    with output_folder(folder) as output:
        for name, problem in problems.items():
            output.write_text(name, dump_json(problem_to_json(problem)) + "\n")
            names.append(name)
        for certificate in certificates:
            name = certificate.name
            if name in names:
                name = f"better_{name}"
            progress(f"producing and checking {name}")
            text = checked(certificate).to_text()
            output.write_text(name, text)
            names.append(name)
            digests.append((name, sha256(text.encode()).hexdigest()))
        progress("typesetting")
        output.write_text(DOCUMENT, render_layers_document(found, digests=digests))
        names.append(DOCUMENT)
        if pdf:
            names.append(compile_pdf(output.staging / DOCUMENT).name)
    return names


def _loss_enclosure(analysis: LogisticAnalysis) -> Certificate:
    lower, upper = map(format_rational, analysis.loss)
    claim = {"kind": "loss_enclosure", "lower": lower, "upper": upper}
    return Certificate(problem_to_json(analysis.problem), claim, {})


def _loss_value(point: DeepPoint) -> Certificate:
    claim = {"kind": "loss_value", "loss": format_rational(point.loss)}
    return Certificate(problem_to_json(point.problem), claim, {})
