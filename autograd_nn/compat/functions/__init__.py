"""Keras 2's ``backend``, by convention ``K``: functions over our ops, on arrays and on symbols.

Start with ``backend.py``, which has all of them; the others are its parts, by what they go over.
"""
