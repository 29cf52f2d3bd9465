from courier.app import Courier
from courier.registry import task

__all__ = ["Courier", "task"]
