"""Tests of the Spark engine; `make test-spark` runs those that start it."""
