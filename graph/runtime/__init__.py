"""What Neo4j runs on: a Java runtime and the server's jars, locked by version and checksum.

Guarantees: nothing is installed outside the user's cache folder, nothing needs root, and no byte
of a jar is used before its SHA-256 equals the locked one.
"""

from graph.runtime.jars import ensure_jars
from graph.runtime.java import java_command
from graph.runtime.settings import NEO4J_VERSION, RuntimeSettings

__all__ = ["NEO4J_VERSION", "RuntimeSettings", "ensure_jars", "java_command"]
