"""La mia officina: what the shop is and how its receptionist speaks, in the workshop's words."""
