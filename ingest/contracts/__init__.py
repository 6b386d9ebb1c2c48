"""What later stages may know of ingest: the tables, the code tables, the localities."""
