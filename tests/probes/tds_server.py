"""A SQL Server as far as a log-in goes ([MS-TDS] 7.4): tds_server.py PORT cert= key= [route=PORT] [encrypt=no]

Pre-login, TLS inside TDS packets, LOGIN7 read at its real offsets, LOGINACK or ERROR, one row for a batch.
"""

import socket
import ssl
import struct
import sys
import threading

USER, PASSWORD = "ann", "s3cret/+pass word"


def packet(kind, body):
    return struct.pack(">BBHHBB", kind, 1, len(body) + 8, 0, 1, 0) + body


def exactly(read, size):
    data = b""
    while len(data) < size:
        more = read(size - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def message(read):
    body = b""
    while True:
        kind, status, length = struct.unpack(">BBH", exactly(read, 8)[:4])
        body += exactly(read, length - 8)
        if status & 1:
            return kind, body


def text(value):
    return struct.pack("<H", len(value)) + value.encode("utf-16-le")


def error(number, words):
    body = struct.pack("<IBB", number, 1, 14) + text(words) + b"\x04" + "fake".encode("utf-16-le") + b"\x00" + struct.pack("<I", 1)
    return b"\xaa" + struct.pack("<H", len(body)) + body


DONE = b"\xfd" + struct.pack("<HHQ", 0, 0, 1)
FAILED = b"\xfd" + struct.pack("<HHQ", 2, 0, 0)


def acknowledgement():
    name = "Microsoft SQL Server"
    body = b"\x01\x74\x00\x00\x04" + bytes([len(name)]) + name.encode("utf-16-le") + b"\x10\x00\x00\x00"
    return b"\xad" + struct.pack("<H", len(body)) + body


def routing(port):
    value = b"\x00" + struct.pack("<H", port) + text("node.sql.test")
    body = b"\x14" + struct.pack("<H", len(value)) + value + b"\x00\x00"
    return b"\xe3" + struct.pack("<H", len(body)) + body


def login_fields(body):
    assert struct.unpack_from("<I", body)[0] == len(body), "the length that LOGIN7 names is not its own"
    fields = []
    for index in range(9):
        start, count = struct.unpack_from("<HH", body, 36 + 4 * index)
        fields.append(body[start:start + 2 * count])
    fields[2] = bytes((((byte ^ 0xA5) << 4) & 0xF0) | ((byte ^ 0xA5) >> 4) for byte in fields[2])
    host, user, password, app, server, _, library, language, database = [field.decode("utf-16-le") for field in fields]
    return user, password, database, server


def judge(body, options):
    user, password, database, server = login_fields(body)
    if (user, password) != (USER, PASSWORD):
        return error(18456, f"Login failed for user '{user}' with password {password}.") + FAILED
    if database == "blocked":
        return error(40615, "Cannot open server requested by the login. Client with IP address is not allowed.") + FAILED
    if database != "inventory":
        return error(4060, f'Cannot open database "{database}" requested by the login.') + FAILED
    if "route" in options:
        return routing(int(options["route"])) + acknowledgement() + DONE
    return acknowledgement() + DONE


def serve(connection, options):
    kind, body = message(connection.recv)
    encryption = b"\x02" if options.get("encrypt") == "no" else b"\x01"
    connection.sendall(packet(4, b"\x00\x00\x0b\x00\x06\x01\x00\x11\x00\x01\xff" + b"\x10\x00\x07\xd0\x00\x00" + encryption))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = options["context"].wrap_bio(incoming, outgoing, server_side=True)
    framed = True

    def flush():
        data = outgoing.read()
        if data:
            connection.sendall(packet(0x12, data) if framed else data)

    def fill():
        data = message(connection.recv)[1] if framed else connection.recv(65536)
        if not data:
            raise EOFError
        incoming.write(data)

    while True:
        try:
            tls.do_handshake()
            break
        except ssl.SSLWantReadError:
            flush()
            fill()
    flush()
    framed = False

    def read(size):
        while True:
            try:
                return tls.read(size)
            except ssl.SSLWantReadError:
                fill()

    while True:
        kind, body = message(read)
        if kind == 0x10:
            answer = judge(body, options)
        else:
            answer = b"\x81\x01\x00" + b"\x00\x00\x00\x00\x20\x00\x38\x00" + b"\xd1\x01\x00\x00\x00" + DONE
        tls.write(packet(4, answer))
        flush()


def guarded(connection, options):
    try:
        serve(connection, options)
    except (EOFError, OSError):
        pass
    finally:
        connection.close()


if __name__ == "__main__":
    chosen = dict(word.split("=", 1) for word in sys.argv[2:])
    chosen["context"] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    chosen["context"].load_cert_chain(chosen["cert"], chosen["key"])
    with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
        while True:
            threading.Thread(target=guarded, args=(listener.accept()[0], chosen), daemon=True).start()
