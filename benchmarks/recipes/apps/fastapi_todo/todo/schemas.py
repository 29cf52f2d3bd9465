from datetime import date

from pydantic import BaseModel, field_validator


class NewTask(BaseModel):
    title: str
    due: date
    project_id: int

    @field_validator("title")
    @classmethod
    def not_empty(cls, value):
        if not value.strip():
            raise ValueError("empty")
        return value.strip()


class TaskOut(BaseModel):
    id: int
    title: str
    due: date
    done: bool
