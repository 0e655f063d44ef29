"""Mutation testing of the checker, in parts: see `scripts.mutate_checker`."""
