from fastapi import APIRouter, BackgroundTasks, Depends, HTTPException, status
from sqlalchemy import select
from sqlalchemy.orm import Session

from quiz import config
from quiz.database import get_session
from quiz.journal import journal
from quiz.schemas import GuessIn, GuessOut
from quiz.tables import Guess, Player, Question

router = APIRouter(prefix="/play", tags=["play"])


def find_player(session: Session, nick: str) -> Player:
    player = session.execute(select(Player).where(Player.nick == nick)).scalar_one_or_none()
    if player is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, detail=f"no player {nick}")
    return player


@router.post("/{question_id}", response_model=GuessOut)
def guess(question_id: int, body: GuessIn, tasks: BackgroundTasks, session: Session = Depends(get_session)):
    question = session.get(Question, question_id)
    if question is None:
        raise HTTPException(status_code=404, detail="no such question")
    player = find_player(session, body.nick)
    right = question.is_right(body.said)
    made = Guess(said=body.said, right=right, question=question, player=player)
    session.add(made)
    session.commit()
    tasks.add_task(journal.write, f"{player.nick} said {made.said}")
    return GuessOut(right=right, points=question.points if right else 0, round=len(player.guesses) % config.ROUNDS)


@router.get("/journal")
async def read_journal():
    return {"lines": await journal.tail(3)}
