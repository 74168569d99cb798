"""Oggi: the day by bay, what needs a person, today's and this week's figures, the requests that were lost."""
