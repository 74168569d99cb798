"""One's own calendar feeds: made, copied once, revoked."""
