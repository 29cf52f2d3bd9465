from .base import Store, StoreError
from .folder import FolderStore
from .memory import MemoryStore

STORES = {"folder": FolderStore, "memory": MemoryStore}

__all__ = ["STORES", "FolderStore", "MemoryStore", "Store", "StoreError"]
