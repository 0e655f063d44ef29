"""Exact arithmetic: rational numbers, matrices, linear programs."""
