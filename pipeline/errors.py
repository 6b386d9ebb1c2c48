"""One root for what can go wrong between stages."""


class PipelineError(Exception):
    """Root of this package's errors. Messages never contain personal values."""


class NothingToRun(PipelineError):
    """No delivery has landed, so there is nothing to make a run of."""


class RunRefused(PipelineError):
    """A run may not be published or gone back to."""


class ServiceRunning(PipelineError):
    """A service already serves this home."""


class ServiceUnreachable(PipelineError):
    """The service that owns this home did not answer."""


class PortTaken(PipelineError):
    """Another program listens on the wanted port."""


class StartFailed(PipelineError):
    """The service did not come up."""


class DiskFull(PipelineError):
    """The disk of the home, or of what a command writes, has no room left."""


class NotWritable(PipelineError):
    """What is to be written is closed to this user, or its disk to everybody."""


class ModelRefused(PipelineError):
    """A linkage model cannot be trained, measured or accepted as asked."""
