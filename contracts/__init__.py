"""Room `contracts`: names and frozen payloads that cross the engine.

It knows domain words and nothing that reaches I/O.
"""
