"""Certificates: a problem, a claim about it, and a witness that helps to check the claim."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

FORMAT = "exactland-certificate/1"


@dataclass(frozen=True, slots=True)
class Certificate:
    """One claim with its witness, as JSON values (numbers are exact strings).

    Attributes
    ----------
    problem, claim, witness, notes : dict
        See proofs/CERTIFICATES.md.  The claim is stated completely by problem and claim; the
        witness only helps to check it; notes are never read by a checker.
    """

    problem: dict[str, Any]
    claim: dict[str, Any]
    witness: dict[str, Any]
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The kind of claim."""
        return str(self.claim["kind"])

    @property
    def name(self) -> str:
        """A file name for the certificate, unique among the certificates of one point.

        Examples
        --------
        >>> Certificate({}, {"kind": "escape_neuron", "neuron": 16}, {}).name
        'escape_neuron_16.json'
        >>> Certificate({}, {"kind": "stationary", "sense": "clarke"}, {}).name
        'stationary_clarke.json'
        """
        told = [str(self.claim[key]) for key in ("neuron", "sense", "eta") if key in self.claim]
        return "_".join([self.kind, *told]).replace("/", "_") + ".json"

    def to_json(self) -> dict[str, Any]:
        """Return the certificate as the object its file holds."""
        result = {
            "format": FORMAT,
            "problem": self.problem,
            "claim": self.claim,
            "witness": self.witness,
        }
        if self.notes:
            result["notes"] = self.notes
        return result

    def to_text(self) -> str:
        """Return the certificate as the text of its file."""
        from json import dumps

        return dumps(self.to_json(), indent=1) + "\n"

    def __str__(self) -> str:
        return f"certificate of {self.kind.replace('_', ' ')}"


Step = Callable[[], Iterable[Certificate]]
"""Makes one certificate, a few that belong together, or none where there is no witness."""
