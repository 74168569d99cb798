"""The operators' pages about shops: how they are, new ones, lines that nobody has, entering one to help."""
