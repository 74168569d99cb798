"""The phone: Vapi's webhook, the assistant a shop presents, calls and recordings."""
