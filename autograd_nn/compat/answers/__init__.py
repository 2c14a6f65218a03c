"""Modules that answer for one of Keras's, where a name of then has no place in `nn`.

Layers that are others today, optimizers in small letters, helpers that scripts imported although
they were Keras's own. Which module answers for which of Keras's is the table in
``compat/places.py``. Start with ``layers.py``.
"""
