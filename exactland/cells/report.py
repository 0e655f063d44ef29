"""What the command ``exactland cells`` prints: counts, lists and graphs, within limits."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flint import fmpq

from exactland.cells.arrangement import Faces, LimitReached, enumerate_cells, enumerate_faces
from exactland.cells.counting import count_cells
from exactland.cells.patterns import SIGN_CHARACTERS
from exactland.problem.storage import StrPath, require_writable

if TYPE_CHECKING:
    from exactland.cells.splitting import Check

Data = Sequence[Sequence[fmpq]]


@dataclass(frozen=True, slots=True)
class Limits:
    """When to stop: a number of cells, a time; None where there is no limit."""

    max_cells: int | None = None
    max_seconds: float | None = None

    def check(self) -> Check | None:
        """Return the function that raises when a limit is passed, counting time from now."""
        if self.max_cells is None and self.max_seconds is None:
            return None
        end = None if self.max_seconds is None else time.monotonic() + self.max_seconds

        def check(cells: int) -> None:
            if self.max_cells is not None and cells > self.max_cells:
                raise OverflowError
            if end is not None and time.monotonic() > end:
                raise TimeoutError

        return check


@dataclass(slots=True)
class Progress:
    """What a streaming list has come to: read it when the stream has ended."""

    cells: int = 0
    complete: bool = True


def summary(data: Data) -> dict[str, Any]:
    """Return the parts that all answers share."""
    return {"points": len(data), "dimension": len(data[0])}


def count_report(data: Data, limits: Limits | None = None) -> dict[str, Any]:
    """Return the answer of ``cells --count --json``.

    The cells are counted, not listed, so ``max_cells`` does not apply.  If the time runs out,
    ``cells`` is None and ``complete`` false.

    Examples
    --------
    >>> count_report([[fmpq(1), fmpq(0)], [fmpq(0), fmpq(1)], [fmpq(0), fmpq(0)]])
    {'cells': 4, 'points': 3, 'dimension': 2, 'method': 'cover', 'complete': True}
    """
    check = Limits(max_seconds=limits.max_seconds).check() if limits else None
    try:
        counted = count_cells(data, check=check)
    except TimeoutError:
        return {"cells": None, **summary(data), "method": None, "complete": False}
    return {
        "cells": counted.cells,
        **summary(data),
        "method": counted.method,
        "complete": True,
    }


def face_count_report(data: Data, dimension: int, limits: Limits | None = None) -> dict[str, Any]:
    """Return the answer of ``cells --count --faces K --json``; the faces are listed to be counted.

    Examples
    --------
    >>> face_count_report([[fmpq(1), fmpq(0)], [fmpq(0), fmpq(1)]], 1)["faces"]
    4
    """
    progress = Progress()
    for _ in list_faces(data, limits, progress, dimension):
        pass
    return {
        "faces": progress.cells,
        "face_dimension": dimension,
        **summary(data),
        "method": "enumeration",
        "complete": progress.complete,
    }


def list_cells(
    data: Data, limits: Limits | None = None, progress: Progress | None = None
) -> Iterator[Faces]:
    """Yield the cells within the limits; `progress` tells afterwards whether these are all.

    Examples
    --------
    >>> progress = Progress()
    >>> batches = list(list_cells([[fmpq(1)], [fmpq(2)]], Limits(max_cells=1), progress))
    >>> progress
    Progress(cells=1, complete=False)
    """
    check = limits.check() if limits else None
    return _within(enumerate_cells(data, check=check), limits, progress or Progress())


def list_faces(
    data: Data, limits: Limits | None, progress: Progress, dimension: int
) -> Iterator[Faces]:
    """Yield the faces of one dimension within the limits, as :func:`list_cells` does."""
    return _within(enumerate_faces(data, dimension), limits, progress)


def _within(batches: Iterator[Faces], limits: Limits | None, progress: Progress) -> Iterator[Faces]:
    limit = limits.max_cells if limits else None
    clock = Limits(max_seconds=limits.max_seconds).check() if limits else None
    progress.complete = False
    try:
        for batch in batches:
            if limit is not None and progress.cells + len(batch) > limit:
                rest = limit - progress.cells
                if rest:
                    progress.cells = limit
                    yield Faces(batch.signs[:rest], batch.points[:rest])
                return
            progress.cells += len(batch)
            yield batch
            if clock is not None:
                clock(progress.cells)
    except (LimitReached, TimeoutError):
        return
    progress.complete = True


def lines(batches: Iterator[Faces], as_json: bool = False) -> Iterator[str]:
    """Yield a line of text for each cell: its signs and a point, or one JSON object.

    Examples
    --------
    >>> list(lines(list_cells([[fmpq(1)], [fmpq(-2)]])))
    ['+-  1', '-+  -1']
    >>> next(lines(list_cells([[fmpq(1)], [fmpq(-2)]]), as_json=True))
    '{"signs": "+-", "point": ["1"]}'
    """
    for batch in batches:
        for signs, point in zip(batch.signs.tolist(), batch.points.tolist(), strict=True):
            text = "".join(map(SIGN_CHARACTERS.__getitem__, signs))
            numbers = list(map(str, point))
            if as_json:
                entries = ", ".join(f'"{number}"' for number in numbers)
                yield f'{{"signs": "{text}", "point": [{entries}]}}'
            else:
                yield f"{text}  {' '.join(numbers)}"


@dataclass(slots=True)
class CellList:
    """The answer of ``cells --list --json`` as one object."""

    data: Data
    limits: Limits = field(default_factory=Limits)

    def to_json(self) -> dict[str, Any]:
        """Return the object with every cell in ``list``.

        Examples
        --------
        >>> CellList([[fmpq(1)]]).to_json()["list"]
        [{'signs': '+', 'point': ['1']}, {'signs': '-', 'point': ['-1']}]
        """
        progress, listed = Progress(), []
        for batch in list_cells(self.data, self.limits, progress):
            for signs, point in zip(batch.signs.tolist(), batch.points.tolist(), strict=True):
                text = "".join(map(SIGN_CHARACTERS.__getitem__, signs))
                listed.append({"signs": text, "point": list(map(str, point))})
        return {
            "cells": progress.cells,
            **summary(self.data),
            "method": "enumeration",
            "complete": progress.complete,
            "list": listed,
        }


def graph_report(
    data: Data, graph: StrPath | None, poset: StrPath | None, limits: Limits | None = None
) -> dict[str, Any]:
    """Write the adjacency graph and the face poset as GraphML; return the answer for ``--json``.

    Either file may be left out.  A graph of a part of the cells would not be the graph of anything,
    so where a limit is reached nothing is written: ``complete`` is false and ``cells`` None.
    """
    from exactland.cells.graph import adjacency_graph, face_poset, write_graphml

    for path in (graph, poset):
        if path is not None:
            require_writable(path)
    check = limits.check() if limits else None
    answer: dict[str, Any] = {"cells": None, **summary(data)}
    written = []
    try:
        if graph is not None:
            cells = adjacency_graph(data, check=check)
            answer |= {"cells": len(cells), "edges": cells.number_of_edges(), "file": str(graph)}
            written.append((graph, cells))
        if poset is not None:
            faces = face_poset(data, check=check)
            top = sum(1 for _, k in faces.nodes(data="dimension") if k == len(data[0]))
            answer |= {"cells": top, "faces": len(faces), "covers": faces.number_of_edges()}
            answer["poset_file"] = str(poset)
            written.append((poset, faces))
    except (LimitReached, TimeoutError, OverflowError):
        return {"cells": None, **summary(data), "file": None, "complete": False}
    for path, one in written:
        write_graphml(path, one)
    return {**answer, "complete": True}
