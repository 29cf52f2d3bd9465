from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from app.api.v1 import routes_reports, routes_trips, routes_vehicles
from app.domain.errors import DomainError
from app.infra.storage import Storage
from app.settings import get_settings


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    storage = Storage(":memory:")
    await storage.open()
    app.state.storage = storage
    yield
    await storage.close()


def create_app() -> FastAPI:
    settings = get_settings()
    app = FastAPI(title=settings.api_title, lifespan=lifespan)
    app.include_router(routes_vehicles.router, prefix="/v1/vehicles", tags=["vehicles"])
    app.include_router(routes_trips.router, prefix="/v1/trips")
    app.include_router(routes_reports.router, prefix="/v1/reports")
    app.add_exception_handler(DomainError, on_domain_error)

    @app.middleware("http")
    async def region_header(request: Request, call_next):
        response = await call_next(request)
        response.headers["X-Region"] = settings.region
        return response

    return app


async def on_domain_error(request: Request, error: DomainError) -> JSONResponse:
    return JSONResponse({"detail": str(error), "code": error.code}, status_code=error.status)


app = create_app()
