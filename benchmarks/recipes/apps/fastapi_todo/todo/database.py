"""Tables."""

from datetime import date

from sqlalchemy import ForeignKey, String, create_engine, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy.pool import StaticPool

from todo.config import DATABASE

engine = create_engine(DATABASE, connect_args={"check_same_thread": False}, poolclass=StaticPool)


class Base(DeclarativeBase):
    pass


class Project(Base):
    __tablename__ = "projects"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    tasks: Mapped[list["Task"]] = relationship(back_populates="project")


class Task(Base):
    __tablename__ = "tasks"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    done: Mapped[bool] = mapped_column(default=False)
    due: Mapped[date]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    project: Mapped[Project] = relationship(back_populates="tasks")


def get_session():
    with Session(engine) as session:
        yield session


def create():
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        home = Project(name="home")
        work = Project(name="work")
        session.add_all([home, work])
        session.flush()
        session.add(Task(title="wash", due=date(2024, 1, 5), project_id=home.id))
        session.add(Task(title="cook", due=date(2024, 1, 3), project_id=home.id))
        session.add(Task(title="plan", due=date(2024, 2, 1), project_id=work.id, done=True))
        session.commit()


def open_tasks(session):
    return session.scalars(select(Task).where(Task.done.is_(False)).order_by(Task.due)).all()


def count_tasks(session):
    return session.execute(text("SELECT count(*) FROM tasks")).scalar()
