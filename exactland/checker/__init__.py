"""The trusted checker of certificates; ``proofs/CERTIFICATES.md`` is its specification.

It uses the standard library only, imports nothing else of exactland, searches nothing, and uses
no binary floating point: it reads a claim and its witness and verifies the conditions that imply
the claim.  To audit it, read `outcome`, `limits`, `numbers`, `reader`, `problem`, `functional`,
`trees`, then the claims and `verify`; for number fields `fields`; for the integral loss
`real_polynomials`, then `integral_problem`, `_functional`, `_second_order`, `_rays`, `_degenerate`
and its claims.
"""

from __future__ import annotations

from exactland.checker.outcome import Outcome
from exactland.checker.verify import check_certificate, check_file, check_text, main

__all__ = ["Outcome", "check_certificate", "check_file", "check_text", "main"]
