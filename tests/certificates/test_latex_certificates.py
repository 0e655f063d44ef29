"""Documents of certificates, fragments of every kind, and the command ``exactland latex``."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from exactland.certificates.folder import analysis_document
from exactland.certificates.latex.certificate import render_certificate
from exactland.checker import check_text
from exactland.cli import cli, main
from exactland.landscape.analysis import Analysis
from exactland.landscape.analyze import analyze
from exactland.problem.files import problem_from_json
from tests.adversarial.corpus import corpus, kinds
from tests.certificates.test_latex import HOSTILE, analysis, blemishes, run_latex
from tests.certificates.test_latex_integral import analysis as integral_analysis
from tests.certificates.test_latex_layers import found as layers
from tests.pages import page_faults
from tests.reference import problem_object

latex = pytest.mark.needs("latex", checks="that the LaTeX documents compile")
pictures = pytest.mark.needs("latex", "poppler", checks="how the pages of the documents look")

LOAD = (
    r"\usepackage[T1]{fontenc}\usepackage{lmodern,amsmath,amssymb,amsthm,array,booktabs,longtable}"
)


def paper(fragments: list[str]) -> str:
    """A paper of someone else's that inputs the fragments."""
    body = "\n\n".join(fragments)
    return (
        rf"\documentclass{{article}}\usepackage[margin=30mm]{{geometry}}{LOAD}\usepackage{{pgfplots}}"
        rf"\pgfplotsset{{compat=1.16}}\newtheorem{{theorem}}{{Satz}}\begin{{document}}{body}"
        r"\end{document}"
    )


def of_certificate(document: dict[str, Any], *, fragment: bool = False) -> str:
    text = json.dumps(document)
    outcome = check_text(text)
    assert outcome.status == "accepted", outcome
    digest = sha256(text.encode()).hexdigest()
    return render_certificate(document, outcome.message, digest, fragment=fragment)


@pictures
def test_certificates_of_every_kind_enter_one_paper(tmp_path: Path) -> None:
    fragments = [of_certificate(corpus()[kind][0], fragment=True) for kind in kinds()]
    assert len(fragments) > 25
    log = run_latex(tmp_path, paper(fragments))
    assert blemishes(log) == []
    assert page_faults(tmp_path / "document.pdf") == []


@pictures
def test_a_certificate_is_a_document_of_its_own(tmp_path: Path) -> None:
    source = of_certificate(corpus()["empirical", "local_minimum"][0])
    log = run_latex(tmp_path, source)
    assert blemishes(log) == []
    assert page_faults(tmp_path / "document.pdf") == []
    assert r"\begin{theorem}" in source and "local minimum" in source


@pictures
def test_fragments_of_every_loss_enter_one_paper(tmp_path: Path) -> None:
    fragments = [
        analysis_document(analysis("clarke"), "Clarke", fragment=True),
        analysis_document(integral_analysis("R03"), "Integral", fragment=True),
        analysis_document(integral_analysis("K07"), "Leaky", fragment=True),
        analysis_document(layers("one point"), "Layers", fragment=True),  # type: ignore[arg-type]  # a deep analysis
    ]
    log = run_latex(tmp_path, paper(fragments))
    assert [line for line in blemishes(log) if "Overfull" not in line] == []
    assert page_faults(tmp_path / "document.pdf") == []
    for fragment in fragments:
        assert r"\documentclass" not in fragment and r"\subsection{Result}" in fragment


@pictures
@pytest.mark.parametrize("name", ["end", "R03", "squared"])
def test_pages_of_every_document_kind_look_right(name: str, tmp_path: Path) -> None:
    from exactland.certificates.latex.layers import render_layers_document

    if name == "squared":
        source = render_layers_document(layers(name))
    else:
        source = analysis_document(analysis(name) if name == "end" else integral_analysis(name))
    assert blemishes(run_latex(tmp_path, source)) == []
    assert page_faults(tmp_path / "document.pdf") == []


