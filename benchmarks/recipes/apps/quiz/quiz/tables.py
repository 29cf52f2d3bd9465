import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Question(Base):
    __tablename__ = "question"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    answer: Mapped[str]
    points: Mapped[int] = mapped_column(sa.Integer, default=1)
    guesses: Mapped[list["Guess"]] = relationship(back_populates="question", cascade="all, delete-orphan")

    def is_right(self, said: str) -> bool:
        return said.strip().casefold() == self.answer


class Player(Base):
    __tablename__ = "player"

    id: Mapped[int] = mapped_column(primary_key=True)
    nick: Mapped[str] = mapped_column(sa.String(20), unique=True)
    joined: Mapped[dt.date] = mapped_column(default=dt.date(2024, 1, 1))
    guesses: Mapped[list["Guess"]] = relationship(back_populates="player")


class Guess(Base):
    __tablename__ = "guess"

    id: Mapped[int] = mapped_column(primary_key=True)
    said: Mapped[str]
    right: Mapped[bool]
    question_id: Mapped[int] = mapped_column(sa.ForeignKey("question.id"))
    player_id: Mapped[int] = mapped_column(sa.ForeignKey("player.id"))
    question: Mapped["Question"] = relationship(back_populates="guesses")
    player: Mapped["Player"] = relationship(back_populates="guesses")
