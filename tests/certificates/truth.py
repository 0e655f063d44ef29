"""Is a claim true?  Recomputed from the definitions, without the package and without its witness.

For (augmented) input dimension 1 and 2, where the oracle can list every ray.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.differential.polynomials import Poly, add, mul
from tests.oracle import Oracle, dot
from tests.stationary_points import lower_nearby


def is_true(certificate: dict[str, Any]) -> bool:
    """Return whether the claim of a (well-formed) certificate is true."""
    claim, oracle = certificate["claim"], Oracle(certificate["problem"])
    return _DECIDERS[claim["kind"]](oracle, claim, certificate)


def _loss_value(oracle: Oracle, claim: dict[str, Any], _: Any) -> bool:
    return oracle.loss() == oracle.read(claim["loss"])


def _local_minimum(oracle: Oracle, claim: dict[str, Any], certificate: dict[str, Any]) -> bool:
    """The stated region is one on which the theorem gives L(Q) >= L(P), and holds the ball.

    Without a region: the point is stationary, and a search finds nothing lower nearby.
    """
    if "type" in claim:
        known = claim["type"] in ("type_1", "type_2_strict", "reduced_rank", "mixed")
        stationary = oracle.directionally_stationary()
        return known and stationary and lower_nearby(certificate["problem"], 0, 8) is None
    radius = oracle.read(claim["radius"])
    if radius <= 0 or not oracle.smooth_conditions():
        return False
    for i, neuron in enumerate(claim["region"]["neurons"]):
        signs = [(t > 0) - (t < 0) for t in (dot(oracle.w[i], row) for row in oracle.x)]
        if [{"+": 1, "0": 0, "-": -1}[c] for c in neuron["signs"]] != signs:
            return False
        for sign, row in zip(signs, oracle.x, strict=True):
            if sign and radius * sum(map(abs, row)) > abs(dot(oracle.w[i], row)):
                return False
        psi = [oracle.psi(i, v) for v in oracle.rays()]
        if neuron["output"] == "all":
            if any(any(value) for value in psi):
                return False
            continue
        spread = oracle.read(neuron["output"]["spread"])
        if spread <= 0 or radius > spread / oracle.outputs:
            return False
        for axis in range(oracle.outputs):
            for side in (spread, -spread):
                corner = [h + side * (j == axis) for j, h in enumerate(oracle.h[i])]
                if any(dot(corner, value) < 0 for value in psi):
                    return False
    return True


def _not_local_minimum(oracle: Oracle, _: dict[str, Any], certificate: dict[str, Any]) -> bool:
    """One output: the theorem decides.  Several: the loss falls along the witness's curve."""
    if oracle.outputs == 1:
        return not oracle.local_minimum_one_output()
    changes = _loss_along(oracle, certificate["witness"]["curve"])[1:]
    return next((a for a in changes if a), Fraction(0)) < 0


def _loss_along(oracle: Oracle, curve: dict[str, Any]) -> Poly:
    """The coefficients of the loss, divided by its scale, at small tau > 0 on a curve."""

    def moved(starts: list[Any], changes: list[Any] | None) -> list[Poly]:
        rows = changes or [[]] * len(starts)
        return [[a, *map(oracle.read, row)] for a, row in zip(starts, rows, strict=True)]

    parts = [curve.get("neurons", {}).get(str(i), {}) for i in range(len(oracle.w))]
    still: list[Any] = [[]] * (oracle.dimension - 1)
    inner = [[*part.get("w", still), part["b"]] if "b" in part else part.get("w") for part in parts]
    weights = [moved(w, change) for w, change in zip(oracle.w, inner, strict=True)]
    heights = [moved(h, part.get("v")) for h, part in zip(oracle.h, parts, strict=True)]
    bias = moved(oracle.c or [Fraction(0)] * oracle.outputs, curve.get("c"))
    total: Poly = []
    for row, target in zip(oracle.x, oracle.y, strict=True):
        errors = [add(c, [-t]) for c, t in zip(bias, target, strict=True)]
        for w, h in zip(weights, heights, strict=True):
            line = add(*(mul([x], a) for x, a in zip(row, w, strict=True)))
            positive = next((a for a in line if a), Fraction(0)) > 0
            value = mul([oracle.plus if positive else oracle.minus], line)
            errors = [add(e, mul(a, value)) for e, a in zip(errors, h, strict=True)]
        total = add(total, *(mul(e, e) for e in errors))
    return total


def _escape_neuron(oracle: Oracle, claim: dict[str, Any], _: Any) -> bool:
    return oracle.directionally_stationary() and claim["neuron"] in oracle.escape_neurons()


def _global_minimum(oracle: Oracle, _: dict[str, Any], __: Any) -> bool:
    sums: dict[tuple[Fraction, ...], list[Fraction]] = {}
    for row, errors in zip(oracle.x, oracle.residuals(), strict=True):
        group = sums.setdefault(tuple(row), [Fraction(0)] * oracle.outputs)
        group[:] = [a + b for a, b in zip(group, errors, strict=True)]
    return not any(any(group) for group in sums.values())


def _spurious(oracle: Oracle, claim: dict[str, Any], certificate: dict[str, Any]) -> bool:
    minimum, _, better = certificate["witness"]["parts"]
    other = Oracle(better["problem"])
    return (
        is_true(minimum)
        and _data(Oracle(minimum["problem"])) == _data(oracle)
        and oracle.loss() == oracle.read(claim["loss"])
        and other.loss() == other.read(claim["better_loss"]) < oracle.loss()
        and (other.x, other.y, other.scale) == (oracle.x, oracle.y, oracle.scale)
        and len(other.w) == len(oracle.w)
    )


