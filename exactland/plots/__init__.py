"""Figures: exact objects in, pictures for print (matplotlib) and for the browser (plotly) out."""

KINDS = ("function", "residuals", "line", "plane", "cells", "hessian", "generators")
"""The figures of a point that ``exactland plot`` draws."""
