"""Files: what goes in comes out, nothing else is taken, and no fault loses what was there.

durable: how a file takes its place; tensors: the layout of arrays; native: whole models;
checkpoints, resume: files that training writes, and going on from them (runs.py trains, kills.py
kills); fuzz: changed files of every format (formats.py reads, mutations.py changes them), and harm:
what files were made to do elsewhere; stored: files of a release in data/, which stored.py wrote;
state_dicts: PyTorch's; product: all that a training may be made of, killed and resumed.
Start with test_native.py.
"""
