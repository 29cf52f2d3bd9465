import heapq
import itertools
from abc import ABC, abstractmethod


class BaseQueue(ABC):
    @abstractmethod
    def put(self, signature): ...

    @abstractmethod
    def pop(self): ...


class TaskQueue(BaseQueue):
    def __init__(self):
        self._heap = []
        self._counter = itertools.count()

    def put(self, signature):
        heapq.heappush(self._heap, (signature.task.priority, next(self._counter), signature))

    def pop(self):
        _, _, signature = heapq.heappop(self._heap)
        return signature

    def __len__(self):
        return len(self._heap)

    def __iter__(self):
        for _, _, signature in sorted(self._heap):
            yield signature
