"""The HTTP edge: the only part that knows status codes, wire shapes and web frameworks."""
