"""The integral loss: degenerate neurons with and without biases."""

from __future__ import annotations

from fractions import Fraction as F
from typing import Any

from tests.adversarial.hand_made.common import LEAKY, Case, into
from tests.checker.examples import certificate
from tests.checker.integral_examples import QUADRATIC, SEMI, Json, problem

CASES: list[Case] = []
case = into(CASES)


def claim(given: Json, kind: str, sense: str, **witness: Any) -> Json:
    return certificate(given, kind, {"sense": sense}, **witness)


def stationary(given: Json, sense: str, **witness: Any) -> Json:
    return claim(given, "stationary", sense, **witness)


def not_stationary(given: Json, sense: str, **witness: Any) -> Json:
    return claim(given, "not_stationary", sense, **witness)


def hull(given: Json, *shares: tuple[str, list[str]]) -> Json:
    terms = [{"multiplier": m, "direction": v} for m, v in shares]
    return stationary(given, "clarke", neurons={"0": terms})


# One neuron at w = 0 without a bias, residual 1/2 - x: along w the derivative is -v/6, along -w
# it is v/12 for slope 1/2, and 0 for relu.
LOW, HIGH = problem(["0"], ["1"]), problem(["0"], ["-1"])
LEAKY_LOW = problem(["0"], ["1"], activation=LEAKY)
W = "problem.network.w[0]"
case("no descent, and no response on one side", stationary(HIGH, "directional"), "")
case("descent along w", stationary(LOW, "directional"), W)
case("a response on one side", stationary(HIGH, "classical"), W)
case("a limit of gradients that is zero", hull(HIGH, ("1", ["-1"])), "")
case("a limit of gradients that is not zero", hull(HIGH, ("1", ["1"])), "witness.neurons.0")
case("multipliers that sum to 2", hull(HIGH, ("2", ["-1"])), "witness.neurons.0")
case("a multiplier of zero", hull(HIGH, ("1", ["-1"]), ("0", ["1"])), "")
ABS = problem(["0"], ["1"], activation={"kind": "abs"})
case("opposite limits of gradients", hull(ABS, ("1/2", ["1"]), ("1/2", ["-1"])), "")
case(
    "an affine combination that is not convex",
    hull(LEAKY_LOW, ("-1", ["1"]), ("2", ["-1"])),
    "witness.neurons.0[0].multiplier",
)
for separator, expected in (("-1", ""), ("1", "witness.separator"), ("0", "witness.separator")):
    case(
        "limits of gradients on one side",
        not_stationary(LEAKY_LOW, "clarke", neuron=0, separator=[separator]),
        expected,
    )
for given in (LOW, HIGH, ABS):
    for separator in ("-1", "1"):
        case(
            "zero is among the limits of gradients, or between them",
            not_stationary(given, "clarke", neuron=0, separator=[separator]),
            "witness.separator",
        )

# The residual 1 - 7x/5: the limits at kinks inside (0, 1) have another sign than those along +-w.
CROSSING = problem(["0"], ["1"], c="0", target=["-1", "7/5"], activation=LEAKY)
for separator, expected in (("1", ""), ("-1", "witness.separator")):
    case(
        "without a bias a kink does not move into the interval",
        not_stationary(CROSSING, "clarke", neuron=0, separator=[separator]),
        expected,
    )

# A residual that is orthogonal to 1 and x but not zero: only a bias notices it.
BOWL = ["1/6", "-1", "1"]
WITHOUT = problem(["0"], ["1"], c="0", target=BOWL)
WITH = problem(["0"], ["1"], ["0"], c="0", target=BOWL)
case("no response without a bias", stationary(WITHOUT, "classical"), "")
case("a residual that a bias notices", stationary(WITH, "classical"), W)
case("no residual", stationary(problem(["0"], ["1"], ["0"], c="0", target=[]), "classical"), "")

# A residual that is orthogonal to x but not to 1, and no output bias.
TILTED: dict[str, Any] = {"c": None, "target": ["2", "-3"]}
case("only w moves", hull(problem(["0"], ["1"], **TILTED), ("1", ["1"])), "")
case(
    "the limit of the derivative in b is not zero",
    hull(problem(["0"], ["1"], ["0"], **TILTED), ("1", ["1", "0"])),
    "witness.neurons.0",
)

