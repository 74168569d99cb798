"""What answers at /api/v1/: thin views over the verbs of the workshop."""
