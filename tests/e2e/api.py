"""REST of weir-node and weir-hub as api/openapi.yaml describes it, and requests of any bytes."""

import base64
import dataclasses
import functools
import json
import pathlib
import re
import socket
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
DESCRIPTION = ROOT / "api" / "openapi.yaml"
ANSWER_S = 30.0


def python():
    """The interpreter that sees the packages of tools/python.txt; None where set-up has not run."""
    found = subprocess.run(["bash", "-c", 'root=$1; source "$1/tools/python.sh"; python_dir', "-",
                            ROOT], capture_output=True, text=True, check=True)
    program = pathlib.Path(found.stdout.strip()) / "bin" / "python3"
    return program if program.exists() else None


@dataclasses.dataclass
class Operation:
    method: str  # GET
    path: str  # /api/v1/alerts/1, with an example in the place of each argument
    template: str  # /api/v1/alerts/{number}
    takes: list  # media types of its body
    socket: bool  # it opens a WebSocket


@functools.cache
def description():
    """api/openapi.yaml as JSON has it."""
    reader = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)"
    with DESCRIPTION.open("rb") as file:
        read = subprocess.run([python(), "-c", reader], stdin=file, capture_output=True, check=True)
    return json.loads(read.stdout)


def description_of(daemon):
    """What of it `daemon`, "node" or "hub", serves."""
    paths = {}
    for path, item in description()["paths"].items():
        served = {method: operation for method, operation in item.items()
                  if daemon in operation["x-daemons"]}
        if served:
            paths[path] = served
    return {**description(), "paths": paths}


def operations(daemon):
    """Those that `daemon`, "node" or "hub", serves."""
    examples = {each["name"]: str(each["example"])
                for each in description()["components"]["parameters"].values()
                if each["in"] == "path"}
    found = []
    for template, item in description_of(daemon)["paths"].items():
        path = re.sub(r"{(\w+)}", lambda argument: examples[argument[1]], template)
        for method, operation in item.items():
            body = operation.get("requestBody", {})
            found.append(Operation(method.upper(), path, template, list(body.get("content", {})),
                                   "101" in operation["responses"]))
    return found


def allowed(path, all_of):
    """The methods that `path` takes."""
    found = set()
    for operation in all_of:
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", operation.template), path):
            found.add(operation.method)
            if operation.method == "GET":
                found.add("HEAD")
    return found


class Connection:
    """Sends any bytes, and reads an answer."""

    def __init__(self, port):
        self._socket = socket.create_connection(("127.0.0.1", port), ANSWER_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._socket.close()

    def send(self, data):
        """Whether the peer has not hung up."""
        try:
            self._socket.sendall(data)
            return True
        except (ConnectionError, BrokenPipeError):
            return False

    def until(self, end):
        """What the peer says, to `end`."""
        said = b""
        while end not in said:
            piece = self._socket.recv(65536)
            if not piece:
                raise AssertionError(f"the peer hung up after {said!r}")
            said += piece
        return said

    def answer(self):
        """(status, headers in lower case, body) once the peer has said all."""
        said = b""
        try:
            while piece := self._socket.recv(65536):
                said += piece
        except ConnectionResetError:
            pass  # it says why before it resets
        head, _, body = said.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        if not first.startswith("HTTP/1.1 "):
            raise AssertionError(f"no answer but {said[:200]!r}")
        headers = {name.lower(): value for name, value in
                   (line.split(": ", 1) for line in lines)}
        return int(first.split()[1]), headers, body


def basic(user, password):
    """The value of Authorization (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def ask(port, method, target, headers=(), body=b"", host="localhost"):
    """The answer to one request. Texts of the head are sent as UTF-8."""
    head = f"{method} {target} HTTP/1.1\r\n".encode("utf-8", "surrogateescape")
    for name, value in ([("Host", host)] if host else []) + [("Connection", "close"), *headers]:
        head += f"{name}: {value}\r\n".encode()
    if body and not any(name == "Transfer-Encoding" for name, _ in headers):
        head += f"Content-Length: {len(body)}\r\n".encode()
    with Connection(port) as connection:
        connection.send(head + b"\r\n" + body)
        return connection.answer()
