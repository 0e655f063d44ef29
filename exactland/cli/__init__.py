"""The command ``exactland``.  Every command imports what it needs when it runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from exactland import __version__
from exactland.errors import ExactlandError

if TYPE_CHECKING:
    from exactland.problem.activations import ReluLike

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line; errors are one line on stderr and an exit status, never a traceback."""
    try:
        status = cli.main(arguments, prog_name="exactland", standalone_mode=False)
    except ExactlandError as error:
        _fail(str(error), error.exit_status)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        sys.exit(2)
    except click.ClickException as error:
        _fail(error.format_message(), 2)
    except (click.Abort, KeyboardInterrupt):
        _fail("interrupted", INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output left (a pager, head): nothing more to say to it.
        sys.stderr.close()
        sys.exit(0)
    sys.exit(status if isinstance(status, int) else 0)


def _fail(message: str, status: int) -> NoReturn:
    line = "exactland: " + " ".join(message.split())
    # Whatever text a file or an argument brought in, it cannot steer the terminal.
    click.echo("".join(c if c.isprintable() else ascii(c)[1:-1] for c in line), err=True)
    sys.exit(status)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="exactland")
def cli() -> None:
    """Settle questions about the loss landscape of shallow ReLU networks exactly.

    Exit status: 0 done; 1 a check said no; 2 unusable input or usage; 3 no answer within what was
    allowed; 130 on Ctrl-C.
    """


@cli.command()
@click.argument("problem", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--family",
    type=click.Choice(["relu", "leaky"]),
    help="Instead of a file: the critical family of the integral loss with affine target.",
)
@click.option("--n", "pieces", type=int, metavar="N", help="Number of breakpoints of the family.")
@click.option("--gamma", metavar="Q", help="Slope of the leaky family.")
@click.option(
    "--first-sign",
    type=click.Choice(["+", "-"]),
    default="+",
    show_default=True,
    help="Sign of w at the first breakpoint.",
)
@click.option(
    "-o", "--output", metavar="FILE", help="Problem file to write the family's member to."
)
def analyze(
    problem: str | None,
    as_json: bool,
    family: str | None,
    pieces: int | None,
    gamma: str | None,
    first_sign: str,
    output: str | None,
) -> None:
    """Print every verdict about the point in the file PROBLEM, or about a critical family."""
    if (problem is None) == (family is None):
        raise click.UsageError("give either a PROBLEM file or --family")
    if family is not None:
        _analyze_family(family, pieces, gamma, first_sign, output, as_json)
        return
    if pieces is not None or gamma is not None or output is not None:
        raise click.UsageError("--n, --gamma and -o go with --family")
    from exactland.landscape.analyze import analyze as analyze_problem
    from exactland.problem.files import read_problem

    assert problem is not None
    loaded = read_problem(problem)
    with _status(f"analysing {problem}"):
        analysis = analyze_problem(loaded)
    if as_json:
        _print_json(analysis.to_json())
    else:
        _print_rows(analysis.summary_rows())


def _analyze_family(
    family: str,
    pieces: int | None,
    gamma: str | None,
    first_sign: str,
    output: str | None,
    as_json: bool,
) -> None:
    from exactland.arithmetic.rationals import parse_rational
    from exactland.landscape.integral.analysis import analyze_integral
    from exactland.landscape.integral.family import critical_family
    from exactland.landscape.integral.summary import family_rows
    from exactland.problem.files import problem_to_json, write_problem

    if pieces is None:
        raise click.UsageError("--family needs --n")
    if (gamma is not None) != (family == "leaky"):
        raise click.UsageError("--gamma goes with --family leaky, and only with it")
    slope = parse_rational(gamma if gamma is not None else "0", "--gamma")
    kind = "relu" if family == "relu" else "leaky_relu"
    found = critical_family(kind, pieces, slope, first_sign)
    analysis = analyze_integral(found.problem)
    if output is not None:
        write_problem(output, found.problem)
    if as_json:
        described = {
            "family": family,
            "n": found.n,
            "gamma": str(slope),
            "first_sign": first_sign,
            "breakpoints": [str(value) for value in found.breakpoints],
            "sums": [str(value) for value in found.sums],
            "Lambda": str(found.total),
            "loss": str(found.loss),
            "inertia": list(found.inertia),
            "problem": problem_to_json(found.problem),
        }
        _print_json({"critical_family": described, **analysis.to_json()})
    else:
        labels = {label for label, _ in family_rows(found)}
        rest = [row for row in analysis.summary_rows() if row[0] not in labels]
        _print_rows(family_rows(found) + rest)


