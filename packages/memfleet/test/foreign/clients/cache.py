"""The cache of Django, call by call.

argv:   pymemcache | pylibmc, host:port, KEY_PREFIX, VERSION
stdin:  a line for each call, as JSON: [method, argument, ...]; the last argument may be {"named": {...}}
stdout: a line for each, as JSON: {"result": ...}, or {"error": name}; bytes are {"bytes": base64}
"""

import base64
import json
import sys

from django.conf import settings
from django.core.cache import cache

library, location, prefix, version = sys.argv[1:]
backend = {"pymemcache": "PyMemcacheCache", "pylibmc": "PyLibMCCache"}[library]
settings.configure(
    CACHES={
        "default": {
            "BACKEND": "django.core.cache.backends.memcached." + backend,
            "LOCATION": location,
            "KEY_PREFIX": prefix,
            "VERSION": int(version),
        }
    }
)


def given(value):
    if isinstance(value, dict) and "bytes" in value:
        return base64.b64decode(value["bytes"])
    if isinstance(value, dict):
        return {key: given(each) for key, each in value.items()}
    return value


def shown(value):
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {key: shown(each) for key, each in value.items()}
    return value


for line in sys.stdin:
    method, *words = json.loads(line)
    named = {}
    if words and isinstance(words[-1], dict) and "named" in words[-1]:
        named = words.pop()["named"]
    try:
        answer = {"result": shown(getattr(cache, method)(*map(given, words), **named))}
    except Exception as error:
        answer = {"error": type(error).__name__}
    print(json.dumps(answer), flush=True)
