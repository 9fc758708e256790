"""What the Python programs have in common: asked on stdin, they answer on stdout with what their client reported.

stdin:  {"targets": [{"name", "host", "port", "prefix"}]}
        or {"servers": [[host, port]], "write": {key: text}, "read": [key]}
stdout: {"version": text, "targets": {name: {operation: what was reported}}}
        or {"version": text, "read": {key: text}}
"""

import hashlib
import json
import sys
import time

BYTES = bytes(range(256)) + b"\r\nEND\r\nVALUE a 0 1\r\n\0"
KB100 = bytes(range(256)) * 400
KB900 = bytes(range(256)) * 3600
TOO_LARGE = b"x" * 1_500_000
MONTH = 30 * 24 * 60 * 60


def future():
    return int(time.time()) + 1000


def past():
    return int(time.time()) - 1000


def show(value):
    """A value as JSON can have it: bytes as text when they are plain, else as their digest."""
    if isinstance(value, bytes):
        if len(value) <= 100 and all(32 <= byte < 127 for byte in value):
            return "b " + value.decode("ascii")
        return "md5 %s of %d bytes" % (hashlib.md5(value).hexdigest(), len(value))
    if isinstance(value, dict):
        return {(key.decode("latin1") if isinstance(key, bytes) else str(key)): show(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [show(each) for each in value]
    if isinstance(value, str) and len(value) > 100:
        return "md5 %s of %d characters" % (hashlib.md5(value.encode()).hexdigest(), len(value))
    return value


class Recorder:
    def __init__(self):
        self.seen = {}

    def __call__(self, name, action):
        """Does it, and writes down what came of it."""
        assert name not in self.seen, name
        try:
            self.seen[name] = show(action())
        except Exception as error:
            self.seen[name] = "! %s: %s" % (type(error).__name__, error)


def answer(version, contract, exchange):
    asked = json.load(sys.stdin)
    if "targets" in asked:
        seen = {}
        for target in asked["targets"]:
            recorder = Recorder()
            contract(recorder, target["host"], target["port"], target["prefix"])
            seen[target["name"]] = recorder.seen
        json.dump({"version": version, "targets": seen}, sys.stdout)
    else:
        found = exchange(asked["servers"], asked["write"], asked["read"])
        json.dump({"version": version, "read": found}, sys.stdout)
