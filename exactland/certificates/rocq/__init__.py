"""Certificates that the Rocq kernel checks: instance files, and running the kernel on them."""

from __future__ import annotations

from exactland.certificates.rocq.export import COVERED_CLAIMS, export
from exactland.certificates.rocq.kernel import (
    KernelOutcome,
    compile_theory,
    kernel_available,
    run_kernel,
)

__all__ = [
    "COVERED_CLAIMS",
    "KernelOutcome",
    "compile_theory",
    "export",
    "kernel_available",
    "run_kernel",
]
