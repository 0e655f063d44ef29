"""The commands about whole landscapes: ``exactland atlas`` and ``exactland descend``."""

from __future__ import annotations

from os import environ
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from exactland.cli import _activation, _estimate, _print_json, _print_rows, _status, cli

if TYPE_CHECKING:
    from exactland.landscape.atlas.branches import Bounded


@cli.command()
@click.argument("dataset", metavar="DATA")
@click.option("--width", required=True, type=click.IntRange(1), metavar="M", help="Neurons.")
@click.option("--bias", is_flag=True, help="Hidden biases: append the constant input 1.")
@click.option("--output-bias", is_flag=True, help="An output bias c.")
@click.option(
    "--activation",
    type=click.Choice(["relu", "leaky_relu", "abs", "relu_like"]),
    default="relu",
    show_default=True,
)
@click.option("--slope", metavar="Q", help="Slope of leaky_relu.")
@click.option("--slopes", nargs=2, metavar="PLUS MINUS", help="Slopes of relu_like.")
@click.option("--scale", default="1/2", show_default=True, metavar="Q", help="Scale of the loss.")
@click.option("--minimum-only", is_flag=True, help="Only the global minimum, by branch and bound.")
@click.option("--jobs", type=click.IntRange(1), default=1, metavar="N", help="Worker processes.")
@click.option("--scheduler", metavar="ADDRESS", help="Run on a dask cluster instead.")
@click.option("--store", metavar="FILE", help="Keep every finished piece in this file.")
@click.option("--resume", is_flag=True, help="Continue what the store holds.")
@click.option("--max-seconds", type=click.FloatRange(0), metavar="S")
@click.option("--max-configurations", type=click.IntRange(0), metavar="N")
@click.option("-o", "--output", metavar="DIR", help="Folder for networks and certificates.")
@click.option("--graph", metavar="FILE", help="Write the landscape graph (GraphML).")
@click.option("--plot", metavar="FILE", help="Draw the landscape graph (png, svg, pdf or html).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def atlas(
    dataset: str,
    width: int,
    bias: bool,
    output_bias: bool,
    activation: str,
    slope: str | None,
    slopes: tuple[str, str] | None,
    scale: str,
    minimum_only: bool,
    jobs: int,
    scheduler: str | None,
    store: str | None,
    resume: bool,
    max_seconds: float | None,
    max_configurations: int | None,
    output: str | None,
    graph: str | None,
    plot: str | None,
    as_json: bool,
) -> int:
    """List every stationary loss of networks of width M on DATA, and the global minimum.

    Exit status 3: a limit was reached; what was found by then is printed, marked incomplete.
    """
    from exactland.arithmetic.rationals import parse_rational
    from exactland.certificates.atlas import write_atlas, write_graph, write_minimum
    from exactland.errors import InputError
    from exactland.landscape.atlas.branches import bounded_minimum
    from exactland.landscape.atlas.run import atlas as run_atlas
    from exactland.landscape.atlas.run import landscape_of
    from exactland.problem.datasets import read_dataset
    from exactland.problem.storage import require_writable

    if resume and store is None:
        raise click.UsageError("--resume goes with --store")
    chosen = _activation(activation, slope, slopes)
    factor = parse_rational(scale, "--scale")
    data = read_dataset(dataset, bias=bias, targets_required=True)
    try:
        landscape = landscape_of(data, chosen, factor, bias, output_bias)
    except InputError as error:
        raise error.within(dataset) from None
    folder = None if output is None else Path(output)
    if plot is not None:
        from exactland.plots.choice import format_of

        format_of(plot, "--plot")
    for file in (graph, plot):
        if file is not None:
            require_writable(file)
    ends = None if max_seconds is None else monotonic() + max_seconds

    def bound(message: str) -> Bounded:
        left = None if ends is None else max(0.0, ends - monotonic())
        options: dict[str, Any] = {} if not minimum_only else {"store": store, "resume": resume}
        with _estimate(message) as progress:
            return bounded_minimum(
                landscape,
                width,
                jobs=jobs,
                scheduler=scheduler,
                max_seconds=left,
                progress=progress,
                notice=_warn,
                **options,
            )

    if minimum_only:
        least = bound(f"bounding {dataset}")
        answer = least.to_json()
        if least.complete:
            answer["network"] = write_minimum(landscape, least, folder)["network"]
        return _finish(answer, least.rows(), least.complete, as_json)
    with _estimate(f"atlas of {dataset}") as progress:
        found = run_atlas(
            landscape,
            width,
            jobs=jobs,
            scheduler=scheduler,
            store=store,
            resume=resume,
            max_seconds=max_seconds,
            max_configurations=max_configurations,
            progress=progress,
            notice=_warn,
        )
    if folder is not None:
        proved = bound("bounding") if found.complete else None
        with _status("certifying"):
            written = write_atlas(found, landscape, folder, proved)
        if found.complete and not written.minimum:
            _warn("time is up: no certificate of the global minimum")
    answer, rows = found.to_json(), found.rows()
    if (graph is not None or plot is not None) and found.complete:
        with _status("descending from the saddles"):
            drawn = write_graph(landscape, width, graph)
            if plot is not None:
                from exactland.plots.choice import write_scene
                from exactland.plots.landscape_graph import landscape_scene

                write_scene(plot, landscape_scene(drawn))
        answer["landscape_graph"] = drawn.to_json()
        rows += drawn.rows()
    return _finish(answer, rows, found.complete, as_json)


