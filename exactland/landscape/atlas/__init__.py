"""The atlas of a landscape with one output: every stationary loss of a width, and the least.

``faces`` lists where a neuron can lie, ``solving`` settles one set of faces, ``pieces`` cuts the
work up, ``run`` computes it; ``bounding`` proves the global minimum by itself.
"""
