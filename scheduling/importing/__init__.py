"""Customers and cars from another program's file: read, matched, tried without writing, then written at once.

Written here rather than with django-import-export, whose resources look up and check row by row in the database: a file
of 20,000 rows holds customers and cars together and has to be compared in a few queries.
"""
