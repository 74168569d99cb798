"""The people who log in. In a shop's schema its staff, in the public schema the platform's operators."""
