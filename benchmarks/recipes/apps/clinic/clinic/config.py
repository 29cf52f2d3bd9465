import os
from dataclasses import dataclass, field


@dataclass
class Config:
    database: str = "sqlite:///clinic.db"
    page_size: int = 2
    hours: dict = field(default_factory=lambda: {"mon": "8-12", "tue": "8-16"})

    @classmethod
    def from_environment(cls) -> "Config":
        return cls(
            database=os.environ.get("CLINIC_DATABASE", "sqlite:///clinic.db"),
            page_size=int(os.getenv("CLINIC_PAGE_SIZE", "2")),
        )
