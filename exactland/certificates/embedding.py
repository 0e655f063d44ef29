"""Certificates of the exact sets of gamma for which a replication keeps a property."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from exactland.certificates.claims import Certificate
from exactland.certificates.folder import certify_into
from exactland.certificates.produce import certificates, checked
from exactland.landscape.analysis import Analysis
from exactland.landscape.embedding import Embedding, FreeGamma, Reduction, ReplicationSets
from exactland.landscape.reports import vector_json
from exactland.problem.storage import output_folder


def replication_certificates(narrow: Analysis, sets: ReplicationSets) -> Iterator[Certificate]:
    """Yield certificates of the sets on which stationarity and local minimality are kept.

    They hold for any number (two or more) of copies and any positive beta.  Where the narrower
    point is not stationary, or not a local minimum for another reason than the neuron, nothing is
    kept and there is nothing to certify beyond that.

    Examples
    --------
    >>> from flint import fmpq
    >>> from exactland.landscape.embedding import gamma_sets
    >>> from exactland.problem.files import problem_from_json
    >>> point = problem_from_json({
    ...     "format": "exactland-problem/1",
    ...     "network": {"activation": {"kind": "relu"}, "w": [["-1"]], "v": [["3"]]},
    ...     "loss": {"kind": "empirical", "x": [["1"]], "y": [["1"]]}})
    >>> found = gamma_sets(point, 0, (fmpq(1), fmpq(1)))
    >>> for one in replication_certificates(found.narrow, found.sets):
    ...     print(one.kind, one.claim["gamma"])
    replication_stationary_set all
    replication_minimum_set all
    """
    parts = {(one.kind, one.claim.get("neuron")): one for one in certificates(narrow)}
    stationary = parts.get(("directionally_stationary", None))
    if stationary is not None and len(sets.betas) > 1:
        claim = {
            "kind": "replication_stationary_set",
            "neuron": sets.neuron,
            "gamma": sets.directional.kind,
        }
        witness = dict(stationary.witness)
        if sets.direction is not None:
            witness["direction"] = vector_json(sets.direction)
        yield Certificate(stationary.problem, claim, witness)
        kind, neuron = (
            ("escape_neuron", sets.neuron)
            if sets.local_minimum.kind == "none"
            else ("local_minimum", None)
        )
        part = parts.get((kind, neuron))
        if part is not None and sets.local_minimum.kind != "undetermined":
            claim = {
                "kind": "replication_minimum_set",
                "neuron": sets.neuron,
                "gamma": sets.local_minimum.kind,
            }
            yield Certificate(part.problem, claim, {"part": part.to_json()})


def write_embedding(found: Embedding | FreeGamma | Reduction, folder: Path) -> None:
    """Write the certificates of an embedding, all accepted by the checker, into a folder.

    Its subfolders are ``narrow`` and ``wide`` for the two points, each with a document, and
    ``gamma`` for the exact sets of a replication.
    """
    if isinstance(found, Reduction):
        points = {"narrow": found.core, "wide": found.problem}
    elif isinstance(found, Embedding):
        points = {"narrow": found.narrow.point.problem, "wide": found.problem}
    else:
        points = {"narrow": found.narrow.point.problem}
    for name, point in points.items():
        certify_into(point, folder / name)
    if not isinstance(found, Reduction) and found.sets is not None:
        with output_folder(folder / "gamma") as output:
            for certificate in replication_certificates(found.narrow, found.sets):
                output.write_text(certificate.name, checked(certificate).to_text())
