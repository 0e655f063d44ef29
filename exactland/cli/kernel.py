"""The command ``exactland rocq``, and what ``--rocq`` adds to ``certify`` and ``check``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exactland.cli import _status, cli

if TYPE_CHECKING:
    from exactland.certificates.rocq.files import Exported, KernelAnswer

NO_ANSWER = 3


@cli.command()
@click.argument("certificates", nargs=-1, required=True, metavar="CERTIFICATE...")
@click.option("-o", "--output", required=True, metavar="DIR", help="Folder to write into.")
def rocq(certificates: tuple[str, ...], output: str) -> int:
    """Write certificates as files for the kernel of Rocq (Coq): data, claim, witness.

    The files are not checked here: `exactland check --rocq` does that.  Exit status 3: the formal
    development does not cover some claim (a line says which; the others are written).
    """
    from exactland.certificates.rocq.files import write_instances

    found = write_instances(certificates, Path(output))
    return _report_written(found, Path(output), echo=True)


def check(paths: Sequence[str]) -> int:
    """Have the kernel check certificate files; return the exit status."""
    from exactland.certificates.rocq.files import exported

    answers = _answers([exported(path) for path in paths], echo=True)
    return _exit_status(answers, required=True)


def export_and_check(
    paths: Sequence[str], folder: Path, *, echo: bool
) -> tuple[int, list[dict[str, str]]]:
    """Write instance files and have the kernel check them; return exit status and report.

    Claims that the formal development does not cover are named; they are no failure here.
    """
    from exactland.certificates.rocq.files import write_instances

    found = write_instances(paths, folder)
    _report_written([one for one in found if one.text is not None], folder, echo=echo)
    answers = _answers(found, echo=echo)
    return _exit_status(answers, required=False), [answer.to_json() for answer in answers]


def _report_written(found: Iterable[Exported], folder: Path, *, echo: bool) -> int:
    status = 0
    for one in found:
        if one.text is None:
            click.echo(f"exactland: {one.source}: {one.words}", err=True)
            status = NO_ANSWER
        elif echo:
            click.echo(f"written: {folder / one.name}")
    return status


def _answers(found: Sequence[Exported], *, echo: bool) -> list[KernelAnswer]:
    from exactland.certificates.rocq.files import kernel_answers
    from exactland.certificates.rocq.kernel import NOT_INSTALLED, kernel_available

    answers = []
    with _status("the kernel checks") as update:
        for answer in kernel_answers(found, update):
            answers.append(answer)
            if echo and answer.message != NOT_INSTALLED:
                click.echo(str(answer))
                sys.stdout.flush()
    if not kernel_available():
        click.echo(f"exactland: --rocq: {NOT_INSTALLED}", err=True)
    return answers


def _exit_status(answers: Iterable[KernelAnswer], *, required: bool) -> int:
    """Return 1 if the kernel rejects one, else 3 if it did not answer, else 0.

    Where every claim is `required`, a claim that is not covered has no answer.
    """
    statuses = {answer.status for answer in answers}
    if "rejected" in statuses:
        return 1
    unanswered = {"no answer", "not covered"} if required else {"no answer"}
    return NO_ANSWER if statuses & unanswered else 0