def _warn(line: str) -> None:
    click.echo(f"exactland: {line}", err=True)


def _finish(
    answer: dict[str, Any], rows: list[tuple[str, str]], complete: bool, as_json: bool
) -> int:
    if as_json:
        _print_json(answer)
    else:
        _print_rows(rows)
    if not complete:
        _warn("incomplete: a limit was reached")
    return 0 if complete else 3


@cli.command()
@click.argument("problem")
@click.option("-o", "--output", required=True, metavar="PROBLEM", help="Problem file to write.")
@click.option("--leave-saddles", is_flag=True, help="Go on from saddles to a local minimum.")
@click.option("--path", metavar="FILE", help="Write the steps and their exact losses (JSON).")
@click.option("--max-steps", type=click.IntRange(0), metavar="N", help="Stop after N steps.")
@click.option("--max-seconds", type=click.FloatRange(0), metavar="S", help="Stop after S seconds.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with the path.")
def descend(
    problem: str,
    output: str,
    leave_saddles: bool,
    path: str | None,
    max_steps: int | None,
    max_seconds: float | None,
    as_json: bool,
) -> int:
    """Descend exactly from the network in PROBLEM to a stationary point and write it.

    Every step lowers the exact loss.  Exit status 3: a limit was reached, and the best point so far
    was written, or (with --leave-saddles) minimality could not be decided.
    """
    from exactland.errors import UnsupportedError
    from exactland.landscape.descent.run import descend as descend_from
    from exactland.problem.files import read_problem, write_problem
    from exactland.problem.losses import Problem
    from exactland.problem.storage import require_writable, write_text_atomically
    from exactland.problem.strict_json import dump_json

    # The matrices are small: threads of the linear algebra would only wait for each other.
    environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    loaded = read_problem(problem)
    if not isinstance(loaded, Problem):
        raise UnsupportedError(f"{problem}: loss", "is not empirical")
    require_writable(output)
    if path is not None:
        require_writable(path)
    with _status(f"descending from {problem}") as update:
        found = descend_from(
            loaded,
            leave_saddles=leave_saddles,
            max_steps=max_steps,
            max_seconds=max_seconds,
            progress=update,
        )
    write_problem(output, found.problem)
    if path is not None:
        write_text_atomically(path, dump_json(found.to_json()) + "\n")
    if as_json:
        _print_json(found.to_json())
    else:
        click.echo(str(found))
    return 0 if found.status in ("stationary", "local_minimum") else 3