# With a bias there is descent along (w, b) though there is none along w, nor along b.
case(
    "descent along w and b together",
    stationary(problem(["0"], ["-1"], ["0"]), "directional"),
    W,
)
case("a quadratic activation", stationary(QUADRATIC, "generalized_gradient_ge"), "")
case(
    "a quadratic activation, residual zero",
    stationary(
        problem(["0"], ["0"], ["0"], c="0", target=[], activation={"kind": "quadratic"}),
        "generalized_gradient_gt",
    ),
    "",
)
for sense, slope in (("ge", "1"), ("gt", "0")):
    # The derivative in w at w = 0, b = 0 is v rho'(0) int x r, that in b is 0.
    case(
        f"rho'(0) = {slope}",
        stationary(problem(["0"], ["1"], ["0"]), f"generalized_gradient_{sense}"),
        "problem.network" if slope == "1" else "",
    )
    case(
        f"rho'(0) = {slope}",
        not_stationary(
            problem(["0"], ["1"], ["0"]), f"generalized_gradient_{sense}", coordinate="w0"
        ),
        "" if slope == "1" else "witness",
    )


# Second order.


def inertia(given: Json, witness: Json, counts: list[int]) -> Json:
    return certificate(given, "inertia", {"of": "hessian", "inertia": counts}, **witness)


def diagonal(size: int, *kernel: list[str], columns: list[list[str]]) -> Json:
    return {"kernel": list(kernel), "congruence": columns, "bits": 32}


UNIT_W, UNIT_B, UNIT_V, UNIT_C = (
    ["1", "0", "0", "0"], ["0", "1", "0", "0"], ["0", "0", "1", "0"], ["0", "0", "0", "1"]
)  # fmt: skip
NOTHING = problem(["0"], ["0"], ["0"], c="0", target=[])
case(
    "a degenerate neuron has no Hessian",
    inertia(NOTHING, diagonal(4, UNIT_W, UNIT_B, UNIT_V, columns=[UNIT_C]), [0, 3, 1]),
    "problem.network",
)
case(
    "a neuron that is not active",
    inertia(
        problem(["0"], ["0"], ["-1"], c="0", target=[]),
        diagonal(4, UNIT_W, UNIT_B, UNIT_V, columns=[UNIT_C]),
        [0, 3, 1],
    ),
    "",
)
case(
    "a breakpoint at an end, where the residual is not zero",
    inertia(
        problem(["1"], ["1"], ["-1"], c="1", target=[]),
        diagonal(4, UNIT_W, UNIT_B, UNIT_V, columns=[UNIT_C]),
        [0, 3, 1],
    ),
    "problem.network",
)
case(
    "a breakpoint at an end, where the residual is zero",
    inertia(
        problem(["1"], ["1"], ["-1"], c="0", target=[]),
        diagonal(4, UNIT_W, UNIT_B, UNIT_V, columns=[UNIT_C]),
        [0, 3, 1],
    ),
    "",
)
case(
    "a local minimum whose Hessian is not continuous",
    certificate(
        problem(["1"], ["1"], ["-1"], c="0", target=[]),
        "local_minimum",
        inertia=diagonal(4, UNIT_W, UNIT_B, UNIT_V, columns=[UNIT_C]),
    ),
    "problem.network",
)

# Third order: with 1/2 the breakpoint and y = 2 x - 1, the residuals are polynomials in y.
UP = {"c": "1"}


def in_x(*coefficients: str) -> list[str]:
    """The target -r for a residual r given by its coefficients in y."""
    powers, found = [F(1)], [F(0)] * len(coefficients)
    for coefficient in map(F, coefficients):
        for k, power in enumerate(powers):
            found[k] -= coefficient * power
        powers = [2 * a - b for a, b in zip([F(0), *powers], [*powers, F(0)], strict=True)]
    return [str(a) for a in found]


def saddle(given: Json, descent: Json, ascent: Json | None = None) -> Json:
    return certificate(given, "saddle", descent=descent, ascent=ascent or UP)


case(
    "four neurons that cancel, moved so that the sweeps cancel too: no third order is known",
    saddle(
        problem(
            ["1"] * 4,
            ["1", "1", "-1", "-1"],
            ["-1/2"] * 4,
            c="0",
            target=in_x("8/11", "-30/11", "-24/11", "60/11"),
        ),
        {"b0": "1", "b1": "2", "b2": "1", "b3": "2", "v0": "1", "v1": "-1"},
    ),
    "witness.descent",
)
for residual, move in (
    (("15", "-129/4", "-45", "145/2"), ("1", "-48")),
    (("0", "24", "0", "-40"), ("-1", "48")),
):
    case(
        "third order of a neuron with v = 0: the sweep against the product of first and second",
        saddle(
            problem(["1"], ["0"], ["-1/2"], c="0", target=in_x(*residual)),
            {"b0": move[0], "v0": move[1]},
        ),
        "",
    )
