from __future__ import annotations

import enum
import json
from dataclasses import asdict, dataclass
from pathlib import Path


class State(str, enum.Enum):
    DONE = "done"
    FAILED = "failed"


@dataclass
class Result:
    task: str
    state: State
    value: object = None
    error: str = ""
    elapsed: float = 0.0

    @classmethod
    def success(cls, task, value, elapsed):
        return cls(task, State.DONE, value=value, elapsed=elapsed)

    @classmethod
    def failure(cls, task, error):
        return cls(task, State.FAILED, error=str(error))


class ResultStore:
    def __init__(self):
        self._results: list[Result] = []

    def add(self, result: Result) -> None:
        self._results.append(result)

    def of(self, task: str) -> list[Result]:
        return [result for result in self._results if result.task == task]

    def __iter__(self):
        return iter(self._results)

    def dump(self, path: Path) -> int:
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [{key: value for key, value in asdict(result).items() if key != "elapsed"} for result in self]
        path.write_text(json.dumps(rows, indent=1, ensure_ascii=False), encoding="utf-8")
        return len(rows)
