"""What JAX and XLA drive (GPU, TPU, also this processor): a record becomes one function of JAX.

In: a graph; out: an `XlaProgram`, whose states stay on the device. ``rules`` say what an op is in
JAX, ``step.py`` makes the function, ``states.py`` keeps contents there, ``program.py`` launches:
start with ``step.py``. Nothing here is imported unless a device is asked for.
"""
