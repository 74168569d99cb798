"""Conversazioni: an inbox across phone, WhatsApp and web; what was said, what was done, and the person's answer."""
