"""The stationary configurations on one set of faces: least squares, kinks, strict feasibility."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from flint import fmpq, fmpz, fmpz_mat

from exactland.arithmetic.linear_programs import InteriorPoint, strict_sign_point
from exactland.arithmetic.rationals import ZERO
from exactland.landscape.atlas.faces import Face
from exactland.landscape.atlas.setting import Integers, Setting
from exactland.problem.network import Vector

ClassName = tuple[int, int]
"""A class: the index of its active face, and the sign of h."""


@dataclass(frozen=True, slots=True)
class Support:
    """A set of classes that carries stationary configurations: every neuron with h != 0 in one
    of them, none of them without a neuron.

    Attributes
    ----------
    freedom : int
        Dimension of the set of solutions beta (0: the function fixes the sum of h w in each class).
    flat : bool
        Psi vanishes identically: no neuron whatever can escape.
    """

    classes: tuple[ClassName, ...]
    loss: fmpq
    freedom: int
    flat: bool


@dataclass(frozen=True, slots=True)
class Solutions:
    """All least-squares solutions on given faces (repetitions allowed), in ray coordinates.

    ``start + kernel . t`` for all t; ``columns`` names the ray of each coordinate, ``owners`` the
    place of its face.  The residual ``residual / denominator`` is the same for all of them.
    """

    columns: tuple[int, ...]
    owners: tuple[int, ...]
    start: Vector
    kernel: tuple[Vector, ...]
    residual: Integers
    denominator: fmpz


def solve(setting: Setting, faces: Sequence[Face]) -> Solutions:
    """Return all least-squares solutions on the spans of the faces, and their common residual."""
    columns = [ray for face in faces for ray in face.basis]
    owners = [place for place, face in enumerate(faces) for _ in face.basis]
    if setting.constant is not None:
        columns.append(setting.constant)
        owners.append(len(faces))
    size, gram = len(columns), setting.gram
    if not size:
        residual = [-target for target in setting.targets]
        return Solutions((), (), (), (), residual, fmpz(1))
    rows = [[*(gram[row][column] for column in columns), setting.moments[row]] for row in columns]
    reduced, scale, _ = fmpz_mat(rows).rref()
    table = reduced.tolist()
    pivots = [next((j for j, entry in enumerate(row) if entry), None) for row in table]
    leading = [pivot for pivot in pivots if pivot is not None]
    start = [ZERO] * size
    for row, pivot in enumerate(leading):
        start[pivot] = fmpq(table[row][size], scale)
    kernel = []
    for free in range(size):
        if free not in leading:
            direction = [ZERO] * size
            direction[free] = fmpq(1)
            for row, pivot in enumerate(leading):
                direction[pivot] = fmpq(-table[row][free], scale)
            kernel.append(tuple(direction))
    denominator = fmpz(1)
    for value in start:
        denominator = denominator.lcm(value.q)
    numerators = [value.p * (denominator // value.q) for value in start]
    residual = residual_of(setting, columns, numerators, denominator)
    return Solutions(
        tuple(columns), tuple(owners), tuple(start), tuple(kernel), residual, denominator
    )


def residual_of(
    setting: Setting, columns: Sequence[int], numerators: Integers, denominator: fmpz
) -> Integers:
    """Return  sum_j numerators_j a_j - denominator * targets."""
    total = [-denominator * target for target in setting.targets]
    for column, factor in zip(columns, numerators, strict=True):
        if factor:
            atom = setting.columns[column]
            total = [value + factor * entry for value, entry in zip(total, atom, strict=True)]
    return total


def supports_on(setting: Setting, width: int, chosen: tuple[int, ...]) -> list[Support]:
    """Return the stationary supports of at most `width` classes whose faces are exactly `chosen`.

    References
    ----------
    Spec, section 8: the residual of the least-squares problem on the face spans is unique; the
    one-sided derivatives depend on it alone; then the solutions must meet the open cones.
    """
    faces = [setting.faces[index] for index in chosen]
    if len(chosen) == width:
        quick = _unique(setting, chosen, faces)
        if quick is not None:
            return quick
    solutions = solve(setting, faces)
    plus, minus = setting.ray_masks(solutions.residual)
    options: list[tuple[int, ...]] = []
    for index, face in zip(chosen, faces, strict=True):
        if any((plus | minus) >> ray & 1 for ray in face.basis):  # pragma: no cover
            raise ArithmeticError("a residual that is not orthogonal to a face")
        star = setting.stars[index]
        signs = tuple(s for s, wrong in ((1, minus), (-1, plus)) if not star & wrong)
        if not signs:
            return []
        options.append(signs)
    loss = setting.loss_of(solutions.residual, solutions.denominator)
    flat = not (plus | minus)
    found = []
    for classes in _sign_choices(setting, chosen, options, solutions):
        found.append(Support(classes, loss, len(solutions.kernel), flat))
    twice = [index for index, signs in zip(chosen, options, strict=True) if len(signs) == 2]
    for doubled in _subsets(twice, width - len(chosen)):
        found += _with_doubled(setting, chosen, options, doubled, loss, flat)
    return found


def _unique(
    setting: Setting, chosen: tuple[int, ...], faces: Sequence[Face]
) -> list[Support] | None:
    """The common case, fast: the solution is unique.  None where it is not."""
    columns = [ray for face in faces for ray in face.basis]
    if setting.constant is not None:
        columns.append(setting.constant)
    size, gram, moments = len(columns), setting.gram, setting.moments
    if size > setting.points:
        return None
    square = fmpz_mat(size, size, [gram[row][column] for row in columns for column in columns])
    try:
        solution = square.solve(fmpz_mat(size, 1, [moments[row] for row in columns]))
    except ZeroDivisionError:
        return None
    matrix, denominator = solution.numer_denom()
    numerators = matrix.entries()
    signs, place = [], 0
    for face in faces:
        part = numerators[place : place + face.dimension]
        sign = _sign_on(setting, face, part)
        if not sign:
            return []
        signs.append(sign)
        place += face.dimension
    residual = residual_of(setting, columns, numerators, denominator)
    plus, minus = setting.ray_masks(residual)
    for index, sign in zip(chosen, signs, strict=True):
        if setting.stars[index] & (minus if sign > 0 else plus):
            return []
    classes = tuple(zip(chosen, signs, strict=True))
    loss = setting.loss_of(residual, denominator)
    return [Support(classes, loss, 0, not (plus | minus))]


def _sign_on(setting: Setting, face: Face, coefficients: Sequence[fmpz]) -> int:
    """+1 if the combination of the face's basis is in the face, -1 if minus it is, else 0."""
    if len(face.rays) == face.dimension:
        if all(value > 0 for value in coefficients):
            return 1
        return -1 if all(value < 0 for value in coefficients) else 0
    found = 0
    for row in _facet_rows(setting, face):
        value = sum((c * e for c, e in zip(coefficients, row, strict=True)), fmpz(0))
        sign = 1 if value > 0 else -1 if value < 0 else 0
        if not sign or sign == -found:
            return 0
        found = sign
    return found


