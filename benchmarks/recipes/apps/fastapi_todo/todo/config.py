import os

PAGE_SIZE = int(os.environ.get("TODO_PAGE_SIZE", "2"))
DATABASE = os.environ.get("TODO_DATABASE", "sqlite://")
