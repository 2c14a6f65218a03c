"""What TensorFlow's functions take and give besides tensors: dtypes, shapes, texts, places.

Start with texts.py, what a text is; kinds.py has dtypes by their names, shapes.py `TensorShape`,
objects.py modules and growing arrays, sparse.py and lookup.py the modules of their names.
"""
