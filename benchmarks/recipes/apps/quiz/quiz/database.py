from contextlib import contextmanager
from typing import Generator

from sqlalchemy import create_engine, event
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import NullPool

from . import config
from .tables import Base, Player, Question

engine = create_engine(config.DATABASE_URL, connect_args={"check_same_thread": False}, poolclass=NullPool)
SessionLocal = sessionmaker(bind=engine, expire_on_commit=False)


@event.listens_for(engine, "connect")
def foreign_keys(connection, record):
    connection.execute("PRAGMA foreign_keys=ON")


def get_session() -> Generator[Session, None, None]:
    session = SessionLocal()
    try:
        yield session
    finally:
        session.close()


@contextmanager
def transaction():
    session = SessionLocal()
    with session.begin():
        yield session
    session.close()


def seed():
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with transaction() as session:
        session.add_all(
            [
                Question(text="Capital of Italy?", answer="rome", points=2),
                Question(text="Seven times eight?", answer="56", points=1),
                Player(nick="ann"),
                Player(nick="bob"),
            ]
        )
