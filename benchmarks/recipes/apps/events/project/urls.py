from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="venues:list"), name="home"),
    path("venues/", include("venues.urls")),
    path("tickets/", include("tickets.urls", namespace="tickets")),
]
