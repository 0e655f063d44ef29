"""A scene for print: PNG, SVG and PDF by matplotlib, the same bytes on every run."""

from __future__ import annotations

import io
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
    Segments,
    Shaded,
    Style,
)

DASHES: Final = {"solid": "-", "dash": "--", "dot": ":", "dashdot": "-."}
MARKERS: Final = {
    "circle": "o",
    "diamond": "D",
    "square": "s",
    "star": "*",
    "triangle-up": "^",
    "triangle-down": "v",
}
SHADES: Final = "cividis"
"""Its lightness grows evenly, so that it survives black-and-white print and colour blindness."""

PANEL_WIDTH, PANEL_HEIGHT, DPI = 5.2, 4.2, 150


def print_scene(scene: Scene, kind: str) -> bytes:
    r"""Return the figure as a file of a kind: ``png``, ``svg`` or ``pdf``.

    Raises
    ------
    UnsupportedError
        If matplotlib is not installed.

    Examples
    --------
    >>> from exactland.plots.scene import Curve
    >>> line = Curve(((0.0, 0.0), (1.0, 1.0)), "function")
    >>> scene = Scene((Panel("", "x", "y", (line,)),), "a line")
    >>> print_scene(scene, "png")[:4], print_scene(scene, "svg") == print_scene(scene, "svg")
    (b'\x89PNG', True)
    """
    try:
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        message = "needs matplotlib: install exactland with the extra 'plot'"
        raise UnsupportedError("plot", message) from None
    settings = {
        "svg.hashsalt": "exactland",
        "font.size": 10.0,
        "axes.titlesize": 10.5,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "legend.fontsize": 8.5,
        "text.parse_math": False,
        "axes.unicode_minus": False,
    }
    with matplotlib.rc_context({**matplotlib.rcParamsDefault, **settings, "backend": "agg"}):
        width, height = (scene.magnified * size for size in (PANEL_WIDTH, PANEL_HEIGHT))
        size = (width * len(scene.panels), height)
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasAgg(figure)
        for place, panel in enumerate(scene.panels):
            _draw_panel(figure, figure.add_subplot(1, len(scene.panels), place + 1), panel)
        buffer = io.BytesIO()
        metadata = {
            "png": {"Software": None, "Description": scene.description},
            "svg": {"Date": None, "Creator": None, "Description": scene.description},
            "pdf": {"CreationDate": None, "Producer": None, "Creator": None,
                    "Subject": scene.description},
        }[kind]  # fmt: skip
        figure.savefig(buffer, format=kind, dpi=DPI, metadata=metadata)
    return buffer.getvalue()


def as_image(scene: Scene, width: str = "100%") -> str:
    """Return the figure as an HTML image that carries its data, with the description for readers.

    Examples
    --------
    >>> from exactland.plots.scene import Marks
    >>> dot = Marks(((0.0, 0.0),), "here")
    >>> as_image(Scene((Panel("", "x", "y", (dot,)),), "a point"))[:46]
    '<img class="exactland-figure" alt="a point" st'
    """
    from base64 import b64encode
    from html import escape

    data = b64encode(print_scene(scene, "svg")).decode("ascii")
    limit = round(470 * scene.magnified) * len(scene.panels)
    return (
        f'<img class="exactland-figure" alt="{escape(scene.description)}" '
        f'style="width:{width};max-width:{limit}px;background:white" '
        f'src="data:image/svg+xml;base64,{data}"/>'
    )


def _draw_panel(figure: Any, axes: Any, panel: Panel) -> None:
    for order, layer in enumerate(panel.layers):
        _draw_layer(figure, axes, layer, 2 + order)
    axes.set_title(panel.title)
    axes.set_xlabel(panel.x_label)
    axes.set_ylabel(panel.y_label)
    for axis, ticks in (("x", panel.x_ticks), ("y", panel.y_ticks)):
        if ticks is not None:
            places = [place for place, _ in ticks]
            getattr(axes, f"set_{axis}ticks")(places, labels=[text for _, text in ticks])
    if panel.x_range is not None:
        axes.set_xlim(*panel.x_range)
    if panel.y_range is not None:
        axes.set_ylim(*panel.y_range)
    if panel.equal:
        axes.set_aspect("equal", adjustable="box" if panel.x_range else "datalim")
    if not panel.frame:
        axes.set_axis_off()
    handles, _ = axes.get_legend_handles_labels()
    if handles:
        shaded = any(isinstance(layer, Field) for layer in panel.layers)
        axes.legend(loc="upper right" if shaded else "best", framealpha=0.9).set_zorder(90)


