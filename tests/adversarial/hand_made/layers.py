"""Networks given by layers."""

from __future__ import annotations

from tests.adversarial.hand_made.common import Case, into, loss_value
from tests.checker.examples import Json, certificate

CASES: list[Case] = []
case = into(CASES)


# Networks given by layers.  With residuals 1, -2, 1 at 0, 1, 2 the best affine fit is 0.

Layer = tuple[list[list[str]], list[str]]
FIT = ["-1", "2", "-1"]


def layered(
    layers: list[Layer],
    x: list[str],
    y: list[str],
    kind: str = "empirical",
    activation: Json | None = None,
    **more: str,
) -> Json:
    network = {
        "activation": activation or {"kind": "relu"},
        "layers": [{"w": w, "b": b} for w, b in layers],
    }
    loss = {"kind": kind, "x": [[a] for a in x], "y": [[a] for a in y], **more}
    return {"format": "exactland-problem/1", "network": network, "loss": loss}


CONSTANT: list[Layer] = [([["0"]], ["1"]), ([["0"]], ["0"])]
ZERO_ONE_TWO = ["0", "1", "2"]


def huber(targets: list[str], delta: str, kind: str = "huber") -> Json:
    return layered(CONSTANT, ZERO_ONE_TWO, targets, kind, delta=delta)


case("a loss of Huber", loss_value(huber(["1/2", "3", "-3"], "2/3"), "265/72"), "")
for delta in ("0", "-1"):
    case("delta", loss_value(huber(["1/2", "3", "-3"], delta), "0"), "problem.loss.delta")
clipped = huber(["-1", "5", "-1"], "2")
case("clipped slopes", certificate(clipped, "linear_piece_local_minimum"), "")
case(
    "slopes that would have to be clipped",
    certificate(layered(CONSTANT, ZERO_ONE_TWO, ["-1", "5", "-1"]), "linear_piece_local_minimum"),
    "problem.loss.y",
)
case(
    "the valley of a loss of Huber",
    certificate(clipped, "valley_dimension", {"dimension": 2}, layer=0),
    "problem.loss.kind",
)
case(
    "slopes orthogonal to the inputs that do not sum to 0",
    certificate(layered(CONSTANT, ["1", "2"], ["-2", "1"]), "linear_piece_local_minimum"),
    "problem.loss.y",
)
case(
    "two outputs for one target",
    loss_value(layered([CONSTANT[0], ([["0"], ["0"]], ["0", "0"])], ["1"], ["1"]), "1/2"),
    "problem.network.layers[1]",
)
case(
    "no hidden layer",
    loss_value(layered([CONSTANT[1]], ["1"], ["1"]), "1/2"),
    "problem.network.layers",
)


def valley(layers: list[Layer], y: list[str], dimension: int, layer: int) -> Json:
    given = layered(layers, ZERO_ONE_TWO, y)
    return certificate(given, "valley_dimension", {"dimension": dimension}, layer=layer)


DEEP: list[Layer] = [
    ([["1"], ["1"]], ["10", "10"]),
    ([["1", "2"], ["3", "4"], ["5", "6"]], ["10", "10", "10"]),
    ([["1", "1", "1"]], ["-240"]),
]
AGAINST: Layer = ([["1", "2"], ["-1", "-2"], ["0", "0"]], ["10", "100", "10"])
for layer in (0, 1, 2):
    case("a valley", valley(DEEP, ["-1", "23", "41"], 15, layer), "")
case(
    "layers after the chosen one that undo each other",
    valley([DEEP[0], AGAINST, ([["1", "1", "1"]], ["-120"])], FIT, 15, 0),
    "witness.layer",
)
case(
    "a last layer that reaches no output",
    valley([*DEEP[:2], ([["0", "0", "0"]], ["0"])], FIT, 15, 0),
    "witness.layer",
)
case(
    "a first layer that loses the input",
    valley([([["0"]], ["1"]), ([["1"]], ["-1"])], FIT, 2, 1),
    "witness.layer",
)


case(
    "a valley behind a layer of one neuron",
    valley([([["1"]], ["1"]), ([["1"]], ["-1"])], ["-1", "3", "1"], 2, 1),
    "",
)


