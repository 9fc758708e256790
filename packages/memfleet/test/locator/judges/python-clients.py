"""Asks the real pymemcache and python-memcached where keys live.

argv:   pymemcache | python-memcached
stdin:  {"keys": [text], "questions": [{"servers": [[host, port, weight]], "dead": [index]}]}
stdout: per question, the index of the server of each key; -1 where the library finds none
"""

import json
import sys


def pymemcache_owners(keys, servers, dead):
    from pymemcache.client.rendezvous import RendezvousHash

    names = ["%s:%s" % (host, port) for host, port, _ in servers]
    ring = RendezvousHash(nodes=[name for i, name in enumerate(names) if i not in dead])
    return [names.index(ring.get_node(key)) for key in keys]


def python_memcached_owners(keys, servers, dead):
    import memcache

    client = memcache.Client([("%s:%d" % (host, port), weight) for host, port, weight in servers])
    for index, server in enumerate(client.servers):
        server.index = index
        server.connect = lambda alive=index not in dead: alive
    found = [client._get_server(key.encode())[0] for key in keys]
    return [-1 if server is None else server.index for server in found]


judge = {"pymemcache": pymemcache_owners, "python-memcached": python_memcached_owners}[sys.argv[1]]
asked = json.load(sys.stdin)
json.dump([judge(asked["keys"], q["servers"], q.get("dead", [])) for q in asked["questions"]], sys.stdout)
