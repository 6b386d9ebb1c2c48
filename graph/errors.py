"""One root for everything that can go wrong with a graph: its runtime, store, server, queries.

Messages say what was wrong, what was expected, where, and what to do. They never hold a personal
value or a password.
"""


class GraphError(Exception):
    """Root of this package's errors."""


class GraphUnavailable(GraphError):
    """No server answers: it is not started, still starting, stopped, killed or unreachable."""


class JavaMissing(GraphError):
    """No usable Java runtime was found."""


class LockBroken(GraphError):
    """The list of locked jars is missing, unreadable or does not have the declared form."""


class JarsUnavailable(GraphError):
    """Neo4j's jars could not be fetched (no network, a refusal, an interrupted transfer)."""


class JarsCorrupt(GraphError):
    """A jar's bytes differ from the locked checksum. The file was removed."""


class PortTaken(GraphError):
    """Another process listens on the port that was asked for."""


class OutOfMemory(GraphError):
    """The server or the import ran out of memory."""


class DiskFull(GraphError):
    """A file could not be written for lack of room."""


class StoreMissing(GraphError):
    """There is no built store where one was expected."""


class StoreBroken(GraphError):
    """A store's files are incomplete or damaged; it can be built again from the run."""


class ImportFailed(GraphError):
    """The graph's Parquet could not be imported. No store was left behind."""


class StoreBusy(GraphError):
    """Another server runs on the store."""


class LoadRefused(GraphError):
    """Loading over Bolt would take away what readers are using, or the server is not fit for it."""


class ProjectionRefused(GraphError):
    """A view's records and persons contradict each other; no graph can be made of them."""


class LibraryBroken(GraphError):
    """A query file's text and header differ, or its header is incomplete."""


class UnknownQuery(GraphError):
    """The library has no query of that name for this role."""


class BadParameter(GraphError):
    """A parameter is missing, not declared, or not of its declared type.

    ``parameter`` and ``expected`` say which one and what it must be, for a form; None where the
    parameter is not declared at all.
    """

    def __init__(
        self, message: str, *, parameter: str | None = None, expected: str | None = None
    ) -> None:
        super().__init__(message)
        self.parameter = parameter
        self.expected = expected


class QueryTimeout(GraphError):
    """A query ran longer than its limit and was stopped."""


class QueryFailed(GraphError):
    """The server answered a query with an error, or with other columns than declared."""
