import pathlib


def read_text(path):
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return path.read_text(encoding="latin-1")


def walk(folder):
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if path.is_file():
            yield path


def newest(paths):
    first, *_ = sorted(paths, key=lambda path: path.name, reverse=True)
    return first.name
