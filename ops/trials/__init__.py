"""Room `ops`, trials: full-size proofs of volume and fault claims, over the outward doors; figures as JSON.

`./xunji trial NAME [SIZE=N]…` runs `NAME.run`. A trial plays people through the REST API on an installation
of its own and then checks what the database holds, read only. It knows no rule of the product.
"""
