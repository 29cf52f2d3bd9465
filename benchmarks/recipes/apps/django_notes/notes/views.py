from django.http import JsonResponse
from django.shortcuts import get_object_or_404, render

from notes import services
from notes.models import Note


def index(request):
    notes = Note.objects.select_related("author").all()
    return render(request, "notes/index.html", {"notes": notes, "count": len(notes)})


def detail(request, number):
    note = get_object_or_404(Note, pk=number)
    services.seen(note)
    return render(request, "notes/detail.html", {"note": note})


def search(request):
    text = request.GET.get("q", "")
    found = services.find(text)
    return JsonResponse({"query": text, "found": [note.title for note in found]})


def stats(request):
    busiest = services.busiest()
    words = dict(services.word_counts())
    return JsonResponse({"busiest": str(busiest), "words": words})
