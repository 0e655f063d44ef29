"""Deep networks by the definitions, with fractions: values, pieces, Jacobians, truth of claims.

Shares nothing with the package.
"""

from __future__ import annotations

from fractions import Fraction as F
from typing import Any

from tests.certificates.truth import rank

Json = dict[str, Any]


class DeepOracle:
    def __init__(self, problem: Json, layers: Any = None) -> None:
        network, loss = problem["network"], problem["loss"]
        activation = network["activation"]
        named = {
            "relu": lambda: (F(0), F(1)),
            "leaky_relu": lambda: (F(activation["slope"]), F(1)),
            "abs": lambda: (F(-1), F(1)),
            "identity": lambda: (F(1), F(1)),
            "relu_like": lambda: (F(activation["alpha_minus"]), F(activation["alpha_plus"])),
        }
        if activation["kind"] in named:
            self.knots, self.slopes, self.start = [F(0)], list(named[activation["kind"]]()), F(0)
        else:
            self.knots = [F(str(t)) for t in activation["knots"]]
            self.slopes = [F(str(t)) for t in activation["slopes"]]
            self.start = F(str(activation["value"]))
        self.layers = [
            ([[F(str(a)) for a in row] for row in layer["w"]], [F(str(a)) for a in layer["b"]])
            for layer in (network["layers"] if layers is None else layers)
        ]
        self.x = [[F(str(a)) for a in row] for row in loss["x"]]
        self.y = [[F(str(a)) for a in row] for row in loss["y"]]
        self.scale = F(str(loss.get("scale", "1/2")))
        self.delta = F(str(loss["delta"])) if loss["kind"] == "huber" else None

    def rho(self, t: F) -> F:
        """Integrate the slope from the first knot to t."""
        if t <= self.knots[0]:
            return self.start + self.slopes[0] * (t - self.knots[0])
        value = self.start
        ends = [*self.knots[1:], None]
        for left, right, slope in zip(self.knots, ends, self.slopes[1:], strict=True):
            stop = t if right is None or t < right else right
            if stop > left:
                value += slope * (stop - left)
        return value

    def piece(self, t: F) -> int | None:
        return None if t in self.knots else len([knot for knot in self.knots if knot < t])

    def hidden(self, row: list[F], layers: Any = None) -> tuple[list[list[F]], list[F]]:
        """The pre-activations of each hidden layer, and the output."""
        found, values = [], row
        for weights, biases in self.layers if layers is None else layers:
            found.append(
                [
                    sum((a * b for a, b in zip(line, values, strict=True)), bias)
                    for line, bias in zip(weights, biases, strict=True)
                ]
            )
            values = [self.rho(t) for t in found[-1]]
        return found[:-1], found[-1]

    def predictions(self, layers: Any = None) -> list[F]:
        return [value for row in self.x for value in self.hidden(row, layers)[1]]

    def residuals(self, layers: Any = None) -> list[list[F]]:
        return [
            [p - t for p, t in zip(self.hidden(row, layers)[1], target, strict=True)]
            for row, target in zip(self.x, self.y, strict=True)
        ]

    def loss(self, layers: Any = None) -> F:
        return self.scale * sum(self.height(e) for row in self.residuals(layers) for e in row)

    def height(self, e: F) -> F:
        if self.delta is not None and abs(e) > self.delta:
            return 2 * self.delta * abs(e) - self.delta**2
        return e * e

    def slope(self, e: F) -> F:
        """Half the derivative of the height."""
        if self.delta is not None and abs(e) > self.delta:
            return self.delta if e > 0 else -self.delta
        return e

    def pieces(self, layers: Any = None) -> set[tuple[int, int, int | None]]:
        """All (layer, neuron, piece) that occur on the data."""
        return {
            (number, neuron, self.piece(t))
            for row in self.x
            for number, layer in enumerate(self.hidden(row, layers)[0])
            for neuron, t in enumerate(layer)
        }

    def on_linear_pieces(self, layers: Any = None) -> bool:
        used = self.pieces(layers)
        neurons = sum(len(weights) for weights, _ in self.layers[:-1])
        return len(used) == neurons and all(piece is not None for _, _, piece in used)

    def is_affine_fit(self) -> bool:
        errors = [[self.slope(e) for e in row] for row in self.residuals()]
        columns = [[F(1)] * len(self.x), *map(list, zip(*self.x, strict=True))]
        return not any(
            sum(a * b for a, b in zip(column, axis, strict=True))
            for column in zip(*errors, strict=True)
            for axis in columns
        )

    def is_linear_piece_minimum(self) -> bool:
        return self.on_linear_pieces() and self.is_affine_fit()

    def parameters(self) -> int:
        return sum(len(w) * (len(w[0]) + 1) for w, _ in self.layers)

    def moved(self, layer: int, row: int, column: int, step: F) -> Any:
        layers = [([list(line) for line in w], list(b)) for w, b in self.layers]
        weights, biases = layers[layer]
        if column < len(weights[0]):
            weights[row][column] += step
        else:
            biases[row] += step
        return layers

    def jacobian_rank(self) -> int:
        """By exact differences: within a piece the network is affine in each parameter.

        The step is halved until no pre-activation leaves its piece.
        """
        rows, base, used = [], self.predictions(), self.pieces()
        for layer, (weights, _) in enumerate(self.layers):
            for row in range(len(weights)):
                for column in range(len(weights[0]) + 1):
                    step = F(1)
                    while self.pieces(self.moved(layer, row, column, step)) != used:
                        step /= 2
                    after = self.predictions(self.moved(layer, row, column, step))
                    rows.append([(a - b) / step for a, b in zip(after, base, strict=True)])
        return rank(rows)

    def between(self, other: DeepOracle, t: F) -> Any:
        return [
            (
                [
                    [a + t * (b - a) for a, b in zip(u, v, strict=True)]
                    for u, v in zip(w, w2, strict=True)
                ],
                [a + t * (b - a) for a, b in zip(b1, b2, strict=True)],
            )
            for (w, b1), (w2, b2) in zip(self.layers, other.layers, strict=True)
        ]


