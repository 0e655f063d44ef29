"""A spurious local minimum of a deep network, a better point, and the valley it lies in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flint import fmpq

from exactland.arithmetic.rationals import format_decimal, format_rational
from exactland.landscape.linear_pieces.construction import better_network, linear_piece_network
from exactland.landscape.linear_pieces.hypotheses import check_hypotheses
from exactland.landscape.linear_pieces.valley import Valley, neighbour, valley
from exactland.landscape.tables import aligned
from exactland.problem.deep import DeepPoint, DeepProblem, evaluate_deep
from exactland.problem.files import matrix_to_json, problem_to_json, vector_to_json
from exactland.problem.huber import DeepLoss, slopes
from exactland.problem.piecewise_linear import PiecewiseLinear


@dataclass(frozen=True, slots=True)
class SpuriousMinimum:
    """Everything that is constructed, evaluated exactly.

    Attributes
    ----------
    minimum, better : DeepPoint
        The local minimum and a strictly better network of the same shape.
    valley : Valley
        The set of minima around it, a manifold of dimension ``valley.dimension``.
    neighbour : DeepProblem
        Another member; on the segment between the two the loss is constant.
    hypotheses : what was checked before anything was constructed.
    """

    minimum: DeepPoint
    better: DeepPoint
    valley: Valley
    neighbour: DeepProblem
    hypotheses: tuple[str, ...]

    @property
    def loss(self) -> fmpq:
        """The loss of the local minimum: that of the best affine fit."""
        return self.minimum.loss

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``exactland spurious --json`` prints."""
        network = self.minimum.problem.network
        return {
            "verdict": "spurious_local_minimum",
            "activation": str(network.activation),
            "widths": list(network.widths),
            "loss": format_rational(self.loss),
            "loss_decimal": format_decimal(self.loss, 10),
            "better_loss": format_rational(self.better.loss),
            "better_loss_decimal": format_decimal(self.better.loss, 10),
            "hypotheses": list(self.hypotheses),
            "valley": self.valley.to_json(),
            "residuals": matrix_to_json(self.minimum.residuals),
            "minimum": problem_to_json(self.minimum.problem),
            "better": problem_to_json(self.better.problem),
            "path": {
                "kind": "segment",
                "from": "minimum",
                "to": problem_to_json(self.neighbour)["network"],
                "loss": format_rational(self.loss),
            },
        }

    def summary_rows(self) -> list[tuple[str, str]]:
        """Return (label, value) pairs."""
        network = self.minimum.problem.network
        widths = ", ".join(map(str, network.widths))
        rows = [
            ("network", f"{network.activation}; hidden widths {widths}"),
            ("data", f"{len(self.minimum.residuals)} points"),
        ]
        for label, value in (
            ("loss of the local minimum", self.loss),
            ("loss of a better network", self.better.loss),
        ):
            rows.append((label, f"{format_rational(value)}  ({format_decimal(value, 10)})"))
        rows += [("hypothesis, checked", text) for text in self.hypotheses]
        rows.append(("valley", valley_text(self.valley)))
        rows.append(("path", "a segment to another such minimum, with constant loss"))
        rows.append(("verdict", "local minimum, spurious; one of infinitely many"))
        reason = "every neuron stays on one linear piece, at the best affine fit"
        return [*rows, ("because", reason)]

    def __str__(self) -> str:
        return aligned(self.summary_rows())


def spurious_minimum(
    loss: DeepLoss, activation: PiecewiseLinear, widths: Sequence[int]
) -> SpuriousMinimum:
    """Construct a spurious local minimum for the given data, activation and hidden widths.

    Raises
    ------
    HypothesisError
        If a hypothesis fails; the message names it.

    References
    ----------
    Spec, section 7 (He, Wang, Tao, arXiv 2003.12236; own version and proof).

    Examples
    --------
    >>> from exactland.problem.piecewise_linear import hard_tanh
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> rows = [tuple((fmpq(k),) for k in values) for values in ((0, 1, 2), (0, 1, 0))]
    >>> loss = EmpiricalLoss(*rows)
    >>> found = spurious_minimum(loss, hard_tanh(), [2])
    >>> found.loss, found.better.loss, found.valley.dimension
    (1/3, 0, 5)
    """
    hypotheses = check_hypotheses(loss, activation, widths)
    minimum = evaluate_deep(linear_piece_network(loss, activation, widths))
    better = evaluate_deep(better_network(loss, activation, widths))
    assert minimum.linear_pieces() is not None and better.loss < minimum.loss
    other = neighbour(minimum)
    assert evaluate_deep(other).loss == minimum.loss
    return SpuriousMinimum(minimum, better, valley(minimum), other, hypotheses)


