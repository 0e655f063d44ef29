"""The problem of a certificate over a number field as Rocq terms: field, data, network, root."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flint import fmpq, fmpq_poly, fmpz

from exactland.arithmetic.number_fields import (
    NumberField,
    RealAlgebraic,
    element_from_json,
    field_from_json,
)
from exactland.arithmetic.ordered import Scalar, simplify
from exactland.arithmetic.polynomials import narrow
from exactland.arithmetic.rationals import parse_rational
from exactland.certificates.rocq import terms
from exactland.errors import InputError, UnsupportedError
from exactland.problem.files import problem_from_json
from exactland.problem.losses import Problem

PRECISIONS = (64, 256, 1024, 4096, 8192)
"""Bits to which the root is enclosed: the first two, and as many as long numbers may need."""


@dataclass(frozen=True, slots=True)
class FieldPoint:
    """A problem whose numbers lie in a number field.

    Attributes
    ----------
    field : the field.
    minpoly : its polynomial as the file has it, lowest coefficient first, perhaps not monic.
    problem : the problem.
    """

    field: NumberField
    minpoly: tuple[fmpq, ...]
    problem: Problem

    @property
    def width(self) -> int:
        """The number of neurons."""
        return len(self.problem.network.input_weights)

    @property
    def inputs(self) -> int:
        """The length of a datum."""
        return len(self.problem.loss.inputs[0])

    @property
    def outputs(self) -> int:
        """The number of outputs."""
        return len(self.problem.loss.targets[0])

    @property
    def hidden_biases(self) -> bool:
        """Whether b is a parameter."""
        return self.problem.network.hidden_biases is not None

    @property
    def output_bias(self) -> bool:
        """Whether c is a parameter."""
        return self.problem.network.output_bias is not None

    @property
    def dimension(self) -> int:
        """The length of an input weight with its bias."""
        return self.inputs + self.hidden_biases

    def number(self, value: Any, where: str = "witness") -> str:
        """Return a number of the certificate as a term."""
        return literal(element_from_json(value, self.field, where))

    def shown(self, value: Any) -> str:
        """Return a number of the claim as it stands in a sentence."""
        return terms.shown(simplify(element_from_json(value, self.field, "claim")))

    def vector(self, values: Any, length: int, where: str = "witness") -> str:
        """Return a vector of the certificate as a term, refusing another length."""
        if not isinstance(values, list | tuple) or len(values) != length:
            raise InputError(where, f"must be a list of {length} numbers")
        return "[" + "; ".join(self.number(value, where) for value in values) + "]"

    def multipliers(self, obj: Any) -> str:
        """Return the multipliers of data as a term."""
        if not isinstance(obj, Mapping):
            raise InputError("witness", "multipliers must be an object")
        parts = [f"times {terms.index(key)} {self.number(value)}" for key, value in obj.items()]
        return "[" + "; ".join(parts) + "]"


def declared_field(problem: Mapping[str, Any]) -> bool:
    """Whether a problem declares a number field of degree two or more."""
    declared = problem.get("field")
    return isinstance(declared, Mapping) and len(declared.get("minpoly", ())) > 2


def field_point(problem: Any, field: Any) -> FieldPoint:
    """Read an exactland-problem/1 object over a field, its own or that of a problem beside it.

    Raises
    ------
    UnsupportedError
        If the problem declares another field, or is not about an empirical loss.
    InputError
        If field or problem is malformed.
    """
    number_field = field_from_json(field, "problem.field")
    declared = problem.get("field")
    if declared is not None and field_from_json(declared, "problem.field") != number_field:
        raise UnsupportedError("problem.field", "the parts are over different fields")
    parsed = problem_from_json(problem)
    if not isinstance(parsed, Problem):
        raise UnsupportedError("problem.loss", "the formal development covers the empirical loss")
    minpoly = (parse_rational(entry, "problem.field.minpoly") for entry in field["minpoly"])
    return FieldPoint(number_field, tuple(minpoly), parsed)


def literal(value: Scalar) -> str:
    """Return a number of a field as a list of coefficients.

    Examples
    --------
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> literal(1 - sqrt_field(fmpq(5)).generator / 2), literal(fmpq(0))
    ('[1; (-1#2)]', '[0]')
    """
    coefficients = list(value.coefficients) if isinstance(value, RealAlgebraic) else [fmpq(value)]
    while len(coefficients) > 1 and coefficients[-1] == 0:
        coefficients.pop()
    return terms.vector(terms.rational_entry(entry) for entry in coefficients)


def vector_term(values: Iterable[Scalar]) -> str:
    """Return a vector of numbers of a field."""
    return "[" + "; ".join(map(literal, values)) + "]"


def _matrix(rows: Iterable[Iterable[Scalar]]) -> str:
    return terms.items(map(vector_term, rows))


def field_definition(point: FieldPoint, name: str) -> str:
    """Define the field, in words and as a term."""
    lower, upper = (terms.rational(terms.rational_entry(end)) for end in point.field.interval)
    entries = [terms.rational_entry(entry) for entry in point.minpoly]
    return (
        f"(** The field Q(alpha): alpha is the root of {polynomial_text(point.minpoly)} between "
        f"{point.field.interval[0]} and {point.field.interval[1]}.\n"
        "    The number [a; b; c] is a + b alpha + c alpha^2. *)\n"
        f"Definition {name} : field := {{|\n"
        f"  minimal_polynomial := {terms.vector(entries)};\n"
        f"  root_between := ({lower}, {upper}) |}}.\n"
    )


def polynomial_text(coefficients: Iterable[fmpq]) -> str:
    """Return a polynomial in X, highest power first.

    Examples
    --------
    >>> polynomial_text([fmpq(-5), fmpq(0), fmpq(1)]), polynomial_text([fmpq(1, 2), fmpq(-3)])
    ('X^2 - 5', '-3 X + 1/2')
    """
    parts: list[str] = []
    for power, c in reversed(list(enumerate(coefficients))):
        if c != 0:
            name = ("", "X")[power] if power < 2 else f"X^{power}"
            size = " ".join(filter(None, [str(abs(c)) if abs(c) != 1 or not name else "", name]))
            sign = ("-" if c < 0 else "") if not parts else (" - " if c < 0 else " + ")
            parts.append(sign + size)
    return "".join(parts)


def setting_definition(point: FieldPoint, name: str) -> str:
    """Define the data and the loss."""
    network, loss = point.problem.network, point.problem.loss
    slopes = (network.activation.alpha_plus, network.activation.alpha_minus)
    return f"""Definition {name} : field_setting := {{|
  activation_slopes := ({literal(slopes[0])}, {literal(slopes[1])});
  with_hidden_biases := {str(point.hidden_biases).lower()};
  with_output_bias := {str(point.output_bias).lower()};
  input_dimension := {point.inputs};
  output_dimension := {point.outputs};
  data_x :=
    {_matrix(loss.inputs)};
  data_y :=
    {_matrix(loss.targets)};
  loss_scale := {literal(loss.scale)} |}}."""


def network_definition(point: FieldPoint, name: str) -> str:
    """Define the network."""
    network = point.problem.network
    return f"""Definition {name} : field_parameters := {{|
  par_w :=
    {_matrix(network.input_weights)};
  par_b := {vector_term(network.hidden_biases or ())};
  par_v :=
    {_matrix(network.output_weights)};
  par_c := {vector_term(network.output_bias or ())} |}}."""


def classes_definition(point: FieldPoint, name: str) -> str:
    """Define, for each datum, the first datum that it is a multiple of, and the factor."""
    first: dict[tuple[Scalar, ...], tuple[int, Scalar]] = {}
    data = []
    for k, row in enumerate(point.problem.loss.inputs):
        entries = [*row, fmpq(1)] if point.hidden_biases else list(row)
        lead = next((entry for entry in entries if entry != 0), None)
        if lead is None:
            data.append(f"multiple {k} [0]")
            continue
        direction = tuple(simplify(entry / lead) for entry in entries)
        q, length = first.setdefault(direction, (k, lead))
        data.append(f"multiple {q} {literal(simplify(lead / length))}")
    return f"Definition {name} : list (nat * number) :=\n  [{'; '.join(data)}]."


def root_definition(point: FieldPoint, name: str, digits: int) -> str:
    """Define rational numbers around the root, closer and closer.

    Parameters
    ----------
    digits : the length of the longest number of the certificate.
    """
    lower, upper = point.field.interval
    minpoly = fmpq_poly(list(point.minpoly))
    found, needed = [], max(PRECISIONS[1], 4 * digits * point.field.degree)
    for bits, before in zip(PRECISIONS, (0, *PRECISIONS), strict=False):
        if before >= needed:
            break
        unit = fmpz(2) ** bits
        width = fmpq(1, 4 * unit)
        start, end = narrow(minpoly, lower, upper, width)
        while (low := (start * unit).floor()) != (end * unit).floor():
            width /= unit  # the root is next to a multiple of the unit
            start, end = narrow(minpoly, start, end, width)
        if fmpq(low, unit) >= lower and fmpq(low + 1, unit) <= upper:
            found.append(f"near {bits} {terms.integer(int(low))}")
    return f"Definition {name} : enclosures :=\n  {terms.items(found, '  ')}."
