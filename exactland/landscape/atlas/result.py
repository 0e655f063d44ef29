"""An atlas as a result: the distinct stationary losses, and the least of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flint import fmpq

from exactland.arithmetic.rationals import format_decimal, format_rational
from exactland.derivatives.empirical import evaluate
from exactland.landscape.atlas.network import support_network
from exactland.landscape.atlas.passive import passive_piece
from exactland.landscape.atlas.pieces import Plan, loss_order, merge
from exactland.landscape.atlas.setting import Setting
from exactland.problem.files import problem_to_json
from exactland.problem.losses import Problem


@dataclass(frozen=True, slots=True)
class StationaryLoss:
    """One stationary loss.

    Attributes
    ----------
    kind : ``local_minimum`` (some stationary network with this loss is one) or ``saddle``
    saddle : some stationary network with this loss is a saddle
    configurations : multisets of classes, one a neuron, that carry it
        The case that all neurons are passive counts as one.
    dimension, least_dimension : the largest and least dimension of such a piece in parameter space
        The rescalings (w, h) -> (c w, h / c) alone make it the width.
    classes : sign strings with the sign of h, of the network `problem`
    """

    loss: fmpq
    kind: str
    saddle: bool
    configurations: int
    dimension: int
    least_dimension: int
    classes: tuple[tuple[str, int], ...]
    problem: Problem

    @property
    def isolated(self) -> bool:
        """Whether every piece is a point up to rescaling its neurons."""
        return self.dimension == self.problem.network.width

    def to_json(self) -> dict[str, Any]:
        """Return the entry that ``exactland atlas --json`` prints."""
        return {
            "loss": format_rational(self.loss),
            "loss_decimal": format_decimal(self.loss, 10),
            "kind": self.kind,
            "saddles": self.saddle,
            "configurations": self.configurations,
            "isolated": self.isolated,
            "dimension": [self.least_dimension, self.dimension],
            "classes": [f"{signs}|{'+' if sign > 0 else '-'}" for signs, sign in self.classes],
            "network": problem_to_json(self.problem)["network"],
        }


@dataclass(frozen=True, slots=True)
class Atlas:
    """All stationary losses of a width, from the least up; if not `complete`, those found so far.

    Attributes
    ----------
    examined : sets of faces whose least-squares problem was solved
    total : multisets of classes, what enumeration without merging would visit
    """

    width: int
    losses: tuple[StationaryLoss, ...]
    complete: bool
    examined: int
    sets: int
    total: int
    faces: int

    @property
    def global_minimum(self) -> StationaryLoss | None:
        """The least loss over all networks of the width; None while the atlas is incomplete."""
        return self.losses[0] if self.complete else None

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``exactland atlas --json`` prints."""
        least = self.global_minimum
        return {
            "width": self.width,
            "global_minimum": None if least is None else format_rational(least.loss),
            "lowest_found": format_rational(self.losses[0].loss),
            "complete": self.complete,
            "losses": [entry.to_json() for entry in self.losses],
            "configurations_examined": self.examined,
            "configurations_total": self.total,
            "face_sets": self.sets,
            "classes": 2 * self.faces,
        }

    def rows(self) -> list[tuple[str, str]]:
        """Return (label, value) pairs for a table."""
        least = self.global_minimum
        if least is None:
            summary = f"unknown (incomplete; lowest found {_shown(self.losses[0].loss)})"
        else:
            summary = _shown(least.loss)
        examined = f"{self.examined} of {self.sets} sets of faces ({self.total} multisets)"
        rows = [("width", str(self.width)), ("global minimum", summary), ("examined", examined)]
        for entry in self.losses:
            kind = entry.kind.replace("_", " ") + (
                " and saddles" if entry.saddle and entry.kind != "saddle" else ""
            )
            shape = (
                "isolated up to rescaling"
                if entry.isolated
                else f"dimension {entry.least_dimension} to {entry.dimension}"
                if entry.least_dimension < entry.dimension
                else f"dimension {entry.dimension}"
            )
            count = f"{entry.configurations} configuration" + "s" * (entry.configurations != 1)
            rows.append((format_rational(entry.loss), f"{kind}, {count}, {shape}"))
        return rows

    def __str__(self) -> str:
        return "\n".join(f"{label}: {value}" for label, value in self.rows())


def _shown(loss: fmpq) -> str:
    return f"{format_rational(loss)} = {format_decimal(loss, 10)}"


def assemble(
    setting: Setting, plan: Plan, results: Iterable[dict[str, Any]], examined: int, complete: bool
) -> Atlas:
    """Put the results of pieces together, with the networks that have no active neuron."""
    found: dict[str, Any] = {}
    for result in results:
        for loss, record in result.items():
            merge(found, loss, record)
    passive = passive_piece(setting, plan.width)
    entries = []
    for text in {*found, format_rational(passive.loss)}:
        record = found.get(text)
        if record is None:
            entry = StationaryLoss(
                passive.loss,
                "local_minimum" if passive.minimum else "saddle",
                passive.saddle,
                1,
                passive.dimension,
                passive.least_dimension,
                (),
                passive.problem,
            )
        else:
            alone = loss_order(text) == passive.loss
            classes = [(face, sign) for face, sign in record["classes"]]
            problem = support_network(setting, plan.width, classes)
            entry = StationaryLoss(
                loss_order(text),
                "local_minimum",
                record["saddle"] or (alone and passive.saddle),
                record["configurations"] + alone,
                max(record["dimension"], passive.dimension if alone else 0),
                min(record["least_dimension"], passive.least_dimension)
                if alone
                else record["least_dimension"],
                tuple((setting.faces[face].signs, sign) for face, sign in classes),
                problem,
            )
        if evaluate(entry.problem).loss != entry.loss:
            raise ArithmeticError(f"a network that does not have the loss {text}")
        entries.append(entry)
    entries.sort(key=lambda entry: entry.loss)
    return Atlas(
        plan.width,
        tuple(entries),
        complete,
        examined,
        plan.sets,
        plan.multisets,
        len(setting.faces),
    )
