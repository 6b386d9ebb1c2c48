"""How strongly each kind of tie weighs: declared in the pack, never in code.

Guarantees: loaded whole or refused with the faults' places; every weight is log2 of a likelihood
ratio, the unit of a match weight, so that identity and circumstance add up.
"""

from __future__ import annotations

import math
import tomllib
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from casework.errors import WeightsInvalid

if TYPE_CHECKING:
    from pathlib import Path

Share = Annotated[float, Field(gt=0, le=1)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DistanceBand(_Frozen):
    """Incidents up to ``up_to_km`` away (and beyond the band before), by their share."""

    up_to_km: Annotated[float, Field(gt=0)]
    share: Share
    title: str


class TimeShares(_Frozen):
    """Shares of true ties by when they happened, relative to the episode."""

    during: Share
    after: Share
    before: Share
    otherwise: Share
    after_days: Annotated[int, Field(gt=0)]


class Weights(_Frozen):
    """All of ``casework.toml``; see the file for what each value means."""

    window_before_days: Annotated[int, Field(ge=0)]
    window_after_days: Annotated[int, Field(gt=0)]
    open_episode_days: Annotated[int, Field(gt=0)]
    contact_common_above: Annotated[int, Field(gt=0)]
    max_weight: Annotated[float, Field(gt=0)]
    contradiction_weight: Annotated[float, Field(lt=0)]
    candidates: Annotated[int, Field(gt=0, le=5000)]
    leads: Annotated[int, Field(gt=0, le=500)]
    distance: Annotated[tuple[DistanceBand, ...], Field(min_length=2)]
    time: TimeShares
    categories: dict[str, Share]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if any(a.up_to_km >= b.up_to_km for a, b in pairwise(self.distance)):
            raise ValueError("distance bands must go from near to far")
        if not math.isclose(sum(band.share for band in self.distance), 1, abs_tol=0.01):
            raise ValueError("the shares of the distance bands must add up to 1")
        return self

    def band(self, distance_km: float) -> int:
        """The index of the band that a distance falls in; the last one beyond all."""
        for index, band in enumerate(self.distance):
            if distance_km <= band.up_to_km:
                return index
        return len(self.distance) - 1

    def clamp(self, weight: float) -> float:
        """A weight within what one item may say."""
        return max(-self.max_weight, min(self.max_weight, weight))


def ratio_weight(share_here: float, share_usual: float) -> float:
    """log2(share_here / share_usual); an unseen usual share counts as one in ten thousand."""
    return math.log2(share_here / max(share_usual, 1e-4))


def load_weights(pack_folder: Path) -> Weights:
    """The weights of a pack. Raises WeightsInvalid naming the file and each fault's place."""
    path = pack_folder / "casework.toml"
    try:
        return Weights.model_validate(tomllib.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        raise WeightsInvalid(f"{path} is missing; a pack needs one for link search") from None
    except tomllib.TOMLDecodeError as error:
        raise WeightsInvalid(f"{path} is not TOML: {error}") from None
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'file'}: {fault['msg']}"
            for fault in error.errors(include_input=False)
        )
        raise WeightsInvalid(f"{path}: {faults}") from None
