from django.urls import path

from notes import views

urlpatterns = [
    path("", views.index, name="note_list"),
    path("<int:number>/", views.detail, name="note_detail"),
    path("search/", views.search, name="note_search"),
    path("stats/", views.stats, name="note_stats"),
]
