"""The landscape graph as a picture: pieces by loss, touching pieces joined, escapes as arrows."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from exactland.errors import UnsupportedError
from exactland.problem.storage import StrPath, write_bytes_atomically

if TYPE_CHECKING:
    from exactland.landscape.atlas.graph import LandscapeGraph

FORMATS = ("pdf", "png", "svg")


def write_landscape_plot(path: StrPath, graph: LandscapeGraph) -> None:
    """Draw the graph into a file; the name's ending (pdf, png, svg) says the format.

    Minima are discs, saddles open squares; the height of a node is its loss, and the nodes of one
    connected set stand side by side.  Grey lines join pieces that touch, arrows are escapes, the
    steepest ones thick.

    Raises
    ------
    UnsupportedError
        If matplotlib is not installed or the ending is none of these.
    """
    ending = str(path).rpartition(".")[2].lower()
    if ending not in FORMATS:
        raise UnsupportedError(str(path), f"must end in one of {', '.join(FORMATS)}")
    try:
        import matplotlib
    except ImportError:
        message = "needs matplotlib: install exactland with the extra 'plot'"
        raise UnsupportedError("--plot", message) from None
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.0, 6.0), layout="constrained")
    FigureCanvasAgg(figure)
    _draw(figure.subplots(), graph)
    buffer = io.BytesIO()
    metadata: dict[str, Any] = {"Date": None} if ending == "svg" else {}
    if ending == "pdf":
        metadata = {"CreationDate": None}
    with matplotlib.rc_context({"svg.hashsalt": "exactland"}):
        figure.savefig(buffer, format=ending, metadata=metadata, dpi=150)
    write_bytes_atomically(path, buffer.getvalue())


def places(graph: LandscapeGraph) -> list[tuple[float, float]]:
    """Return (abscissa, loss) of every piece.

    The pieces of one connected set are neighbours; the sets of one loss follow each other.
    """
    levels = graph.strata.levels
    heights = [
        int(loss.p) / int(loss.q)
        for loss in (levels[piece.level].loss for piece in graph.strata.pieces)
    ]
    rows: dict[float, list[int]] = {}
    for group in graph.connected:
        for number in group:
            rows.setdefault(heights[number], []).append(number)
    found = [(0.0, height) for height in heights]
    for height, row in rows.items():
        for place, number in enumerate(row):
            found[number] = (place - (len(row) - 1) / 2, height)
    return found


def _draw(axes: Any, graph: LandscapeGraph) -> None:
    at = places(graph)
    for a, b in graph.strata.touching:
        axes.plot([at[a][0], at[b][0]], [at[a][1], at[b][1]], color="0.8", linewidth=0.8, zorder=1)
    for escape in graph.escapes:
        steepest = escape is graph.steepest(escape.start)
        axes.annotate(
            "",
            xy=at[escape.end],
            xytext=at[escape.start],
            arrowprops={
                "arrowstyle": "-|>",
                "color": "0.1" if steepest else "0.55",
                "linewidth": 1.6 if steepest else 0.6,
                "shrinkA": 5,
                "shrinkB": 5,
            },
            zorder=2,
        )
    for minimum, marker, label in ((True, "o", "local minima"), (False, "s", "saddles")):
        own = [n for n, piece in enumerate(graph.strata.pieces) if piece.minimum == minimum]
        axes.plot(
            [at[n][0] for n in own],
            [at[n][1] for n in own],
            marker,
            color="black",
            markersize=5,
            markerfacecolor="black" if minimum else "white",
            label=label,
            zorder=3,
        )
    losses = sorted({place[1] for place in at})
    texts = {place[1]: graph.loss(number) for number, place in enumerate(at)}
    spread = (losses[-1] - losses[0]) or 1.0
    ticks: list[float] = []
    for loss in losses:  # a label for every loss would overprint its neighbours
        if not ticks or loss - ticks[-1] > spread / 40:
            ticks.append(loss)
    axes.set_yticks(ticks, [texts[loss] for loss in ticks], fontsize=7)
    axes.set_xticks([])
    axes.set_ylabel("loss")
    axes.set_title(f"{len(at)} stationary pieces at width {graph.strata.width}", fontsize=10)
    axes.legend(fontsize=8)
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
