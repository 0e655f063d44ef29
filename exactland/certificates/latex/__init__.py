"""The document of an analysis: LaTeX from templates, and a PDF where LaTeX is installed."""
