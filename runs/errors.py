"""One root for everything that can go wrong with a run folder."""


class RunsError(Exception):
    """Root of this package's errors. Messages never contain personal values."""


class NoPublishedRun(RunsError):
    """Nothing has been published in this home yet."""


class BrokenRun(RunsError):
    """A run folder lacks its manifest or a file that the manifest names."""


class SchemaMismatch(RunsError):
    """A table to be written does not have the columns or types that were declared."""


class HomeLocked(RunsError):
    """Another process holds the home's lock."""
