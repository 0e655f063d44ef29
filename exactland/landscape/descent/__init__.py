"""Exact descent: ``run`` descends, ``proposal`` proposes steps in floats, ``face`` minimises on a
face exactly, ``moves`` has the exact steps from a point.
"""
