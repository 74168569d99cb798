"""The one error that the sandbox shows to people."""


class Problem(Exception):
    """Something stops the sandbox. The message is one or two sentences: what is wrong and how to mend it."""
