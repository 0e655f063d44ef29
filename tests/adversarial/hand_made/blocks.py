"""Local minima by blocks and second order."""

from __future__ import annotations

from typing import Any

from tests.adversarial.hand_made.common import AXES, CUBE, FLAT, LEAKY, ROOT, ROOT_TWO, Case, into
from tests.checker.examples import Json, certificate, leaf, problem

CASES: list[Case] = []
case = into(CASES)


PROOF: Json = {"margins": {}, "tree": leaf()}


def blocks(given: Json, kind: str, *parts: Json) -> Json:
    return certificate(given, "local_minimum", {"type": kind}, blocks=list(parts))


def examined(kind: str, *neurons: int, **more: Any) -> Json:
    held: Json = {str(i): {} for i in neurons}
    return {"examined": list(neurons), "criterion": kind, "held": held, **more}


NONE = examined("type_1")
STRICT, RANK = "type_2_strict", "reduced_rank"
SILENT: Json = {"neurons": {"0": None}}
case("a neuron that is not active", blocks(FLAT, "type_1", SILENT), "")
case("a neuron that is not active, in cells", blocks(FLAT, "type_1", SILENT | {"cells": NONE}), "")
case(
    "products where nothing is examined",
    blocks(FLAT, "type_1", SILENT | {"cells": NONE | {"products": [[0, 0, 0, 0, "1"]]}}),
    "",
)
case("a neuron in two blocks", blocks(FLAT, "type_1", SILENT, SILENT), "witness.blocks[1]")
case("no neuron in a block", blocks(FLAT, "type_1"), "witness")

# psi(v) = v_1 - v_2 and h = 0: moving w to v and h against psi(v) descends.
SADDLE = problem([["1", "1"]], [["0"]], AXES, [["-1"], ["1"]])
for amount in ("0", "-1"):
    case(
        "a spread that is not positive",
        blocks(
            SADDLE,
            "type_1",
            {
                "neurons": {
                    "0": {"margins": {}, "spread": amount, "plus": [leaf()], "minus": [leaf()]}
                }
            },
        ),
        "witness.blocks[0].neurons.0.spread",
    )
case(
    "an escape neuron with output weight 0",
    blocks(SADDLE, STRICT, {"neurons": {"0": PROOF}, "cells": examined(STRICT, 0)}),
    "witness.blocks[0].cells",
)
case(
    "three outputs of a calm neuron",
    blocks(
        CUBE,
        "type_1",
        {
            "neurons": {
                "0": {
                    "margins": {},
                    "spread": "1/2",
                    "plus": [leaf(k1=x) for x in ("1/2", "1/2", "3/4")],
                    "minus": [leaf(k1=x) for x in ("1/2", "1/2", "1/4")],
                }
            }
        },
    ),
    "",
)
# The neuron |v| with residual 1 and output weight 0 is an escape neuron; with 1 it has a margin.
ABS = {"kind": "abs"}


def margin(height: str, amount: str, count: int = 1) -> Json:
    given = problem([["0"]] * count, [[height]] * count, [["1"]], [["-1"]], ABS)
    neurons = {str(i): {"margins": {"0": amount}, "tree": leaf()} for i in range(count)}
    return blocks(given, RANK, {"neurons": neurons, "cells": examined(RANK, *range(count))})


TREE = "witness.blocks[0].neurons.0.tree"
case("a margin where there is none", margin("0", "1"), TREE)
case("a margin", margin("1", "1/2"), "")
case("the largest margin", margin("1", "1"), "")
case("a larger margin", margin("1", "2"), TREE)
case("a margin of 0", margin("0", "0"), "witness.blocks[0].cells.held.0")
case("a negative margin", margin("1", "-1"), "witness.blocks[0].neurons.0.margins")
case("two neurons that cannot move", margin("1", "1/2", 2), "")


def fitted(
    w: list[list[str]], h: list[list[str]], y: list[list[str]], activation: Json | None = None
) -> Json:
    """Both axes as data, with no residual."""
    return problem(w, h, AXES, y, activation)


def both(given: Json, kind: str, field: Json | None = None) -> Json:
    neurons = {"0": field, "1": field}
    return blocks(given, kind, {"neurons": neurons, "cells": examined(kind, 0, 1)})


