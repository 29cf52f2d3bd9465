import threading
import time
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor

from .queue import TaskQueue
from .registry import lookup
from .results import Result, ResultStore


class RetryLater(Exception):
    pass


class Courier:
    def __init__(self, settings):
        self.settings = settings
        self.queue = TaskQueue()
        self.store = ResultStore()
        self.lock = threading.Lock()
        self.recent = deque(maxlen=5)
        self.counts = Counter()

    def send(self, name, *args, **kwargs):
        lookup(name).delay(self.queue, *args, **kwargs)

    def run_one(self, signature):
        started = time.perf_counter()
        try:
            value = signature.run()
        except RetryLater as error:
            if signature.attempts > self.settings.queue.retries:
                return Result.failure(signature.task.name, error)
            self.queue.put(signature)
            return None
        elapsed = time.perf_counter() - started
        return Result.success(signature.task.name, value, elapsed=elapsed)

    def drain(self):
        with ThreadPoolExecutor(max_workers=1) as executor:
            while len(self.queue):
                result = executor.submit(self.run_one, self.queue.pop()).result()
                if result is None:
                    continue
                with self.lock:
                    self.store.add(result)
                    self.recent.append(result.task)
                    self.counts[result.state.value] += 1
        return self.store
