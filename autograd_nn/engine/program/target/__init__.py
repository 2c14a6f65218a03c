"""Targets: which machine makes a program of a graph."""
