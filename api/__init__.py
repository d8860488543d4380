"""Room `api`: the JSON door.

It knows no rule, no SQL and no Temporal.
"""

PREFIX = "/api/v1"
