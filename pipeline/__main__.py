"""``python -m pipeline`` is ``vast``."""

from pipeline.cli import main

main()
