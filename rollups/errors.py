"""One root for everything that can go wrong with counts."""


class RollupsError(Exception):
    """Root of this package's errors. Messages never contain counts that are hidden."""


class RollupsMissing(RollupsError):
    """The folder holds no rollups, or an incomplete set."""


class UnknownCell(RollupsError):
    """A measure, category, place or period was asked for that the rollups do not have."""


class SuppressionFailed(RollupsError):
    """The solver found no answer; nothing was written."""
