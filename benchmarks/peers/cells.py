"""The cells of one arrangement by several programs, as sets of sign vectors.

Every function takes the exact data (rows of fractions, the last row being the last unit vector)
and returns the cells {sign(w . x_k)} as strings of + and -.  Because of that last row, one of each
pair of opposite cells meets the slice w_d = 1: programs for networks with biases are given the
slice, and their answer is doubled.  Programs that compute with floats are given the nearest
floats.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

Rows = list[list[Fraction]]
Cells = set[str]

_SIGNS = {True: "+", False: "-"}
_OPPOSITE = str.maketrans("+-", "-+")


def exactland(rows: Rows) -> Cells:
    """The package under test, with an exact interior point for every cell."""
    import numpy as np
    from flint import fmpq

    from exactland.cells.arrangement import enumerate_cells

    data = [[fmpq(x.numerator, x.denominator) for x in row] for row in rows]
    found: Cells = set()
    for batch in enumerate_cells(data):
        letters = np.where(batch.signs > 0, b"+", b"-")
        found.update(line.tobytes().decode() for line in letters)
    return found


def sage(rows: Rows) -> Cells:
    """SageMath's regions of a hyperplane arrangement, over the rationals (passagemath wheels)."""
    from sage.all__sagemath_polyhedra import QQ
    from sage.geometry.hyperplane_arrangement.arrangement import HyperplaneArrangements

    dimension = len(rows[0])
    space = HyperplaneArrangements(QQ, tuple(f"w{j}" for j in range(dimension)))
    arrangement = space(
        [[0, *(QQ((x.numerator, x.denominator)) for x in row)] for row in _distinct(rows)]
    )
    found = set()
    for region in arrangement.regions():
        point = region.representative_point()
        found.add(_signs(rows, [Fraction(int(x.numerator()), int(x.denominator())) for x in point]))
    return found


def ppl(rows: Rows) -> Cells:
    """A loop over the data that splits every cell, an exact polyhedron of the Parma library."""
    from ppl import C_Polyhedron, Constraint_System, Linear_Expression

    dimension = len(rows[0])
    forms = [Linear_Expression(row, 0) for row in _integers(rows)]
    whole = C_Polyhedron(dimension, "universe")
    cells = [("", whole)]
    for form in forms:
        split = []
        for signs, cone in cells:
            for sign, side in (("+", form >= 0), ("-", form <= 0)):
                part = C_Polyhedron(cone)
                part.add_constraints(Constraint_System(side))
                # A cone has an interior exactly if no equation holds on it.
                if part.affine_dimension() == dimension:
                    split.append((signs + sign, part))
        cells = split
    return {signs for signs, _ in cells}


def cddlib(rows: Rows) -> Cells:
    """The loop over candidates with an exact linear program (cddlib, fractions) for each."""
    import cdd.gmp as cdd

    dimension = len(rows[0])

    def interior(signed: list[list[Fraction]]) -> bool:
        # The largest t <= 1 with s x . w >= t has t > 0 exactly if there is an interior.
        table = [[Fraction(0), *row, Fraction(-1)] for row in signed]
        table.append([Fraction(1), *[Fraction(0)] * dimension, Fraction(-1)])
        program = cdd.linprog_from_array(
            [*table, [Fraction(0)] * (dimension + 1) + [Fraction(1)]], obj_type=cdd.LPObjType.MAX
        )
        cdd.linprog_solve(program)
        return bool(program.obj_value > 0)

    return _by_candidates(rows, interior)


def highs(rows: Rows) -> Cells:
    """The loop over candidates with a float linear program (HiGHS) for each."""
    import highspy
    import numpy as np

    dimension = len(rows[0])
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    infinity = highspy.kHighsInf

    def interior(signed: list[list[Fraction]]) -> bool:
        solver.clearModel()
        lower = [-1.0] * dimension + [0.0]
        solver.addVars(dimension + 1, np.array(lower), np.ones(dimension + 1))
        solver.changeColCost(dimension, -1.0)
        indices = np.arange(dimension + 1, dtype=np.int32)
        for row in signed:
            floats = [float(x) for x in row]
            length = max(map(abs, floats)) or 1.0
            values = np.array([*(x / length for x in floats), -1.0])
            solver.addRow(0.0, infinity, dimension + 1, indices, values)
        solver.run()
        return -float(solver.getInfo().objective_function_value) > 1e-9

    return _by_candidates(rows, interior)


def relucent(rows: Rows) -> Cells:
    """relucent's breadth-first search on the slice, as a ReLU layer; float64, see its documents."""
    import torch
    from relucent import Complex

    weights, biases = _layer(rows)
    layer = torch.nn.Linear(len(weights[0]), len(weights)).double()
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weights, dtype=torch.float64))
        layer.bias.copy_(torch.tensor(biases, dtype=torch.float64))
    found = Complex(torch.nn.Sequential(layer, torch.nn.ReLU()))
    result = found.bfs(nworkers=1, verbose=0)
    if result.complete is False:
        raise RuntimeError("the search reports that it is not complete")
    return _doubled("".join(_SIGNS[s > 0] for s in cell.ss.ravel().tolist()) for cell in found)


