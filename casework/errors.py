"""One root for what can go wrong in casework."""


class CaseworkError(Exception):
    """Root of this package's errors. Messages never contain personal values."""


class EpisodeUnknown(CaseworkError):
    """The view holds no episode of that key."""


class DescriptionInvalid(CaseworkError):
    """A typed description lacks what a search needs, or contradicts itself."""


class WeightsInvalid(CaseworkError):
    """The file of evidence weights is not as declared."""
