"""git-http-backend behind Basic authentication, on a free port of 127.0.0.1; prints the port.

usage: git_http_server.py ROOT CREDENTIALS_FILE MODE   (the file holds user:password, so that it is in no argument)
MODE: normal | preemptive (a request without the header gets 401 with NTLM only) | redirect | stall | corrupt (packs with one wrong bit)
A diary of requests ("GET /path authorized") goes to ROOT/../diary.
"""
import base64
import http.server
import os
import subprocess
import sys
import threading

ROOT, CREDENTIALS, MODE = sys.argv[1:4]
with open(CREDENTIALS, encoding="utf-8") as file:
    EXPECTED = "Basic " + base64.b64encode(file.read().encode()).decode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def serve(self):
        authorized = self.headers.get("Authorization") == EXPECTED
        with open(os.path.join(os.path.dirname(ROOT), "diary"), "a", encoding="utf-8") as diary:
            diary.write(f"{self.command} {self.path} {'authorized' if authorized else 'anonymous'}\n")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if MODE == "redirect":
            return self.answer(301, [("Location", "http://127.0.0.1:1/elsewhere/info/refs")])
        if MODE == "stall":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.flush()
            threading.Event().wait(60)
            return None
        if not authorized:
            scheme = "NTLM" if MODE == "preemptive" else 'Basic realm="git"'
            return self.answer(401, [("WWW-Authenticate", scheme)])
        path, _, query = self.path.partition("?")
        environment = {
            "PATH": "/usr/bin:/bin", "GIT_PROJECT_ROOT": ROOT, "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path,
            "QUERY_STRING": query, "REQUEST_METHOD": self.command, "GIT_CONFIG_NOSYSTEM": "1", "HOME": "/nonexistent",
            "CONTENT_TYPE": self.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""), "REMOTE_USER": "git",
            "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
        answer = subprocess.run(["git", "http-backend"], input=body, env=environment, stdout=subprocess.PIPE,
                                check=False).stdout
        head, _, payload = answer.partition(b"\r\n\r\n")
        status, headers = 200, []
        for line in head.decode().split("\r\n"):
            name, _, value = line.partition(": ")
            if name == "Status":
                status = int(value.split()[0])
            elif name:
                headers.append((name, value))
        if MODE == "corrupt" and b"PACK" in payload:
            at = payload.index(b"PACK") + 20
            payload = payload[:at] + bytes([payload[at] ^ 1]) + payload[at + 1:]
        return self.answer(status, headers, payload)

    do_GET = do_POST = serve


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
