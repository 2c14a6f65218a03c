"""Layers: each by one table of cases, and what is special of some.

Start with ``layer_cases.py``: a line for each layer, which the contract of all goes through.
"""
