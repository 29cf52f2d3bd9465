import abc
import zlib


class StoreError(RuntimeError):
    pass


class Store(abc.ABC):
    def __init__(self, name):
        self.name = name
        self.written = 0

    @abc.abstractmethod
    def put(self, key, data): ...

    @abc.abstractmethod
    def get(self, key): ...

    @abc.abstractmethod
    def keys(self): ...

    def put_text(self, key, text):
        packed = zlib.compress(text.encode("utf-8"))
        self.put(key, packed)
        self.written += len(text)

    def get_text(self, key):
        return zlib.decompress(self.get(key)).decode("utf-8")

    def prune(self, keep):
        for key in sorted(self.keys())[:-keep]:
            self.remove(key)

    def remove(self, key):
        raise StoreError(f"{self.name} keeps {key}")
