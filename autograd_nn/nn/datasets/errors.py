"""What is wrong with a file of data."""

from __future__ import annotations


class DataError(ValueError):
    """A file that does not hold the data that was asked for."""
