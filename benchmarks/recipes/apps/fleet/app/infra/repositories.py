from app.domain.entities import Trip, TripIn, Vehicle, VehicleIn
from app.domain.errors import NotFound
from app.infra.storage import Storage


class VehicleRepository:
    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    async def add(self, vehicle: VehicleIn) -> Vehicle:
        number = await self.storage.insert(
            "INSERT INTO vehicles (plate, fuel, range_km) VALUES (?, ?, ?)",
            vehicle.plate,
            vehicle.fuel.value,
            vehicle.range_km,
        )
        return Vehicle(id=number, **vehicle.model_dump())

    async def get(self, number: int) -> Vehicle:
        row = await self.storage.fetch_one("SELECT id, plate, fuel, range_km FROM vehicles WHERE id = ?", number)
        if row is None:
            raise NotFound("vehicle", number)
        return Vehicle(**row)

    async def all(self) -> list[Vehicle]:
        rows = await self.storage.fetch_all("SELECT id, plate, fuel, range_km FROM vehicles ORDER BY plate")
        return [Vehicle.model_validate(row) for row in rows]


class TripRepository:
    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    async def add(self, trip: TripIn, price: float) -> Trip:
        values = trip.model_dump()
        number = await self.storage.insert(
            "INSERT INTO trips (vehicle_id, distance_km, started, minutes, price) VALUES (?, ?, ?, ?, ?)",
            values["vehicle_id"],
            values["distance_km"],
            trip.started.isoformat(),
            values["minutes"],
            price,
        )
        return Trip(id=number, price=price, **values)

    async def by_vehicle(self, vehicle_id: int) -> list[Trip]:
        rows = await self.storage.fetch_all("SELECT * FROM trips WHERE vehicle_id = ? ORDER BY started", vehicle_id)
        return [Trip(**row) for row in rows]
