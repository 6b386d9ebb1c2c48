"""Records in, persons out: scored pairs, clusters, ids that last. The only package with Splink."""
