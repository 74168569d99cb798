"""A stand-in for Meta: a Graph API that accepts, checks and reports what shops send, and people who write.

In a test or a measure:

    with meta_server(app_secret="…", product_url="http://127.0.0.1:8000") as meta:
        meta.url                                  WHATSAPP_API_URL of the product; any version prefix is served
        meta.token("wa-rossi")                    the bearer token of that line; wa-rossi and wa-bianchi are there
        meta.add_line("wa-3", waba_id="waba-3", token="t")
        wamid = meta.write("wa-rossi", "+393331234567", "Ciao", name="Anna")      a signed webhook, sent by a thread
        meta.write("wa-rossi", "IT.1349", "Ciao")                                 someone without a phone
        meta.write("wa-rossi", "+39…", type="location", content={"latitude": 45.4, "longitude": 9.2})
        meta.write_file("wa-rossi", "+39…", "audio", b"…", "audio/ogg; codecs=opus", voice=True)
        meta.react("wa-rossi", "+39…", sent.wamid, "👍")
        sent = meta.wait_messages(1, line="wa-rossi", to="+39…", seconds=5)[-1]   raises TimeoutError
        sent.type, sent.text, sent.options, sent.body, sent.statuses, sent.faults
        meta.tap("wa-rossi", "+39…", sent, sent.options[0][0])                    a row, a button, a template's button
        meta.read("wa-rossi", "+39…")                                             the person opens the chat
        meta.close_window("wa-rossi", "+39…")                                     24 hours go by
        meta.set_faults(slow_ms=500, fail={"code": 131000, "next": 3}, lose={"share": 0.1}); meta.reset_faults()
        meta.set_faults(hold=True); meta.release(random.shuffle)                  webhooks only when told
        meta.sent; meta.messages(line=…, to=…); meta.clear()                      everything; what was accepted
        meta.post(payload)                                                        any payload or bytes, signed, once
        meta.payload("wa-rossi", messages=[…], contacts=[…], statuses=[…])        to be sent with post or deliver
        meta.wait_idle()                                                          every webhook answered with 200

As a program: `python -m sandbox.meta --port 8001 --product http://127.0.0.1:8000`, with the same over HTTP: `GET /_sent
[?since=ID&phone_number_id=…&to=…]`, `DELETE /_sent`, `POST /_write`, `POST /_read`, `POST /_window`, `GET|POST|DELETE
/_faults` (sandbox/meta/faults.py says which), `POST /_deliver`, `POST /_webhook`, `POST /_lines`, `GET /_health`.
`POST /_write`: {"line": "wa-rossi", "from": "+39…" or "IT.…", "name"?, "text": "Ciao"} or {"type", and the content under
the type's name as in Meta's messages}, {"type": "image", "base64", "mime_type"} for files, {"messages": […]} as they are.
"""

from sandbox.meta.demo import demo_lines, meta_server
from sandbox.meta.faults import Faults
from sandbox.meta.server import Meta
from sandbox.meta.state import Line, Sent

__all__ = ["Faults", "Line", "Meta", "Sent", "demo_lines", "meta_server"]
