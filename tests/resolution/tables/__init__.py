"""Tables without a feed: their files, headers and values."""
