"""Room `db`: how facts are kept (tables, queries, migrations).

It knows no rule of a procedure, no engine and no HTTP.
"""
