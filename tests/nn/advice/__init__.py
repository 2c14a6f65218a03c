"""Tests of what a model is told about itself and its data before it trains.

Read test_check.py: broken models, each with the repair that it is told; then sound ones, told
nothing.
"""
