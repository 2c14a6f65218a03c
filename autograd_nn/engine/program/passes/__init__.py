"""Passes: a graph goes in, a better graph comes out. Nothing here knows a target or a byte."""
