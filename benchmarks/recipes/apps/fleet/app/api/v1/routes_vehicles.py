from typing import Annotated

from fastapi import APIRouter, Depends, status

from app.api.deps import Page, get_vehicles
from app.domain.entities import Vehicle, VehicleIn
from app.infra.repositories import VehicleRepository

router = APIRouter()
Vehicles = Annotated[VehicleRepository, Depends(get_vehicles)]


@router.get("/", response_model=list[Vehicle])
async def list_vehicles(vehicles: Vehicles, page: Annotated[Page, Depends()]):
    return page.cut(await vehicles.all())


@router.post("/", response_model=Vehicle, status_code=status.HTTP_201_CREATED)
async def add_vehicle(body: VehicleIn, vehicles: Vehicles):
    return await vehicles.add(body)


@router.get("/{vehicle_id}")
async def one_vehicle(vehicle_id: int, vehicles: Vehicles) -> Vehicle:
    return await vehicles.get(vehicle_id)
