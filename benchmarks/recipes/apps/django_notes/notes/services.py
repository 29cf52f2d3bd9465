"""Questions about notes."""

from collections import Counter

from notes.models import Author, Note

STOPWORDS = {"the", "a", "of"}


def find(text):
    return Note.objects.filter(body__icontains=text).order_by("title")


def seen(note):
    note.views += 1
    note.save(update_fields=["views"])
    return note


def word_counts(limit=3):
    counts = Counter()
    for note in Note.objects.all():
        for word in note.body.lower().split():
            if word not in STOPWORDS:
                counts[word] += 1
    return counts.most_common(limit)


def busiest():
    ranked = sorted(Author.objects.all(), key=lambda author: author.notes.count(), reverse=True)
    return ranked[0] if ranked else None


def fill():
    ann = Author.objects.create(name="Ann")
    bob = Author.objects.create(name="Bob")
    Note.objects.create(title="Tea", body="the water must boil", author=ann, views=1200)
    Note.objects.create(title="Cups", body="a cup of water", author=bob)
    Note.objects.create(title="Pots", body="water again", author=ann)
