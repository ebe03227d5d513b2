"""Runs untrusted code: each answer gets its own process, which can neither hang nor harm the one that checks it."""