@latex
def test_no_string_of_a_certificate_runs_a_command(tmp_path: Path) -> None:
    hostile: dict[str, Any] = {text: text for text in HOSTILE}
    document = {
        "problem": {"network": [[text] for text in HOSTILE], "x": HOSTILE},
        "claim": {"kind": HOSTILE[0], **hostile},
        "witness": {"deep": [[[[[[[[hostile]]]]]]]], "none": None, "yes": True, "empty": []},
    }
    source = render_certificate(document, " ".join(HOSTILE), "0f" * 32, title=HOSTILE[2])
    log = run_latex(tmp_path, source)
    assert "passwd" not in log and not (tmp_path / "owned").exists()
    assert [line for line in blemishes(log) if "Overfull" not in line] == []
    body = source[source.index(r"\begin{center}") :]
    assert not re.search(r"\\(input|write|immediate|openout|catcode)\b", body)


def test_a_long_witness_is_cut_and_says_so() -> None:
    rows = [[str(k)] * 3 for k in range(2000)]
    document = {"problem": {}, "claim": {"kind": "loss_value"}, "witness": {"rows": rows}}
    source = render_certificate(document, "the loss is 1", "0f" * 32)
    assert "The rest is in the file." in source and len(source) < 60_000


def test_powers_and_long_numbers_of_the_claim_are_set_as_such() -> None:
    def told(setting: str, kind: str) -> str:
        return of_certificate(corpus()[setting, kind][0])

    assert re.search(r"like \$-\\tau\^\{\d\}\$\.", told("empirical", "not_local_minimum"))
    assert re.search(r"like \$\\tau\^\{\d\}\$ in", told("integral", "saddle"))
    assert re.search(r"between (\d{5}\\exb\{\}){3}", told("logistic", "loss_enclosure"))


def test_coordinates_of_figures_are_exact_fractions() -> None:
    assert "(7/10,0)" in analysis_document(analysis("plateau"))
    assert "(1/3,5/18) (2/3,13/18)" in analysis_document(integral_analysis("R21"))


def write(path: Path, body: object) -> str:
    path.write_text(json.dumps(body), "utf-8")
    return str(path)


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["latex", *arguments])
    return result.exit_code, result.output  # nothing is returned: 0, or an exception


@latex
def test_the_command_typesets_problems_and_certificates(tmp_path: Path) -> None:
    problem = write(tmp_path / "p.json", problem_object("exp1_P1_single"))
    target = tmp_path / "p.tex"
    status, output = run(problem, "-o", str(target), "--pdf", "--title", r"\input{x} 50%")
    assert status == 0, output
    assert target.with_suffix(".pdf").read_bytes().startswith(b"%PDF")
    assert r"\textbackslash{}input" in target.read_text("utf-8")
    one = corpus()["empirical", "loss_value"][0]
    status, _ = run(write(tmp_path / "c.json", one), "--fragment", "-o", str(tmp_path / "c.tex"))
    assert status == 0
    assert (tmp_path / "c.tex").read_text("utf-8").startswith("% Written by exactland")


@pytest.mark.parametrize(
    ("body", "arguments", "status", "message"),
    [
        ({"format": "else"}, ["-o", "o.tex"], 2, "format"),
        ([1], ["-o", "o.tex"], 2, "f.json"),
        ({"format": "exactland-certificate/1"}, ["-o", "o.tex"], 2, "problem"),
        ("wrong claim", ["-o", "o.tex"], 1, "rejected"),
        ("problem", ["-o", "o.pdf"], 2, "ends in .tex"),
        ("problem", ["-o", "o.tex", "--pdf", "--fragment"], 2, "complete documents"),
    ],
)
def test_unusable_arguments_are_one_line_and_write_nothing(
    body: object, arguments: list[str], status: int, message: str,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    if body == "problem":
        body = problem_object("exp1_P1_single")
    elif body == "wrong claim":
        body = json.loads(json.dumps(corpus()["empirical", "loss_value"][0]))
        body["claim"]["loss"] = "1/3"  # type: ignore[index]  # a certificate
    write(tmp_path / "f.json", body)
    with pytest.raises(SystemExit) as ended:
        main(["latex", "f.json", *arguments])
    error = capsys.readouterr().err
    assert ended.value.code == status and error.count("\n") == 1 and message in error, error
    assert [path.name for path in tmp_path.iterdir()] == ["f.json"]


def test_a_problem_document_is_that_of_its_analysis(tmp_path: Path) -> None:
    body = problem_object("exp1_P1_single")
    status, _ = run(write(tmp_path / "p.json", body), "-o", str(tmp_path / "p.tex"))
    assert status == 0
    found = analyze(problem_from_json(body))
    assert isinstance(found, Analysis)
    assert (tmp_path / "p.tex").read_text("utf-8") == analysis_document(found)