def _facet_rows(setting: Setting, face: Face) -> list[list[fmpz]]:
    """The face within its span: the coefficients of its basis with all these values positive.

    Row k is sign_k x_k . (basis rays), for one k out of those with equal rows.
    """
    known = setting.facet_rows
    if face.signs not in known:
        rows: dict[tuple[fmpz, ...], None] = {}
        if len(face.rays) == face.dimension:
            for place in range(face.dimension):
                rows[tuple(fmpz(int(place == other)) for other in range(face.dimension))] = None
        else:
            for k, sign in enumerate(face.signs):
                if sign != "0":
                    row = _heights(setting, face, k, 1 if sign == "+" else -1)
                    rows.setdefault(tuple(row))
        known[face.signs] = [list(row) for row in rows]
    return known[face.signs]


def _heights(setting: Setting, face: Face, k: int, sign: int) -> list[fmpz]:
    point = setting.landscape.loss.inputs[k]
    values = [
        sum((a * b for a, b in zip(setting.arrangement.rays[ray], point, strict=True)), ZERO)
        for ray in face.basis
    ]
    denominator = fmpz(1)
    for value in values:
        denominator = denominator.lcm(value.q)
    return [sign * value.p * (denominator // value.q) for value in values]


def _subsets(items: Sequence[int], size: int) -> Iterator[tuple[int, ...]]:
    for count in range(1, size + 1):
        yield from combinations(items, count)


def _with_doubled(
    setting: Setting,
    chosen: tuple[int, ...],
    options: Sequence[tuple[int, ...]],
    doubled: tuple[int, ...],
    loss: fmpq,
    flat: bool,
) -> Iterator[Support]:
    """Supports in which some faces carry both signs of h."""
    places: list[int] = []
    signs: list[tuple[int, ...]] = []
    for index, allowed in zip(chosen, options, strict=True):
        if index in doubled:
            places += [index, index]
            signs += [(1,), (-1,)]
        else:
            places.append(index)
            signs.append(allowed)
    solutions = solve(setting, [setting.faces[index] for index in places])
    for classes in _sign_choices(setting, places, signs, solutions):
        yield Support(classes, loss, len(solutions.kernel), flat)


def _sign_choices(
    setting: Setting,
    places: Sequence[int],
    options: Sequence[tuple[int, ...]],
    solutions: Solutions,
) -> Iterator[tuple[ClassName, ...]]:
    """Choices of one sign a face for which some solution lies in the open cones."""

    def extend(done: tuple[int, ...], rows: list[Vector]) -> Iterator[tuple[int, ...]]:
        if len(done) == len(places):
            yield done
            return
        for sign in options[len(done)]:
            more = rows + cone_rows(setting, places, solutions, len(done), sign)
            if strictly_feasible(more, solutions) is not None:
                yield from extend((*done, sign), more)

    for signs in extend((), []):
        yield tuple(zip(places, signs, strict=True))


def cone_rows(
    setting: Setting, places: Sequence[int], solutions: Solutions, place: int, sign: int
) -> list[Vector]:
    """Rows (a, b) such that the solution ``start + kernel . t`` is in the open cone of one class
    exactly if  a + b . t > 0  for all of them.
    """
    face = setting.faces[places[place]]
    own = [index for index, owner in enumerate(solutions.owners) if owner == place]
    rows = []
    for facet in _facet_rows(setting, face):
        row = []
        for vector in (solutions.start, *solutions.kernel):
            terms = (sign * f * vector[i] for f, i in zip(facet, own, strict=True))
            row.append(sum(terms, ZERO))
        rows.append(tuple(row))
    return rows


def strictly_feasible(rows: Sequence[Vector], solutions: Solutions) -> Vector | None:
    """Return t with  a + b . t > 0  for all rows (a, b), or None."""
    if not solutions.kernel:
        return () if all(row[0] > 0 for row in rows) else None
    if len(solutions.kernel) == 1:
        return _on_a_line(rows)
    homogeneous = (fmpq(1), *([ZERO] * len(solutions.kernel)))
    found = strict_sign_point([homogeneous, *rows])
    if not isinstance(found, InteriorPoint):
        return None
    return tuple(entry / found.point[0] for entry in found.point[1:])


def _on_a_line(rows: Sequence[Vector]) -> Vector | None:
    lower: fmpq | None = None
    upper: fmpq | None = None
    for constant, slope in rows:
        if not slope:
            if constant <= 0:
                return None
            continue
        bound = -constant / slope
        if slope > 0:
            lower = bound if lower is None else max(lower, bound)
        else:
            upper = bound if upper is None else min(upper, bound)
    if lower is None:
        return (ZERO if upper is None else upper - 1,)
    if upper is None:
        return (lower + 1,)
    return ((lower + upper) / 2,) if lower < upper else None
