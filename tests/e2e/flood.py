"""Sends many signed deliveries from a process of its own, so that whoever measures beside it is not slowed by it.

Reads one JSON object from standard input (port, path, secret, body, count, connections) and prints one: what each status
was answered how often, and the delivery ids that were answered 2xx.
"""

import asyncio
import collections
import hashlib
import hmac
import json
import subprocess
import sys
import uuid


def request_bytes(path, secret, body, delivery):
    proof = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return (f"POST {path} HTTP/1.1\r\nHost: bridge\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            f"X-GitHub-Event: push\r\nX-GitHub-Delivery: {delivery}\r\nX-Hub-Signature-256: sha256={proof}\r\n"
            "Connection: close\r\n\r\n").encode() + body


async def post(port, data):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(data)
        head = await reader.readline()
        await reader.read()
        return int(head.split()[1]) if head else 0
    finally:
        writer.close()


async def flood(order):
    waiting = [str(uuid.uuid4()) for _ in range(order["count"])]
    answers, accepted = collections.Counter(), []

    async def worker():
        while waiting:
            delivery = waiting.pop()
            try:
                data = request_bytes(order["path"], order["secret"], order["body"].encode(), delivery)
                status = await post(order["port"], data)
            except OSError:
                status = 0
            answers[status] += 1
            if 200 <= status < 300:
                accepted.append(delivery)

    await asyncio.gather(*(worker() for _ in range(order["connections"])))
    return {"answers": answers, "accepted": accepted}


def start(order, output):
    """`output` is a path: what is printed is more than a pipe holds."""
    with open(output, "wb") as file:
        process = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=file, text=True)
    process.stdin.write(json.dumps(order))
    process.stdin.close()
    return process


if __name__ == "__main__":
    print(json.dumps(asyncio.run(flood(json.load(sys.stdin)))))
