"""Bytes to rows of text, before any database reads them.

Guarantees: every physical line (or sheet row) of a file is header, blank, part of exactly one row,
or named in a fault; columns are bound by name; nothing is shifted, swallowed or guessed.
"""
