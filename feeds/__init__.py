"""Feed contracts, one folder each: data, and small readers where needed."""
