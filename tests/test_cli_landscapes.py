"""The commands ``atlas`` and ``descend`` end to end."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import pytest

from tests.test_cli import fails, run, write

ROOT = Path(__file__).parent.parent
DATA = ROOT / "examples" / "five_points" / "data.json"


def test_atlas_prints_the_list_and_the_global_minimum(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "atlas", DATA, "--width", "1", "--json")
    found = json.loads(out)
    assert code == 0 and found["complete"] is True and found["width"] == 1
    assert found["global_minimum"] == "561/10000" and found["configurations_total"] == 34
    listed = [(one["loss"], one["kind"], one["configurations"]) for one in found["losses"]]
    assert ("953/10000", "local_minimum", 1) in listed and len(listed) == 4


def test_atlas_writes_certificates_that_check_accepts(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    code, _, _ = run(capsys, "atlas", DATA, "--width", "2", "-o", folder, "--output-bias")
    assert code == 0
    names = set(os.listdir(folder))
    assert {"atlas.json", "global_minimum_of_width.json", "loss_0001_local_minimum.json"} <= names
    certificates = [
        folder / name for name in names if "_" in name.removeprefix("loss_") and "atlas" not in name
    ]
    code, out, _ = run(capsys, "check", *certificates)
    assert code == 0, out


def test_the_minimum_alone(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    arguments = ("atlas", DATA, "--width", "3", "--minimum-only", "--json", "-o", tmp_path)
    code, out, _ = run(capsys, *arguments)
    found = json.loads(out)
    assert code == 0 and found["global_minimum"] == "1/200" and found["complete"] is True
    assert [one["loss"] for one in found["losses"]] == ["1/200"]
    assert found["configurations_examined"] < found["configurations_total"] // 10 == 714
    assert run(capsys, "check", tmp_path / "global_minimum_of_width.json")[0] == 0
    # Neither workers nor the order of work change a byte of the certificate.
    certificate = (tmp_path / "global_minimum_of_width.json").read_bytes()
    again = tmp_path / "again"
    assert run(capsys, *arguments[:-1], again, "--jobs", "2")[1] == out
    assert (again / "global_minimum_of_width.json").read_bytes() == certificate


def test_the_graph_answers_what_is_connected_and_where_the_origin_escapes(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    import networkx

    target, picture = tmp_path / "landscape.graphml", tmp_path / "landscape.svg"
    options = ("--width", "2", "--graph", target, "--plot", picture)
    code, out, _ = run(capsys, "atlas", DATA, *options)
    assert code == 0 and picture.read_text().startswith("<?xml")
    assert "minima at 711/10000       11 pieces in 2 connected sets" in out
    assert "escape from 953/10000     (-10, 7), h +: 50749/672500 (saddle)" in out
    answer = json.loads(run(capsys, "atlas", DATA, *options, "--json")[1])["landscape_graph"]
    graph = networkx.read_graphml(target)
    assert len(graph) == answer["pieces"] == 55
    losses = {node: Fraction(loss) for node, loss in graph.nodes(data="loss")}
    for start, end, kind in graph.edges(data="kind"):
        falls = losses[start] > losses[end]
        assert falls if kind == "escape" else losses[start] == losses[end]
    (origin,) = [node for node, origin in graph.nodes(data="origin") if origin]
    ends = {
        losses[end] for _, end, kind in graph.out_edges(origin, data="kind") if kind == "escape"
    }
    assert ends == {Fraction(loss) for loss, _ in answer["origin_escapes_to"]}
    ways = answer["steepest_way_from_origin"]
    assert [way["to"] for way in ways] == ["50749/672500", "16139/231500"]
    message = fails(capsys, 2, "atlas", DATA, "--width", "1", "--plot", tmp_path / "picture.txt")
    assert "--plot: the file name must end with .png" in message


def test_a_limit_gives_a_partial_result(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(
        capsys, "atlas", DATA, "--width", "3", "--json", "--max-configurations", "99"
    )
    found = json.loads(out)
    assert code == 3 and "incomplete" in err
    assert found["complete"] is False and found["global_minimum"] is None
    options = ("--width", "3", "--minimum-only", "--max-seconds", "0")
    code, out, err = run(capsys, "atlas", DATA, *options, "--json")
    found = json.loads(out)
    assert code == 3 and "incomplete" in err
    assert found["complete"] is False and found["global_minimum"] is None
    assert Fraction(found["lowest_found"]) >= Fraction(1, 200)


def kept_pieces(store: Path) -> dict[int, str]:
    """The finished pieces, as another process sees them."""
    if not store.exists():
        return {}
    connection = sqlite3.connect(store)
    try:
        return dict(connection.execute("SELECT number, result FROM pieces"))
    except sqlite3.OperationalError:  # killed before the tables were there
        return {}
    finally:
        connection.close()


@pytest.mark.parametrize("options", [[], ["--minimum-only"]], ids=["atlas", "minimum"])
def test_a_run_killed_at_random_moments_is_resumed_to_the_same_bytes(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, options: list[str]
) -> None:
    rows = [[str(k), str(k * k % 7), "1"] for k in range(6)]
    data = write(tmp_path / "data.json", {"x": rows, "y": [[str(k % 3)] for k in range(6)]})
    store = tmp_path / "store"
    command = ["atlas", str(data), "--width", "2", "--json", *options]
    kept = ["--store", str(store), "--resume", "--jobs", "2"]
    generator, killed = random.Random(len(options)), 0
    before: dict[int, str] = {}
    for _ in range(20):
        arguments = [sys.executable, "-m", "exactland", *command, *kept]
        victim = subprocess.Popen(
            arguments,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        # At a random moment after a piece was finished, whatever the machine's speed.
        while victim.poll() is None and len(kept_pieces(store)) <= len(before):
            time.sleep(0.02)
        time.sleep(generator.random() / 5)
        if victim.poll() is None:
            os.killpg(victim.pid, signal.SIGKILL)
            killed += 1
        victim.wait()
        after = kept_pieces(store)
        assert before.items() <= after.items()  # nothing that was finished is lost or redone
        before = after
        if victim.returncode == 0 or killed == 3:
            break
    assert killed and before
    assert "exists" in fails(capsys, 2, *command, "--store", store)
    code, resumed, _ = run(capsys, *command, *kept)
    assert code == 0 and before.items() <= kept_pieces(store).items()
    assert run(capsys, *command)[1] == resumed
    wrong = ["--minimum-only"] if not options else []
    message = fails(capsys, 2, *command[:5], *wrong, "--store", store, "--resume")
    assert "holds the atlas of other data" in message


@pytest.mark.parametrize("options", [[], ["--minimum-only"]], ids=["atlas", "minimum"])
def test_pieces_of_another_version_are_computed_anew_and_that_is_said(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
) -> None:
    store = tmp_path / "store"
    command = ["atlas", str(DATA), "--width", "2", "--json", *options]
    command += ["--store", str(store), "--resume"]
    whole = run(capsys, *command)
    pieces = kept_pieces(store)
    connection = sqlite3.connect(store)
    with connection:
        connection.execute("UPDATE pieces SET result = 'false'")
    connection.close()
    monkeypatch.setattr("exactland.landscape.atlas.store.code_digest", lambda: "another")
    code, out, err = run(capsys, *command)
    assert (code, out) == whole[:2]
    assert err == f"exactland: {store}: was made by another version of exactland: started anew\n"
    assert kept_pieces(store) == pieces
    assert run(capsys, *command) == whole, "from now on it is of this version"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--width", "0"], "width"),
        (["--width", "1", "--resume"], "--store"),
        (["--width", "1", "--slope", "1/4"], "--slope"),
        (["--width", "1", "--scale", "0"], "scale"),
    ],
)
def test_bad_options(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert message in fails(capsys, 2, "atlas", DATA, *arguments)


def test_bad_data(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    two = write(tmp_path / "two.json", {"x": [["1"]], "y": [["1", "2"]]})
    assert "one output" in fails(capsys, 2, "atlas", two, "--width", "1")
    none = write(tmp_path / "none.json", {"x": [["1"]]})
    fails(capsys, 2, "atlas", none, "--width", "1")
    store = tmp_path / "text"
    store.write_text("this is no database, and long enough to be taken for one" * 20)
    arguments = ("--width", "1", "--store", store, "--resume")
    assert "store" in fails(capsys, 2, "atlas", DATA, *arguments)


def test_descend_writes_a_stationary_point(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    data = json.loads(DATA.read_text())
    start = write(
        tmp_path / "start.json",
        {
            "format": "exactland-problem/1",
            "network": {
                "activation": {"kind": "relu"},
                "w": [["1", "1/3"], ["-1", "1/2"]],
                "v": [["1", "-1"]],
            },
            "loss": {"kind": "empirical", "x": data["x"], "y": data["y"]},
        },
    )
    end = tmp_path / "end.json"
    code, out, _ = run(capsys, "descend", start, "-o", end, "--json", "--leave-saddles")
    found = json.loads(out)
    assert code == 0 and found["status"] == "local_minimum"
    assert found["path"][-1]["loss"] == found["loss"]
    _, out, _ = run(capsys, "analyze", end, "--json")
    assert json.loads(out)["verdict"] in ("local_minimum", "global_minimum")
    listed = json.loads(run(capsys, "atlas", DATA, "--width", "2", "--json")[1])["losses"]
    assert found["loss"] in [one["loss"] for one in listed]
    code, out, _ = run(capsys, "descend", start, "-o", end, "--max-steps", "0")
    assert code == 3 and "no stationary point yet" in out


CLUSTER = """
from dask.distributed import LocalCluster
if __name__ == "__main__":
    options = {"threads_per_worker": 1, "dashboard_address": None, "host": "127.0.0.1"}
    with LocalCluster(n_workers=2, **options) as cluster:
        print(cluster.scheduler_address, flush=True)
        input()
"""


@pytest.mark.needs("dask", checks="the cluster backend, on two workers")
def test_a_dask_cluster_gives_the_same_bytes(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    program = tmp_path / "cluster.py"
    program.write_text(CLUSTER)
    cluster = subprocess.Popen(
        [sys.executable, str(program)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert cluster.stdout is not None
    try:
        address = cluster.stdout.readline().strip()
        command = ["atlas", str(DATA), "--width", "3", "--json"]
        ran = subprocess.run(
            [sys.executable, "-m", "exactland", *command, "--scheduler", address],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        assert ran.stdout == run(capsys, *command)[1]
    finally:
        cluster.communicate("\n", timeout=30)


def test_an_unreachable_cluster_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("atlas", DATA, "--width", "1", "--scheduler", "nowhere")
    assert "--scheduler" in fails(capsys, 2, *arguments)
