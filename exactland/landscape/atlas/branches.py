"""Branch and bound on any number of workers: the branches of the root are numbered pieces.

A round has a target, the least loss known.  The root's vector and the list of its children
follow from it, and so does every child's subtree: pieces that can be computed anywhere and in any
order, and kept in a store.  Where a piece finds a network below the target, the best of these
networks is the target of the next round; a round without one is the proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from time import monotonic
from typing import Any

from flint import fmpq

from exactland.arithmetic.rationals import format_decimal, format_rational
from exactland.landscape.atlas.bounding import (
    Better,
    Fit,
    Minimum,
    Node,
    Root,
    Search,
    branch,
    fit_on,
    greedy,
    least_loss,
    minimum,
    root,
)
from exactland.landscape.atlas.pieces import Plan, cached_setting, loss_order
from exactland.landscape.atlas.run import Progress, computed, fingerprint
from exactland.landscape.atlas.setting import Landscape
from exactland.landscape.atlas.store import Store, open_store
from exactland.problem.storage import StrPath

ROUND = 1 << 40
"""Pieces of round r have the numbers r * ROUND, r * ROUND + 1, ..."""


@dataclass(frozen=True, slots=True)
class Bounded:
    """What branch and bound came to.

    Attributes
    ----------
    found : the least loss with its tree, or the lowest loss found and no proof if not `complete`
    examined : sets of classes whose nonnegative least-squares problem was asked for
    total : multisets of classes, what plain enumeration would visit
    """

    found: Minimum
    complete: bool
    examined: int
    total: int

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``exactland atlas --minimum-only --json`` prints."""
        loss = format_rational(self.found.loss)
        tree = self.found.tree
        entry = {
            "loss": loss,
            "loss_decimal": format_decimal(self.found.loss, 10),
            "kind": "global_minimum" if self.complete else "undetermined",
            "configurations": 1,
        }
        return {
            "width": self.found.width,
            "global_minimum": loss if self.complete else None,
            "lowest_found": loss,
            "complete": self.complete,
            "losses": [entry],
            "configurations_examined": self.examined,
            "configurations_total": self.total,
            "bounding_vectors": tree.count() if tree is not None else 0,
        }

    def rows(self) -> list[tuple[str, str]]:
        """Return (label, value) pairs for a table."""
        loss = f"{format_rational(self.found.loss)} = {format_decimal(self.found.loss, 10)}"
        part = fmpq(100 * self.examined, self.total) if self.total else fmpq(0)
        share = f"{self.examined} sets of classes, {format_decimal(part, 3)} %"
        tree = self.found.tree
        summary = loss if self.complete else f"unknown (incomplete; lowest found {loss})"
        return [
            ("width", str(self.found.width)),
            ("global minimum", summary),
            ("examined", f"{share} of {self.total} multisets"),
            ("bounding vectors", str(tree.count() if tree is not None else 0)),
        ]


