from fastapi import APIRouter, BackgroundTasks, Depends, HTTPException

from ...domain.entities import TripIn
from ...domain.errors import OutOfRange
from ...domain.pricing import tariff_for
from ...infra.repositories import TripRepository, VehicleRepository
from ..deps import get_trips, get_vehicles

router = APIRouter()
audit_log: list[str] = []


async def remember(message: str) -> None:
    audit_log.append(message)


@router.post("")
async def start_trip(
    body: TripIn,
    background: BackgroundTasks,
    vehicles: VehicleRepository = Depends(get_vehicles),
    trips: TripRepository = Depends(get_trips),
):
    vehicle = await vehicles.get(body.vehicle_id)
    if body.distance_km > vehicle.range_km:
        raise OutOfRange(f"{vehicle.label} only reaches {vehicle.range_km} km")
    price = round(tariff_for(vehicle.fuel).price(body.distance_km), 2)
    trip = await trips.add(body, price)
    background.add_task(remember, f"trip {trip.id} of {vehicle.plate}")
    return {"trip": trip.id, "price": trip.price, "ends": trip.ended().isoformat()}


@router.get("/audit")
async def audit():
    if not audit_log:
        raise HTTPException(status_code=404, detail="nothing yet")
    return {"entries": audit_log, "latest": audit_log[-1]}
