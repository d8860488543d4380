"""Room `services`: one command is one transaction, with permission, audit and outbox.

It knows no HTTP status and no HTML.
"""
