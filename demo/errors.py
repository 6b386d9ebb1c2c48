"""What can go wrong while a world is made."""


class DemoError(Exception):
    """Root of this package's errors."""


class ImpossibleWorld(DemoError):
    """The settings ask for a world that cannot be made; the message says which and why."""


class FolderInUse(DemoError):
    """The target folder holds something that is not a synthetic world."""


class NoWorld(DemoError):
    """The folder that should hold a world does not."""
