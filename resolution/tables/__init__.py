"""Tables of people that come without a feed: recognised, linked and measured as they are."""
