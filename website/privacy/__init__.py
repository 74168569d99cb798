"""What the shop tells about personal data."""
