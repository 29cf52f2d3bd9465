from string import Template

from ..registry import task

LETTER = Template("$greeting $name, your parcel of $weight kg is on its way.")
outbox: list[str] = []


@task("mail.notify", priority=3)
def notify(name: str, weight: float, *, greeting: str = "Hello") -> str:
    text = LETTER.substitute(greeting=greeting, name=name.title(), weight=f"{weight:.1f}")
    outbox.append(text)
    return text


@task("mail.digest", priority=9)
def digest() -> str:
    subject = "%d letters" % len(outbox)
    return subject + ": " + "; ".join(line.split(",")[0] for line in outbox)
