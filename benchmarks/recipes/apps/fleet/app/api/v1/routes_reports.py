import asyncio
from collections import defaultdict
from statistics import mean

from fastapi import APIRouter, Depends

from app.api.deps import get_trips, get_vehicles
from app.infra.repositories import TripRepository, VehicleRepository

router = APIRouter()


async def _summary(vehicle, trips: TripRepository) -> dict:
    driven = await trips.by_vehicle(vehicle.id)
    distance = sum(trip.distance_km for trip in driven)
    average = mean(trip.price for trip in driven) if driven else 0
    return {"plate": vehicle.plate, "trips": len(driven), "km": distance, "average": round(average, 2)}


@router.get("/usage")
async def usage(vehicles: VehicleRepository = Depends(get_vehicles), trips: TripRepository = Depends(get_trips)):
    every = await vehicles.all()
    summaries = await asyncio.gather(*(_summary(vehicle, trips) for vehicle in every))
    groups: dict[str, list[str]] = defaultdict(list)
    for vehicle in every:
        groups[vehicle.fuel.value].append(vehicle.plate)
    best = max(summaries, key=lambda summary: summary["km"], default=None)
    return {"vehicles": summaries, "fuels": groups, "best": best["plate"] if best else None}
