"""Room `api`: the shapes of requests and answers, as docs/reference/api.md promises them. No rule is here."""
