from collections import Counter
from collections.abc import Iterable, Sequence
from operator import itemgetter

from quiz.config import GRADES
from quiz.tables import Guess


def grade(share: float) -> str:
    for letter, least in sorted(GRADES.items(), key=itemgetter(1), reverse=True):
        if share >= least:
            return letter
    return "-"


def points(guesses: Iterable[Guess]) -> int:
    return sum(guess.question.points for guess in guesses if guess.right)


def ranking(totals: dict[str, int]) -> list[tuple[int, str, int]]:
    ordered = sorted(totals.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(place, nick, total) for place, (nick, total) in enumerate(ordered, start=1)]


def streak(guesses: Sequence[Guess]) -> int:
    longest = run = 0
    for guess in guesses:
        run = run + 1 if guess.right else 0
        longest = max(longest, run)
    return longest


def favourite(guesses):
    counts = Counter(guess.said for guess in guesses)
    said, times = counts.most_common()[0]
    return f"{said} ({times}x)"
