"""Room `engine`: how we talk to Temporal (client, gateway, workers).

It knows no SQL and no HTTP.
"""
