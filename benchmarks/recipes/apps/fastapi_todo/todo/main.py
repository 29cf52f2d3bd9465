from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy.orm import Session

from todo import database, services
from todo.config import PAGE_SIZE
from todo.schemas import NewTask


@asynccontextmanager
async def lifespan(app):
    database.create()
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/tasks")
def list_tasks(page: int = 1, session: Session = Depends(database.get_session)):
    tasks = database.open_tasks(session)
    start = (page - 1) * PAGE_SIZE
    return [services.as_out(task) for task in tasks[start : start + PAGE_SIZE]]


@app.post("/tasks", status_code=201)
def add_task(new: NewTask, session: Session = Depends(database.get_session)):
    task = database.Task(title=new.title, due=new.due, project_id=new.project_id)
    session.add(task)
    session.commit()
    return services.as_out(task)


@app.post("/tasks/{task_id}/finish")
def finish_task(task_id: int, session: Session = Depends(database.get_session)):
    finished = services.finish(session, task_id)
    if finished is None:
        raise HTTPException(404, "no such task")
    return finished


@app.get("/overdue")
def overdue(session: Session = Depends(database.get_session)):
    return services.overdue(session, services.today())


@app.get("/projects")
def projects(session: Session = Depends(database.get_session)):
    return {"projects": services.by_project(session), "tasks": database.count_tasks(session)}


@app.get("/score")
async def score(session: Session = Depends(database.get_session)):
    result = await services.score(session)
    return result
