"""Claims within a cell, and arrangements."""

from __future__ import annotations

from typing import Any

from tests.adversarial.hand_made.common import AXES, LEAKY, ROOT_TWO, Case, into
from tests.checker.examples import Json, certificate, changed, problem

CASES: list[Case] = []
case = into(CASES)


# In one cell: two neurons, h_1 w_1 + h_2 w_2 = beta, the targets fitted.


def two_components(
    first: list[str],
    second: list[str],
    signs: tuple[str, str],
    targets: list[str],
    data: list[list[str]],
    activation: Json | None = None,
    **more: list[str],
) -> Json:
    heights = [[sign] for sign in signs]
    rows = [[target] for target in targets]
    given = problem([first, second], heights, data, rows, activation, **more)
    return certificate(given, "two_components_in_cell")


TURNED = [["1", "0"], ["0", "-1"]]  # the second datum on the side "-"
UP: tuple[str, str] = ("1", "-1")
DOWN: tuple[str, str] = ("-1", "1")
case("two components", two_components(["2", "1"], ["1", "2"], UP, ["1", "-1"], AXES), "")
case(
    "two components, seen from the other side of a datum",
    two_components(["2", "1"], ["1", "2"], UP, ["1", "1/2"], TURNED, LEAKY),
    "",
)
for heights, value in ((UP, "1"), (DOWN, "-1")):
    case(
        "beta or its negative on the boundary of the cell",
        two_components(["2", "1"], ["1", "1"], heights, [value, "0"], AXES),
        "",
    )
    case(
        "beta or its negative on another boundary of the cell",
        two_components(["1", "2"], ["1", "1"], heights, ["0", str(-int(value) / 2)], TURNED, LEAKY),
        "",
    )
    case(
        "beta or its negative on a boundary, seen from its other side",
        two_components(["2", "1"], ["1", "1"], heights, [value, "0"], TURNED, LEAKY),
        "",
    )
    case(
        "beta or its negative in the cell",
        two_components(["2", "2"], ["1", "1"], heights, [value, value], AXES),
        "problem.network",
    )
    case(
        "beta or its negative in the cell, where a datum is zero",
        two_components(["2", "2"], ["1", "1"], heights, [value, value, "0"], [*AXES, ["0", "0"]]),
        "problem.network",
    )
    case(
        "beta or its negative in the cell, seen from the other side of a datum",
        two_components(
            ["2", "2"], ["1", "1"], heights, [value, str(-int(value) / 2)], TURNED, LEAKY
        ),
        "problem.network",
    )
case(
    "beta is zero", two_components(["1", "1"], ["1", "1"], UP, ["0", "0"], AXES), "problem.network"
)
case(
    "data that do not determine beta",
    two_components(["2", "1"], ["1", "2"], UP, ["1"], AXES[:1]),
    "problem.loss.x",
)
case(
    "neurons in two cells",
    two_components(["2", "1"], ["1", "-2"], UP, ["1", "1"], AXES),
    "problem.network.w",
)
case(
    "a neuron on the boundary of the cell",
    two_components(["2", "1"], ["1", "0"], UP, ["1", "1"], AXES),
    "problem.network.w[1]",
)
case(
    "a network with an output bias",
    two_components(["2", "1"], ["1", "2"], UP, ["1", "-1"], AXES, c=["0"]),
    "problem.network",
)
case(
    "a network with hidden biases",
    two_components(["2", "1"], ["1", "2"], UP, ["1", "-1"], AXES, b=["0", "0"]),
    "problem.network",
)
case(
    "a network of three neurons",
    certificate(
        problem(
            [["2", "1"], ["1", "2"], ["1", "1"]], [["1"], ["-1"], ["0"]], AXES, [["1"], ["-1"]]
        ),
        "two_components_in_cell",
    ),
    "problem.network",
)
case(
    "a network with two outputs",
    certificate(
        problem(
            [["2", "1"], ["1", "2"]], [["1", "0"], ["-1", "0"]], AXES, [["1", "0"], ["-1", "0"]]
        ),
        "two_components_in_cell",
    ),
    "problem.network",
)
case(
    "a valley of a network with two outputs",
    certificate(
        problem([["1"]], [["1", "1"]], [["1"]], [["1", "1"]]),
        "cell_valley_dimension",
        {"dimension": 1},
    ),
    "problem.network.v",
)

# Arrangements.


def arrangement(data: list[list[str]], cells: str, **points: list[list[str]]) -> Json:
    document = certificate(
        {"format": "exactland-data/1", "x": data}, "cell_count", {"cells": cells}, **points
    )
    return document


