"""What is shown and what may be sent, one module for each resource."""
