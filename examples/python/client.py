"""Calls greeter.greet as lines over TCP, and once more over HTTP."""
import json
import os
import socket
import urllib.request

NAMESERVER = os.environ.get("NAMESERVER", "localhost:9090")


def call(place, method, *params):
    host, port = place.rsplit(":", 1)
    with socket.create_connection((host, int(port))) as connection, connection.makefile("rw") as lines:
        lines.write(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}) + "\n")
        lines.flush()
        answer = json.loads(lines.readline())
    if "error" in answer:
        raise RuntimeError(answer["error"]["message"])
    return answer["result"]


def post(place, method, *params):
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    request = urllib.request.Request(f"http://{place}/", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request) as response:
        return json.load(response)["result"]


object_id, place = call(NAMESERVER, "nameserver.lookup", "greeter").split("@")
print(call(place, f"{object_id}.greet", "Python over TCP"))
print(post(place, f"{object_id}.greet", "Python over HTTP"))
