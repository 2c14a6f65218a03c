"""TensorFlow's functions of tensors, over our ops.

Start with plain.py, our ops by its names; spelled.py, indexed.py and ordered.py have those whose
arguments are others, control.py loops and cases; sampled.py and windows.py are parts of nn.py, the
others the modules of their names (draws.py is ``tf.random``).
"""
