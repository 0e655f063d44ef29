"""The command line end to end: output, files, exit statuses, one-line errors."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from exactland.cli import main
from tests.reference import instance, problem_object

ROOT = Path(__file__).parent.parent
FIVE_POINTS = ROOT / "examples" / "five_points"
PLATEAU_ESCAPES = [16, 19, 21, 26, 27, 34, 38, 44, 49]


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    """Run the command in this process; return exit status, stdout and stderr."""
    with pytest.raises(SystemExit) as stopped:
        main([str(argument) for argument in arguments])
    output = capsys.readouterr()
    code = stopped.value.code
    assert isinstance(code, int)
    return code, output.out, output.err


def fails(capsys: pytest.CaptureFixture[str], status: int, *arguments: str | Path) -> str:
    """Run a command that must fail with one line on stderr and nothing on stdout; return it."""
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (status, "")
    assert err.count("\n") == 1 and err.startswith("exactland: ")
    return err


def write(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value))
    return path


@pytest.fixture(scope="module")
def snapped(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """The three checkpoints of the five-point experiment, snapped."""
    folder, paths = tmp_path_factory.mktemp("snapped"), {}
    for iteration in (42000, 100000, 600000):
        paths[iteration] = folder / f"{iteration}.json"
        checkpoint = FIVE_POINTS / f"five_points_{iteration}.npz"
        with pytest.raises(SystemExit) as stopped:
            data = str(FIVE_POINTS / "data.json")
            main(["snap", str(checkpoint), "--data", data, "-o", str(paths[iteration])])
        assert stopped.value.code == 0
    return paths


def test_snap_reports_the_exact_point(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    end = tmp_path / "end.json"
    checkpoint, data = FIVE_POINTS / "five_points_600000.npz", FIVE_POINTS / "data.json"
    code, out, _ = run(capsys, "snap", checkpoint, "--data", data, "-o", end, "--json")
    result = json.loads(out)
    assert (code, result["status"], result["loss"]) == (0, "ok", "16139/231500")
    assert float(result["distance"]) < 1e-5
    assert json.loads(end.read_text())["format"] == "exactland-problem/1"


def test_the_end_of_training_is_a_spurious_local_minimum(
    capsys: pytest.CaptureFixture[str], snapped: dict[int, Path]
) -> None:
    code, out, _ = run(capsys, "analyze", snapped[600000], "--json")
    result = json.loads(out)
    assert code == 0
    assert (result["loss"], result["mean_squared_error"]) == ("16139/231500", "16139/578750")
    assert result["verdict"] == "local_minimum" and result["spurious"] is True
    assert result["escape_neurons"] == []
    assert result["stationary"] == {"differentiable": False, "directional": True, "clarke": True}
    kinds = [neuron["kind"] for neuron in result["neurons"]]
    boundary = [neuron for neuron in result["neurons"] if neuron["kind"] == "boundary"]
    assert (len(boundary), kinds.count("smooth"), kinds.count("dead")) == (28, 9, 13)
    assert all(neuron["boundary"] == [4] for neuron in boundary)


def test_training_leaves_the_plateau_through_nine_neurons(
    capsys: pytest.CaptureFixture[str], snapped: dict[int, Path]
) -> None:
    _, out, _ = run(capsys, "analyze", snapped[100000], "--json")
    result = json.loads(out)
    assert (result["loss"], result["verdict"]) == ("50749/672500", "saddle")
    assert result["escape_neurons"] == PLATEAU_ESCAPES
    assert result["descent_curve"]["leading"].startswith("-")


def test_the_first_plateau_is_the_origin(
    capsys: pytest.CaptureFixture[str], snapped: dict[int, Path]
) -> None:
    _, out, _ = run(capsys, "analyze", snapped[42000], "--json")
    result = json.loads(out)
    assert (result["loss"], result["verdict"]) == ("953/10000", "saddle")
    assert len(result["escape_neurons"]) == 37


def test_certify_writes_certificates_that_check_accepts(
    capsys: pytest.CaptureFixture[str], snapped: dict[int, Path], tmp_path: Path
) -> None:
    code, out, _ = run(capsys, "certify", snapped[100000], "-o", tmp_path / "out", "--json")
    written = json.loads(out)
    names = written["certificates"]
    assert code == 0 and written["verdict"] == "saddle"
    assert {f"escape_neuron_{index}.json" for index in PLATEAU_ESCAPES} < set(names)
    assert sorted(os.listdir(tmp_path / "out")) == sorted([*names, *written["document"]])
    code, out, _ = run(capsys, "check", *(tmp_path / "out" / name for name in names))
    assert code == 0
    assert all(line.startswith("accepted") for line in out.splitlines())


def test_check_says_which_line_is_wrong(
    capsys: pytest.CaptureFixture[str], snapped: dict[int, Path], tmp_path: Path
) -> None:
    run(capsys, "certify", snapped[600000], "-o", tmp_path)
    path = tmp_path / "local_minimum.json"
    certificate = json.loads(path.read_text())
    certificate["claim"]["region"]["neurons"][3]["signs"] = "-----"
    write(path, certificate)
    code, out, _ = run(capsys, "check", path, tmp_path / "loss_value.json")
    assert code == 1
    first, second = out.splitlines()
    assert first.startswith("rejected") and "claim.region.neurons[3].signs" in first
    assert second.startswith("accepted")


def test_certifying_twice_gives_the_same_bytes(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    problem = write(tmp_path / "p.json", problem_object("exp1_P1_plus_zero_plus_dead"))
    for name in ("first", "second"):
        assert run(capsys, "certify", problem, "-o", tmp_path / name)[0] == 0
    first, second = tmp_path / "first", tmp_path / "second"
    assert sorted(os.listdir(first)) == sorted(os.listdir(second))
    for name in os.listdir(first):
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_a_table_is_printed_for_people(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    problem = write(tmp_path / "p.json", problem_object("type2_degenerate"))
    code, out, _ = run(capsys, "analyze", problem)
    assert code == 0
    lines = dict(line.split("  ", 1) for line in out.splitlines())
    assert lines["verdict"].strip() == "local minimum"
    assert instance("type2_degenerate")["L"] in lines["loss"]


def test_a_critical_family_is_printed_and_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    target = tmp_path / "family.json"
    arguments = ["--family", "leaky", "--n", "2", "--gamma", "1/4", "-o", str(target), "--json"]
    code, out, _ = run(capsys, "analyze", *arguments)
    family = json.loads(out)["critical_family"]
    assert code == 0 and family["Lambda"] == "2 + 1/2*sqrt(5)"
    code, out, _ = run(capsys, "analyze", target, "--json")
    assert (json.loads(out)["verdict"], json.loads(out)["loss"]) == ("saddle", family["loss"])


BAD_PROBLEMS = {
    "a malformed number": (("network", "w", 0, 1), "1/0", "network.w[0][1]"),
    "a ragged array": (("network", "w", 1), ["1"], "network.w[1]"),
    "a wrong shape": (("network", "v", 0), ["1", "2"], "network.v[0]"),
    "an unknown field": (("network", "bias"), ["1"], "bias"),
    "a truth value": (("loss", "scale"), True, "loss.scale"),
    "a scale that is not positive": (("loss", "scale"), "0", "loss.scale"),
    "an unknown activation": (("network", "activation", "kind"), "swish", "network.activation"),
    "an unknown loss": (("loss", "kind"), "hinge", "loss.kind"),
}


@pytest.mark.parametrize("name", BAD_PROBLEMS)
def test_bad_input_gets_one_line_naming_file_and_field(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    (*where, last), value, expected = BAD_PROBLEMS[name]
    problem = problem_object("exp1_END")
    inner: Any = problem
    for key in where:
        inner = inner[key]
    inner[last] = value
    path = write(tmp_path / "bad.json", problem)
    commands: list[list[str | Path]] = [
        ["analyze", path],
        ["certify", path, "-o", tmp_path / "out"],
    ]
    for command in commands:
        error = fails(capsys, 2, *command)
        assert "bad.json" in error and expected in error
    assert os.listdir(tmp_path) == ["bad.json"]


def test_missing_and_unwritable_files_are_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert "nothing.json" in fails(capsys, 2, "analyze", tmp_path / "nothing.json")
    assert "is a directory" in fails(capsys, 2, "analyze", tmp_path)
    problem = write(tmp_path / "p.json", problem_object("exp1_END"))
    assert "p.json" in fails(capsys, 2, "certify", problem, "-o", problem)
    checkpoint, data = FIVE_POINTS / "five_points_42000.npz", FIVE_POINTS / "data.json"
    target = tmp_path / "missing" / "out.json"
    assert "missing" in fails(capsys, 2, "snap", checkpoint, "--data", data, "-o", target)
    assert os.listdir(tmp_path) == ["p.json"]


def test_snapping_reports_that_no_point_is_near(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    checkpoint, data = FIVE_POINTS / "five_points_42000.npz", FIVE_POINTS / "data.json"
    target = tmp_path / "out.json"
    limit = ["--max-distance", "1e-9", "--json"]
    code, out, _ = run(capsys, "snap", checkpoint, "--data", data, "-o", target, *limit)
    assert (code, json.loads(out)["status"]) == (3, "FAR")
    assert not target.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["analyze"],
        ["frobnicate"],
        ["check"],
        ["analyze", "--family", "relu"],
        ["analyze", "--family", "leaky", "--n", "2"],
        ["analyze", "--family", "relu", "--n", "3"],
        ["snap", "a.npz", "--data", "d.json", "-o", "p.json", "--slope", "1/2"],
    ],
)
def test_wrong_usage_is_one_line_and_status_two(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    fails(capsys, 2, *arguments)


def test_ctrl_c_ends_with_status_130_and_leaves_nothing(tmp_path: Path) -> None:
    sys.path.insert(0, str(ROOT))
    from benchmarks.instances import generic_problem

    problem = write(tmp_path / "big.json", generic_problem(800, 800, 20))
    command = [sys.executable, "-m", "exactland", "certify", str(problem), "-o", "out"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert os.listdir(tmp_path) == ["big.json"]


def test_the_checker_runs_as_a_module(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problem = write(tmp_path / "p.json", problem_object("exp1_END"))
    run(capsys, "certify", problem, "-o", tmp_path / "out")
    command = [sys.executable, "-m", "exactland.checker", str(tmp_path / "out" / "loss_value.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("accepted")


def test_cells_are_counted_listed_and_drawn(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    data = FIVE_POINTS / "data.json"
    code, out, _ = run(capsys, "cells", data, "--count", "--json")
    answer = json.loads(out)
    assert code == 0
    assert (answer["cells"], answer["points"], answer["dimension"]) == (10, 5, 2)
    code, out, _ = run(capsys, "cells", data, "--list")
    assert code == 0 and len({line.split()[0] for line in out.splitlines()}) == 10
    graph = tmp_path / "cells.graphml"
    assert run(capsys, "cells", data, "--graph", "-o", graph)[0] == 0
    assert graph.read_text().count("<edge ") == 10
    poset = tmp_path / "cells-faces.graphml"  # 10 cells, 10 rays and the origin
    assert (poset.read_text().count("<node "), poset.read_text().count("<edge ")) == (21, 30)


def test_a_list_of_cells_cut_short_says_so(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    data = write(tmp_path / "data.json", {"x": [["1", "0"], ["0", "1"], ["1", "1"], ["2", "2"]]})
    code, out, err = run(capsys, "cells", data, "--list", "--max-cells", "4")
    assert (code, len(out.splitlines())) == (3, 4)
    assert "incomplete" in err
    code, out, _ = run(capsys, "cells", data, "--list", "--json", "--max-cells", "4")
    assert (code, json.loads(out)["complete"]) == (3, False)
    target = tmp_path / "file"
    for what in ("--certificate", "--graph", "--adjacency", "--poset"):
        for limit in (("--max-cells", "4"), ("--max-seconds", "0")):
            assert run(capsys, "cells", data, what, "-o", target, *limit)[0] == 3
            assert not target.exists()
    assert run(capsys, "cells", data, "--certificate", "-o", target)[0] == 0
    assert run(capsys, "check", target)[0] == 0


def test_pieces_of_a_network(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    network = {
        "activation": {"kind": "relu"},
        "w": [["1"], ["1"]],
        "v": [["1", "-2"]],
        "b": ["0", "-1"],
    }
    loss = {"kind": "empirical", "x": [["0"]], "y": [["0"]]}
    hat = write(
        tmp_path / "hat.json", {"format": "exactland-problem/1", "network": network, "loss": loss}
    )
    code, out, _ = run(capsys, "pieces", hat)
    assert code == 0 and "breakpoints     0, 1" in out and "x1 on [0, 1]" in out
    found = json.loads(run(capsys, "pieces", hat, "--json")[1])
    assert found["breakpoints"] == ["0", "1"] and found["complete"] is True
    assert [one["vertices"] for one in found["regions"]] == [[["0"]], [["0"], ["1"]], [["1"]]]
    code, out, err = run(capsys, "pieces", hat, "--max-cells", "2", "--json")
    assert code == 3 and "incomplete" in err and json.loads(out)["complete"] is False
