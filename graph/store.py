"""A view's Neo4j store, built by import from the run's Parquet.

Guarantees: a store that exists is whole: it was imported, counted against the Parquet, given its
constraints and indexes, and stopped in order before it got its name. A build that fails or is
killed at any point leaves no store, and the next one starts clean.
"""

from __future__ import annotations

import math
import re
import shutil
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

import duckdb
import psutil
from neo4j.exceptions import DriverError, Neo4jError

from graph.admin import run_admin, set_password
from graph.contracts import ImportFile, ImportKind
from graph.diagnosis import known_fault
from graph.errors import DiskFull, ImportFailed, StoreBroken, StoreBusy
from graph.faults import is_disk_full
from graph.neo4j_conf import DATABASE, USER, WRITER_LIMITS, Neo4jHome
from graph.orphans import reap_orphan, serving_process
from graph.rendering import import_files, schema_statements
from graph.runtime.settings import RuntimeSettings
from graph.server import Neo4jServer, open_driver
from graph.statements import statement
from graph.training import ensure_runtime

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import neo4j

    from graph.progress import Progress
    from runs.home import ViewFolder

_READY_TIMEOUT_S: Final = 120
_INDEX_TIMEOUT_S: Final = 3600
_IMPORT_HEAP_MB: Final = 768
_MAX_OFF_HEAP_MB: Final = 2048
_PERCENT: Final = re.compile(r"(\d{1,3})%")
_FAULT_NAME: Final = re.compile(r"\b[A-Za-z.]*(?:Exception|Error)\b")


def build_store(folder: ViewFolder, store_dir: Path, password: str, *, progress: Progress) -> None:
    """Import a projected graph and make it ready to be served.

    An existing store is replaced once the new one is complete. Raises ImportFailed (nothing was
    left behind), DiskFull, StoreBusy, and whatever starting a server raises.
    """
    build_from_files(
        import_files(folder.graph), schema_statements(), store_dir, password, progress=progress
    )


def build_from_files(
    files: Sequence[ImportFile],
    statements: Sequence[str],
    store_dir: Path,
    password: str,
    *,
    progress: Progress,
    settings: RuntimeSettings | None = None,
) -> None:
    """As build_store, from any files in the import's header syntax and any schema statements."""
    settings = settings or RuntimeSettings.from_environment()
    expected = expected_counts(files)
    ensure_runtime(progress, settings)
    partial = Neo4jHome(store_dir.with_name(f"{store_dir.name}.partial").resolve())
    for home in (partial, Neo4jHome(store_dir.resolve())):
        _leave_alone(home)
    try:
        try:
            shutil.rmtree(partial.path, ignore_errors=True)
            partial.prepare()
            _import(settings, partial, files, expected, progress)
            set_password(settings, partial, password)
            _finish(settings, partial, password, statements, expected, progress)
            shutil.rmtree(store_dir, ignore_errors=True)
            partial.path.rename(store_dir)
        except OSError as error:
            if is_disk_full(error):
                raise DiskFull(
                    f"no room for the Neo4j store below {store_dir.parent}; make room and run "
                    "the same command again; the run itself is whole"
                ) from None
            raise
    except BaseException:
        _keep_import_log(partial, store_dir)
        shutil.rmtree(partial.path, ignore_errors=True)
        raise


def expected_counts(files: Sequence[ImportFile]) -> dict[tuple[ImportKind, str], int]:
    """Rows by label and by type. Raises ImportFailed for a file that is no Parquet."""
    counts: Counter[tuple[ImportKind, str]] = Counter()
    with duckdb.connect() as con:
        for file in files:
            try:
                (rows,) = con.execute(
                    "SELECT num_rows FROM parquet_file_metadata(?)", [str(file.path)]
                ).fetchone() or (0,)
            except duckdb.Error as error:
                raise ImportFailed(
                    f"{file.path} is not a readable Parquet file ({type(error).__name__}); "
                    f"expected the {file.kind} of {file.name}; make the run again with 'vast run'"
                ) from None
            counts[file.kind, file.name] += int(rows)
    return dict(counts)


def _leave_alone(home: Neo4jHome) -> None:
    reap_orphan(home)
    running = serving_process(home)
    if running is not None:
        raise StoreBusy(
            f"process {running.pid} serves {home.path}; end it with 'vast stop' before the "
            "store is built again"
        )


