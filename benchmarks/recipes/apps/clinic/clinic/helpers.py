import re
from datetime import date


def age_on(born: date, day: date) -> int:
    years = day.year - born.year
    if (day.month, day.day) < (born.month, born.day):
        years -= 1
    return years


def initials(name: str) -> str:
    return "".join(word[0].upper() for word in re.findall(r"\w+", name))


def paginate(items, page, size):
    start = (page - 1) * size
    return items[start : start + size], len(items) > start + size
