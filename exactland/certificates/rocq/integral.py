"""Claims about an integral loss as Rocq text: data, claim, check, witness."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from exactland.certificates.rocq import terms
from exactland.certificates.rocq.statement import Claim, Statement
from exactland.errors import InputError, UnsupportedError
from exactland.problem.activations import ReluLike
from exactland.problem.files import problem_from_json
from exactland.problem.integral import IntegralProblem

HEADER = "From Exactland Require Import IntegralCertificates.\nLocal Open Scope Q_scope.\n"
MAX_DEPTH = 12
"""How often an interval is halved to show that the density is not negative."""
_POINT = "the_data the_network"
Values = dict[str, Fraction]


@dataclass(frozen=True, slots=True)
class ScalarPoint:
    """An integral problem with `Fraction` entries; `b` and `c` are None where absent."""

    slopes: tuple[Fraction, Fraction]
    interval: tuple[Fraction, Fraction]
    target: list[Fraction]
    weight: list[Fraction]
    scale: Fraction
    w: list[Fraction]
    b: list[Fraction] | None
    v: list[Fraction]
    c: Fraction | None

    @property
    def biases(self) -> list[Fraction]:
        """The hidden biases, zero where they are absent."""
        return [Fraction(0)] * len(self.w) if self.b is None else self.b

    def degenerate(self, j: int) -> bool:
        """Whether w_j = b_j = 0."""
        return self.w[j] == 0 and self.biases[j] == 0

    @property
    def loose(self) -> bool:
        """Whether some neuron has w_j = b_j = 0 and v_j != 0."""
        return any(self.degenerate(j) and v != 0 for j, v in enumerate(self.v))


def integral_statement(certificate: Mapping[str, Any]) -> Statement:
    """Return the statement of a certificate whose claim is in `INTEGRAL_CLAIMS`.

    Raises
    ------
    UnsupportedError
        If the numbers are algebraic, the activation is quadratic, or the case of the claim is one
        that the formal development does not cover.
    """
    claim = certificate["claim"]
    point = _read(certificate["problem"])
    made = _CLAIMS[claim["kind"]](point, claim, certificate["witness"], certificate)
    return made.about(
        HEADER,
        (
            "(** The data, and the loss  int (f(x) - target(x))^2 scale * weight(x) dx. *)",
            _setting(point),
            "\n(** The network  f(x) = c + sum_j v_j rho(w_j x + b_j), a point. *)",
            _network(point, "the_network"),
        ),
    )


def _read(problem: Any) -> ScalarPoint:
    parsed = problem_from_json(problem)
    if not isinstance(parsed, IntegralProblem):
        raise InputError("problem.loss", "is not an integral loss")
    activation = parsed.network.activation
    if not isinstance(activation, ReluLike):
        message = "the formal development covers activations with two slopes, not this one"
        raise UnsupportedError("problem.network.activation", message)
    loss, point, entry = parsed.loss, parsed.parameters, terms.rational_entry
    return ScalarPoint(
        (entry(activation.alpha_plus), entry(activation.alpha_minus)),
        (entry(loss.interval[0]), entry(loss.interval[1])),
        [entry(a) for a in loss.target],
        [entry(a) for a in loss.weight],
        entry(loss.scale),
        [entry(a) for a in point.w],
        [entry(a) for a in point.b] if parsed.has_hidden_biases else None,
        [entry(a) for a in point.v],
        entry(point.c) if parsed.has_output_bias else None,
    )


def _setting(point: ScalarPoint) -> str:
    return f"""Definition the_data : integral_setting := {{|
  slopes := ({terms.rational(point.slopes[0])}, {terms.rational(point.slopes[1])});
  interval := ({terms.rational(point.interval[0])}, {terms.rational(point.interval[1])});
  target_polynomial := {terms.vector(point.target)};
  weight_polynomial := {terms.vector(point.weight)};
  integral_scale := {terms.rational(point.scale)};
  biases_are_parameters := {_truth(point.b is not None)};
  shift_is_parameter := {_truth(point.c is not None)} |}}."""


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _network(point: ScalarPoint, name: str) -> str:
    return _parameters(name, point.w, point.b or [], point.v, point.c or Fraction(0))


def _parameters(
    name: str, w: Sequence[Fraction], b: Sequence[Fraction], v: Sequence[Fraction], c: Fraction
) -> str:
    return f"""Definition {name} : scalar_parameters := {{|
  weights := {terms.vector(w)};
  biases := {terms.vector(b)};
  heights := {terms.vector(v)};
  output_shift := {terms.rational(c)} |}}."""


def _cuts(point: ScalarPoint, direction: Values | None = None) -> str:
    """Return the breakpoints inside the interval and its end.

    With a direction, also the places where a neuron that leaves w = b = 0 gets its breakpoint.
    """
    start, end = point.interval
    found = {-b / w for w, b in zip(point.w, point.biases, strict=True) if w != 0}
    for j in range(len(point.w)):
        dw = (direction or {}).get(f"w{j}", Fraction(0))
        if point.degenerate(j) and dw != 0:
            found.add(-(direction or {}).get(f"b{j}", Fraction(0)) / dw)
    return terms.vector([*sorted(x for x in found if start < x < end), end])


def _direction(values: Any, point: ScalarPoint, name: str) -> tuple[Values, str]:
    """Read an object with names of coordinates as keys; return it, and its definition."""
    width = len(point.w)
    names = [
        f"{block}{j}" for block in ("wbv" if point.b is not None else "wv") for j in range(width)
    ]
    names += ["c"] if point.c is not None else []
    if not isinstance(values, Mapping) or not values.keys() <= set(names):
        raise InputError("witness", f"{name.replace('the_', '')} has an unknown coordinate")
    found = {key: terms.number(value) for key, value in values.items()}

    def block(letter: str) -> list[Fraction]:
        return [found.get(f"{letter}{j}", Fraction(0)) for j in range(width)]

    biases = block("b") if point.b is not None else []
    text = _parameters(name, block("w"), biases, block("v"), found.get("c", Fraction(0)))
    return found, text


def _defined_cuts(name: str, cuts: str) -> str:
    return f"Definition {name} : list Q := {cuts}."


def _loss_value(point: ScalarPoint, claim: Any, _: Any, __: Any) -> Claim:
    value = terms.rational(terms.number(claim["loss"], "claim.loss"))
    return Claim(
        f"the loss at the network is {terms.shown(claim['loss'])}.",
        f"integral_loss_is {_POINT} {value}",
        f"check_integral_loss {_POINT} the_cuts {value}",
        witness_definitions=(_defined_cuts("the_cuts", _cuts(point)),),
    )


def _sense(claim: Any, *senses: str) -> str:
    sense = str(claim["sense"])
    if sense not in senses:
        raise UnsupportedError(
            "claim.sense", f"the formal development does not cover the sense {sense[:40]!a}"
        )
    return sense


def _refuse_loose(point: ScalarPoint) -> None:
    if point.loose:
        message = "a neuron has w = b = 0 and v != 0: the formal development does not cover this"
        raise UnsupportedError("problem.network", message)


def _stationary(point: ScalarPoint, claim: Any, witness: Any, _: Any) -> Claim:
    sense = _sense(claim, "classical", "directional", "clarke")
    _refuse_loose(point)
    if sense == "clarke" and witness != {"neurons": {}}:
        raise InputError("witness.neurons", "must be empty: no neuron has w = b = 0 and v != 0")
    words, proposition, theorem = {
        "classical": (
            "the loss is differentiable at the network, and its gradient there is zero.",
            "integral_is_critical",
            "check_integral_critical_sound",
        ),
        "directional": (
            "no one-sided directional derivative of the loss at the network is negative.",
            "integral_is_stationary",
            "check_integral_stationary_sound",
        ),
        "clarke": (
            "zero lies in the Clarke subdifferential of the loss at the network.",
            "integral_is_clarke_stationary",
            "check_integral_clarke_sound",
        ),
    }[sense]
    return Claim(
        words,
        f"{proposition} {_POINT}",
        f"check_integral_critical {_POINT} the_cuts",
        witness_definitions=(_defined_cuts("the_cuts", _cuts(point)),),
        theorem=theorem,
    )


def _not_stationary(point: ScalarPoint, claim: Any, witness: Any, _: Any) -> Claim:
    sense = _sense(claim, "classical", "directional")
    found, text = _direction(witness["direction"], point, "the_direction")
    words, name = {
        "classical": (
            "the loss is not differentiable at the network, or its gradient there is not zero.",
            "not_critical",
        ),
        "directional": (
            "some one-sided directional derivative of the loss at the network is negative.",
            "not_stationary",
        ),
    }[sense]
    return Claim(
        words,
        f"integral_is_{name} {_POINT}",
        f"check_integral_{name} {_POINT} the_direction the_cuts",
        witness_definitions=(text, _defined_cuts("the_cuts", _cuts(point, found))),
    )


def _saddle(point: ScalarPoint, _: Any, witness: Any, certificate: Mapping[str, Any]) -> Claim:
    _refuse_loose(point)
    definitions = [_defined_cuts("the_cuts", _cuts(point))]
    for role in ("descent", "ascent"):
        if _order(certificate["problem"], witness[role]) > 2:
            message = (
                f"the {role} is of third order: the formal development covers first and second"
            )
            raise UnsupportedError(f"witness.{role}", message)
        found, text = _direction(witness[role], point, f"the_{role}")
        definitions += [text, _defined_cuts(f"the_{role}_cuts", _cuts(point, found))]
    return Claim(
        "the network is a saddle: it is directionally stationary, and neither a local minimum nor"
        "\n    a local maximum of the loss.",
        f"integral_is_saddle {_POINT}",
        f"check_integral_saddle {_POINT} the_cuts the_descent the_descent_cuts "
        "the_ascent the_ascent_cuts",
        witness_definitions=tuple(definitions),
    )


def _order(problem: Any, direction: Any) -> int:
    """Return the order of the leading term along a direction; 3 stands for all that is beyond 2."""
    from exactland.checker.integral_functional import evaluate_point
    from exactland.checker.integral_problem import read_integral_problem
    from exactland.checker.integral_rays import expand, read_direction
    from exactland.checker.limits import Meter
    from exactland.checker.outcome import Failure
    from exactland.checker.reader import Field, normalise

    try:
        read = read_integral_problem(Field(normalise(problem), "problem", Meter()))
        ray = read_direction(Field(normalise(direction), "witness", Meter()), read)
        expansion = expand(evaluate_point(read), ray)
        signs = [expansion.first.sign(), expansion.second.sign()]
    except Failure as failure:
        raise InputError(failure.where, failure.why) from None
    return next((order for order, sign in enumerate(signs, start=1) if sign != 0), 3)


def _local_minimum(point: ScalarPoint, _: Any, witness: Any, __: Any) -> Claim:
    if witness:
        message = "minima by the inertia of the Hessian are not covered by the formal development"
        raise UnsupportedError("witness", message)
    return Claim(
        "the network is a local minimum of the loss.",
        f"integral_is_local_minimum {_POINT}",
        f"check_integral_local_minimum {_POINT} {density_depth(point)}",
    )


def _global_minimum(point: ScalarPoint, _: Any, __: Any, ___: Any) -> Claim:
    return Claim(
        "the network is a global minimum: no network of the same shape has a lower loss.",
        f"integral_is_global_minimum {_POINT}",
        f"check_integral_global_minimum {_POINT} {density_depth(point)} the_cuts",
        witness_definitions=(_defined_cuts("the_cuts", _cuts(point)),),
    )


def _spurious(point: ScalarPoint, claim: Any, _: Any, certificate: Mapping[str, Any]) -> Claim:
    minimum, value, other = certificate["witness"]["parts"]
    kinds = [part["claim"]["kind"] for part in (minimum, value, other)]
    if kinds != ["local_minimum", "loss_value", "loss_value"]:
        raise InputError("witness.parts", "are not a local minimum and two values of the loss")
    better = _read(other["problem"])
    here, there = (terms.number(claim[key], key) for key in ("loss", "better_loss"))
    stated = [terms.number(part["claim"]["loss"], "loss") for part in (value, other)]
    same = _read(minimum["problem"]) == point == _read(value["problem"])
    if not same or _landscape(better) != _landscape(point) or stated != [here, there]:
        raise InputError("witness.parts", "do not belong to this certificate")
    _local_minimum(point, minimum["claim"], minimum["witness"], minimum)
    return Claim(
        "the network is a local minimum of the loss, and another network of the same shape has a"
        "\n    lower loss.",
        f"integral_is_spurious {_POINT} {terms.rational(here)} better_network "
        f"{terms.rational(there)}",
        f"check_integral_spurious {_POINT} {density_depth(point)} the_cuts {terms.rational(here)} "
        f"better_network better_cuts {terms.rational(there)}",
        claim_definitions=(_network(better, "better_network"),),
        witness_definitions=(
            _defined_cuts("the_cuts", _cuts(point)),
            _defined_cuts("better_cuts", _cuts(better)),
        ),
    )


def _landscape(point: ScalarPoint) -> tuple[object, ...]:
    shape = (len(point.w), point.b is None, point.c is None)
    return point.slopes, point.interval, point.target, point.weight, point.scale, shape


def density_depth(point: ScalarPoint) -> int:
    """Return how often the interval is halved to show that the density is not negative.

    This is the search that `nonnegative_on` of the formal development repeats without searching.
    """

    def depth(start: Fraction, end: Fraction, left: int) -> int:
        if left == 0 or _lower_bound(_shifted(point.weight, start), end - start) >= 0:
            return 0
        middle = (start + end) / 2
        return 1 + max(depth(start, middle, left - 1), depth(middle, end, left - 1))

    return depth(*point.interval, MAX_DEPTH)


def _shifted(polynomial: Sequence[Fraction], place: Fraction) -> list[Fraction]:
    """Return the coefficients of f(place + z) in z."""
    result: list[Fraction] = []
    for coefficient in reversed(polynomial):
        times_z = [Fraction(0), *result]
        result = [a + place * b for a, b in zip(times_z, [*result, Fraction(0)], strict=True)]
        result[0] += coefficient
    return result


def _lower_bound(polynomial: Sequence[Fraction], length: Fraction) -> Fraction:
    """Return a lower bound on [0, length], by Horner's scheme."""
    bound = Fraction(0)
    for coefficient in reversed(polynomial):
        bound = coefficient + min(Fraction(0), length * bound)
    return bound


_CLAIMS: dict[str, Callable[[ScalarPoint, Any, Any, Mapping[str, Any]], Claim]] = {
    "loss_value": _loss_value,
    "stationary": _stationary,
    "not_stationary": _not_stationary,
    "saddle": _saddle,
    "local_minimum": _local_minimum,
    "global_minimum": _global_minimum,
    "spurious_local_minimum": _spurious,
}

INTEGRAL_CLAIMS = frozenset(_CLAIMS)
"""The kinds of claims about an integral loss that the formal development covers."""
