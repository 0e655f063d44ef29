"""Snapping: from the floats of a trained network to an exact stationary point nearby."""

from exactland.landscape.snapping.driver import default_max_distance, snap
from exactland.landscape.snapping.result import Attempt, SnappedGroup, SnapResult
from exactland.landscape.snapping.search import Failure

__all__ = ["Attempt", "Failure", "SnapResult", "SnappedGroup", "default_max_distance", "snap"]
