"""The last resort for tiny blocks: an SMT solver for nonlinear real arithmetic (extra ``smt``).

The solver is asked for a point at which the quartic form of the kernel is negative.  Its answer is
only a proposal: the point is rounded to rationals and the form evaluated exactly.  A limit on its
resources, not a clock, ends the search, so that the answer is the same on every machine.
"""

from __future__ import annotations

from typing import Any, Final

from flint import fmpq

from exactland.arithmetic.ordered import Scalar, as_rational, sign
from exactland.landscape.several_outputs.higher_order import Quartic
from exactland.problem.network import Vector

MAX_UNKNOWNS: Final = 6
"""Dimension of the kernel up to which the solver is asked."""
RESOURCES: Final = 3_000_000
"""The solver's own units; some seconds."""
DIGITS: Final = (2, 6, 15, 40)
"""Decimals to which an algebraic value is rounded, until the form is negative there."""


def negative_point(quartic: Quartic) -> Vector | str:
    """Return k with a negative value of the quartic form (exact), or what the solver said.

    Examples
    --------
    >>> one = (fmpq(1),)
    >>> form = Quartic((one,), ((0, 0),), ((fmpq(1),),), (one,))
    >>> negative_point(form).startswith("SMT solver")
    True
    """
    size = len(quartic.kernel)
    if not 0 < size <= MAX_UNKNOWNS:
        return f"SMT solver: not asked about {size} unknowns (limit {MAX_UNKNOWNS})"
    plain = [[as_rational(entry) for entry in row] for row in quartic.gram]
    if any(entry is None for row in plain for entry in row):
        return "SMT solver: not asked about a number field"
    try:
        import z3
    except ImportError:
        return "SMT solver: none installed (extra smt)"
    unknowns = [z3.Real(f"k{place}") for place in range(size)]
    products = [unknowns[a] * unknowns[b] for a, b in quartic.pairs]
    total = z3.Sum(
        [
            z3.Q(int(entry.p), int(entry.q)) * products[i] * products[j]
            for i, row in enumerate(plain)
            for j, entry in enumerate(row)
            if entry
        ]
    )
    solver = z3.SolverFor("QF_NRA")
    solver.set("rlimit", RESOURCES)
    solver.add(total < 0)
    answer = solver.check()
    if answer == z3.unsat:
        return "SMT solver: the fourth order is nowhere negative on the kernel"
    if answer != z3.sat:
        return "SMT solver: no answer within its resources"
    model = solver.model()
    for digits in DIGITS:
        k = tuple(_rounded(model.eval(unknown, True), digits) for unknown in unknowns)
        if sign(quartic.value(k)) < 0:
            return k
    return "SMT solver: a negative point that its roundings do not confirm"


def _rounded(value: Any, digits: int) -> Scalar:
    """Return a rational near an algebraic value of the solver, and a rational one as it is."""
    import z3

    if z3.is_algebraic_value(value):
        value = value.approx(digits)
    return fmpq(int(value.numerator_as_long()), int(value.denominator_as_long()))
