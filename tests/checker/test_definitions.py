"""The checker's numbers are those of the definitions, on small degenerate problems."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from exactland.checker import check_certificate
from exactland.checker.fields import rational
from exactland.checker.functional import derive, evaluate, loss
from exactland.checker.limits import Meter
from exactland.checker.numbers import clear
from exactland.checker.problem import read_empirical_problem
from exactland.checker.reader import Field, normalise
from tests.checker import slow_definitions as slow
from tests.checker.examples import Json, certificate

# Few values, so that zero rows, repeated, opposite and parallel rows and zero neurons are common.
NUMBERS = st.sampled_from(["0", "0", "1", "-1", "2", "-2", "1/2", "-1/3", "0.75"])
ACTIVATIONS = st.sampled_from(
    [
        {"kind": "relu"},
        {"kind": "abs"},
        {"kind": "identity"},
        {"kind": "leaky_relu", "slope": "1/4"},
        {"kind": "relu_like", "alpha_plus": "-1/2", "alpha_minus": "3"},
    ]
)
SLOPES: dict[str, tuple[Fraction, Fraction]] = {
    "relu": (Fraction(1), Fraction(0)),
    "abs": (Fraction(1), Fraction(-1)),
    "identity": (Fraction(1), Fraction(1)),
    "leaky_relu": (Fraction(1), Fraction(1, 4)),
    "relu_like": (Fraction(-1, 2), Fraction(3)),
}


def rows(draw: Any, count: int, length: int) -> list[list[str]]:
    return [draw(st.lists(NUMBERS, min_size=length, max_size=length)) for _ in range(count)]


@st.composite
def problems(draw: Any) -> Json:
    d, m, n, outputs = (draw(st.integers(a, b)) for a, b in ((1, 3), (0, 3), (1, 5), (1, 2)))
    network: Json = {
        "activation": draw(ACTIVATIONS),
        "w": rows(draw, m, d),
        "v": rows(draw, outputs, m),
    }
    if draw(st.booleans()):
        network["b"] = rows(draw, 1, m)[0]
    if draw(st.booleans()):
        network["c"] = rows(draw, 1, outputs)[0]
    data = {"kind": "empirical", "x": rows(draw, n, d), "y": rows(draw, n, outputs)}
    if draw(st.booleans()):
        data["scale"] = draw(st.sampled_from(["1", "2/3"]))
    return {"format": "exactland-problem/1", "network": network, "loss": data}


def parse(matrix: list[list[str]]) -> list[slow.Row]:
    return [[Fraction(value) for value in row] for row in matrix]


def slow_network(network: Json) -> slow.Network:
    w, v = parse(network["w"]), parse(network["v"])
    return slow.Network(
        *SLOPES[network["activation"]["kind"]],
        w,
        parse([network.get("b", ["0"] * len(w))])[0],
        [[row[i] for row in v] for i in range(len(w))],
        parse([network.get("c", ["0"] * len(v))])[0],
    )


def slow_data(problem: Json) -> tuple[list[slow.Row], list[slow.Row], Fraction]:
    data = problem["loss"]
    return parse(data["x"]), parse(data["y"]), Fraction(data.get("scale", "1/2"))


@given(problems())
def test_the_loss_is_the_loss(problem: Json) -> None:
    expected = slow.loss(slow_network(problem["network"]), *slow_data(problem))
    true = certificate(problem, "loss_value", {"loss": str(expected)})
    false = certificate(problem, "loss_value", {"loss": str(expected + Fraction(1, 7))})
    assert check_certificate(true).status == "accepted"
    assert check_certificate(false).status == "rejected"


@settings(max_examples=200)
@given(problems(), st.data())
def test_the_directional_derivative_is_the_limit_of_difference_quotients(
    problem: Json, data: st.DataObject
) -> None:
    network = problem["network"]
    m, outputs, d = len(network["w"]), len(network["v"]), len(problem["loss"]["x"][0])
    dw, dh = rows(data.draw, m, d), rows(data.draw, m, outputs)
    db = rows(data.draw, 1, m)[0] if "b" in network else ["0"] * m
    dc = rows(data.draw, 1, outputs)[0] if "c" in network else ["0"] * outputs
    point = slow_network(network)
    direction = slow.Network(
        Fraction(0), Fraction(0), parse(dw), parse([db])[0], parse(dh), parse([dc])[0]
    )
    expected = slow.directional_derivative(point, direction, *slow_data(problem))

    neurons: Json = {}
    for i in range(m):
        neurons[str(i)] = {"w": dw[i], "v": dh[i]}
        if "b" in network:
            neurons[str(i)]["b"] = db[i]
    delta: Json = {"neurons": neurons}
    if "c" in network:
        delta["c"] = dc
    outcome = check_certificate(
        certificate(problem, "not_directionally_stationary", direction=delta)
    )
    assert outcome.status == ("accepted" if expected < 0 else "rejected")
    assert f" {expected}" in outcome.message


@given(problems(), st.data())
def test_the_functional_of_a_neuron_is_its_one_sided_derivative(
    problem: Json, data: st.DataObject
) -> None:
    """psi_i(v)_j = 2 s sum_k e_kj rho'(w~_i . x~_k; x~_k . v), term by term."""
    meter = Meter()
    read = read_empirical_problem(Field(normalise(problem), "problem", meter))
    assume(read.width > 0)
    forward = evaluate(read, meter)
    d = derive(read, forward, meter)
    network, (x, y, scale) = slow_network(problem["network"]), slow_data(problem)
    assert loss(read, forward, meter) == slow.loss(network, x, y, scale)
    v = [Fraction(t) for t in rows(data.draw, 1, read.dimension)[0]]
    one = [Fraction(1)] if "b" in problem["network"] else []
    for i in range(read.width):
        linear_part = d.linear_part(i)
        for j in range(read.output_dimension):
            expected, gradient = Fraction(0), Fraction(0)
            for x_k, y_k in zip(x, y, strict=True):
                residual = network(x_k)[j] - y_k[j]
                point = x_k + one
                t = sum((a * b for a, b in zip(read.weights[i], point, strict=True)), Fraction(0))
                dt = sum((a * b for a, b in zip(v, point, strict=True)), Fraction(0))
                side = t if t else dt
                slope = network.alpha_plus if side > 0 else network.alpha_minus
                expected += 2 * scale * residual * slope * dt
                gradient += 2 * scale * residual * network.rho(rational(t, "t"))
            functional = d.component(i, linear_part, j)
            assert d.value(functional, clear(v, meter)) == expected
            assert d.output_weights(i, linear_part)[j] == gradient


