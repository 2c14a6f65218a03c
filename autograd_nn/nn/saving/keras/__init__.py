"""Keras's own files, read and written: .keras and .weights.h5 of Keras 3, .h5 of all versions.

A model or its file goes in, the other comes out. paths.py says where such files have a variable;
hdf5.py reads and writes trees of arrays, trusting nothing; operators.py has x * y; vocabularies.py
the texts beside a .keras; zipped.py is .keras, loose.py the same in a folder or an open file,
legacy.py is .h5 with the configurations of Keras 1 and 2. Start with zipped.py.
"""
