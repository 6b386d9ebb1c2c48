"""The files that the agencies would send, one module per feed, and the numbers that they issue."""
