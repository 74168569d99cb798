"""What the shop says of its own accord: which messages there are, when they may go out, to whom, and what was decided.

`kinds` are the messages as data; `deciding.send` is the one way to a message: decided once, written down with its
reason, stored in the outbox. `standing` looks at a message that waited before it goes out.
"""
