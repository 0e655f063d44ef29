"""Number fields of other degrees than 2, with leading coefficients other than 1."""

from __future__ import annotations

from typing import Any

from tests.adversarial.hand_made.common import Case, into, loss_value
from tests.checker import integral_examples
from tests.checker.examples import Json, certificate, problem

CASES: list[Case] = []
case = into(CASES)


def power(minpoly: list[str], interval: tuple[str, str], height: Any, loss: Any) -> Json:
    """The loss (theta * height)^2 / 2."""
    theta: Any = ["0", "1"] if len(minpoly) > 2 else ["1/2"]
    given = problem([["1"]], [[height]], [[theta]], [["0"]])
    field = {"minpoly": minpoly, "interval": list(interval)}
    return loss_value(given | {"field": field}, loss)


THETA, SQUARE = ["0", "1"], ["0", "0", "1"]
UNIT = ("0", "1")
# 2 theta^3 + 3 theta = 1, so theta^4 = (theta - 3 theta^2) / 2.
CUBIC, FOURTH = ["-1", "3", "0", "2"], ["0", "1/4", "-3/4"]
case("a cubic field", power(CUBIC, UNIT, THETA, FOURTH), "")
case("a cubic field, turned", power(["1", "-3", "0", "-2"], UNIT, THETA, FOURTH), "")
case(
    "a number that differs in the last digit",
    power(CUBIC, UNIT, THETA, ["0", "1/4", "-3/5"]),
    "claim.loss",
)
# theta^6 = ((1 - 3 theta) / 2)^2.
case("a cubic field, sixth power", power(CUBIC, UNIT, SQUARE, ["1/8", "-3/4", "9/8"]), "")
# 3 theta^4 = 1 + theta.
QUARTIC = ["-1", "-1", "0", "0", "3"]
case("a quartic field", power(QUARTIC, UNIT, SQUARE, ["0", "0", "1/6", "1/6"]), "")
case(
    "a quartic field, eighth power",
    power(QUARTIC, UNIT, ["0", "0", "0", "1"], ["1/18", "1/9", "1/18"]),
    "",
)
case("one root of three", power(["0", "-2", "0", "1"], ("1", "2"), THETA, ["0", "0", "1"]), "")
case("three roots", power(["0", "-2", "0", "1"], ("-2", "2"), THETA, "0"), "problem.field.interval")
case("a root of order three", power(["-1", "3", "-3", "1"], ("0", "2"), "0", "0"), "")
case("no root", power(["-2", "0", "1"], ("2", "3"), THETA, "2"), "problem.field.interval")
case("a root at an end", power(["-4", "0", "1"], ("0", "2"), THETA, "8"), "problem.field.interval")
case("an empty interval", power(["-2", "0", "1"], ("1", "1"), THETA, "2"), "problem.field.interval")
for interval, expected in (
    (("0", "1"), ""),
    (("1/2", "1/2"), ""),
    (("1/2", "1"), ""),
    (("0", "1/2"), ""),
    (("1", "0"), "problem.field.interval"),
    (("3/5", "1"), "problem.field.interval"),
    (("-1", "1/3"), "problem.field.interval"),
):
    case("a field of degree 1", power(["-1", "2"], interval, "1", "1/8"), expected)
case("a polynomial of degree 0", power(["1"], UNIT, "1", "1/8"), "problem.field.minpoly")
case(
    "a leading coefficient of 0", power(["-1", "2", "0"], UNIT, "1", "1/8"), "problem.field.minpoly"
)
for degree, expected in ((16, ""), (17, "problem.field.minpoly")):
    case(
        f"degree {degree}",
        power(["-1", *["0"] * (degree - 1), "2"], UNIT, THETA, ["0", "0", "0", "0", "1/2"]),
        expected,
    )


def hinge(minpoly: list[str], weight: Any, bias: Any, loss: Any) -> Json:
    """The integral of rho(w x + b)^2 on [0, 1], which is w (1 + b / w)^3 w / 3."""
    given = integral_examples.problem([weight], ["1"], [bias], c=None, target=[])
    field = {"minpoly": minpoly, "interval": ["0", "1"]}
    return certificate(given | {"field": field}, "loss_value", {"loss": loss})


# w = theta, b = -theta^2: breakpoint theta, loss theta^2 (1 - theta)^3 / 3.
# theta^2 - 3 theta^3 + 3 theta^4 - theta^5, with theta^5 = (theta^2 - 3 theta^3) / 2.
case(
    "a breakpoint at theta",
    hinge(CUBIC, THETA, ["0", "0", "-1"], ["-1/4", "5/4", "-4/3"]),
    "",
)
