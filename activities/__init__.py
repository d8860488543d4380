"""Room `activities`: effects, translated from payload to service and back.

It knows no rule, no SQL and no HTTP.
"""
