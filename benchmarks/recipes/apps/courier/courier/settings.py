import os
import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class QueueSettings:
    retries: int
    order: str = "priority"


@dataclass(frozen=True)
class MailSettings:
    sender: str
    greeting: str


@dataclass(frozen=True)
class Settings:
    queue: QueueSettings
    mail: MailSettings
    workers: int

    @classmethod
    def load(cls, path: Path) -> "Settings":
        with path.open("rb") as file:
            data = tomllib.load(file)
        return cls(
            queue=QueueSettings(**data["queue"]),
            mail=MailSettings(**data["mail"]),
            workers=int(os.environ.get("COURIER_WORKERS", "2")),
        )
