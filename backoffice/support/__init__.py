"""The shop's side of a visit of the support: the way in, the banner, who has been here, ending it."""
