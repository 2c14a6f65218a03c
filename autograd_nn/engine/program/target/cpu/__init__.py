"""This processor: what a step's kernel says becomes text, machine code, and an address.

`text` writes sources, `compiler` makes code of one (in a helper process: `asking`, `helper` and
`serving`), `cache` keeps it on disk, `library` loads it and knows what is there: start with
``library.py``. `cost` tells nanoseconds and parts, `machine` the cores.
"""
