from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, computed_field, field_validator


class Fuel(StrEnum):
    ELECTRIC = "electric"
    DIESEL = "diesel"


class VehicleIn(BaseModel):
    model_config = ConfigDict(str_strip_whitespace=True)

    plate: Annotated[str, Field(min_length=3)]
    fuel: Fuel = Fuel.DIESEL
    range_km: int = 400

    @field_validator("plate")
    @classmethod
    def upper_plate(cls, value: str) -> str:
        return value.upper()


class Vehicle(VehicleIn):
    id: int

    @computed_field
    @property
    def label(self) -> str:
        return f"{self.plate} ({self.fuel.value})"


class TripIn(BaseModel):
    vehicle_id: int
    distance_km: float
    started: datetime
    minutes: int = 30


class Trip(TripIn):
    id: int
    price: float

    def ended(self) -> datetime:
        return self.started + timedelta(minutes=self.minutes)
