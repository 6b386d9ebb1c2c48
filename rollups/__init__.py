"""Counts by place, month and offense, with small numbers hidden before anything is written.

Guarantees: what a folder of rollups holds is what its users may see. A folder built with
``suppressed=True`` holds no hidden number, in any column, nor numbers from which one follows.
"""
