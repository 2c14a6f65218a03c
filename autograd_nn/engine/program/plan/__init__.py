"""Planning: graph in, steps out, each value with its place. Start with ``build.py``."""