case(
    "third order of a quadratic activation, beside a neuron with v != 0",
    saddle(
        problem(["0", "0"], ["0", "1"], ["0", "0"], activation={"kind": "quadratic"}),
        {"w0": "1", "v0": "1", "b1": "1"},
    ),
    "",
)
case(
    "a kink that moves to the end of the interval",
    not_stationary(problem(["0"], ["-1"], ["0"]), "directional", direction={"w0": "-1", "b0": "1"}),
    "",
)
case(
    "a breakpoint at T1 that moves in, or out",
    saddle(problem(["1"], ["3"], ["-1"]), {"b0": "1"}, {"b0": "-1", "c": "1"}),
    "",
)
case(
    "a breakpoint at T0 that moves in, or out",
    saddle(problem(["-1"], ["-3"], ["0"]), {"b0": "1"}, {"b0": "-1", "c": "1"}),
    "",
)
case("a breakpoint at T0 that costs", certificate(SEMI, "local_minimum"), "")
case(
    "a breakpoint at T0 that gains",
    certificate(problem(["-1"], ["-1"], ["0"]), "local_minimum"),
    W,
)
# On each half of the interval the residual is orthogonal to 1 and x; at its ends it is 1.
HALVES: dict[str, Any] = {"c": "0", "target": ["-1", "12", "-24"]}
case(
    "limits of gradients with kinks on both halves",
    stationary(
        problem(["0", "1"], ["1", "-24"], ["0", "-1/2"], **HALVES),
        "clarke",
        neurons={
            "0": [
                {"multiplier": "1/2", "direction": ["1", "-3/4"]},
                {"multiplier": "1/2", "direction": ["-1", "1/4"]},
            ]
        },
    ),
    "",
)
case(
    "a breakpoint at T1, the residual of another slope before",
    saddle(
        problem(["1", "1"], ["-1", "-24"], ["-1", "-1/2"], **HALVES),
        {"b0": "1"},
        {"b0": "1", "c": "2"},
    ),
    "",
)
ONE: dict[str, Any] = {"c": None, "target": ["-1"]}
case(
    "a positive residual: switching the neuron on costs",
    stationary(problem(["0"], ["1"], ["0"], **ONE), "directional"),
    "",
)
case(
    "negative slopes",
    not_stationary(
        problem(
            ["0"],
            ["1"],
            ["0"],
            activation={"kind": "relu_like", "alpha_plus": "-1", "alpha_minus": "-1/2"},
            **ONE,
        ),
        "clarke",
        neuron=0,
        separator=["0", "-1"],
    ),
    "",
)
BACKWARDS = {"kind": "relu_like", "alpha_plus": "0", "alpha_minus": "1"}
case(
    "a breakpoint at T0, silent because alpha_plus is 0",
    certificate(
        problem(["1"], ["1"], ["0"], activation=BACKWARDS),
        "inertia",
        {"of": "modified_hessian", "inertia": [0, 3, 1]},
        **diagonal(4, UNIT_W, UNIT_B, UNIT_V, columns=[UNIT_C]),
    ),
    "problem.network",
)
case(
    "the identity, its zero at T0",
    certificate(
        problem(["1"], ["1"], ["0"], c="0", activation={"kind": "identity"}),
        "local_minimum",
        inertia=diagonal(
            4,
            ["1", "0", "-1", "0"],
            ["0", "1", "0", "-1"],
            columns=[["1", "0", "0", "0"], ["-3", "2", "0", "0"]],
        ),
    ),
    "witness.inertia",
)
case(
    "a neuron of the identity has a plane of equal points",
    certificate(
        problem(["1"], ["1"], c=None, activation={"kind": "identity"}),
        "local_minimum",
        inertia=diagonal(2, ["1", "-1"], columns=[["1", "0"]]),
    ),
    "",
)


