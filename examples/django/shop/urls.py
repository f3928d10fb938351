"""The addresses of the shop."""

from django.urls import path

from shop import views

urlpatterns = [
    path("", views.home, name="home"),
    path("exports", views.start, name="start"),
    path("exports/<task_id>", views.show, name="show"),
    path("exports/<task_id>/token", views.token, name="token"),
]
