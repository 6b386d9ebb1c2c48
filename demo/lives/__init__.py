"""What happens to people: care, running away, exploitation, crime, and public events."""
