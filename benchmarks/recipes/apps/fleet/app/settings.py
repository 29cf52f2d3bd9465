import os
from functools import lru_cache

from pydantic import BaseModel, Field


class Settings(BaseModel):
    region: str = Field(default="north", min_length=2)
    batch: int = Field(default=3, ge=1)
    api_title: str = "Fleet"


@lru_cache
def get_settings() -> Settings:
    return Settings(region=os.environ.get("FLEET_REGION", "north"), batch=int(os.environ.get("FLEET_BATCH", "3")))
