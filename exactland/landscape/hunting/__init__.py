"""The conjecture lab: `language` reads predicates, `facts` has their names, `instances` makes small
exact networks, `search` looks for a counterexample, `shrinking` makes it short.
"""
