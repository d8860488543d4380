"""Room `ops`: settings, command line, embedded servers and supervision.

Nobody imports it.
"""
