"""Figures: exact objects in, pictures for print (matplotlib) and for the browser (plotly) out."""
