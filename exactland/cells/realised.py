"""The function that a network realises, as a result: breakpoints, regions, pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flint import fmpq

from exactland.arithmetic.rationals import format_rational
from exactland.cells.arrangement import LimitReached
from exactland.cells.pieces import Piece, Region, breakpoints, function_pieces, linear_regions
from exactland.cells.polyhedra import Polyhedron, region_polyhedra
from exactland.cells.splitting import Check
from exactland.problem.network import Matrix, Network, Vector


@dataclass(frozen=True, slots=True)
class RealisedFunction:
    """The linear regions of a network and the maximal connected sets of them with one affine map.

    Attributes
    ----------
    regions, polyhedra : one a region
    pieces : the largest number of regions first
        Empty if the list of regions is not `complete`.
    breakpoints : for one input, where the slope may change; else None
    """

    dimension: int
    regions: tuple[Region, ...]
    polyhedra: tuple[Polyhedron, ...]
    pieces: tuple[Piece, ...]
    breakpoints: tuple[fmpq, ...] | None
    complete: bool

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``exactland pieces --json`` prints."""
        result: dict[str, Any] = {"dimension": self.dimension, "complete": self.complete}
        if self.breakpoints is not None:
            result["breakpoints"] = [format_rational(value) for value in self.breakpoints]
        result["regions"] = [
            {**region.to_json(), **polyhedron.to_json()}
            for region, polyhedron in zip(self.regions, self.polyhedra, strict=True)
        ]
        result["pieces"] = [
            {
                "regions": list(piece.regions),
                "slope": [[format_rational(entry) for entry in row] for row in piece.slope],
                "intercept": [format_rational(entry) for entry in piece.intercept],
            }
            for piece in self.pieces
        ]
        return result

    def rows(self, listed: bool) -> list[tuple[str, str]]:
        """Return (label, value) pairs for a table; `listed` adds every region."""
        rows = [("inputs", str(self.dimension))]
        if self.breakpoints is not None:
            rows.append(
                ("breakpoints", ", ".join(map(format_rational, self.breakpoints)) or "none")
            )
        rows.append(("linear regions", str(len(self.regions))))
        if self.complete:
            rows.append(("pieces", str(len(self.pieces))))
        for number, piece in enumerate(self.pieces, 1):
            places = [self.polyhedra[index] for index in piece.regions]
            where = _interval(places) if self.dimension == 1 else _corners(places)
            rows.append((f"piece {number}", f"{_map(piece.slope, piece.intercept)} on {where}"))
        if listed:
            for region, polyhedron in zip(self.regions, self.polyhedra, strict=True):
                where = _corners([polyhedron])
                rows.append((region.signs, f"{_map(region.slope, region.intercept)} on {where}"))
        return rows


def realised_function(
    network: Network, *, max_regions: int | None = None, check: Check | None = None
) -> RealisedFunction:
    """Return the regions and pieces of a network's function.

    Parameters
    ----------
    max_regions : int or None
    check : callable, optional
        See :func:`~exactland.cells.arrangement.enumerate_cells`.  Where it or `max_regions` stops
        the enumeration the result has the regions found so far and is not complete.

    Examples
    --------
    >>> from exactland.problem.activations import relu
    >>> net = Network(relu(), ((fmpq(1),), (fmpq(1),)), ((fmpq(1), fmpq(-2)),),
    ...               (fmpq(0), fmpq(-1)))
    >>> for row in realised_function(net).rows(listed=False):
    ...     print(*row)
    inputs 1
    breakpoints 0, 1
    linear regions 3
    pieces 3
    piece 1 0 on (-oo, 0]
    piece 2 x1 on [0, 1]
    piece 3 -x1 + 2 on [1, oo)
    """
    regions: list[Region] = []
    complete = True
    try:
        for region in linear_regions(network, check=check):
            if len(regions) == max_regions:
                complete = False
                break
            regions.append(region)
    except LimitReached:
        complete = False
    regions.sort(key=lambda region: region.point)
    dimension = network.input_dimension
    polyhedra = tuple(region_polyhedra(network, regions))
    pieces = function_pieces(network, regions) if complete else []
    pieces.sort(key=lambda piece: min(piece.regions))
    ends = tuple(breakpoints(network)) if dimension == 1 else None
    return RealisedFunction(dimension, tuple(regions), polyhedra, tuple(pieces), ends, complete)


def _map(slope: Matrix, intercept: Vector) -> str:
    """The affine map as text; several outputs in brackets."""
    outputs = [_affine(row, constant) for row, constant in zip(slope, intercept, strict=True)]
    return outputs[0] if len(outputs) == 1 else f"({', '.join(outputs)})"


def _affine(row: Vector, constant: fmpq) -> str:
    text = ""
    terms = [(value, f"x{place}") for place, value in enumerate(row, 1)] + [(constant, "")]
    for value, name in terms:
        if not value:
            continue
        size = "" if name and abs(value) == 1 else format_rational(abs(value))
        term = f"{size} {name}".strip()
        if text:
            text += f" {'+' if value > 0 else '-'} {term}"
        else:
            text = term if value > 0 else f"-{term}"
    return text or "0"


def _interval(places: Sequence[Polyhedron]) -> str:
    ends = sorted(vertex[0] for place in places for vertex in place.vertices)
    ways = {direction[0] > 0 for place in places for direction in place.directions}
    whole = any(place.lines for place in places)
    lower = "(-oo" if whole or False in ways else f"[{format_rational(ends[0])}"
    upper = "oo)" if whole or True in ways else f"{format_rational(ends[-1])}]"
    return f"{lower}, {upper}"


def _corners(places: Sequence[Polyhedron]) -> str:
    """The polyhedra as text: vertices, and directions behind a plus sign."""
    texts = []
    for place in places:
        parts = []
        for name, rows in (
            ("conv", place.vertices),
            ("cone", place.directions),
            ("span", place.lines),
        ):
            if rows:
                points = ", ".join(f"({', '.join(map(format_rational, row))})" for row in rows)
                parts.append(f"{name}{{{points}}}")
        texts.append(" + ".join(parts) or "everything")
    return " and ".join(texts)
