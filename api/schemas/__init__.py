"""Room `api`: the shapes of requests and answers. They are the contract of docs/reference/api.md; no rule is here."""
