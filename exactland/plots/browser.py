"""A scene for the browser: one interactive HTML file by plotly that needs nothing else."""

from __future__ import annotations

from bisect import bisect_right
from html import escape
from typing import Any, Final

from exactland.errors import UnsupportedError
from exactland.plots.scene import (
    STYLES,
    Arrows,
    Curve,
    Field,
    Layer,
    Marks,
    Panel,
    Scene,
    Shaded,
)

SHADES: Final = "cividis"


def browser_page(scene: Scene) -> str:
    """Return the figure as a self-contained HTML page, the same text on every run.

    Raises
    ------
    UnsupportedError
        If plotly is not installed.

    Examples
    --------
    >>> from exactland.plots.scene import Curve
    >>> line = Curve(((0.0, 0.0), (1.0, 1.0)), "function")
    >>> page = browser_page(Scene((Panel("", "x", "y", (line,)),), "a <line>"))
    >>> page[:15], "a &lt;line&gt;" in page, "<script src" in page
    ('<!DOCTYPE html>', True, False)
    """
    figure = browser_figure(scene)
    body = figure.to_html(
        include_plotlyjs=True,
        full_html=False,
        div_id="exactland-figure",
        config={"displaylogo": False, "responsive": True},
    )
    title = escape(scene.description)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"/><title>{title}</title>'
        f'</head>\n<body style="font-family:sans-serif">{body}\n<p>{title}</p>'
        "</body></html>\n"
    )


def browser_figure(scene: Scene) -> Any:
    """Return the plotly figure of a scene.

    Raises
    ------
    UnsupportedError
        If plotly is not installed.
    """
    try:
        from plotly.subplots import make_subplots
    except ImportError:
        message = "needs plotly: install exactland with the extra 'plot'"
        raise UnsupportedError("plot", message) from None
    count = len(scene.panels)
    figure = make_subplots(
        rows=1,
        cols=count,
        subplot_titles=[_text(panel.title) for panel in scene.panels],
        horizontal_spacing=0.16 / count if count > 1 else 0.0,
    )
    for column, panel in enumerate(scene.panels, 1):
        for layer in panel.layers:
            for trace in _traces(layer, column, count):
                figure.add_trace(trace, row=1, col=column)
        for layer in panel.layers:
            if isinstance(layer, Arrows):
                _add_arrow_heads(figure, layer, column)
        _set_axes(figure, panel, column)
    figure.update_layout(
        template="plotly_white",
        height=580 * scene.magnified,
        width=620 * scene.magnified * count,
        legend={"orientation": "h", "yanchor": "top", "y": -0.16},
    )
    return figure


def _set_axes(figure: Any, panel: Panel, column: int) -> None:
    place = {"row": 1, "col": column}
    for update, label, ticks, limits in (
        (figure.update_xaxes, panel.x_label, panel.x_ticks, panel.x_range),
        (figure.update_yaxes, panel.y_label, panel.y_ticks, panel.y_range),
    ):
        update(title_text=_text(label), visible=panel.frame, zeroline=False, **place)
        if ticks is not None:
            update(tickvals=[at for at, _ in ticks], ticktext=[_text(t) for _, t in ticks], **place)
        if limits is not None:
            update(range=list(limits), **place)
    if panel.equal:
        anchor = "x" if column == 1 else f"x{column}"
        figure.update_yaxes(scaleanchor=anchor, scaleratio=1, **place)