def _data(oracle: Oracle) -> dict[str, Any]:
    return {key: value for key, value in oracle.__dict__.items() if key != "read"}


def _cell_global_minimum(oracle: Oracle, claim: dict[str, Any], _: Any) -> bool:
    """In the cell, and the derivatives with the cell's slopes vanish (a least-squares optimum)."""
    return in_cell(oracle, claim["cell"]) and in_cell_stationary(oracle, claim["cell"])


def in_cell(oracle: Oracle, cell: list[str]) -> bool:
    return all(
        dot(weight, row) * (1 if side == "+" else -1) >= 0
        for weight, sides in zip(oracle.w, cell, strict=True)
        for row, side in zip(oracle.x, sides, strict=True)
    )


def in_cell_stationary(oracle: Oracle, cell: list[str]) -> bool:
    errors = oracle.residuals()
    if oracle.c is not None and any(sum(column) for column in zip(*errors, strict=True)):
        return False
    for sides in cell:
        slopes = [oracle.plus if side == "+" else oracle.minus for side in sides]
        for output in range(oracle.outputs):
            for axis in range(oracle.dimension):
                terms = zip(errors, slopes, oracle.x, strict=True)
                if sum(e[output] * slope * row[axis] for e, slope, row in terms):
                    return False
    return True


def own_cell(oracle: Oracle) -> list[str] | None:
    """The open cell of the network, None where it is on a boundary (zero data count as +)."""
    cell = []
    for weight in oracle.w:
        values = [dot(weight, row) for row in oracle.x]
        if any(not t and any(row) for t, row in zip(values, oracle.x, strict=True)):
            return None
        cell.append("".join("-" if t < 0 else "+" for t in values))
    return cell


def _cell_valley_dimension(oracle: Oracle, claim: dict[str, Any], _: Any) -> bool:
    """Parameters minus the rank of the Jacobian, by exact unit differences in each parameter."""
    cell = own_cell(oracle)
    if cell is None or oracle.outputs != 1 or not all(h[0] for h in oracle.h):
        return False
    if not in_cell_stationary(oracle, cell):
        return False

    def predictions(w: Any, h: Any, c: Any) -> list[Fraction]:
        found = []
        for k, row in enumerate(oracle.x):
            total = c[0]
            for weight, height, sides in zip(w, h, cell, strict=True):
                slope = oracle.plus if sides[k] == "+" else oracle.minus
                total += height[0] * slope * dot(weight, row)
            found.append(total)
        return found

    constant = oracle.c if oracle.c is not None else [Fraction(0)]
    base, moved = predictions(oracle.w, oracle.h, constant), []
    for i in range(len(oracle.w)):
        for axis in range(oracle.dimension):
            w = [list(row) for row in oracle.w]
            w[i][axis] += 1
            moved.append(predictions(w, oracle.h, constant))
        h = [list(row) for row in oracle.h]
        h[i][0] += 1
        moved.append(predictions(oracle.w, h, constant))
    if oracle.c is not None:
        moved.append(predictions(oracle.w, oracle.h, [constant[0] + 1]))
    jacobian = [[a - b for a, b in zip(row, base, strict=True)] for row in moved]
    return len(moved) - rank(jacobian) == int(claim["dimension"])


def rank(rows: list[list[Fraction]]) -> int:
    rows, found = [list(row) for row in rows], 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((row for row in rows[found:] if row[column]), None)
        if pivot is not None:
            rows.remove(pivot)
            rows.insert(found, pivot)
            for i in range(found + 1, len(rows)):
                factor = rows[i][column] / pivot[column]
                rows[i] = [a - factor * b for a, b in zip(rows[i], pivot, strict=True)]
            found += 1
    return found


def _two_components(oracle: Oracle, _: dict[str, Any], __: Any) -> bool:
    """The argument of the spec: beta is unique, not 0, and outside the cell and its negative."""
    cell = own_cell(oracle)
    if cell is None or len(cell) != 2 or cell[0] != cell[1] or oracle.outputs != 1:
        return False
    if oracle.c is not None or not in_cell_stationary(oracle, cell):
        return False
    masked = [
        [(oracle.plus if side == "+" else oracle.minus) * a for a in row]
        for row, side in zip(oracle.x, cell[0], strict=True)
    ]
    if rank(masked) < oracle.dimension:
        return False
    beta = [
        oracle.h[0][0] * a + oracle.h[1][0] * b
        for a, b in zip(oracle.w[0], oracle.w[1], strict=True)
    ]
    heights = [
        dot(beta, row) if side == "+" else -dot(beta, row)
        for row, side in zip(oracle.x, cell[0], strict=True)
        if any(row)
    ]
    return any(beta) and not min(heights) > 0 and not max(heights) < 0


_DECIDERS = {
    "cell_global_minimum": _cell_global_minimum,
    "cell_valley_dimension": _cell_valley_dimension,
    "two_components_in_cell": _two_components,
    "loss_value": _loss_value,
    "directionally_stationary": lambda oracle, *_: oracle.directionally_stationary(),
    "not_directionally_stationary": lambda oracle, *_: not oracle.directionally_stationary(),
    "clarke_stationary": lambda oracle, *_: oracle.clarke_stationary(),
    "not_clarke_stationary": lambda oracle, *_: not oracle.clarke_stationary(),
    "local_minimum": _local_minimum,
    "not_local_minimum": _not_local_minimum,
    "escape_neuron": _escape_neuron,
    "global_minimum": _global_minimum,
    "spurious_local_minimum": _spurious,
}