def is_true(certificate: Json) -> bool:
    """Whether the claim of a (well-formed) certificate about a deep network is true."""
    claim, problem = certificate["claim"], certificate["problem"]
    oracle, kind = DeepOracle(problem), claim["kind"]
    if kind == "loss_value":
        return oracle.loss() == F(claim["loss"])
    if kind == "linear_piece_local_minimum":
        return oracle.is_linear_piece_minimum()
    if kind == "valley_dimension":
        # The Jacobian has the largest rank possible near the point, so the set is a manifold.
        extended = [[*row, F(1)] for row in oracle.x]
        full = rank(extended) * len(oracle.y[0])
        squared = oracle.delta is None
        found = oracle.jacobian_rank() if squared and oracle.is_linear_piece_minimum() else None
        return found == full and oracle.parameters() - full == int(claim["dimension"])
    if kind == "constant_loss_segment":
        other = DeepOracle(problem, claim["to"])
        points = [oracle.between(other, F(step, 40)) for step in range(41)]
        return (
            oracle.is_linear_piece_minimum()
            and other.layers != oracle.layers
            and all(
                oracle.predictions(layers) == oracle.predictions()
                and oracle.pieces(layers) == oracle.pieces()
                for layers in points
            )
        )
    assert kind == "spurious_local_minimum"
    minimum, _, better = certificate["witness"]["parts"]
    other = DeepOracle(better["problem"])
    mine = DeepOracle(minimum["problem"])
    here = [(len(w), len(w[0])) for w, _ in oracle.layers]
    return (
        mine.__dict__ == oracle.__dict__
        and oracle.is_linear_piece_minimum()
        and oracle.loss() == F(claim["loss"])
        and other.loss() == F(claim["better_loss"]) < oracle.loss()
        and (other.x, other.y, other.scale) == (oracle.x, oracle.y, oracle.scale)
        and other.delta == oracle.delta
        and (other.knots, other.slopes, other.start) == (oracle.knots, oracle.slopes, oracle.start)
        and [(len(w), len(w[0])) for w, _ in other.layers] == here
    )