def valley_text(found: Valley) -> str:
    """Return the dimension of a valley in words."""
    if found.dimension is None:
        return f"the Jacobian of the predictions has rank {found.rank} of {found.full_rank}"
    dimension = f"dimension {found.dimension}"
    return f"{dimension} ({found.parameters} parameters, Jacobian of rank {found.rank})"


@dataclass(frozen=True, slots=True)
class DeepAnalysis:
    """What exactland says about a point of a deep landscape.

    ``verdict`` is ``global_minimum``, ``local_minimum`` (every neuron on one linear piece, at the
    best affine fit) or ``undetermined``.
    """

    point: DeepPoint
    verdict: str
    reason: str
    valley: Valley | None

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``exactland analyze --json`` prints."""
        point = self.point
        return {
            "loss": format_rational(point.loss),
            "loss_decimal": format_decimal(point.loss, 10),
            "verdict": self.verdict,
            "reason": self.reason,
            "residuals": matrix_to_json(point.residuals),
            "layers": [
                {
                    "pieces": [list(row) for row in point.pieces(layer)],
                    "preactivations": [
                        vector_to_json(column) for column in zip(*values, strict=True)
                    ],
                }
                for layer, values in enumerate(point.preactivations)
            ],
            "valley": None if self.valley is None else self.valley.to_json(),
        }

    def summary_rows(self) -> list[tuple[str, str]]:
        """Return (label, value) pairs."""
        point, network = self.point, self.point.problem.network
        loss = f"{format_rational(point.loss)}  ({format_decimal(point.loss, 10)})"
        widths = ", ".join(map(str, network.widths))
        rows = [("loss", loss), ("network", f"{network.activation}; hidden widths {widths}")]
        for layer in range(len(point.preactivations)):
            texts = [
                " ".join("knot" if piece is None else str(piece) for piece in row)
                for row in point.pieces(layer)[:6]
            ]
            rows.append((f"linear pieces, layer {layer + 1}", "; ".join(texts)))
        if self.valley is not None:
            rows.append(("valley", valley_text(self.valley)))
        return [*rows, ("verdict", self.verdict.replace("_", " ")), ("because", self.reason)]

    def __str__(self) -> str:
        return aligned(self.summary_rows())


def analyze_deep(problem: DeepProblem) -> DeepAnalysis:
    """Evaluate a deep network and decide what section 7 decides.

    Examples
    --------
    >>> from exactland.problem.deep import DeepNetwork, Layer
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> from exactland.problem.piecewise_linear import relu
    >>> one = ((fmpq(1),),)
    >>> net = DeepNetwork(relu(), (Layer(one, (fmpq(1),)), Layer(one, (fmpq(0),))))
    >>> analyze_deep(DeepProblem(net, EmpiricalLoss(one, ((fmpq(2),),)))).verdict
    'global_minimum'
    """
    point = evaluate_deep(problem)
    pieces = point.linear_pieces()
    groups: dict[Any, list[tuple[fmpq, ...]]] = {}
    gradient = slopes(point.data_loss, point.residuals)
    for row, slope in zip(problem.loss.inputs, gradient, strict=True):
        groups.setdefault(row, []).append(slope)
    found = None if pieces is None else valley(point)
    if not any(sum(g) for group in groups.values() for g in zip(*group, strict=True)):
        reason = "the slopes of the loss sum to zero over every group of equal inputs"
        return DeepAnalysis(point, "global_minimum", reason, found)
    if pieces is None:
        reason = "tried: linear pieces (some neuron uses more than one, or sits on a knot)"
        return DeepAnalysis(point, "undetermined", reason, None)
    if not is_affine_optimal(point):
        reason = "tried: linear pieces (the predictions are not the best affine fit)"
        return DeepAnalysis(point, "undetermined", reason, None)
    reason = "every neuron stays on one linear piece, at the best affine fit"
    return DeepAnalysis(point, "local_minimum", reason, found)


def is_affine_optimal(point: DeepPoint) -> bool:
    """Return whether the slopes at the data satisfy the normal equations of the affine fit."""
    inputs = point.problem.loss.inputs
    for column in zip(*slopes(point.data_loss, point.residuals), strict=True):
        if sum(column, fmpq(0)):
            return False
        for axis in zip(*inputs, strict=True):
            if sum((e * x for e, x in zip(column, axis, strict=True)), fmpq(0)):
                return False
    return True
