"""The platform: shops, their addresses and lines, provisioning, and the walls between them (public schema)."""
