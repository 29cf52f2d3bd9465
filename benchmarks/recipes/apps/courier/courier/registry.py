from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_registry: dict[str, "Task"] = {}


class Task:
    def __init__(self, function: Callable[..., Any], name: str, retries: int, priority: int) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.name = name
        self.retries = retries
        self.priority = priority

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    def delay(self, queue, *args: Any, **kwargs: Any) -> None:
        queue.put(Signature(self, args, kwargs))

    def __repr__(self) -> str:
        return f"<Task {self.name}>"


class Signature:
    __slots__ = ("args", "attempts", "kwargs", "task")

    def __init__(self, task: Task, args: tuple, kwargs: dict) -> None:
        self.task = task
        self.args = args
        self.kwargs = kwargs
        self.attempts = 0

    def run(self) -> Any:
        self.attempts += 1
        return self.task(*self.args, **self.kwargs)


def task(name: str | None = None, *, retries: int = 0, priority: int = 5):
    def decorate(function: Callable[P, R]) -> Task:
        made = Task(function, name or function.__name__, retries, priority)
        _registry[made.name] = made
        return made

    return decorate


def lookup(name: str) -> Task:
    return _registry[name]


def registered() -> list[str]:
    return sorted(_registry)
