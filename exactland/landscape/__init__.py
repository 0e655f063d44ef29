"""Verdicts about a point of the landscape, each with a witness."""
