"""pymemcache. See recorder.py for what is asked and answered."""

import pymemcache
from pymemcache.client.base import Client, PooledClient
from pymemcache.client.hash import HashClient
from recorder import BYTES, KB100, KB900, MONTH, TOO_LARGE, answer, future, past


def contract(record, host, port, prefix):
    client = Client((host, port), timeout=9, connect_timeout=9, default_noreply=False, no_delay=True)

    def k(name):
        return prefix + name

    values = {"text": b"hello", "bytes": BYTES, "empty": b"", "100 KB": KB100, "900 KB": KB900}
    for name, value in values.items():
        key = k(name.replace(" ", ""))
        record("get before set: " + name, lambda: client.get(key))
        record("set: " + name, lambda: client.set(key, value))
        record("get: " + name, lambda: client.get(key))
    record("get with a default", lambda: client.get(k("none"), b"default"))
    record("set: with flags", lambda: client.set(k("flags"), b"v", flags=0xFFFF))
    flagged = Client((host, port), timeout=9, deserializer=lambda key, value, flags: [value, flags])
    record("get: with flags", lambda: flagged.get(k("flags")))
    record("set: too large", lambda: client.set(k("large"), TOO_LARGE))
    record("get: too large", lambda: client.get(k("large")))

    record("get_many: hits, misses, duplicates", lambda: client.get_many([k("text"), k("none"), k("empty"), k("text"), k("bytes")]))
    record("get_many: misses only", lambda: client.get_many([k("none"), k("nothing")]))
    record("get_many: no keys", lambda: client.get_many([]))
    record("gets_many", lambda: sorted((key, value) for key, (value, cas) in client.gets_many([k("text"), k("none"), k("empty")]).items()))

    record("add: new", lambda: client.add(k("add"), b"one"))
    record("add: there already", lambda: client.add(k("add"), b"two"))
    record("replace: there", lambda: client.replace(k("add"), b"three"))
    record("replace: not there", lambda: client.replace(k("none"), b"three"))
    record("append", lambda: client.append(k("add"), b" and"))
    record("prepend", lambda: client.prepend(k("add"), b"and "))
    record("append: not there", lambda: client.append(k("none"), b"x"))
    record("prepend: not there", lambda: client.prepend(k("none"), b"x"))
    record("get after append and prepend", lambda: client.get(k("add")))

    def cas():
        value, token = client.gets(k("text"))
        first = client.cas(k("text"), b"first", token)
        second = client.cas(k("text"), b"second", token)
        return [value, token.isdigit(), first, second, client.get(k("text")), client.cas(k("none"), b"x", token)]

    record("gets and cas", cas)
    record("gets: not there", lambda: client.gets(k("none")))

    record("incr: not there", lambda: client.incr(k("count"), 1))
    record("set: number", lambda: client.set(k("count"), b"10"))
    record("incr", lambda: client.incr(k("count"), 5))
    record("decr", lambda: client.decr(k("count"), 6))
    record("get: number that got shorter", lambda: client.get(k("count")))
    record("decr: below zero", lambda: client.decr(k("count"), 100))
    record("set: largest number", lambda: client.set(k("count"), b"18446744073709551615"))
    record("incr: over the edge", lambda: client.incr(k("count"), 2))
    record("incr: largest step", lambda: client.incr(k("count"), 18446744073709551615))
    record("incr: step too large", lambda: client.incr(k("count"), 18446744073709551616))
    record("incr: no number", lambda: client.incr(k("empty"), 1))
    record("get after an error", lambda: client.get(k("text")))

    record("set: for 30 days", lambda: client.set(k("month"), b"v", expire=MONTH))
    record("set: until a time", lambda: client.set(k("future"), b"v", expire=future()))
    record("set: until a time in the past", lambda: client.set(k("past"), b"v", expire=past()))
    record("set: expired at once", lambda: client.set(k("minus"), b"v", expire=-1))
    record("get_many: expiry", lambda: client.get_many([k("month"), k("future"), k("past"), k("minus")]))
    record("touch", lambda: client.touch(k("month"), 100))
    record("touch: for ever", lambda: client.touch(k("month"), 0))
    record("touch: not there", lambda: client.touch(k("none"), 100))
    record("touch: expired at once", lambda: client.touch(k("future"), -1))
    record("get: touched", lambda: client.get_many([k("month"), k("future")]))

    record("delete", lambda: client.delete(k("month")))
    record("delete: not there", lambda: client.delete(k("month")))
    record("delete_many", lambda: client.delete_many([k("add"), k("none"), k("flags")]))

    long = prefix + "k" * (250 - len(prefix))
    record("long key", lambda: [client.set(long, b"v"), client.get(long) == b"v", client.get_many([long]) == {long: b"v"}])
    record("key too long", lambda: client.set(long + "k", b"v"))
    unicode = Client((host, port), timeout=9, default_noreply=False, allow_unicode_keys=True)
    record("UTF-8 key", lambda: [unicode.set(k("schlüssel ☃".replace(" ", "")), "wert ☃".encode()), unicode.get(k("schlüssel☃")), unicode.delete(k("schlüssel☃"))])

    def noreply():
        client.set(k("quiet"), b"1", noreply=True)
        client.add(k("quiet"), b"2", noreply=True)
        client.replace(k("quiet"), b"3", noreply=True)
        client.append(k("quiet"), b"4", noreply=True)
        client.prepend(k("quiet"), b"5", noreply=True)
        client.incr(k("quiet"), 6, noreply=True)
        client.decr(k("quiet"), 1, noreply=True)
        client.touch(k("quiet"), 100, noreply=True)
        client.set(k("quiet2"), b"x", noreply=True)
        client.delete(k("quiet2"), noreply=True)
        client.cas(k("quiet"), b"no", b"1", noreply=True)
        client.delete_many([k("none"), k("quiet3")], noreply=True)
        return client.get_many([k("quiet"), k("quiet2")])

    record("noreply", noreply)

    def noreply_too_large():
        client.set(k("quietlarge"), TOO_LARGE, noreply=True)
        return client.get(k("text"))

    record("noreply: too large", noreply_too_large)
    client.close()

    many = {k("many%d" % i): b"value %d" % i for i in range(1000)}
    record("set_many: 1000", lambda: client.set_many(many))
    record("get_many: 1000", lambda: client.get_many(many) == many)
    record("set_many: 1000, noreply", lambda: client.set_many({key: value + b"!" for key, value in many.items()}, noreply=True))
    record("get_many: 1000 again", lambda: client.get_many(many) == {key: value + b"!" for key, value in many.items()})
    record("delete_many: 1000", lambda: client.delete_many(many))
    record("get_many: 1000 deleted", lambda: client.get_many(many))

    record("stats", lambda: {"pid", "uptime", "version", "curr_connections", "cmd_get"} <= {key.decode() for key in client.stats()})
    record("stats: unknown group", lambda: client.stats("nonsense"))
    record("version", lambda: client.version()[:4])
    record("cache_memlimit", lambda: client.cache_memlimit(64))
    record("shutdown", lambda: client.shutdown())
    record("get after shutdown was refused", lambda: client.get(k("text")))
    record("quit, then get", lambda: [client.quit(), client.get(k("text"))])

    pooled = PooledClient((host, port), max_pool_size=2, default_noreply=False)
    record("pooled client", lambda: [pooled.set(k("pool"), b"v"), pooled.get(k("pool")), pooled.delete(k("pool"))])
    hashed = HashClient(["%s:%d" % (host, port)], default_noreply=False)
    record("hash client", lambda: [hashed.set(k("hash"), b"v"), hashed.get_many([k("hash"), k("none")]), hashed.delete(k("hash"))])

    record("flush_all", lambda: client.flush_all())
    record("get after flush_all", lambda: client.get(k("text")))
    record("flush_all: later", lambda: client.flush_all(delay=1000))
    record("flush_all: noreply", lambda: client.flush_all(noreply=True))
    record("get at the end", lambda: client.get(k("text")))
    client.close()


def exchange(servers, write, read):
    client = HashClient(["%s:%d" % (host, port) for host, port in servers], default_noreply=False, allow_unicode_keys=True)
    assert client.set_many({key: value.encode() for key, value in write.items()}) == []
    return {key: value.decode() for key, value in client.get_many(read).items()}


answer(pymemcache.__version__, contract, exchange)
