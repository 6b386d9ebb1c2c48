"""What a Neo4j server is told: its configuration file and the JVM's arguments.

Guarantees: the server listens on loopback only, reports nothing to anybody, fetches no address and
no file on behalf of a query, writes no query text or parameter to a log, and refuses to start on a
setting that it does not know. The settings were each tried against the locked release.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from runs.manifest import write_whole

if TYPE_CHECKING:
    from pathlib import Path

DATABASE: Final = "neo4j"
USER: Final = "neo4j"
LOOPBACK: Final = "127.0.0.1"
_FOLDERS: Final = ("conf", "data", "logs", "run", "run/tmp", "import", "plugins")
_MIN_PAGE_CACHE_MB: Final = 32
_MAX_PAGE_CACHE_MB: Final = 1024
_QUICK_COMPILER_UP_TO_MB: Final = 256


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """Sizes in MB (1024 * 1024 bytes), times in seconds.

    ``page_cache_mb`` None takes the size of the store, between 32 and 1,024 MB.
    """

    heap_mb: int = 512
    page_cache_mb: int | None = None
    transaction_memory_mb: int = 96
    all_transactions_memory_mb: int = 256
    transaction_timeout_s: int = 60
    concurrent_transactions: int = 64

    def page_cache_for(self, store_dir: Path) -> int:
        if self.page_cache_mb is not None:
            return self.page_cache_mb
        return min(_MAX_PAGE_CACHE_MB, max(_MIN_PAGE_CACHE_MB, store_size_mb(store_dir) + 8))


def store_size_mb(store_dir: Path) -> int:
    """Size of the database files, in MB, rounded down."""
    databases = store_dir / "data" / "databases"
    return sum(path.stat().st_size for path in databases.rglob("*") if path.is_file()) >> 20


def compiler_arguments(store_dir: Path) -> tuple[str, ...]:
    """The quick compiler alone for a small store: its queries take milliseconds either way.

    Measured with the start-up cache on two busy cores: 6.2 s of processor time until the first
    answer instead of 9.9, 350 MB resident instead of 390.
    """
    if store_size_mb(store_dir) > _QUICK_COMPILER_UP_TO_MB:
        return ()
    return ("-XX:TieredStopAtLevel=1",)


WRITER_LIMITS: Final = ServerLimits(
    heap_mb=1024,
    transaction_memory_mb=512,
    all_transactions_memory_mb=768,
    transaction_timeout_s=3600,
)
"""For a server that builds constraints and indexes, or takes a load over Bolt."""


@dataclass(frozen=True, slots=True)
class Neo4jHome:
    """The folder that one Neo4j server owns."""

    path: Path

    @property
    def conf(self) -> Path:
        return self.path / "conf"

    @property
    def console_log(self) -> Path:
        """What the JVM printed since the last start."""
        return self.path / "logs" / "console.log"

    @property
    def server_log(self) -> Path:
        return self.path / "logs" / "neo4j.log"

    @property
    def process_file(self) -> Path:
        """Which process serves the store, and on behalf of whom."""
        return self.path / "run" / "server.json"

    @property
    def java_arguments(self) -> Path:
        return self.path / "run" / "java.args"

    @property
    def admin_arguments(self) -> Path:
        return self.path / "run" / "admin.args"

    @property
    def built_version(self) -> Path:
        """The version that the store's server last reported."""
        return self.path / "neo4j-version.txt"

    def prepare(self) -> None:
        """Create the folders, readable by this user only."""
        for name in ("", *_FOLDERS):
            (self.path / name).mkdir(parents=True, exist_ok=True, mode=0o700)


def write_conf(home: Neo4jHome, port: int, limits: ServerLimits, *, read_only: bool) -> None:
    """Write ``neo4j.conf``. The administration command needs one too; its port is never opened."""
    settings = {
        "server.config.strict_validation.enabled": "true",
        "server.default_listen_address": LOOPBACK,
        "server.bolt.listen_address": f"{LOOPBACK}:{port}",
        "server.http.enabled": "false",
        "server.https.enabled": "false",
        "dbms.usage_report.enabled": "false",
        "server.bolt.telemetry.enabled": "false",
        "server.fleet_discovery.enabled": "false",
        # Stopping took 10.3 s: each of two connectors waited 5 s for silence. Now 0.4 s.
        "internal.dbms.bolt.netty_server_shutdown_quiet_period_duration": "0s",
        # Each store would hold 512 MB of empty transaction log.
        "db.tx_log.preallocate": "false",
        "db.logs.query.enabled": "OFF",
        "db.logs.query.parameter_logging_enabled": "false",
        "server.memory.heap.initial_size": f"{min(64, limits.heap_mb)}m",
        "server.memory.heap.max_size": f"{limits.heap_mb}m",
        "server.memory.pagecache.size": f"{limits.page_cache_for(home.path)}m",
        "dbms.security.auth_enabled": "true",
        "dbms.security.allow_csv_import_from_file_urls": "false",
        "internal.dbms.cypher_ip_blocklist": "0.0.0.0/0,::/0",
        # A query past its limit is stopped at the next check; at the preset of 2 s a limit of 1 s
        # meant anything up to 3 s, and readers took the server for one that hangs.
        "db.transaction.monitor.check.interval": "200ms",
        "db.transaction.timeout": f"{limits.transaction_timeout_s}s",
        "db.memory.transaction.max": f"{limits.transaction_memory_mb}m",
        "dbms.memory.transaction.total.max": f"{limits.all_transactions_memory_mb}m",
        "db.transaction.concurrent.maximum": str(limits.concurrent_transactions),
    }
    if read_only:
        settings["server.databases.read_only"] = DATABASE
    lines = "".join(f"{name}={value}\n" for name, value in settings.items())
    write_whole(home.conf / "neo4j.conf", lines)


def jvm_arguments(home: Neo4jHome, heap_mb: int) -> list[str]:
    """What every Neo4j JVM needs on Java 25, without what depends on its task."""
    opened = ("java.nio", "java.io", "sun.nio.ch", "java.lang")
    return [
        *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in opened),
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "-XX:+IgnoreUnrecognizedVMOptions",
        # Two cores serve several stores: a parallel collector's threads and regions cost more
        # than they bring.
        "-XX:+UseSerialGC",
        "-XX:+ExitOnOutOfMemoryError",
        "-XX:-UsePerfData",
        f"-Xms{min(64, heap_mb)}m",
        f"-Xmx{heap_mb}m",
        f"-XX:ErrorFile={home.path / 'logs' / 'java-error.log'}",
        f"-Djava.io.tmpdir={home.path / 'run' / 'tmp'}",
        "-Djava.awt.headless=true",
        "-Dfile.encoding=UTF-8",
    ]
