"""Certificates made by hand: each false one violates a single condition, and says which.

(A true one beside it where the condition is met with nothing to spare.)  `scripts.mutate_checker`
asks mutants about them; `test_answers` the checker.
"""

from __future__ import annotations

from tests.adversarial.hand_made import blocks, cells, empirical, fields, integral, layers

CASES = [
    *empirical.CASES,
    *fields.CASES,
    *cells.CASES,
    *blocks.CASES,
    *layers.CASES,
    *integral.CASES,
]
