"""Addresses: the web chat and the widget for other sites."""

from django.urls import path

from website.chat import views, widget

urlpatterns = [
    path("chat", views.page, name="chat"),
    path("chat/start", views.start, name="chat_start"),
    path("chat/message", views.write, name="chat_message"),
    path("chat/tap", views.tap, name="chat_tap"),
    path("chat/proof", views.proof, name="chat_proof"),
    path("chat/forget", views.forget, name="chat_forget"),
    path("chat/messages", views.messages, name="chat_messages"),
    path("widget.js", widget.script, name="chat_widget"),
]
