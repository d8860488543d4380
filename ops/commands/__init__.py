"""Room `ops`, the verbs of the command line, one module per family.

Modules here import other rooms inside the functions that need them, so that `--help` is quick.
"""
