"""Deliveries in, records and facts out, every row accounted for."""