def _traces(layer: Layer, column: int, count: int) -> list[Any]:
    from plotly import graph_objects

    if isinstance(layer, Field):
        return _field_traces(layer, column, count)
    if isinstance(layer, Shaded):
        xs, ys = _columns(layer.points)
        return [
            graph_objects.Scatter(
                x=xs,
                y=ys,
                mode="markers+text",
                text=[_text(text) for text in layer.texts],
                textposition="bottom center",
                cliponaxis=False,
                marker={
                    "color": layer.values,
                    "colorscale": SHADES,
                    "size": 18,
                    "line": {"color": "black", "width": 1},
                    "colorbar": _scale_bar(layer.label, column, count),
                },
                showlegend=False,
            )
        ]
    style = STYLES[layer.role]
    line = {"color": style.colour, "dash": style.dash, "width": style.width}
    named = {"name": _text(layer.label), "showlegend": bool(layer.label)}
    if isinstance(layer, Marks):
        xs, ys = _columns(layer.points)
        return [
            graph_objects.Scatter(
                x=xs,
                y=ys,
                mode="markers+text" if layer.texts else "markers",
                text=[_text(text) for text in layer.texts],
                textposition="top right",
                cliponaxis=False,
                marker={
                    "color": "white" if style.hollow else style.colour,
                    "symbol": style.marker,
                    "size": 15 if style.marker == "star" else 9,
                    "line": {"color": "black", "width": 1},
                },
                **named,
            )
        ]
    if isinstance(layer, Curve):
        xs, ys = _columns(layer.points)
    else:
        xs, ys = [], []
        for start, end in layer.pieces:
            xs += [start[0], end[0], None]
            ys += [start[1], end[1], None]
    return [graph_objects.Scatter(x=xs, y=ys, mode="lines", line=line, **named)]


def _field_traces(layer: Field, column: int, count: int) -> list[Any]:
    """Bands of one colour step each, as in print: drawn over the number of the band."""
    from plotly import graph_objects

    levels = layer.levels
    bar = _scale_bar(layer.label, column, count)
    bar |= {"tickvals": list(range(len(levels))), "ticktext": [f"{v:.3g}" for v in levels]}
    bands = tuple(tuple(_band(value, levels) for value in row) for row in layer.values)
    common = {"x": layer.xs, "y": layer.ys, "z": bands}
    steps = {"start": 0, "end": len(levels) - 1, "size": 1}
    traces = [
        graph_objects.Contour(
            **common,
            colorscale=SHADES,
            contours=steps,
            line={"color": "white", "width": 0.6},
            colorbar=bar,
            customdata=layer.values,
            hovertemplate="(%{x:.4g}, %{y:.4g}): %{customdata:.6g}<extra></extra>",
        )
    ]
    if layer.emphasised is not None:
        at = _band(layer.emphasised, levels)
        traces.append(
            graph_objects.Contour(
                **common,
                contours={"start": at, "end": at, "size": 1, "coloring": "none"},
                line={"color": "white", "width": 2.5},
                showscale=False,
                showlegend=False,
                hoverinfo="skip",
            )
        )
    return traces


def _band(value: float, levels: tuple[float, ...]) -> float:
    """The place of a value among the levels: an increasing function, linear between them."""
    index = min(max(bisect_right(levels, value) - 1, 0), len(levels) - 2)
    return index + (value - levels[index]) / (levels[index + 1] - levels[index])


def _add_arrow_heads(figure: Any, layer: Arrows, column: int) -> None:
    suffix = "" if column == 1 else str(column)
    texts = layer.texts or ("",) * len(layer.pieces)
    for (start, end), text in zip(layer.pieces, texts, strict=True):
        figure.add_annotation(
            x=end[0],
            y=end[1],
            ax=end[0] - (end[0] - start[0]) / 20,  # the head only: the shaft has its own dashes
            ay=end[1] - (end[1] - start[1]) / 20,
            xref=f"x{suffix}",
            yref=f"y{suffix}",
            axref=f"x{suffix}",
            ayref=f"y{suffix}",
            showarrow=True,
            arrowhead=2,
            arrowcolor=STYLES[layer.role].colour,
            arrowwidth=STYLES[layer.role].width,
            text="",
        )
        if text:
            figure.add_annotation(
                x=end[0], y=end[1], xref=f"x{suffix}", yref=f"y{suffix}", text=_text(text),
                showarrow=False, xanchor="left", yanchor="bottom",
            )  # fmt: skip


def _scale_bar(label: str, column: int, count: int) -> dict[str, Any]:
    return {"title": {"text": _text(label)}, "x": column / count + 0.005, "len": 0.9}


def _columns(points: tuple[tuple[float, float], ...]) -> tuple[list[Any], list[Any]]:
    return [x for x, _ in points], [y for _, y in points]


def _text(text: str) -> str:
    """Plotly reads a little HTML in its texts; ours is plain."""
    return escape(text, quote=False).replace("\n", "<br>")
