from typing import Optional

from pydantic import BaseModel, Field, model_validator


class GuessIn(BaseModel):
    nick: str
    said: str = Field(max_length=40)
    hint: Optional[bool] = None

    @model_validator(mode="after")
    def not_empty(self) -> "GuessIn":
        if not self.said.strip():
            raise ValueError("say something")
        return self


class GuessOut(BaseModel):
    right: bool
    points: int
    round: int = 1
