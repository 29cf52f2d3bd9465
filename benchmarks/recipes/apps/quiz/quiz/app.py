from fastapi import FastAPI
from starlette.middleware.base import BaseHTTPMiddleware

from quiz import database
from quiz.routers import pages, play


class Version(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        response = await call_next(request)
        response.headers.setdefault("X-Quiz", "3")
        return response


def build() -> FastAPI:
    database.seed()
    made = FastAPI()
    made.add_middleware(Version)
    for router in (pages.router, play.router):
        made.include_router(router)
    return made


app = build()