UNITS = [["1", "0"], ["0", "1"]]
case(
    "two neurons of one linear model, up to GL(2)",
    both(fitted([["2", "1"], ["1", "2"]], UNITS, [["2", "1"], ["1", "2"]]), STRICT, PROOF),
    "",
)
case(
    "two neurons of one linear model with the same weights",
    both(fitted([["1", "1"], ["1", "1"]], UNITS, [["1", "1"], ["1", "1"]]), STRICT, PROOF),
    "witness.blocks[0].cells",
)
case(
    "reduced rank with slopes that are not proportional",
    both(fitted([["1", "1"], ["1", "-1"]], [["1"], ["1"]], [["2"], ["1/2"]], LEAKY), RANK, PROOF),
    "witness.blocks[0].cells",
)
case(
    "reduced rank with proportional slopes",
    both(
        fitted([["1", "1"], ["-1", "-1"]], [["1"], ["1"]], [["1/2"], ["1/2"]], LEAKY), RANK, PROOF
    ),
    "",
)
case(
    "reduced rank with different spaces",
    both(fitted([["1", "-1"], ["-1", "1"]], [["1"], ["1"]], [["1"], ["1"]]), RANK, PROOF),
    "witness.blocks[0].cells",
)
one = problem([["1"]], [["0"]], [["1"]], [["0"]])
case(
    "a calm neuron with output weight 0: only the output moves",
    blocks(one, STRICT, {"neurons": {"0": None}, "cells": examined(STRICT, 0)}),
    "",
)
case(
    "a neuron without a kink: the identity",
    blocks(
        problem([["1", "0"]], [["1"]], AXES, [["1"], ["0"]], {"kind": "identity"}),
        STRICT,
        {"neurons": {"0": PROOF}, "cells": examined(STRICT, 0)},
    ),
    "",
)
# Q = (a + v_2 - v_3)^2 / 2 + (a - v_2 - v_3)^2 / 2 + a^2 / 2 + 3 g^2 / 2 + 2 eps g v_2.  A second
# neuron on the kink of x_3 can undo what happens there: then 3/2 becomes 1, below eps^2.
SEEN = [["1", "1", "-1"], ["1", "-1", "-1"], ["1", "0", "0"]]
ERRORS = [["1", "-11/10"], ["1", "11/10"], ["1", "0"]]
FIRST, SECOND = ["1", "0", "0"], ["0", "0", "1"]
case(
    "a strict minimum by three data",
    blocks(
        problem([FIRST], [["1", "0"]], SEEN, ERRORS),
        STRICT,
        {"neurons": {"0": PROOF}, "cells": examined(STRICT, 0)},
    ),
    "",
)
case(
    "a calm neuron undoes what the third datum holds",
    blocks(
        problem([FIRST, SECOND], [["1", "0"], ["1", "1"]], SEEN, ERRORS),
        STRICT,
        {"neurons": {"0": PROOF, "1": None}, "cells": examined(STRICT, 0)},
    ),
    "witness.blocks[0].cells",
)
# Data that span a line of the plane, and touch the neuron twice.
case(
    "a neuron that sees one direction",
    blocks(
        problem([["1", "0"]], [["1"]], [["1", "2"], ["2", "4"]], [["1"], ["2"]]),
        STRICT,
        {"neurons": {"0": PROOF}, "cells": examined(STRICT, 0)},
    ),
    "",
)
for cells, expected in ((examined(STRICT, 0), ""), (examined(RANK, 0), "claim.type")):
    case(
        "a neuron that sees one irrational direction",
        blocks(
            problem(
                [["1", "0"]],
                [["1"]],
                [[ROOT, "1"], ["2", ROOT]],
                [[ROOT], ["2"]],
            )
            | {"field": ROOT_TWO},
            STRICT,
            {"neurons": {"0": PROOF}, "cells": cells},
        ),
        expected,
    )
case(
    "a form with a zero on its diagonal and another entry beside it",
    blocks(SADDLE, RANK, {"neurons": {"0": PROOF}, "cells": examined(RANK, 0)}),
    "witness.blocks[0].cells",
)
case(
    "a neuron of which no move does anything is not examined",
    blocks(FLAT, STRICT, {"neurons": {"0": None}, "cells": examined(STRICT, 0)}),
    "witness.blocks[0].cells",
)
case(
    "a neuron that is not active, with an output weight",
    blocks(
        problem([["-1"]], [["1"]], [["1"]], [["1"]]),
        STRICT,
        {"neurons": {"0": None}, "cells": examined(STRICT, 0)},
    ),
    "",
)
for gamma in ("all", "positive"):
    case(
        "a replication of a minimum by blocks",
        certificate(
            FLAT,
            "replication_minimum_set",
            {"neuron": 0, "gamma": gamma},
            part=blocks(FLAT, "type_1", SILENT),
        ),
        "witness.part.claim",
    )
