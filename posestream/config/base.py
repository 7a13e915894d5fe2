"""What all config models share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A frozen part of the config; unknown keys are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False)


Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
"""An id: it names files, tags and parts of addresses, so letters, digits, ``_ . -`` only."""

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
"""A share of the frame's width or height."""
