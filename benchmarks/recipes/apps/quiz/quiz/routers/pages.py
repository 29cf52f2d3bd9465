from pathlib import Path

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, PlainTextResponse
from fastapi.templating import Jinja2Templates
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from .. import scoring
from ..database import get_session
from ..tables import Player, Question

router = APIRouter()
templates = Jinja2Templates(directory=Path(__file__).parent.parent / "templates")


@router.get("/", response_class=HTMLResponse, name="home")
def home(request: Request, session: Session = Depends(get_session)):
    questions = session.scalars(select(Question).order_by(Question.id)).all()
    return templates.TemplateResponse(request, "home.html", {"questions": questions, "title": "Quiz"})


@router.get("/ranking", response_class=HTMLResponse)
def ranking(request: Request, session: Session = Depends(get_session)):
    players = session.scalars(select(Player).options(selectinload(Player.guesses))).all()
    totals = {player.nick: scoring.points(player.guesses) for player in players}
    rows = scoring.ranking(totals)
    streaks = {player.nick: scoring.streak(player.guesses) for player in players}
    return templates.TemplateResponse(request, "ranking.html", {"rows": rows, "streaks": streaks, "title": "Ranking"})


@router.get("/best.txt", response_class=PlainTextResponse)
def best(session: Session = Depends(get_session)):
    player = session.scalars(select(Player).where(Player.nick == "ann")).one()
    share = sum(guess.right for guess in player.guesses) / len(player.guesses)
    return scoring.grade(share) + " " + scoring.favourite(player.guesses)