GENERAL = [["1", "0", "0"], ["0", "1", "0"], ["0", "0", "1"], ["1", "1", "1"]]
case("four planes in general position", arrangement(GENERAL, "14"), "")
case("too few cells", arrangement(GENERAL, "12"), "claim.cells")
case("lines, twice, turned, multiplied", arrangement([*AXES, ["-2", "0"], ["0", "1/3"]], "4"), "")
case("the same line as two", arrangement([*AXES, ["-2", "0"], ["0", "1/3"]], "8"), "claim.cells")
case(
    "four cells of a plane by two points",
    arrangement(AXES, "4", points=[["1", "1"], ["-1", "2"]]),
    "",
)
case(
    "two points in one cell",
    arrangement(AXES, "4", points=[["1", "1"], ["2", "1"]]),
    "witness.points[1]",
)
case(
    "two points in opposite cells",
    arrangement(AXES, "4", points=[["1", "1"], ["-2", "-1"]]),
    "witness.points[1]",
)
case(
    "two points in opposite cells, the first turned",
    arrangement(AXES, "4", points=[["-1", "1"], ["2", "-1"]]),
    "witness.points[1]",
)
case("too few points", arrangement(AXES, "4", points=[["1", "1"]]), "witness.points")
case("all points but too few cells", arrangement(AXES, "2", points=[["1", "1"]]), "claim.cells")
case(
    "a point on a line",
    arrangement(AXES, "4", points=[["1", "1"], ["0", "1"]]),
    "witness.points[1]",
)
case("no line", arrangement([["0", "0"]], "1"), "")
case("one datum, one line", arrangement([["1", "2"]], "2"), "")
case("one line, one point", arrangement([["1", "2"]], "2", points=[["1", "0"]]), "")
case("no row", arrangement([], "1"), "problem.x")
case("no column", arrangement([[], []], "1"), "problem.x")
case("two planes", arrangement(GENERAL[:2], "4"), "")
case(
    "planes, a datum of small numbers, one parallel to the sum of two",
    arrangement([["1", "0", "0"], ["0", "2", "0"], ["3", "5", "0"], ["1", "1", "1"]], "12"),
    "",
)
case(
    "five planes, three on a line",
    arrangement(
        [["2", "1", "0"], ["1", "3", "0"], ["3", "4", "0"], ["1", "1", "2"], ["0", "1", "5"]], "20"
    ),
    "",
)

# Least loss of a width.  One neuron sees one of the two inputs.


def least(
    targets: tuple[str, str],
    loss: str,
    vectors: list[list[str]] | None,
    scale: str = "1/2",
    **more: Any,
) -> Json:
    given = problem([["-3"]], [["1"]], [["1"], ["-1"]], [[a] for a in targets], **more)
    given["loss"]["scale"] = scale
    witness: Json = {}
    if vectors is not None:
        witness = {"rays": [["1"], ["-1"]], "cones": [[0], [1]], "tree": {"vectors": vectors}}
    return certificate(given, "global_minimum_of_width", {"width": 1, "loss": loss}, **witness)


BOTH = [["-1", "0"], ["0", "-1"]]
case("the least loss of one neuron", least(("1", "3"), "1/2", BOTH), "")
case("the least loss of one neuron, another scale", least(("1", "3"), "1", BOTH, "1"), "")
case("a loss of 1 and no witness", least(("1", "3"), "1", None, "1"), "witness")
case("a loss of 0 needs no witness", least(("0", "3"), "0", None), "")
case("a loss of 0 and a witness", least(("0", "3"), "0", BOTH), "witness")
case("an output bias fits both", least(("1", "3"), "1/2", BOTH, c=["0"]), "witness.tree.vectors[0]")
case(
    "a vector short of the bound",
    least(("1", "3"), "1/2", [["-1", "1"]]),
    "witness.tree.vectors[0]",
)
case(
    "a class for which no vector is good: its product is 1",
    least(("-1", "3"), "1/2", [["1", "0"]]),
    "witness.tree",
)
case("two vectors", least(("-1", "3"), "1/2", [["1", "0"], ["0", "-1"]]), "")
case("no vector", least(("1", "3"), "1/2", []), "witness.tree")
case(
    "no cone",
    changed(least(("1", "3"), "1/2", BOTH), "witness", "cones", to=[]),
    "witness.cones",
)
case(
    "cones that cover one side only",
    changed(least(("1", "3"), "1/2", BOTH), "witness", "cones", to=[[0]]),
    "witness.cones",
)
case(
    "a number field",
    changed(least(("1", "3"), "1/2", BOTH), "problem", "field", to=ROOT_TWO),
    "problem.field",
)
case(
    "two outputs",
    certificate(
        problem([["-3"]], [["1", "0"]], [["1"], ["-1"]], [["1", "0"], ["3", "0"]]),
        "global_minimum_of_width",
        {"width": 1, "loss": "1/2"},
        **least(("1", "3"), "1/2", BOTH)["witness"],
    ),
    "problem",
)
case(
    "a cone on which a datum has both signs",
    certificate(
        problem([["0", "0"]], [["1"]], [["1", "-1"]], [["1"]]),
        "global_minimum_of_width",
        {"width": 1, "loss": "1/2"},
        rays=[["1", "0"], ["0", "1"], ["-1", "0"], ["0", "-1"]],
        cones=[[0, 1], [1, 2], [2, 3], [3, 0]],
        tree={"vectors": [["-1"]]},
    ),
    "witness.cones[0]",
)
