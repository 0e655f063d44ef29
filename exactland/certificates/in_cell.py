"""Certificates of the in-cell statements about a network with one hidden layer."""

from __future__ import annotations

from collections.abc import Iterator

from exactland.certificates.claims import Certificate
from exactland.derivatives.empirical import EmpiricalPoint
from exactland.landscape.in_cell import cell_minimum
from exactland.problem.files import problem_to_json


def cell_certificates(point: EmpiricalPoint) -> Iterator[Certificate]:
    """Yield a certificate for every in-cell statement that holds at a point.

    Examples
    --------
    >>> from exactland.derivatives.empirical import evaluate
    >>> from exactland.problem.files import problem_from_json
    >>> problem = problem_from_json({
    ...     "format": "exactland-problem/1",
    ...     "network": {"activation": {"kind": "relu"}, "w": [["3"], ["1"]], "v": [["1", "-1"]]},
    ...     "loss": {"kind": "empirical", "x": [["1"], ["2"]], "y": [["2"], ["4"]]}})
    >>> [certificate.kind for certificate in cell_certificates(evaluate(problem))]
    ['cell_global_minimum', 'cell_valley_dimension']
    """
    found = cell_minimum(point)
    if found is None:
        return
    problem = problem_to_json(point.problem)
    yield Certificate(problem, {"kind": "cell_global_minimum", "cell": list(found.cell)}, {})
    if found.dimension is not None:
        claim = {"kind": "cell_valley_dimension", "dimension": found.dimension}
        yield Certificate(problem, claim, {})
    if found.two_components:
        yield Certificate(problem, {"kind": "two_components_in_cell"}, {})
