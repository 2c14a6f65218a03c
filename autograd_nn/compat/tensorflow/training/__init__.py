"""What a training of one's own is made of: the tape, replayed functions, optimizers, checkpoints.

Start with tape.py; functions.py is ``tf.function``, train.py and steps.py ``tf.train``, saved.py
``tf.saved_model``, summary.py writes for TensorBoard, layers.py and columns.py make models.
"""