def parx(rows: Rows) -> Cells:
    """parx's method exact_python on the slice, as a ReLU layer; float64, needs no Julia."""
    import numpy as np

    find = _parx_method()
    weights, biases = _layer(rows)
    start = np.array([0.0123456789, 0.0345678912, 0.0567891234, 0.078912345][: len(weights[0])])
    found = find([np.array(weights)], [np.array(biases)], start)
    return _doubled("".join(_SIGNS[bool(s)] for s in row) for row in found.patterns.tolist())


def polymake(rows: Rows) -> Cells:
    """polymake's chamber signatures of the central arrangement; exact."""
    import subprocess

    text = ",".join("[" + ",".join(map(str, row)) + "]" for row in _integers(_distinct(rows)))
    program = (
        f"my $a = new fan::HyperplaneArrangement(HYPERPLANES=>[{text}]);"
        'print join("\\n", map { join(" ", @$_) } @{$a->CHAMBER_DECOMPOSITION->RAYS}), "\\n--\\n";'
        'print join("\\n", map { join(" ", @$_) } @{$a->CHAMBER_DECOMPOSITION->MAXIMAL_CONES});'
    )
    run = subprocess.run(
        ["polymake", "--no-config", program], capture_output=True, text=True, check=True
    )
    rays, cones = run.stdout.split("--")
    points = [[Fraction(x) for x in line.split()] for line in rays.split("\n") if line.strip()]
    found = set()
    for line in filter(str.strip, cones.split("\n")):
        chosen = [points[int(i)] for i in line.strip("{} ").split()]
        found.add(_signs(rows, [sum(c, Fraction(0)) for c in zip(*chosen, strict=True)]))
    return found


PEERS: dict[str, Callable[[Rows], Cells]] = {
    "sage": sage,
    "ppl": ppl,
    "cddlib": cddlib,
    "highs": highs,
    "relucent": relucent,
    "parx": parx,
    "polymake": polymake,
}
"""The other programs, by name."""


def _by_candidates(rows: Rows, interior: Callable[[Rows], bool]) -> Cells:
    """Add one hyperplane after another; try both sides of each cell found so far."""
    cells: list[tuple[str, Rows]] = [("", [])]
    for row in rows:
        split = []
        for signs, signed in cells:
            for sign, factor in (("+", 1), ("-", -1)):
                candidate = [*signed, [factor * x for x in row]]
                if interior(candidate):
                    split.append((signs + sign, candidate))
        cells = split
    return {signs for signs, _ in cells}


def _parx_method() -> Callable[..., Any]:
    """The function behind ``method="exact_python"``.

    Importing parx asks for Julia, which this method does not use; the modules are loaded without
    the package's own start-up.
    """
    import importlib.util
    import sys
    import types

    if "parx" not in sys.modules:
        spec = importlib.util.find_spec("parx")
        if spec is None:
            raise ImportError("parx")
        package = types.ModuleType("parx")
        package.__path__ = list(spec.submodule_search_locations or [])
        sys.modules["parx"] = package
    from parx.methods import get_method

    method: Callable[..., Any] = get_method("exact_python")
    return method


def _layer(rows: Rows) -> tuple[list[list[float]], list[float]]:
    """Weights and biases of the affine arrangement on w_d = 1, the last row left out."""
    floats = [[float(x) for x in row] for row in rows[:-1]]
    return [row[:-1] for row in floats], [row[-1] for row in floats]


def _doubled(half: Any) -> Cells:
    """The cells from those on the slice w_d = 1: with the last sign, and their opposites."""
    above = {signs + "+" for signs in half}
    return above | {signs.translate(_OPPOSITE) for signs in above}


def _distinct(rows: Rows) -> Rows:
    """One row for each hyperplane (programs that take a set of hyperplanes would do this)."""
    seen: dict[tuple[Fraction, ...], list[Fraction]] = {}
    for row in rows:
        pivot = next(x for x in row if x)
        seen.setdefault(tuple(x / pivot for x in row), row)
    return list(seen.values())


def _integers(rows: Rows) -> list[list[int]]:
    from math import lcm

    result = []
    for row in rows:
        factor = lcm(*(x.denominator for x in row))
        result.append([int(x * factor) for x in row])
    return result


def _signs(rows: Rows, point: list[Fraction]) -> str:
    products = (sum(map(lambda a, b: a * b, row, point), Fraction(0)) for row in rows)
    return "".join(_SIGNS[value > 0] for value in products)
