"""The commands embed and spurious end to end: output, files, exit statuses, one-line errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.reference import problem_object, reference
from tests.test_cli import fails, run, write


@pytest.fixture
def end(tmp_path: Path) -> Path:
    """The END of the five-point experiment: neuron 0 on a kink, 1 smooth, 2 dead."""
    return write(tmp_path / "end.json", problem_object("exp1_END"))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    hwt = reference()["hwt"]
    table = {key: [[value] for value in hwt[f"{key}s"]] for key in ("x", "y")}
    return write(tmp_path / "data.json", table)


def embedded(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> dict[str, Any]:
    code, out, err = run(capsys, "embed", *arguments, "--json")
    assert (code, err) == (0, "")
    result: dict[str, Any] = json.loads(out)
    return result


def test_embed_says_what_is_kept_and_writes_the_wider_problem(
    capsys: pytest.CaptureFixture[str], end: Path, tmp_path: Path
) -> None:
    wide = tmp_path / "wide.json"
    options = ("--replicate", "0", "--beta", "2,1/3", "--gamma", "1/4,3/2")
    kept = embedded(capsys, end, *options, "-o", wide)
    assert kept["preserved"]["local_minimum"] is True and kept["wide"]["type"] == 1
    assert kept["problem"] == json.loads(wide.read_text())
    assert kept["problem"]["network"]["w"][:2] == [["-2", "7/5"], ["-1/3", "7/30"]]
    lost = embedded(capsys, end, "--replicate", "0", "--gamma", "2,-1")
    assert lost["preserved"]["directional"] is False and lost["preserved"]["clarke"] is True
    assert lost["wide"]["verdict"] == "not_stationary"
    code, out, _ = run(capsys, "embed", end, "--replicate", "0", "--gamma", "-1,2")
    assert code == 0 and "gamma_1 >= 0 and gamma_2 >= 0" in out and "lost" in out
    back = embedded(capsys, wide, "--reduce")
    assert back["core_width"] == 2 and back["is_embedding"] is True
    assert [entry["kind"] for entry in back["removed"]] == ["inactive_unit", "replication"]


def test_embed_with_free_gamma_gives_the_exact_set(
    capsys: pytest.CaptureFixture[str], end: Path
) -> None:
    sets = embedded(capsys, end, "--replicate", "0")["gamma_sets"]
    assert sets["directional"]["set"] == "nonnegative"
    assert sets["local_minimum"]["formula"] == (
        "gamma_1 + gamma_2 = 1 and gamma_1 > 0 and gamma_2 > 0"
    )
    assert [case["holds"] for case in sets["local_minimum"]["cases"]] == [True, False, False]
    smooth = embedded(capsys, end, "--replicate", "1", "--beta", "1,1,1")["gamma_sets"]
    assert smooth["local_minimum"]["set"] == "all"
    code, out, _ = run(capsys, "embed", end, "--replicate", "0")
    assert code == 0 and "some gamma_l < 0" in out


def test_embed_adds_neurons_and_certifies_both_points(
    capsys: pytest.CaptureFixture[str], end: Path, tmp_path: Path
) -> None:
    unit = embedded(capsys, end, "--inactive", "10,-7", "1")
    assert unit["preserved"]["type_1"] is True
    folder = tmp_path / "certificates"
    added = embedded(capsys, end, "--propagate", "-1,7/10", "--certify", folder)
    assert added["preserved"]["directional"] is True
    assert added["preserved"]["local_minimum"] is False
    made = [str(path) for path in sorted(folder.glob("*/*.json"))]
    assert any(path.endswith("wide/not_local_minimum.json") for path in made)
    assert any(path.endswith("narrow/local_minimum.json") for path in made)
    assert run(capsys, "check", *made)[0] == 0


def test_embed_refuses_in_one_line(
    capsys: pytest.CaptureFixture[str], end: Path, tmp_path: Path
) -> None:
    for options, message in (
        ((), "give one of"),
        (("--reduce", "--propagate", "1,1"), "give one of"),
        (("--propagate", "1,1", "--gamma", "1"), "go with --replicate"),
        (("--replicate", "9", "--gamma", "1"), "there is no neuron 9"),
        (("--replicate", "0", "--gamma", "1,1"), "is 2, not 1"),
        (("--replicate", "0", "--beta", "0,1", "--gamma", "0,1"), "not positive"),
        (("--replicate", "0", "--gamma", "x"), '"x" is not a rational number'),
        (("--inactive", "0,1", "1"), "active on data point 0"),
        (("--inactive", "0,-1", "1,2"), "2 entries"),
        (("--propagate", "1"), "1 entries, expected 2"),
        (("--replicate", "0", "-o", "out.json"), "-o needs --gamma"),
    ):
        assert message in fails(capsys, 2, "embed", end, *options)
    integral = {
        "format": "exactland-problem/1",
        "network": {
            "activation": {"kind": "relu"},
            "w": [["1"]],
            "b": ["0"],
            "v": [["1"]],
            "c": ["0"],
        },
        "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]},
    }
    path = write(tmp_path / "integral.json", integral)
    assert "empirical loss" in fails(capsys, 2, "embed", path, "--reduce")


def test_spurious_constructs_writes_and_certifies(
    capsys: pytest.CaptureFixture[str], data: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "spurious"
    code, out, err = run(
        capsys, "spurious", data, "--activation", "hard-tanh", "--widths", "2,2", "-o", folder,
        "--json",
    )  # fmt: skip
    result = json.loads(out)
    assert (code, err) == (0, "")
    assert (result["loss"], result["better_loss"]) == ("16139/231500", "469/10000")
    assert result["valley"]["dimension"] == 11
    assert result["files"][-1] == "document.tex"
    certificates = [folder / name for name in result["files"][3:-1]]
    assert {path.stem for path in certificates} == {
        "spurious_local_minimum",
        "loss_value",
        "linear_piece_local_minimum",
        "constant_loss_segment",
        "valley_dimension",
    }
    assert run(capsys, "check", *certificates)[0] == 0
    code, out, _ = run(capsys, "analyze", folder / "minimum.json", "--json")
    analysis = json.loads(out)
    assert (code, analysis["verdict"]) == (0, "local_minimum")
    assert analysis["layers"][0]["pieces"] == [[1] * 5] * 2
    code, out, _ = run(capsys, "analyze", folder / "better.json")
    assert code == 0 and "undetermined" in out
    for name, loss in (("neighbour", "16139/231500"), ("better", "469/10000")):
        _, out, _ = run(capsys, "analyze", folder / f"{name}.json", "--json")
        assert json.loads(out)["loss"] == loss


@pytest.mark.parametrize(
    "options",
    [
        ("--activation", "relu"),
        ("--activation", "leaky", "--slope", "1/8"),
        ("--activation", "abs"),
        ("--activation", "relu_like", "--slopes", "2,-1/3"),
        ("--activation", "piecewise_linear", "--knots", "-1,0,2", "--slopes", "-1,0,0,3"),
        ("--activation", "piecewise_linear", "--knots", "1", "--slopes", "2,5", "--value", "7"),
    ],
)
def test_spurious_takes_every_activation(
    capsys: pytest.CaptureFixture[str], data: Path, options: tuple[str, ...]
) -> None:
    code, out, _ = run(capsys, "spurious", data, *options, "--widths", "3")
    assert code == 0 and "16139/231500" in out and "469/10000" in out


def test_spurious_names_the_hypothesis_that_fails(
    capsys: pytest.CaptureFixture[str], data: Path, tmp_path: Path
) -> None:
    linear = write(
        tmp_path / "linear.json", {"x": [["0"], ["1"], ["2"]], "y": [["1"], ["3"], ["5"]]}
    )
    twice = write(tmp_path / "twice.json", {"x": [["0"], ["1"], ["0"]], "y": [["1"], ["3"], ["5"]]})
    affine = ("--activation", "piecewise_linear", "--knots", "0", "--slopes", "2,2")
    for options, message in (
        ((linear, "--widths", "2"), '"no affine function fits the data" fails'),
        ((twice, "--widths", "2"), '"the inputs are distinct" fails: data points 0 and 2'),
        ((data, "--widths", "1"), "layer 1 has width 1, below 2"),
        ((data, "--widths", "2", "--activation", "identity"), "the activation is not affine"),
        ((data, "--widths", "2", *affine), "the activation is not affine"),
        ((data, "--widths", "2,x"), '"x" is not a positive integer'),
        ((data, "--widths", "2,100000000000"), "above the limit"),
        ((data, "--widths", "2", "--knots", "1"), "go with --activation piecewise_linear"),
        ((data, "--widths", "2", "--activation", "leaky_relu"), "--slope goes with"),
        ((data, "--widths", "2", "--scale", "0"), "not positive"),
        ((data,), "--widths"),
    ):
        assert message in fails(capsys, 2, "spurious", *options)


def test_a_deep_problem_is_certified_with_a_document(
    capsys: pytest.CaptureFixture[str], data: Path, tmp_path: Path
) -> None:
    folder, out = tmp_path / "made", tmp_path / "out"
    run(capsys, "spurious", data, "--widths", "2", "-o", folder)
    code, text, _ = run(capsys, "certify", folder / "minimum.json", "-o", out, "--json")
    result = json.loads(text)
    assert (code, result["verdict"], result["document"]) == (0, "local_minimum", ["document.tex"])
    assert run(capsys, "check", *sorted(out.glob("*.json")))[0] == 0
    assert "one hidden layer" in fails(capsys, 2, "embed", folder / "minimum.json", "--reduce")


def test_spurious_for_the_logistic_loss_is_near_a_rational_network(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    labels = {"x": [["-1"], ["0"], ["1"]], "y": [["1"], ["0"], ["1"]]}
    data, folder = write(tmp_path / "labels.json", labels), tmp_path / "logistic"
    options = (data, "--widths", "2,1", "--logistic")
    code, out, err = run(capsys, "spurious", *options, "-o", folder, "--json")
    assert (code, err) == (0, "")
    result = json.loads(out)
    assert result["loss_decimal"] == "1.909542505"  # log(27/4)
    for name in result["files"]:
        if "loss" in name or "spurious" in name:
            assert run(capsys, "check", folder / name)[0] == 0
    assert "irrational" in run(capsys, "analyze", folder / "centre.json")[1]
    code, out, _ = run(capsys, "certify", folder / "better.json", "-o", tmp_path / "better")
    assert code == 0 and "not stationary" in out
    message = fails(capsys, 2, "certify", folder / "better.json", "-o", tmp_path / "b", "--pdf")
    assert "no document" in message
    separable = write(tmp_path / "separable.json", labels | {"y": [["0"], ["0"], ["1"]]})
    refused = fails(capsys, 2, "spurious", separable, "--widths", "2", "--logistic")
    assert "separates the labels of output 0" in refused
    outside = write(tmp_path / "outside.json", labels | {"y": [["0"], ["2"], ["1"]]})
    assert "loss.y[1][0]: 2 is not between 0 and 1" in fails(
        capsys, 2, "spurious", outside, "--widths", "2", "--logistic"
    )
    fails(capsys, 2, "spurious", *options, "--huber", "1")
