"""The landscape graph as a picture: pieces by loss, touching pieces joined, escapes as arrows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exactland.plots.scene import Arrows, Marks, Panel, Scene, Segments, drawn

if TYPE_CHECKING:
    from exactland.landscape.atlas.graph import LandscapeGraph


def landscape_scene(graph: LandscapeGraph) -> Scene:
    """Return the picture of a landscape graph.

    Minima are discs, saddles open squares; the height of a node is its loss, and the nodes of one
    connected set stand side by side.  Grey lines join pieces that touch, arrows are escapes, the
    steepest ones thick.
    """
    at = places(graph)
    steepest = {id(graph.steepest(escape.start)) for escape in graph.escapes}
    arrows: dict[bool, list[tuple[tuple[float, float], tuple[float, float]]]] = {
        False: [],
        True: [],
    }
    for escape in graph.escapes:
        arrows[id(escape) in steepest].append((at[escape.start], at[escape.end]))
    pieces = list(enumerate(graph.strata.pieces))
    minima = tuple(at[n] for n, piece in pieces if piece.minimum)
    saddles = tuple(at[n] for n, piece in pieces if not piece.minimum)
    losses = sorted({place[1] for place in at})
    texts = {place[1]: graph.loss(number) for number, place in enumerate(at)}
    spread = (losses[-1] - losses[0]) or 1.0
    ticks: list[float] = []
    for loss in losses:  # a label for every loss would overprint its neighbours
        if not ticks or loss - ticks[-1] > spread / 40:
            ticks.append(loss)
    layers = (
        Segments(tuple((at[a], at[b]) for a, b in graph.strata.touching), "edge"),
        Arrows(tuple(arrows[False]), "faint"),
        Arrows(tuple(arrows[True]), "strong", "steepest escape"),
        Marks(minima, "node", "local minima"),
        Marks(saddles, "saddle", "saddles"),
    )
    panel = Panel(
        f"{len(at)} stationary pieces at width {graph.strata.width}",
        "",
        "loss",
        layers,
        x_ticks=(),
        y_ticks=tuple((loss, texts[loss]) for loss in ticks),
    )
    return Scene(
        (panel,),
        f"{len(minima)} local minima and {len(saddles)} saddles at width {graph.strata.width}, "
        f"with {len(graph.escapes)} escapes.",
        magnified=1.5,
    )


def places(graph: LandscapeGraph) -> list[tuple[float, float]]:
    """Return (abscissa, loss) of every piece.

    The pieces of one connected set are neighbours; the sets of one loss follow each other.
    """
    levels = graph.strata.levels
    heights = [drawn(levels[piece.level].loss) for piece in graph.strata.pieces]
    rows: dict[float, list[int]] = {}
    for group in graph.connected:
        for number in group:
            rows.setdefault(heights[number], []).append(number)
    found = [(0.0, height) for height in heights]
    for height, row in rows.items():
        for place, number in enumerate(row):
            found[number] = (place - (len(row) - 1) / 2, height)
    return found
