"""Planning: a graph goes in, steps come out, in order, each value with its place in memory.

A step says what is done (a `Loop`, a `Kernel`, a call of Python's) and to which cells, never how.
``build.py`` goes through it all: start there. `builder` is what lowerings ask for, `loops` turns
fused groups into loops, `effects` lets states be written in place, `sweep` joins equal loops,
`lanes` tells which loops may be cut by rows, `arena` gives memory by liveness.
"""
