"""Who changed what: the history of the shop in its people's words."""
