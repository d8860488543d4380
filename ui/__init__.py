"""Room `ui`: the HTML door.

It knows no rule, no SQL and no Temporal.
"""