def constants(scale: str, bits: int, column: str) -> Json:
    """No neurons: the Hessian is 2 scale; rounding may cost 2 column^2."""
    given = problem([], [], [], c="1/2", scale=scale)
    witness = {"kernel": [], "congruence": [[column]], "bits": bits}
    return inertia(given, witness, [0, 0, 1])


case("a diagonal just above the rounding", constants("3/2", 0, "1"), "")
for column in ("1", "2", "3"):
    case("a diagonal as small as the rounding", constants("1", 0, column), "witness.congruence[0]")
case("rounded with one more bit", constants("1", 1, "1"), "")


# Values.


def value(given: Json, loss: str) -> Json:
    return certificate(given, "loss_value", {"loss": loss})


ACTIVATED: dict[str, Any] = {"c": None, "target": [], "interval": ["-1", "1"]}
for kind, loss in (("relu", "1/3"), ("abs", "2/3"), ("identity", "2/3"), ("quadratic", "2/5")):
    case(kind, value(problem(["1"], ["1"], activation={"kind": kind}, **ACTIVATED), loss), "")
leaky = {"kind": "leaky_relu", "slope": "0"}
case("leaky with slope 0", value(problem(["1"], ["1"], activation=leaky, **ACTIVATED), "1/3"), "")
case(
    "leaky with slope 1",
    value(problem(["1"], ["1"], activation=leaky | {"slope": "1"}, **ACTIVATED), "2/3"),
    "problem.network.activation.slope",
)
case(
    "opposite breakpoints",
    value(problem(["1", "1"], ["1", "-1"], ["1/2", "-1/2"], **ACTIVATED), "5/6"),
    "",
)
case(
    "five breakpoints",
    value(
        problem(["1"] * 5, ["1"] * 5, ["0", "-1/6", "-1/3", "-1/2", "-2/3"], c=None, target=[]),
        "1673/648",
    ),
    "",
)
for count, expected in ((65, ""), (66, "problem.loss.target")):
    case(
        f"a target with {count} coefficients",
        value(problem([], [], [], c="0", target=["0"] * (count - 1) + ["1"]), f"1/{2 * count - 1}"),
        expected,
    )

HERE = problem(["1"], ["3"], ["-2"])


def spurious(other: Json, better: str, here: Json = HERE) -> Json:
    parts = [certificate(HERE, "local_minimum"), value(HERE, "1/12"), value(other, better)]
    return certificate(
        here, "spurious_local_minimum", {"loss": "1/12", "better_loss": better}, parts=parts
    )


SHAPE, LOSS = "witness.parts[2].problem.network", "witness.parts[2].problem.loss"
RIGHT = (["1"], ["1"])
case("a spurious local minimum", spurious(problem(*RIGHT, ["0"], c="0"), "0"), "")
case("as good", spurious(HERE, "1/12"), "claim.better_loss")
case("worse", spurious(problem(*RIGHT, ["0"], c="1"), "1"), "claim.better_loss")
case("wider", spurious(problem(["1"] * 2, ["1", "0"], ["0"] * 2, c="0"), "0"), SHAPE)
case("without a hidden bias", spurious(problem(*RIGHT, c="0"), "0"), SHAPE)
case("without an output bias", spurious(problem(*RIGHT, ["0"], c=None), "0"), SHAPE)
case(
    "another activation",
    spurious(problem(*RIGHT, ["0"], c="0", activation={"kind": "abs"}), "0"),
    SHAPE,
)
case("another target", spurious(problem(["0"], ["0"], ["0"], c="0", target=[]), "0"), LOSS)
case("another interval", spurious(problem(*RIGHT, ["0"], c="0", interval=["0", "2"]), "0"), LOSS)
case("another scale", spurious(problem(*RIGHT, ["0"], c="0", scale="2"), "0"), LOSS)
case("another weight", spurious(problem(*RIGHT, ["0"], c="0", weight=["1", "1"]), "0"), LOSS)
case(
    "parts about another network",
    spurious(problem(*RIGHT, ["0"], c="0"), "0", problem(["1"], ["3"], ["-3"])),
    "witness.parts[0].problem",
)
# The residual is g'' for g = t^2 (t^2 - 1/2)^2, the response to a kink at t: zero at 1 / sqrt 2.
case(
    "a response that touches zero at an irrational kink",
    stationary(
        problem(["0"], ["1"], ["0"], c=None, target=["-1/2", "0", "12", "0", "-30"]), "directional"
    ),
    W,
)
