"""Holding a world's files against real tables: what is counted, how it is compared, the page."""