@settings(max_examples=60)
@given(problems(), st.data())
def test_a_curve_descends_exactly_when_its_lowest_coefficient_is_negative(
    problem: Json, data: st.DataObject
) -> None:
    network = problem["network"]
    m, outputs, d = len(network["w"]), len(network["v"]), len(problem["loss"]["x"][0])
    assume(m > 0)
    point, (x, y, scale) = slow_network(network), slow_data(problem)
    i = data.draw(st.integers(0, m - 1))
    dw, dh = rows(data.draw, d, 2), rows(data.draw, outputs, 2)
    db = rows(data.draw, 1, 2)[0] if "b" in network else ["0", "0"]

    def value(start: Fraction, coefficients: list[str], tau: Fraction) -> Fraction:
        return start + Fraction(coefficients[0]) * tau + Fraction(coefficients[1]) * tau**2

    def at(tau: Fraction) -> slow.Network:
        w, b, h = list(point.w), list(point.b), list(point.h)
        w[i] = [value(a, c, tau) for a, c in zip(w[i], dw, strict=True)]
        b[i] = value(b[i], db, tau)
        h[i] = [value(a, c, tau) for a, c in zip(h[i], dh, strict=True)]
        return slow.Network(point.alpha_plus, point.alpha_minus, w, b, h, point.c)

    preactivations = []
    for x_k in x:
        terms = [[point.b[i], *map(Fraction, db)]]
        for w_l, c, x_l in zip(point.w[i], dw, x_k, strict=True):
            terms.append([w_l * x_l, Fraction(c[0]) * x_l, Fraction(c[1]) * x_l])
        preactivations.append([sum(column) for column in zip(*terms, strict=True)])
    coefficients = slow.lowest_terms(
        lambda tau: slow.loss(at(tau), x, y, scale),
        8,
        slow.reach_of([[Fraction(c) for c in row] for row in preactivations]),
    )
    lowest = next((c for c in coefficients[1:] if c), Fraction(0))
    curve: Json = {"w": dw, "v": dh}
    if "b" in network:
        curve["b"] = db
    outcome = check_certificate(
        certificate(problem, "not_local_minimum", curve={"neurons": {str(i): curve}})
    )
    assert outcome.status == ("accepted" if lowest < 0 else "rejected")
