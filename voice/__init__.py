"""The phone: Vapi's webhook, its payloads, the assistant a shop presents, the recordings, the Vapi client
(no models).
"""
