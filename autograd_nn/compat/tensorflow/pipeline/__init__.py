"""Where batches come from: ``tf.data``, and the files that it reads.

Start with data.py; further.py is what pipelines do besides, streams.py reads lines and records,
records.py and examples.py what they hold, tables.py CSV, io.py files' bytes.
"""