def segment(layers: list[Layer], end: list[Layer], y: list[str], activation: Json | None) -> Json:
    x = [str(k) for k in range(1, len(y) + 1)]
    last = [{"w": w, "b": b} for w, b in end]
    return certificate(
        layered(layers, x, y, activation=activation), "constant_loss_segment", {"to": last}
    )


def chain(depth: int, *, moved: bool) -> list[Layer]:
    """f(x) = x: every layer but the last is x + 0; with `moved`, the first adds 1, the last -1."""
    middle: list[Layer] = [([["1"]], ["0"]) for _ in range(depth - 2)]
    ends = ("1", "-1") if moved else ("0", "0")
    return [([["1"]], [ends[0]]), *middle, ([["1"]], [ends[1]])]


def idle(bias: str, activation: Json | None) -> Json:
    """A second neuron, without weight on it, has its bias moved from -10 to this."""
    ends = [([["1"], ["1"]], ["10", b]) for b in ("-10", bias)]
    out = [([["0", "0"]], ["0"])]
    return segment([ends[0], *out], [ends[1], *out], FIT, activation)


SHIFTED = {"kind": "piecewise_linear", "knots": ["5"], "slopes": ["0", "1"], "value": "0"}
WHERE = "claim.to[0].w[1]"
case("a neuron that stays below the knot", idle("-4", None), "")
case("a neuron that ends on the knot", idle("-3", None), WHERE)
case("a neuron that passes the knot", idle("-1", None), WHERE)
case("a neuron that stays below 5", idle("1", SHIFTED), "")
case("a neuron that ends on 5", idle("2", SHIFTED), WHERE)
SLANTED = {"kind": "piecewise_linear", "knots": ["0"], "slopes": ["1", "2"], "value": "3"}
for second, expected in (("-6", ""), ("-7", "problem.network.layers[1].w[0]")):
    # At x = 1: twice 2, plus 3, minus 6 is 1; then twice 1 plus 3.
    case(
        "intercepts of a piece",
        segment(
            [([["1"]], ["1"]), ([["1"]], [second]), ([["0"]], ["0"])],
            [([["1"]], ["2"]), ([["1"]], [second]), ([["0"]], ["0"])],
            FIT,
            SLANTED,
        ),
        expected,
    )
case(
    "a knot at 1/2, where rho is 2: rho(1) = 7/2, rho(1/4) = 7/4",
    loss_value(
        layered(
            chain(2, moved=False),
            ["1", "1/4", "1/2"],
            ["0", "0", "0"],
            activation={
                "kind": "piecewise_linear",
                "knots": ["1/2"],
                "slopes": ["1", "3"],
                "value": "2",
            },
        ),
        "309/32",
    ),
    "",
)


for depth, expected in ((7, ""), (8, ""), (32, ""), (33, "claim.to")):
    case(
        f"a segment with {depth} layers",
        segment(chain(depth, moved=False), chain(depth, moved=True), ["0", "4", "2"], None),
        expected,
    )
case(
    "one datum",
    segment(chain(2, moved=False), chain(2, moved=True), ["1"], None),
    "",
)


def deep_spurious(other: list[Layer], better: str) -> Json:
    here, there = (layered(layers, ZERO_ONE_TWO, FIT) for layers in (CONSTANT, other))
    parts = [
        certificate(here, "linear_piece_local_minimum"),
        loss_value(here, "3"),
        loss_value(there, better),
    ]
    return certificate(
        here, "spurious_local_minimum", {"loss": "3", "better_loss": better}, parts=parts
    )


case("a network that is as good", deep_spurious(CONSTANT, "3"), "claim.better_loss")
case(
    "a network that is worse",
    deep_spurious([CONSTANT[0], ([["0"]], ["1"])], "9/2"),
    "claim.better_loss",
)


def logistic(label: str, lower: str, upper: str) -> Json:
    given = layered(CONSTANT, ["1"], [label], "logistic")
    return certificate(given, "loss_enclosure", {"lower": lower, "upper": upper})


case("log 2", logistic("1/2", "69/100", "7/10"), "")
case("above log 2", logistic("1/2", "7/10", "71/100"), "claim.lower")
case("below log 2", logistic("1/2", "68/100", "69/100"), "claim.upper")
for label in ("2", "-1"):
    case("a label", logistic(label, "0", "1"), "problem.loss.y")
