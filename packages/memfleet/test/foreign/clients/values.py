"""Values of Python's clients and of Django, each written and read with its type.

argv:   pymemcache | pylibmc | python-memcached | django-pymemcache | django-pylibmc
stdin:  lines: "server HOST PORT", "write KEY TYPE BASE64", "read KEY"
stdout: a line for each read: "KEY TYPE BASE64"
"""

import base64
import json
import sys

library = sys.argv[1]


def connect(host, port):
    if library == "pymemcache":
        from pymemcache import serde
        from pymemcache.client.base import Client

        return Client((host, port), serde=serde.pickle_serde, default_noreply=False)
    if library == "pylibmc":
        import pylibmc

        return pylibmc.Client(["%s:%d" % (host, port)])
    if library == "python-memcached":
        import memcache

        return memcache.Client(["%s:%d" % (host, port)])
    from django.conf import settings
    from django.core.cache import cache

    backend = {"django-pymemcache": "PyMemcacheCache", "django-pylibmc": "PyLibMCCache"}[library]
    location = "%s:%d" % (host, port)
    settings.configure(
        CACHES={"default": {"BACKEND": "django.core.cache.backends.memcached." + backend, "LOCATION": location}}
    )
    return cache


makers = {
    "str": bytes.decode,
    "bytes": bytes,
    "int": int,
    "bool": lambda text: text == b"True",
    "float": float,
    "json": json.loads,
}


def show(value):
    if isinstance(value, bytes):
        return "bytes", value
    if isinstance(value, str):
        return "str", value.encode()
    if isinstance(value, (bool, int, float)):
        return type(value).__name__, str(value).encode()
    return "json", json.dumps(value).encode()


client = None
for line in sys.stdin:
    what, *words = line.split()
    if what == "server":
        client = connect(words[0], int(words[1]))
    elif what == "write":
        key, kind, data = words[0], words[1], base64.b64decode(words[2] if len(words) > 2 else "")
        large = {"min_compress_len": 2000} if library in ("pylibmc", "python-memcached") else {}
        assert client.set(key, makers[kind](data), **large) is not False, key
    elif what == "read":
        kind, data = show(client.get(words[0]))
        print(words[0], kind, base64.b64encode(data).decode())
