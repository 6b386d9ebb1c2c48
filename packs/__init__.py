"""Shipped packs: what is particular to a problem, as data only."""
