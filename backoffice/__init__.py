"""The pages of a shop's back office that span rooms: Oggi, calendar, inbox, board, try-out. No models."""
