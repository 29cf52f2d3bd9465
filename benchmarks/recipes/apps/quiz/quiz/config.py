"""Everything that can be set."""

import os
from typing import Final

DATABASE_URL: Final = os.environ.get("QUIZ_DATABASE", "sqlite:///quiz.db")
ROUNDS: Final[int] = int(os.environ.get("QUIZ_ROUNDS", "2"))
GRADES: Final = {"A": 0.9, "B": 0.7, "C": 0.5}