def _import(
    settings: RuntimeSettings,
    home: Neo4jHome,
    files: Sequence[ImportFile],
    expected: dict[tuple[ImportKind, str], int],
    progress: Progress,
) -> None:
    nodes, relationships = (
        sum(rows for (found, _), rows in expected.items() if found is kind)
        for kind in (ImportKind.NODES, ImportKind.RELATIONSHIPS)
    )
    progress(f"importing {nodes:,} nodes and {relationships:,} relationships")
    began = time.monotonic()
    arguments = [
        "database",
        "import",
        "full",
        DATABASE,
        "--input-type=parquet",
        "--id-type=string",
        "--overwrite-destination",
        "--bad-tolerance=0",
        f"--max-off-heap-memory={_off_heap_mb()}m",
        f"--report-file={home.path / 'logs' / 'import.report'}",
    ]
    for number, file in enumerate(files):
        # A comma or a pattern's character in a path would be taken for syntax.
        link = home.path / "import" / f"{number}.parquet"
        link.symlink_to(file.path.resolve())
        arguments.append(f"--{file.kind.value}={file.name}=import/{link.name}")
    seen = [0]

    def watch(text: str) -> None:
        percents = _PERCENT.findall(text)
        if percents and int(percents[-1]) != seen[0]:
            seen[0] = int(percents[-1])
            progress(f"importing: stage at {seen[0]} %")

    status, output = run_admin(
        settings, home, "import", arguments, heap_mb=_IMPORT_HEAP_MB, watch=watch
    )
    if status != 0:
        known = known_fault(f"importing into {home.path}", output)
        if isinstance(known, DiskFull):
            raise known
        faults = sorted(set(_FAULT_NAME.findall(output)))
        raise ImportFailed(
            f"Neo4j refused to import the graph (status {status}: {', '.join(faults) or 'no name'}"
            f"); no store was left. What it said is in {_import_log(home.path)}"
        )
    for path in (home.path / "import").iterdir():
        path.unlink()
    progress(f"imported in {time.monotonic() - began:.0f} s")


def _off_heap_mb() -> int:
    available_mb = psutil.virtual_memory().available >> 20
    return min(_MAX_OFF_HEAP_MB, max(256, available_mb // 2))


def _finish(
    settings: RuntimeSettings,
    home: Neo4jHome,
    password: str,
    statements: Sequence[str],
    expected: dict[tuple[ImportKind, str], int],
    progress: Progress,
) -> None:
    server = Neo4jServer(
        home.path, password, read_only=False, limits=WRITER_LIMITS, settings=settings
    )
    progress("starting Neo4j to make constraints and indexes")
    server.start()
    try:
        server.wait_ready(_READY_TIMEOUT_S)
        with open_driver(server.uri, USER, password) as driver:
            check_counts(driver, DATABASE, expected)
            apply_schema(driver, DATABASE, statements, progress)
    finally:
        server.stop()


def check_counts(
    driver: neo4j.Driver, database: str, expected: dict[tuple[ImportKind, str], int]
) -> None:
    """Raises ImportFailed where the graph holds another number of a label or type."""
    names = {ImportKind.NODES: "count_label", ImportKind.RELATIONSHIPS: "count_type"}
    wrong = []
    with driver.session(database=database) as session:
        for (kind, name), rows in expected.items():
            found = session.run(statement(names[kind]), name=name).single(strict=True)["found"]
            if found != rows:
                wrong.append(f"{name}: {found:,} instead of {rows:,}")
    if wrong:
        raise ImportFailed(
            f"the graph does not hold what its Parquet holds ({'; '.join(wrong)}); "
            "run the same command again"
        )


def apply_schema(
    driver: neo4j.Driver, database: str, statements: Sequence[str], progress: Progress
) -> None:
    """Apply statements that are safe to repeat, and wait until every index can be used.

    Raises StoreBroken where one is refused or an index fails.
    """
    began = time.monotonic()
    try:
        with driver.session(database=database) as session:
            for text in statements:
                session.run(text).consume()
            session.run(statement("await_indexes"), timeout_s=_INDEX_TIMEOUT_S).consume()
            offline = [record["name"] for record in session.run(statement("index_states"))]
    except (Neo4jError, DriverError) as error:
        raise StoreBroken(
            f"a constraint or index was refused ({getattr(error, 'code', type(error).__name__)}); "
            "keys must be unique in each label: make the run again with 'vast run'"
        ) from None
    if offline:
        raise StoreBroken(f"indexes are not usable: {', '.join(sorted(offline))}; build again")
    elapsed_s = math.ceil(time.monotonic() - began)
    progress(f"{len(statements)} constraints and indexes in {elapsed_s} s")


def _import_log(partial: Path) -> Path:
    return partial.with_name(f"{partial.name.removesuffix('.partial')}.import.log")


def _keep_import_log(partial: Neo4jHome, store_dir: Path) -> None:
    log = partial.path / "logs" / "import.log"
    if log.exists():
        shutil.copyfile(log, _import_log(partial.path))
