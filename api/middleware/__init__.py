"""Room `api`: middleware in plain ASGI - body limits, request ids, access log, metrics.

It knows no call and no rule. Plain ASGI, so that streams (server-sent events) pass untouched.
"""
