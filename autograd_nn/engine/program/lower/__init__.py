"""Lowering: calls that are no loops become steps, one family a file. See ``registry.py``."""
