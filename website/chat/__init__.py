"""The web chat and the widget for other sites."""