def _draw_layer(figure: Any, axes: Any, layer: Layer, order: int) -> None:
    if isinstance(layer, Field):
        _draw_field(figure, axes, layer)
        return
    if isinstance(layer, Shaded):
        _draw_shaded(figure, axes, layer, order)
        return
    style = STYLES[layer.role]
    label = layer.label or None
    if isinstance(layer, Curve):
        if layer.points:
            axes.plot(*zip(*layer.points, strict=True), label=label, zorder=order, **_line(style))
    elif isinstance(layer, Marks):
        if layer.points:
            axes.plot(*zip(*layer.points, strict=True), label=label, zorder=order + 30,
                      **_marker(style))  # fmt: skip
        _write_texts(axes, layer.points, layer.texts)
    elif isinstance(layer, Segments):
        for number, piece in enumerate(layer.pieces):
            name = label if number == 0 else None
            axes.plot(*zip(*piece, strict=True), label=name, zorder=order, **_line(style))
    else:
        _draw_arrows(axes, layer, style, order)


def _draw_arrows(axes: Any, layer: Arrows, style: Style, order: int) -> None:
    for number, (start, end) in enumerate(layer.pieces):
        look = {"arrowstyle": "-|>", "color": style.colour, "linewidth": style.width,
                "linestyle": DASHES[style.dash], "shrinkA": 0, "shrinkB": 0}  # fmt: skip
        axes.annotate("", end, start, arrowprops=look, zorder=order)
        if number == 0 and layer.label:
            axes.plot([], [], label=layer.label, **_line(style), **_arrow_key(style))
    ends = [point for piece in layer.pieces for point in piece]
    if ends:  # arrows alone do not widen the axes
        axes.plot(*zip(*ends, strict=True), linestyle="", marker="")
    _write_texts(axes, tuple(end for _, end in layer.pieces), layer.texts)


def _arrow_key(style: Style) -> dict[str, Any]:
    return {"marker": MARKERS[style.marker], "markersize": 5}


def _draw_field(figure: Any, axes: Any, layer: Field) -> None:
    from matplotlib.colors import BoundaryNorm

    grid = layer.xs, layer.ys, layer.values
    levels = list(layer.levels)
    norm = BoundaryNorm(levels, 256)
    shades = axes.contourf(*grid, levels=levels, cmap=SHADES, norm=norm, zorder=0)
    axes.contour(*grid, levels=levels, colors="white", linewidths=0.5, zorder=1)
    if layer.emphasised is not None:
        level = [layer.emphasised]
        axes.contour(*grid, levels=level, colors="white", linewidths=2.0, zorder=1)
    bar = figure.colorbar(shades, ax=axes, label=layer.label, spacing="uniform")
    bar.set_ticks(levels, labels=[f"{level:.3g}" for level in levels])
    for spine in axes.spines.values():
        spine.set_visible(True)


def _draw_shaded(figure: Any, axes: Any, layer: Shaded, order: int) -> None:
    xs, ys = zip(*layer.points, strict=True)
    shown = axes.scatter(xs, ys, c=layer.values, cmap=SHADES, s=210, edgecolors="black",
                         linewidths=0.9, zorder=order + 30)  # fmt: skip
    figure.colorbar(shown, ax=axes, label=layer.label)
    _write_texts(axes, layer.points, layer.texts, (0, -20), ha="center", va="center", fontsize=7)


def _write_texts(
    axes: Any,
    points: tuple[tuple[float, float], ...],
    texts: tuple[str, ...],
    offset: tuple[int, int] = (5, 5),
    **look: Any,
) -> None:
    box = {"boxstyle": "round,pad=0.12", "fc": "white", "ec": "none", "alpha": 0.8}
    look = {"fontsize": 8, "zorder": 80, "bbox": box, **look}
    for point, text in zip(points, texts, strict=False):
        if text:
            axes.annotate(text, point, xytext=offset, textcoords="offset points", **look)


def _line(style: Style) -> dict[str, Any]:
    return {"color": style.colour, "linestyle": DASHES[style.dash], "linewidth": style.width}


def _marker(style: Style) -> dict[str, Any]:
    return {
        "linestyle": "",
        "marker": MARKERS[style.marker],
        "markersize": 13 if style.marker == "star" else 6.5,
        "markerfacecolor": "white" if style.hollow else style.colour,
        "markeredgecolor": "black",
        "markeredgewidth": 0.9,
    }
