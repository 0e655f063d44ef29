"""The command about the function of a network: ``exactland pieces``."""

from __future__ import annotations

from typing import Any

import click

from exactland.cli import _print_json, _print_rows, _status, cli


@cli.command()
@click.argument("problem")
@click.option("--regions", "listed", is_flag=True, help="Print every linear region, too.")
@click.option("--max-cells", type=click.IntRange(1), metavar="N", help="Stop after N regions.")
@click.option("--max-seconds", type=click.FloatRange(0), metavar="S", help="Stop after S seconds.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def pieces(
    problem: str, listed: bool, max_cells: int | None, max_seconds: float | None, as_json: bool
) -> int:
    """Show where in input space the network in PROBLEM is which affine map, exactly.

    For one input these are the breakpoints and the map between them; for more, the polyhedral
    pieces with their vertices and unbounded directions.  Exit status 3: a limit was reached; the
    answer says that it is incomplete.
    """
    from exactland.cells.realised import realised_function
    from exactland.cells.report import Limits
    from exactland.errors import UnsupportedError
    from exactland.problem.files import read_problem

    loaded: Any = read_problem(problem)
    if getattr(loaded, "field", None) is not None:
        raise UnsupportedError(f"{problem}: network", "pieces are for rational networks")
    check = Limits(max_seconds=max_seconds).check()
    with _status(f"cutting the input space of {problem}"):
        found = realised_function(loaded.network, max_regions=max_cells, check=check)
    if as_json:
        _print_json(found.to_json())
    else:
        _print_rows(found.rows(listed))
    if not found.complete:
        click.echo("exactland: incomplete: a limit was reached", err=True)
    return 0 if found.complete else 3
