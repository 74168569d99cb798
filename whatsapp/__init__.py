"""WhatsApp through Meta's Cloud API: what comes in by webhook, what goes out through the Graph API."""
