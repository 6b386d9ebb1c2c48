"""The graph of one view: declared schema, projection to Parquet, Neo4j stores, library queries.

Guarantees: Neo4j is a read model that can always be rebuilt from a run's Parquet; nothing that
people change lives in it. Only this package imports the Neo4j driver.
"""
