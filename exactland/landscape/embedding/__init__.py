"""Network embedding: wider networks with the same function, what they keep, and the way back."""

from exactland.landscape.embedding.comparison import Embedding, FreeGamma, embedding, gamma_sets
from exactland.landscape.embedding.gamma import GammaSet, ReplicationSets, replication_sets
from exactland.landscape.embedding.operations import (
    InactiveUnit,
    Operation,
    Propagation,
    Replication,
    embed,
)
from exactland.landscape.embedding.reduction import Reduction, Removal, reduce_to_core

__all__ = [
    "Embedding",
    "FreeGamma",
    "GammaSet",
    "InactiveUnit",
    "Operation",
    "Propagation",
    "Reduction",
    "Removal",
    "Replication",
    "ReplicationSets",
    "embed",
    "embedding",
    "gamma_sets",
    "reduce_to_core",
    "replication_sets",
]
