"""A FastAPI application with a slip in one handler."""

from fastapi import FastAPI

from pricing import total

app = FastAPI()


@app.get("/")
def index():
    return {"status": "ok"}


@app.get("/total")
def show_total():
    items = [2, 3, 5]
    return {"total": total(itmes)}
