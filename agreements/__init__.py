"""Shipped agreement files: data only."""
