WIDTH = 12


def heading(name, height):
    title = f"{name.capitalize()} ({height} m)"
    return title + "\n" + "=" * len(title)


def row(label, value, unit=""):
    text = f"{value:.2f}"
    return "{:<{width}}{:>8} {}".format(label, text, unit, width=WIDTH).rstrip()


def shorten(text, limit=15):
    if len(text) <= limit:
        return text
    return text[: limit - 3] + "..."
