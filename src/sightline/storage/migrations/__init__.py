"""How the catalog's tables came to be, one step in each file of `versions`."""

HEAD = "0006"
"""The last step: a catalog that is there needs nothing, and Alembic is not even loaded."""
