from .base import Store, StoreError


class MemoryStore(Store):
    def __init__(self):
        super().__init__("memory")
        self._items = {}

    def put(self, key, data):
        self._items[key] = data

    def get(self, key):
        try:
            return self._items[key]
        except KeyError as error:
            raise StoreError(f"no {key}") from error

    def keys(self):
        return list(self._items)

    def remove(self, key):
        del self._items[key]
