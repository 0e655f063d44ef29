"""What a hunt found, on disk: the network, what is false there, and its certificates."""

from __future__ import annotations

from pathlib import Path

from exactland.certificates.produce import certify
from exactland.landscape.hunting.search import Hunt
from exactland.problem.files import problem_to_json
from exactland.problem.storage import output_folder
from exactland.problem.strict_json import dump_json


def write_counterexample(found: Hunt, folder: Path) -> list[str]:
    """Write problem.json, hunt.json and the certificates of a counterexample; return the names.

    Every certificate has been accepted by the independent checker before anything is written.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    assert found.found is not None
    certificates = certify(found.found.problem)
    names = []
    with output_folder(folder) as output:
        for name, body in (
            ("problem.json", problem_to_json(found.found.problem)),
            ("hunt.json", found.to_json()),
        ):
            output.write_text(name, dump_json(body) + "\n")
            names.append(name)
        for certificate in certificates:
            output.write_text(certificate.name, certificate.to_text())
            names.append(certificate.name)
    return names
