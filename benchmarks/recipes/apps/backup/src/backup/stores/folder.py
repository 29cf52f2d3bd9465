import os
import shutil

from .base import Store


class FolderStore(Store):
    def __init__(self, root):
        super().__init__("folder")
        self.root = root

    def _path(self, key):
        return os.path.join(self.root, key.replace("/", "_") + ".z")

    def put(self, key, data):
        os.makedirs(self.root, exist_ok=True)
        with open(self._path(key), "wb") as stream:
            stream.write(data)

    def get(self, key):
        with open(self._path(key), "rb") as stream:
            return stream.read()

    def keys(self):
        return sorted(name[:-2] for name in os.listdir(self.root))

    def wipe(self):
        shutil.rmtree(self.root, ignore_errors=True)
