"""The engine: tensors, the tape, ops, transforms, programs.

In go arrays and functions of tensors; out come values, derivatives of any order, and programs that
replay a function natively. Start with README.md beside this file: what is promised, and in which
order to read.
"""
