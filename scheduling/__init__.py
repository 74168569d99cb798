"""The workshop: customers, vehicles, services, bays, hours, closures, appointments; availability and
booking."""
