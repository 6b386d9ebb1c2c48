"""The run folder: where things are, what a run consists of, which run is served.

Guarantees: a run is immutable once its manifest exists; the manifest is written last; publishing
is one atomic replacement of ``current.json``. This package imports nothing of ours.
"""
