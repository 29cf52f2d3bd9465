from django.urls import path

from . import views

app_name = "venues"
urlpatterns = [
    path("", views.VenueList.as_view(), name="list"),
    path("prices/", views.Prices.as_view(), name="prices"),
    path("<slug:slug>/", views.VenueDetail.as_view(), name="detail"),
]
