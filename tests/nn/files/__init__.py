"""Files: what goes in comes out, nothing else is taken, and no fault loses what was there.

durable: how a file takes its place; tensors: the layout of arrays; native: whole models.
Start with test_native.py.
"""