@cli.command()
@click.argument("problem")
@click.option("-o", "--output", required=True, metavar="DIR", help="Folder to write into.")
@click.option("--pdf", is_flag=True, help="Also compile the LaTeX document (needs pdflatex).")
@click.option("--rocq", is_flag=True, help="Also write Rocq files, and have the kernel check them.")
@click.option("--title", default="", help="Title of the document.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def certify(problem: str, output: str, pdf: bool, rocq: bool, title: str, as_json: bool) -> int:
    """Write a certificate for every claim about PROBLEM, and a LaTeX document.

    Every certificate is checked by the independent checker before it is written.  With --rocq,
    exit status 1: the kernel rejects one; 3: it is not installed, or gave no answer.
    """
    from exactland.certificates.folder import certify_into
    from exactland.problem.files import read_problem

    loaded = read_problem(problem)
    with _status(f"certifying {problem}") as update:
        written = certify_into(loaded, Path(output), pdf=pdf, title=title, progress=update)
    report = written.to_json()
    if not as_json:
        click.echo(str(written))
    status = 0
    if rocq:
        paths = [str(written.folder / name) for name in written.files]
        status, report["rocq"] = kernel.export_and_check(paths, written.folder, echo=not as_json)
    if as_json:
        _print_json(report)
    return status


@cli.command()
@click.argument("certificates", nargs=-1, required=True, metavar="CERTIFICATE...")
@click.option("--rocq", is_flag=True, help="Also have the kernel of Rocq (Coq) check them.")
def check(certificates: tuple[str, ...], rocq: bool) -> int:
    """Check certificates with the independent checker.

    Exit status 0: all accepted; 1: some rejected (the line says where); 2: some file unusable.
    With --rocq also 3: the kernel is not installed, gave no answer, or the formal development
    does not cover a claim.
    """
    from exactland.checker import main as check_files

    status = check_files(list(certificates))
    return status if status or not rocq else kernel.check(certificates)


@cli.command()
@click.argument("checkpoint")
@click.option("--data", "dataset", required=True, metavar="DATA", help="JSON or CSV data file.")
@click.option("-o", "--output", required=True, metavar="PROBLEM", help="Problem file to write.")
@click.option("--bias", is_flag=True, help="Append the constant input 1 to the data.")
@click.option(
    "--activation",
    type=click.Choice(["relu", "leaky_relu", "abs", "relu_like", "identity"]),
    default="relu",
    show_default=True,
    help="The activation the network was trained with.",
)
@click.option("--slope", metavar="Q", help="Slope of leaky_relu.")
@click.option("--slopes", nargs=2, metavar="PLUS MINUS", help="Slopes of relu_like.")
@click.option("--scale", default="1/2", show_default=True, metavar="Q", help="Scale of the loss.")
@click.option("--max-distance", metavar="Q", help="Largest distance (maximum norm) accepted.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def snap(
    checkpoint: str,
    dataset: str,
    output: str,
    bias: bool,
    activation: str,
    slope: str | None,
    slopes: tuple[str, str] | None,
    scale: str,
    max_distance: str | None,
    as_json: bool,
) -> int:
    """Find the exact stationary point near a trained network and write it as a problem file.

    Exit status 3, and nothing written, where no exact stationary point near the checkpoint was
    verified.
    """
    from exactland.arithmetic.rationals import parse_rational
    from exactland.landscape.snapping import snap as snap_checkpoint
    from exactland.problem.checkpoints import read_checkpoint
    from exactland.problem.datasets import read_dataset
    from exactland.problem.files import write_problem
    from exactland.problem.storage import require_writable

    chosen = _activation(activation, slope, slopes)
    factor = parse_rational(scale, "--scale")
    limit = None if max_distance is None else parse_rational(max_distance, "--max-distance")
    data = read_dataset(dataset, bias=bias, targets_required=True)
    floats = read_checkpoint(checkpoint)
    require_writable(output)
    with _status(f"snapping {checkpoint}"):
        result = snap_checkpoint(floats, data, activation=chosen, scale=factor, max_distance=limit)
    if result.status == "ok":
        assert result.problem is not None
        write_problem(output, result.problem)
    if as_json:
        _print_json(result.to_json())
    else:
        click.echo(str(result))
    return 0 if result.status == "ok" else 3


@cli.command()
@click.argument("dataset", metavar="DATA")
@click.option(
    "--count", "what", flag_value="count", default="count", help="Count the cells (default)."
)
@click.option(
    "--list", "what", flag_value="list", help="List the cells, each with an interior point."
)
@click.option(
    "--graph",
    "what",
    flag_value="graph",
    help="Write the adjacency graph (GraphML) to -o, and the face poset beside it (*-faces).",
)
@click.option("--adjacency", "what", flag_value="adjacency", help="Only the former of these.")
@click.option("--poset", "what", flag_value="poset", help="Only the face poset, to -o.")
@click.option("--certificate", "what", flag_value="certificate", help="Certificate of the number.")
@click.option(
    "--faces", type=click.IntRange(0), metavar="K", help="The faces of dimension K instead."
)
@click.option("-o", "--output", metavar="FILE", help="File to write.")
@click.option("--bias", is_flag=True, help="Append the constant input 1 to the data.")
@click.option("--max-cells", type=click.IntRange(1), metavar="N", help="Stop after N cells.")
@click.option("--max-seconds", type=click.FloatRange(0), metavar="S", help="Stop after S seconds.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def cells(
    dataset: str,
    what: str,
    faces: int | None,
    output: str | None,
    bias: bool,
    max_cells: int | None,
    max_seconds: float | None,
    as_json: bool,
) -> int:
    """Count, list or draw the activation-pattern cells of one hidden neuron on the data.

    A cell is a set of weight vectors with the same nonzero signs on all (nonzero) data points.
    Exit status 3 where a limit ended the work: the answer says that it is incomplete.
    """
    from exactland.cells import report
    from exactland.problem.datasets import read_dataset

    if (output is not None) != (what in ("graph", "adjacency", "poset", "certificate")):
        message = "-o goes with --graph, --adjacency, --poset and --certificate, and they need it"
        raise click.UsageError(message)
    if faces is not None and what not in ("count", "list"):
        raise click.UsageError("--faces goes with --count and --list")
    data = read_dataset(dataset, bias=bias).inputs
    limits = report.Limits(max_cells, max_seconds)
    if what == "certificate":
        from exactland.certificates.cells import write_cell_count

        _print_json(write_cell_count(data, str(output), limits.check()))
        return 0
    if what == "list":
        return _list_cells(data, faces, limits, as_json)
    with _status(f"counting the cells of {dataset}"):
        if what == "count" and faces is not None:
            answer = report.face_count_report(data, faces, limits)
        elif what == "count":
            answer = report.count_report(data, limits)
        else:
            file = Path(str(output))
            graph = None if what == "poset" else file
            beside = {"graph": file.with_name(f"{file.stem}-faces{file.suffix}"), "poset": file}
            answer = report.graph_report(data, graph, beside.get(what), limits)
    if as_json:
        _print_json(answer)
    else:
        _print_rows([(name.replace("_", " "), str(value)) for name, value in answer.items()])
    return 0 if answer["complete"] else 3


def _list_cells(data: Any, faces: int | None, limits: Any, as_json: bool) -> int:
    from exactland.cells import report

    if as_json and faces is None:
        answer = report.CellList(data, limits).to_json()
        _print_json(answer)
        return 0 if answer["complete"] else 3
    progress = report.Progress()
    if faces is None:
        batches = report.list_cells(data, limits, progress)
    else:
        batches = report.list_faces(data, limits, progress, faces)
    # Lines on a terminal are progress enough; elsewhere the count says how far the list has come.
    shown = sys.stderr.isatty() and not sys.stdout.isatty() and faces is None
    total = report.count_report(data, limits)["cells"] if shown else None
    with _estimate("listing cells") if shown else nullcontext() as advance:
        for number, line in enumerate(report.lines(batches, as_json=as_json), 1):
            click.echo(line)
            if advance is not None and number % 1000 == 0:
                advance(number, total)
    if progress.complete:
        return 0
    click.echo(f"exactland: incomplete: a limit was reached after {progress.cells}", err=True)
    return 3


def _activation(kind: str, slope: str | None, slopes: tuple[str, str] | None) -> ReluLike:
    from exactland.arithmetic.rationals import parse_rational
    from exactland.problem import activations

    if (slope is not None) != (kind == "leaky_relu"):
        raise click.UsageError("--slope goes with --activation leaky_relu, and only with it")
    if (slopes is not None) != (kind == "relu_like"):
        raise click.UsageError("--slopes goes with --activation relu_like, and only with it")
    if slope is not None:
        return activations.leaky_relu(parse_rational(slope, "--slope"))
    if slopes is not None:
        plus, minus = (parse_rational(text, "--slopes") for text in slopes)
        return activations.relu_like(plus, minus)
    plain = {
        "relu": activations.relu,
        "abs": activations.absolute_value,
        "identity": activations.identity,
    }
    return plain[kind]()


@contextmanager
def _status(message: str) -> Iterator[Any]:
    """Show on a terminal's stderr what is being done; yields a function that updates it."""
    if not sys.stderr.isatty():
        yield lambda text: None
        return
    from rich.console import Console

    with Console(stderr=True).status(message) as status:
        yield status.update


def _print_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table: ruled on a terminal, in plain columns elsewhere."""
    if not sys.stdout.isatty():
        lines = [heads, *rows]
        widths = [max(len(line[place]) for line in lines) for place in range(len(heads))]
        for line in lines:
            cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
            click.echo("  ".join(cells).rstrip())
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, head in enumerate(heads):
        table.add_column(head, overflow="fold", no_wrap=not place)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


@contextmanager
def _estimate(message: str) -> Iterator[Any]:
    """Show on a terminal's stderr how much is done and how long the rest takes at this pace."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, speed_estimate_period=600) as shown:
        task = shown.add_task(message, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


def _print_rows(rows: list[tuple[str, str]]) -> None:
    if not sys.stdout.isatty():
        from exactland.landscape.tables import aligned

        click.echo(aligned(rows))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for label, value in rows:
        table.add_row(label, Text(value))
    Console().print(table)


def _print_json(value: Any) -> None:
    from json import dumps

    click.echo(dumps(value, indent=1))


# Commands of the group above; one a line.
from exactland.cli import (  # noqa: E402
    documents,  # noqa: F401
    functions,  # noqa: F401
    kernel,
    landscapes,  # noqa: F401
    networks,  # noqa: F401
    plotting,  # noqa: F401
    theorems,  # noqa: F401
)
