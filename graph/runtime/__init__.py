"""What Neo4j runs on: a Java runtime and the server's jars, locked by version and checksum.

Guarantees: nothing is installed outside the user's cache folder, nothing needs root, and no byte
of a jar is used before its SHA-256 equals the locked one.
"""
