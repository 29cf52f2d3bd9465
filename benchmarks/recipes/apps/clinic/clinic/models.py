from __future__ import annotations

import enum
from datetime import date

from sqlalchemy import Date, ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Urgency(enum.IntEnum):
    ROUTINE = 1
    SOON = 2
    EMERGENCY = 3


class Patient(Base):
    __tablename__ = "patients"

    id: Mapped[int] = mapped_column(primary_key=True)
    full_name: Mapped[str] = mapped_column(String(80))
    born: Mapped[date] = mapped_column(Date)
    visits: Mapped[list[Visit]] = relationship(back_populates="patient", order_by="Visit.day")

    def to_dict(self) -> dict:
        return {"id": self.id, "name": self.full_name, "born": self.born.isoformat(), "visits": len(self.visits)}


class Visit(Base):
    __tablename__ = "visits"

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(String(200))
    urgency: Mapped[int] = mapped_column(default=int(Urgency.ROUTINE))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patients.id"))
    patient: Mapped[Patient] = relationship(back_populates="visits")

    @property
    def is_urgent(self) -> bool:
        return self.urgency >= Urgency.EMERGENCY
