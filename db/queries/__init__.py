"""Db queries: read models, one module per noun; values leave as small frozen classes."""
