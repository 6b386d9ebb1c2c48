"""What resolution can refuse.

ResolutionError
├── BadModel            a model file that does not fit this code or its public lists
├── BadDecisions        a snapshot of decisions that is not one
├── BadLineage          the parent run's lineage cannot be read
├── NothingToLearnFrom  training data without enough pairs
├── NoSpark             the Spark engine was asked for and cannot start
├── NotForSpark         a comparison that cannot be said in Spark's SQL
└── NoIndex             the search index of a view is missing
"""

from __future__ import annotations


class ResolutionError(Exception):
    """Root of resolution's errors. Messages never hold a personal value."""


class BadModel(ResolutionError):
    """The model file is missing, malformed, or made for other comparisons or lists."""


class BadDecisions(ResolutionError):
    """The decisions snapshot lacks a column or holds an unknown verdict."""


class BadLineage(ResolutionError):
    """The lineage of the parent run is missing or unreadable."""


class NothingToLearnFrom(ResolutionError):
    """Too few records or candidate pairs to estimate a model."""


class NoIndex(ResolutionError):
    """The view's search index is missing or was not finished."""


class NoSpark(ResolutionError):
    """The extra, or a full JDK, is missing."""


class NotForSpark(ResolutionError):
    """A level's condition has no counterpart in Spark's SQL."""
