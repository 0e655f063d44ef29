"""The command that draws: ``exactland plot``."""

from __future__ import annotations

import click

from exactland.cli import _status, cli
from exactland.plots import KINDS


@cli.command()
@click.argument("problem")
@click.option(
    "-o", "--output", required=True, metavar="FILE", help="A .png, .svg, .pdf or .html file."
)
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    help="function (default for one input), residuals (default else), line, plane, cells, "
    "hessian, generators.",
)
@click.option("--neuron", type=int, metavar="I", help="For cells and generators.")
@click.option(
    "--direction",
    "directions",
    multiple=True,
    metavar="TEXT",
    help="Like 'w[0][1]=1, v[0][0]=-1/2'; one for line, two for plane.",
)
@click.option(
    "--range",
    "ranges",
    nargs=2,
    multiple=True,
    metavar="LOW HIGH",
    help="Of the position along each direction (default -1 1).",
)
def plot(
    problem: str,
    output: str,
    kind: str | None,
    neuron: int | None,
    directions: tuple[str, ...],
    ranges: tuple[tuple[str, str], ...],
) -> None:
    """Draw a figure of the point in PROBLEM: its function, its loss, its cells, its curvature.

    Everything is computed exactly and rounded for drawing only.  An .html file is interactive and
    needs nothing but itself.  Needs the extra 'plot'.
    """
    from exactland.arithmetic.rationals import parse_rational
    from exactland.plots import choice
    from exactland.problem.files import read_problem
    from exactland.problem.storage import require_writable

    if neuron is not None and kind not in ("cells", "generators"):
        raise click.UsageError("--neuron goes with --kind cells or generators")
    if (directions or ranges) and kind not in ("line", "plane"):
        raise click.UsageError("--direction and --range go with --kind line or plane")
    choice.format_of(output)
    ways = [choice.parse_direction(text) for text in directions]
    limits = [(parse_rational(a, "--range"), parse_rational(b, "--range")) for a, b in ranges]
    loaded = read_problem(problem)
    require_writable(output)
    with _status(f"drawing {problem}"):
        scene = choice.make_scene(loaded, kind, neuron=neuron, directions=ways, limits=limits)
        choice.write_scene(output, scene)
    click.echo(scene.description)
