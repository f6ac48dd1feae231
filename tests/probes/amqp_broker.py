"""An AMQP 1.0 broker over TLS with a claims service ($cbs), on Apache Qpid Proton: amqp_broker.py PORT cert= key= shared=

Takes SAS tokens of the key name "probe" and the shared key; the queue is "orders", "listen" may only be read.
"""

import base64
import hashlib
import hmac
import sys
import time
import urllib.parse

from proton import Condition, Handler, Message, SSLDomain, Terminus
from proton.handlers import MessagingHandler
from proton.reactor import Container


def is_genuine(token, shared):
    parts = dict(pair.split("=", 1) for pair in token.removeprefix("SharedAccessSignature ").split("&"))
    signature = hmac.new(shared.encode(), f"{parts['sr']}\n{parts['se']}".encode(), hashlib.sha256).digest()
    fits = hmac.compare_digest(base64.b64encode(signature).decode(), urllib.parse.unquote(parts["sig"]))
    return fits and parts["skn"] == "probe" and int(parts["se"]) > time.time()


class Refusal(Handler):
    """Closes a link once it is open: a refusal is an attach without a target, then a detach with the reason."""

    def __init__(self, link):
        super().__init__()
        self.link = link

    def on_timer_task(self, event):
        self.link.close()


class Broker(MessagingHandler):
    def __init__(self, port, options):
        super().__init__(auto_accept=True)
        self.port, self.options, self.replies, self.authorized = port, options, {}, set()

    def on_start(self, event):
        self.container = event.container
        domain = SSLDomain(SSLDomain.MODE_SERVER)
        domain.set_credentials(self.options["cert"], self.options["key"], None)
        event.container.listen(f"amqps://127.0.0.1:{self.port}", ssl_domain=domain)

    def on_link_opening(self, event):
        link = event.link
        address = (link.remote_source if link.is_sender else link.remote_target).address
        link.source.copy(link.remote_source)
        link.target.copy(link.remote_target)
        if address == "$cbs":
            if link.is_sender:
                self.replies[event.connection] = link
            return
        self.refuse_unless(link, address, event.connection in self.authorized)

    def refuse_unless(self, link, address, authorized):
        if authorized and address == "orders":
            return
        known = address in ("orders", "listen")
        link.target.type = Terminus.UNSPECIFIED
        link.target.address = None
        name = "amqp:unauthorized-access" if known else "amqp:not-found"
        link.condition = Condition(name, f"The messaging entity '{address}' could not be used.")
        self.container.schedule(0, Refusal(link))

    def on_message(self, event):
        request = event.message
        fine = request.properties["operation"] == "put-token" and is_genuine(request.body, self.options["shared"])
        if fine:
            self.authorized.add(event.connection)
        status = {"status-code": 202 if fine else 401, "status-description": "Accepted" if fine else "InvalidSignature"}
        self.replies[event.connection].send(Message(correlation_id=request.id, properties=status))


if __name__ == "__main__":
    chosen = dict(word.split("=", 1) for word in sys.argv[2:])
    Container(Broker(int(sys.argv[1]), chosen)).run()
