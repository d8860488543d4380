"""Room `domain`: what is true in the field of regulated distribution, in pure Python.

It knows no database, no engine, no clock and no network.
"""
