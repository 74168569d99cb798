"""What the API says about itself: the OpenAPI schema, and a page to read."""
