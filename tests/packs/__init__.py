"""Tests of the shipped packs and of their loader."""
