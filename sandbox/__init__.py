"""What a laptop needs in place of the outside world: servers, demo data, a caller.

Nothing here imports another room: the sandbox starts programs and talks to them over the wire.
"""
