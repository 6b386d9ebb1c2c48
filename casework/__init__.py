"""Missing children: which incidents, people and places may be tied to a child, and why."""
