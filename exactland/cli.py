"""The command ``exactland``.  Every command imports what it needs when it runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from exactland import __version__
from exactland.errors import ExactlandError, UnsupportedError

if TYPE_CHECKING:
    from exactland.problem.activations import ReluLike

INTERRUPTED = 130
DEEP_ACTIVATIONS = (
    *("relu", "leaky", "leaky_relu", "abs", "relu_like", "hard_tanh", "hard-tanh"),
    *("piecewise_linear", "identity"),
)


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
    click.echo("exactland: " + " ".join(message.split()), err=True)
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
@click.option("--title", default="", help="Title of the document.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def certify(problem: str, output: str, pdf: bool, title: str, as_json: bool) -> None:
    """Write a certificate for every claim about PROBLEM, and a LaTeX document.

    Every certificate is checked by the independent checker before it is written.
    """
    from exactland.certificates.folder import certify_into
    from exactland.problem.files import read_problem

    loaded = read_problem(problem)
    with _status(f"certifying {problem}") as update:
        written = certify_into(loaded, Path(output), pdf=pdf, title=title, progress=update)
    if as_json:
        _print_json(written.to_json())
    else:
        click.echo(str(written))


@cli.command()
@click.argument("certificates", nargs=-1, required=True, metavar="CERTIFICATE...")
def check(certificates: tuple[str, ...]) -> int:
    """Check certificates with the independent checker.

    Exit status 0: all accepted; 1: some rejected (the line says where); 2: some file unusable.
    """
    from exactland.checker import main as check_files

    return check_files(list(certificates))


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


@cli.command()
@click.argument("problem")
@click.option("--replicate", type=int, metavar="I", help="Replicate neuron I.")
@click.option("--beta", metavar="Q,...", help="Factors of w of the copies, positive (default 1s).")
@click.option("--gamma", metavar="Q,...", help="Factors of h; without it, the exact set of gamma.")
@click.option("--inactive", nargs=2, metavar="W H", help="Add an inactive unit (w, h).")
@click.option("--propagate", metavar="W", help="Add a neuron (w, 0).")
@click.option("--reduce", is_flag=True, help="Find the narrow core instead.")
@click.option("-o", "--output", metavar="PROBLEM", help="Problem file to write the result to.")
@click.option("--certify", metavar="DIR", help="Write certificates into a folder.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def embed(
    problem: str,
    replicate: int | None,
    beta: str | None,
    gamma: str | None,
    inactive: tuple[str, str] | None,
    propagate: str | None,
    reduce: bool,
    output: str | None,
    certify: str | None,
    as_json: bool,
) -> None:
    """Embed the point in PROBLEM in a wider network and say exactly what that preserves.

    Vectors are comma-separated (a hidden bias comes last).  --replicate without --gamma gives, for
    free gamma, the exact set that keeps each property.
    """
    from exactland.landscape import embedding as embeddings
    from exactland.problem.files import read_problem, write_problem
    from exactland.problem.losses import Problem

    chosen = [replicate is not None, inactive is not None, propagate is not None, reduce]
    if sum(chosen) != 1:
        raise click.UsageError("give one of --replicate, --inactive, --propagate, --reduce")
    if replicate is None and (beta is not None or gamma is not None):
        raise click.UsageError("--beta and --gamma go with --replicate")
    loaded = read_problem(problem)
    if not isinstance(loaded, Problem):
        raise UnsupportedError(problem, "embeddings are of one hidden layer and empirical loss")
    result: Any
    if reduce:
        result = embeddings.reduce_to_core(loaded)
        made: Problem | None = result.core
    elif replicate is not None and gamma is None:
        betas = _vector(beta if beta is not None else "1,1", "--beta")
        with _status(f"analysing {problem}"):
            result = embeddings.gamma_sets(loaded, replicate, betas)
        made = None
    else:
        operation: embeddings.Operation
        if replicate is not None:
            gammas = _vector(gamma or "", "--gamma")
            betas = _vector(beta if beta is not None else ",".join("1" * len(gammas)), "--beta")
            operation = embeddings.Replication(replicate, betas, gammas)
        elif inactive is not None:
            weight, height = (_vector(text, "--inactive") for text in inactive)
            operation = embeddings.InactiveUnit(weight, height)
        else:
            operation = embeddings.Propagation(_vector(propagate or "", "--propagate"))
        with _status(f"analysing both points of {problem}"):
            result = embeddings.embedding(loaded, operation)
        made = result.problem
    if made is None and output is not None:
        raise click.UsageError("-o needs --gamma")
    if output is not None and made is not None:
        write_problem(output, made)
    if certify is not None:
        from exactland.certificates.embedding import write_embedding

        with _status("certifying"):
            write_embedding(result, Path(certify))
    if as_json:
        _print_json(result.to_json())
    else:
        _print_rows(result.summary_rows())


def _vector(text: str, field: str) -> tuple[Any, ...]:
    from exactland.arithmetic.rationals import parse_rational

    return tuple(parse_rational(entry.strip(), field) for entry in text.split(","))


@cli.command()
@click.argument("data")
@click.option(
    "--activation",
    type=click.Choice(DEEP_ACTIVATIONS),
    default="relu",
    show_default=True,
    help="The activation of all hidden layers.",
)
@click.option("--slope", metavar="Q", help="Slope of leaky_relu.")
@click.option("--knots", metavar="Q,...", help="Knots of piecewise_linear, increasing.")
@click.option("--slopes", metavar="Q,...", help="Its slopes (relu_like: plus,minus).")
@click.option("--value", metavar="Q", help="Its value at the first knot (default 0).")
@click.option("--widths", required=True, metavar="M,...", help="Widths of the hidden layers.")
@click.option("--scale", default="1/2", show_default=True, metavar="Q", help="Scale of the loss.")
@click.option("--huber", metavar="Q", help="Huber's loss, linear beyond Q, instead of squared.")
@click.option("-o", "--output", metavar="DIR", help="Folder for networks and certificates.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def spurious(
    data: str,
    activation: str,
    slope: str | None,
    knots: str | None,
    slopes: str | None,
    value: str | None,
    widths: str,
    scale: str,
    huber: str | None,
    output: str | None,
    as_json: bool,
) -> None:
    """Construct a spurious local minimum for DATA, with a better network and certificates.

    For any depth and any piecewise-linear activation that is not affine (all biases present).  A
    hypothesis that fails is named, and nothing is constructed.
    """
    from exactland.arithmetic.rationals import parse_rational
    from exactland.landscape.linear_pieces import parse_widths, spurious_minimum
    from exactland.problem.datasets import read_dataset
    from exactland.problem.huber import DeepLoss, HuberLoss
    from exactland.problem.losses import EmpiricalLoss

    chosen = _deep_activation(activation, slope, knots, slopes, value)
    shape = parse_widths(widths)
    factor = parse_rational(scale, "--scale")
    dataset = read_dataset(data, targets_required=True)
    assert dataset.targets is not None
    loss: DeepLoss = EmpiricalLoss(dataset.inputs, dataset.targets, factor)
    if huber is not None:
        delta = parse_rational(huber, "--huber")
        loss = HuberLoss(dataset.inputs, dataset.targets, delta, factor)
    with _status("constructing") as update:
        found = spurious_minimum(loss, chosen, shape)
        result, rows = found.to_json(), found.summary_rows()
        if output is not None:
            from exactland.certificates.deep import write_spurious

            names = write_spurious(found, Path(output), update)
            result |= {"folder": output, "files": names}
            rows += [("checked and written", str(Path(output) / name)) for name in names]
    if as_json:
        _print_json(result)
    else:
        _print_rows(rows)


def _deep_activation(
    kind: str, slope: str | None, knots: str | None, slopes: str | None, value: str | None
) -> Any:
    from exactland.arithmetic.rationals import parse_rational
    from exactland.problem import piecewise_linear as activations

    kind = {"leaky": "leaky_relu", "hard-tanh": "hard_tanh"}.get(kind, kind)
    if (slope is not None) != (kind == "leaky_relu"):
        raise click.UsageError("--slope goes with --activation leaky_relu, and only with it")
    if (slopes is not None) != (kind in ("piecewise_linear", "relu_like")):
        raise click.UsageError("--slopes goes with --activation piecewise_linear or relu_like")
    if (knots is not None) != (kind == "piecewise_linear") or (
        value is not None and kind != "piecewise_linear"
    ):
        raise click.UsageError("--knots and --value go with --activation piecewise_linear")
    if slope is not None:
        return activations.leaky_relu(parse_rational(slope, "--slope"))
    if slopes is not None:
        values = _vector(slopes, "--slopes")
        if knots is not None:
            start = parse_rational(value if value is not None else "0", "--value")
            return activations.piecewise_linear(_vector(knots, "--knots"), values, start)
        if len(values) != 2:
            raise click.UsageError("--slopes of relu_like are two, plus,minus")
        return activations.relu_like(*values)
    plain = {
        "relu": activations.relu,
        "abs": activations.absolute_value,
        "hard_tanh": activations.hard_tanh,
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


def _print_rows(rows: list[tuple[str, str]]) -> None:
    if not sys.stdout.isatty():
        width = max(len(label) for label, _ in rows)
        click.echo("\n".join(f"{label.ljust(width)}  {value}" for label, value in rows))
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
