"""My appointment: see, move, cancel, add to a calendar, behind a signed address."""
