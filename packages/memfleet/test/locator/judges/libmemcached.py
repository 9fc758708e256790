"""Asks the real libmemcached (through ctypes) where keys live.

stdin:  {"keys": [text], "questions": [{"behaviors": [[behavior, value]], "servers": [[host, port, weight]]}]}
stdout: per question, the index of the server of each key
"""

import ctypes
import json
import sys

lib = ctypes.CDLL("libmemcached.so.11")
pointer = ctypes.c_void_p
lib.memcached_create.restype = pointer
lib.memcached_create.argtypes = [pointer]
lib.memcached_free.argtypes = [pointer]
lib.memcached_behavior_set.argtypes = [pointer, ctypes.c_int, ctypes.c_uint64]
lib.memcached_server_list_append_with_weight.restype = pointer
lib.memcached_server_list_append_with_weight.argtypes = [
    pointer,
    ctypes.c_char_p,
    ctypes.c_uint16,
    ctypes.c_uint32,
    ctypes.POINTER(ctypes.c_int),
]
lib.memcached_server_push.argtypes = [pointer, pointer]
lib.memcached_server_list_free.argtypes = [pointer]
lib.memcached_generate_hash.restype = ctypes.c_uint32
lib.memcached_generate_hash.argtypes = [pointer, ctypes.c_char_p, ctypes.c_size_t]


def owners(keys, behaviors, servers):
    client = lib.memcached_create(None)
    for behavior, value in behaviors:
        assert lib.memcached_behavior_set(client, behavior, value) == 0
    error = ctypes.c_int(0)
    listed = None
    for host, port, weight in servers:
        listed = lib.memcached_server_list_append_with_weight(listed, host.encode(), port, weight, ctypes.byref(error))
    assert lib.memcached_server_push(client, listed) == 0
    locate = lib.memcached_generate_hash
    found = [locate(client, key, len(key)) for key in keys]
    lib.memcached_server_list_free(listed)
    lib.memcached_free(client)
    return found


asked = json.load(sys.stdin)
encoded = [key.encode() for key in asked["keys"]]
json.dump([owners(encoded, q["behaviors"], q["servers"]) for q in asked["questions"]], sys.stdout)
