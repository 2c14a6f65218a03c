"""Intervals where ops are smooth: where the tests draw from."""

ANY = (-3.0, 3.0)
SMALL = (-2.0, 2.0)
POSITIVE = (0.2, 3.0)
UNIT = (-0.9, 0.9)
