from typing import Annotated

from fastapi import Depends, Query, Request

from app.infra.repositories import TripRepository, VehicleRepository
from app.infra.storage import Storage
from app.settings import Settings, get_settings


def get_storage(request: Request) -> Storage:
    return request.app.state.storage


StorageDep = Annotated[Storage, Depends(get_storage)]
SettingsDep = Annotated[Settings, Depends(get_settings)]


def get_vehicles(storage: StorageDep) -> VehicleRepository:
    return VehicleRepository(storage)


def get_trips(storage: StorageDep) -> TripRepository:
    return TripRepository(storage)


class Page:
    def __init__(self, settings: SettingsDep, offset: int = Query(0, ge=0)) -> None:
        self.offset = offset
        self.limit = settings.batch

    def cut(self, items: list) -> list:
        return items[self.offset : self.offset + self.limit]
