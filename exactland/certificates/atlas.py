"""Certificates of an atlas: the least loss of a width, and the stationary points it lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exactland.arithmetic.matrices import nullspace
from exactland.arithmetic.rationals import format_rational
from exactland.certificates.claims import Certificate
from exactland.certificates.produce import certificates, checked
from exactland.errors import UnsupportedError
from exactland.landscape.analysis import analyze_empirical
from exactland.landscape.atlas.bounding import Minimum, Node
from exactland.landscape.atlas.branches import Bounded
from exactland.landscape.atlas.faces import simplicial_fan
from exactland.landscape.atlas.network import minimum_network
from exactland.landscape.atlas.pieces import cached_setting
from exactland.landscape.atlas.result import Atlas
from exactland.landscape.atlas.setting import Landscape, Setting
from exactland.problem.files import problem_to_json
from exactland.problem.network import Vector
from exactland.problem.storage import StrPath, output_folder, write_text_atomically
from exactland.problem.strict_json import dump_json

if TYPE_CHECKING:
    from exactland.landscape.atlas.graph import LandscapeGraph

MAX_LINEALITY = 8
"""Dimension of {w : w . x_k = 0 for all k} up to which the space is divided into cones."""


def minimum_certificate(setting: Setting, found: Minimum) -> Certificate:
    """Return the certificate that no network of the width has a lower loss.

    It has been accepted by the independent checker.

    Examples
    --------
    >>> from flint import fmpq
    >>> from exactland.landscape.atlas.bounding import least_loss
    >>> from exactland.landscape.atlas.setting import Landscape, make_setting
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> one = fmpq(1)
    >>> setting = make_setting(
    ...     Landscape(EmpiricalLoss(((one,), (-one,)), ((one,), (3 * one,))), relu())
    ... )
    >>> minimum_certificate(setting, least_loss(setting, 1)).claim
    {'kind': 'global_minimum_of_width', 'width': 1, 'loss': '1/2'}
    """
    problem = problem_to_json(minimum_network(setting, found))
    claim = {
        "kind": "global_minimum_of_width",
        "width": found.width,
        "loss": format_rational(found.loss),
    }
    witness: dict[str, Any] = {}
    if found.tree is not None:
        rays, cones = covering_cones(setting)
        witness = {
            "rays": [[str(entry) for entry in ray] for ray in rays],
            "cones": [list(cone) for cone in cones],
            "tree": _node_json(found.tree, found.width),
        }
    return checked(Certificate(problem, claim, witness))


def covering_cones(setting: Setting) -> tuple[list[Vector], list[tuple[int, ...]]]:
    """Return rays and simplicial cones that cover the space, the cells one after the other.

    A lineality space adds its basis vectors and their opposites as rays.
    """
    arrangement = setting.arrangement
    if arrangement.lineality > MAX_LINEALITY:
        message = f"{arrangement.lineality} dimensions that no data point sees"
        raise UnsupportedError("x", f"{message} (limit {MAX_LINEALITY} for a certificate)")
    rays = list(arrangement.rays)
    invisible = nullspace(setting.landscape.loss.inputs, len(setting.landscape.loss.inputs[0]))
    pairs = []
    for vector in invisible:
        pairs.append((len(rays), len(rays) + 1))
        rays += [tuple(vector), tuple(-entry for entry in vector)]
    simplices: Sequence[tuple[int, ...]] = simplicial_fan(arrangement) or [()]
    return rays, [(*simplex, *signs) for simplex in simplices for signs in product(*pairs)]


def _node_json(node: Node, width: int, depth: int = 0) -> dict[str, Any]:
    vectors = [[str(entry) for entry in vector] for vector in node.vectors]
    if depth == width - 1:
        return {"vectors": vectors}
    children = [
        {"class": name, "node": _node_json(child, width, depth + 1)}
        for name, child in node.children
    ]
    return {"vector": vectors[0], "children": children}


KINDS = ("loss_value", "local_minimum", "not_local_minimum")
"""What is certified of every listed network."""


@dataclass(frozen=True, slots=True)
class AtlasFolder:
    """What was written: the file names, and whether the global minimum has its certificate."""

    files: tuple[str, ...]
    minimum: bool


def write_minimum(landscape: Landscape, found: Bounded, folder: Path | None) -> dict[str, Any]:
    """Certify the global minimum of a width; return its problem.

    The certificate and the network are written where a folder is given.
    """
    certificate = minimum_certificate(cached_setting(landscape), found.found)
    if folder is not None:
        with output_folder(folder) as staged:
            staged.write_text("global_minimum_of_width.json", certificate.to_text())
            staged.write_text("minimum.json", dump_json(certificate.problem) + "\n")
    return certificate.problem


def write_atlas(
    found: Atlas, landscape: Landscape, folder: Path, least: Bounded | None
) -> AtlasFolder:
    """Write the list, an exact network for every loss, and certificates of them.

    Parameters
    ----------
    least : Bounded or None
        What branch and bound came to; the certificate of the global minimum is left out where it
        is not complete.

    Notes
    -----
    The certificate of the global minimum is made by branch and bound, which shares no result with
    the enumeration; that both agree is checked.
    """
    setting = cached_setting(landscape)
    files: dict[str, str] = {"atlas.json": dump_json(found.to_json()) + "\n"}
    for number, entry in enumerate(found.losses, 1):
        name = f"loss_{number:04d}"
        files[f"{name}.json"] = dump_json(problem_to_json(entry.problem)) + "\n"
        for certificate in certificates(analyze_empirical(entry.problem)):
            if certificate.kind in KINDS:
                files[f"{name}_{certificate.name}"] = checked(certificate).to_text()
    proved = False
    if found.complete and least is not None and least.complete:
        if least.found.loss != found.losses[0].loss:
            raise ArithmeticError("enumeration and branch and bound disagree")
        files["global_minimum_of_width.json"] = minimum_certificate(setting, least.found).to_text()
        proved = True
    with output_folder(folder) as staged:
        for name, text in files.items():
            staged.write_text(name, text)
    return AtlasFolder(tuple(sorted(files)), proved)


def write_graph(landscape: Landscape, width: int, path: StrPath | None) -> LandscapeGraph:
    """Compute the landscape graph of a width, and write it as GraphML where a path is given."""
    from networkx import generate_graphml

    from exactland.landscape.atlas.graph import landscape_graph

    graph = landscape_graph(cached_setting(landscape), width)
    if path is not None:
        write_text_atomically(path, "\n".join(generate_graphml(graph.networkx())) + "\n")
    return graph
