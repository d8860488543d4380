"""Room `workflows`: in what order things happen, deterministically.

It knows no database, no network and no wall clock.
"""
