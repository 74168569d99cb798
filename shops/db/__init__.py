"""Django's database backend with a search path and a role per shop."""
