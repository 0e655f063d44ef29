"""A certificate as a file for the Rocq kernel: data and claim first, then the witness.

Nothing here is trusted: the file states its claim in full, and the kernel accepts it only if the
witness convinces a checker that is proved sound in ``proofs/rocq``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exactland.certificates.rocq.data import DATA_CLAIMS, data_statement
from exactland.certificates.rocq.empirical import EMPIRICAL_CLAIMS, empirical_statement
from exactland.certificates.rocq.families import FAMILY_CLAIMS, family_statement
from exactland.certificates.rocq.field_families import (
    FIELD_FAMILY_CLAIMS,
    field_family_statement,
)
from exactland.certificates.rocq.fields import FIELD_CLAIMS, field_of, field_statement
from exactland.certificates.rocq.integral import INTEGRAL_CLAIMS, integral_statement
from exactland.certificates.rocq.layers import LAYER_CLAIMS, layers_statement
from exactland.certificates.rocq.logistic import LOGISTIC_CLAIMS, logistic_statement
from exactland.certificates.rocq.statement import Statement, file_text
from exactland.errors import InputError, UnsupportedError

_DATA_FORMAT = "exactland-data/1"
COVERED_CLAIMS = {
    "empirical": EMPIRICAL_CLAIMS | FAMILY_CLAIMS,
    "empirical, number field": FIELD_CLAIMS | FIELD_FAMILY_CLAIMS,
    "integral": INTEGRAL_CLAIMS,
    "layers": LAYER_CLAIMS,
    "logistic": LOGISTIC_CLAIMS,
    "data": DATA_CLAIMS,
}
"""The kinds of claims that the formal development covers, by what the problem is about."""
_STATEMENTS = {
    "empirical": empirical_statement,
    "empirical, number field": field_statement,
    "integral": integral_statement,
    "layers": layers_statement,
    "logistic": logistic_statement,
    "data": data_statement,
}
_FAMILIES = {"empirical": family_statement, "empirical, number field": field_family_statement}


def export(certificate: Mapping[str, Any]) -> str:
    """Return the Rocq file of a certificate.

    Parameters
    ----------
    certificate : an exactland-certificate/1 object.

    Raises
    ------
    UnsupportedError
        If the formal development does not cover the claim.
    InputError
        If the certificate is malformed.

    Examples
    --------
    >>> problem = {
    ...     "format": "exactland-problem/1",
    ...     "network": {"activation": {"kind": "relu"}, "w": [["1"]], "v": [["1"]]},
    ...     "loss": {"kind": "empirical", "x": [["1"]], "y": [["2"]]},
    ... }
    >>> claim = {"kind": "loss_value", "loss": "1/2"}
    >>> text = export({"problem": problem, "claim": claim, "witness": {}})
    >>> print(text[text.index("(** Claim") :].strip())
    (** Claim: the loss at the network is 1/2. *)
    Definition claim : Prop := loss_is the_data the_network (1#2).
    <BLANKLINE>
    (** Witness. *)
    Definition the_denominators : denominators := {|
      den_x := 1;
      den_w := 1;
      den_v := 1;
      den_y := 1;
      factor_network := 1;
      factor_target := 1;
      rows_x := [1]%positive;
      rows_w := [1]%positive |}.
    <BLANKLINE>
    Theorem certified : claim.
    Proof.
      apply (check_loss_value_sound the_data the_network the_denominators (1#2)).
      vm_cast_no_check (eq_refl true).
    Qed.
    Print Assumptions certified.
    """
    return file_text(state(certificate))


def state(certificate: Mapping[str, Any]) -> Statement:
    """Return the claim of a certificate and its check.

    Raises
    ------
    UnsupportedError
        If the formal development does not cover the claim.
    InputError
        If the certificate is malformed.
    """
    try:
        kind, setting = str(certificate["claim"]["kind"]), _setting(certificate)
        if kind not in COVERED_CLAIMS.get(setting, ()):
            raise UnsupportedError(
                "claim.kind", f"the formal development does not cover {kind[:40]!a} ({setting})"
            )
        if kind in FAMILY_CLAIMS:
            return _FAMILIES[setting](certificate)
        return _STATEMENTS[setting](certificate)
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        raise InputError("certificate", f"malformed ({type(error).__name__}: {error})") from None


def _setting(certificate: Mapping[str, Any]) -> str:
    """Return what a certificate is about, for the table of covered claims."""
    problem = certificate["problem"]
    if problem["format"] == _DATA_FORMAT:
        return "data"
    kind = str(problem["loss"]["kind"])[:40]
    if "layers" in problem["network"] and kind != "logistic":
        return "layers"
    if kind == "empirical" and field_of(certificate) is not None:
        return "empirical, number field"
    return kind
