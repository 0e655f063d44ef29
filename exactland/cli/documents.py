"""The command ``exactland latex``."""

from __future__ import annotations

from pathlib import Path

import click

from exactland.cli import _status, cli
from exactland.errors import InputError


@cli.command()
@click.argument("file", metavar="PROBLEM|CERTIFICATE")
@click.option("-o", "--output", required=True, metavar="FILE", help="LaTeX file to write (.tex).")
@click.option("--fragment", is_flag=True, help="A part to \\input into a paper of your own.")
@click.option("--title", default="", help="Title (plain text).")
@click.option("--pdf", is_flag=True, help="Also compile it (needs pdflatex).")
def latex(file: str, output: str, fragment: bool, title: str, pdf: bool) -> None:
    """Typeset the analysis of a PROBLEM, or the claim and witness of a CERTIFICATE.

    A certificate is checked first.  Exit status 1: the checker rejects it.
    """
    from exactland.certificates.latex.compile import compile_pdf, latex_available
    from exactland.certificates.latex.source import latex_source
    from exactland.problem.storage import require_writable, write_text_atomically

    target = Path(output)
    if target.suffix != ".tex":
        raise InputError("-o", f"{output}: the name of a LaTeX file ends in .tex")
    if pdf and fragment:
        raise click.UsageError("--pdf is for complete documents; a fragment is part of one")
    if pdf and not latex_available():
        raise InputError("--pdf", "pdflatex is not installed")
    require_writable(target)
    with _status(f"typesetting {file}"):
        write_text_atomically(target, latex_source(file, title=title, fragment=fragment))
        written = [target, compile_pdf(target)] if pdf else [target]
    for path in written:
        click.echo(f"written: {path}")
