from django.db import models
from django.urls import reverse


class Author(models.Model):
    name = models.CharField(max_length=50)

    def __str__(self):
        return self.name


class Note(models.Model):
    title = models.CharField(max_length=100)
    body = models.TextField(blank=True)
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="notes")
    views = models.IntegerField(default=0)

    class Meta:
        ordering = ["title"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("note_detail", args=[self.pk])

    def summary(self, words=3):
        parts = self.body.split()
        short = " ".join(parts[:words])
        return short + "..." if len(parts) > words else short
