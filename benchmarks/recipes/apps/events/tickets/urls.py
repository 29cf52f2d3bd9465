from django.urls import path

from tickets import views

app_name = "tickets"
urlpatterns = [
    path("ping/", views.ping, name="ping"),
    path("mine/", views.mine, name="mine"),
    path("revenue/", views.revenue, name="revenue"),
    path("order/<int:show_id>/", views.order, name="order"),
]