def bounded_minimum(
    landscape: Landscape,
    width: int,
    *,
    jobs: int = 1,
    scheduler: str | None = None,
    store: StrPath | None = None,
    resume: bool = False,
    max_seconds: float | None = None,
    progress: Progress | None = None,
    notice: Callable[[str], None] = lambda text: None,
) -> Bounded:
    """Find the least loss over all networks of a width and prove it, within limits.

    Parameters
    ----------
    jobs, scheduler, store, resume, progress, notice :
        As for :func:`~exactland.landscape.atlas.run.atlas`.
    max_seconds : float or None
        Beyond it no further branch is begun, and the result is marked incomplete.

    Examples
    --------
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> one = fmpq(1)
    >>> data = EmpiricalLoss(((one,), (-one,)), ((one,), (3 * one,)))
    >>> bounded_minimum(Landscape(data, relu()), 2).to_json()["global_minimum"]
    '0'
    """
    setting = cached_setting(landscape)
    plan = Plan(len(setting.faces), width)
    deadline = None if max_seconds is None else monotonic() + max_seconds
    if width == 1:
        return Bounded(least_loss(setting, 1), True, 2 * len(setting.faces), plan.multisets)
    search = Search(setting, width)
    classes, best = greedy(search)
    examined = len(search.seen)
    with open_store(store, fingerprint(landscape, plan, "minimum"), resume, notice) as kept:
        for number in range(ROUND):
            search.target = best.loss
            if not best.loss:
                break
            task = (landscape, width, format_rational(best.loss))
            top = _top(*task)
            if not isinstance(top, Root):
                classes, best = _best(search, [top])
                continue
            done = _round(task, top, number, kept, deadline, jobs, scheduler, progress)
            results = [kept.result(number * ROUND + place) for place in done]
            examined += sum(result["examined"] for result in results)
            better = [tuple(result["better"]) for result in results if result["better"]]
            if better:
                classes, best = _best(search, better)
                continue
            if len(done) < len(top.names):
                partial = minimum(search, classes, best, None)
                return Bounded(partial, False, examined, plan.multisets)
            nodes = [_node_from(result["node"]) for result in results]
            tree = Node((top.vector,), tuple(zip(top.names, nodes, strict=True)))
            proved = minimum(search, classes, best, tree)
            return Bounded(proved, True, examined, plan.multisets)
    return Bounded(minimum(search, classes, best, None), True, examined, plan.multisets)


def _best(search: Search, candidates: Sequence[tuple[int, ...]]) -> tuple[tuple[int, ...], Fit]:
    fits = [(names, fit_on(search, names)) for names in candidates]
    return min(fits, key=lambda pair: (pair[1].loss, pair[0]))


Task = tuple[Landscape, int, str]


def _round(
    task: Task,
    top: Root,
    number: int,
    kept: Store,
    deadline: float | None,
    jobs: int,
    scheduler: str | None,
    progress: Progress | None,
) -> list[int]:
    """Compute the branches of one round that are not kept yet; return the places of all done."""
    count, width = len(top.names), task[1]
    # A branch has width - 2 further classes to choose among those that are not excluded yet.
    weights = [(2 * count - place) ** (width - 1) for place in range(count)]
    done = [place for place in range(count) if number * ROUND + place in kept]

    def waiting() -> Iterator[int]:
        for place in range(count):
            if number * ROUND + place in kept:
                continue
            if deadline is not None and monotonic() >= deadline:
                return
            yield place

    for place, result in computed(_settled, task, waiting(), jobs, scheduler):
        kept.add(number * ROUND + place, result)
        done.append(place)
        if progress is not None:
            progress(sum(weights[one] for one in done), sum(weights))
    return sorted(done)


@lru_cache(maxsize=2)
def _search(landscape: Landscape, width: int, target: str) -> Search:
    """A worker's search; what it knows makes later branches faster, and changes none of them."""
    return Search(cached_setting(landscape), width, loss_order(target))


@lru_cache(maxsize=2)
def _top(landscape: Landscape, width: int, target: str) -> Root | tuple[int, ...]:
    try:
        return root(_search(landscape, width, target))
    except Better as better:
        return better.classes


def _settled(landscape: Landscape, width: int, target: str, place: int) -> dict[str, Any]:
    """One branch: its node as JSON, or the classes of a better network."""
    top = _top(landscape, width, target)
    assert isinstance(top, Root)
    search = _search(landscape, width, target)
    search.seen.clear()
    try:
        node = _node_json(branch(search, top, place))
        better: list[int] = []
    except Better as found:
        node, better = [], list(found.classes)
    return {"node": node, "better": better, "examined": len(search.seen)}


def _node_json(node: Node) -> list[Any]:
    children = [[name, _node_json(child)] for name, child in node.children]
    return [[list(vector) for vector in node.vectors], children]


def _node_from(value: list[Any]) -> Node:
    vectors, children = value
    return Node(
        tuple(tuple(vector) for vector in vectors),
        tuple((name, _node_from(child)) for name, child in children),
    )
