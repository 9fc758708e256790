"""python-memcached. See recorder.py for what is asked and answered."""

import memcache
from recorder import BYTES, KB100, KB900, MONTH, TOO_LARGE, answer, future, past


def contract(record, host, port, prefix):
    server = "%s:%d" % (host, port)
    client = memcache.Client([server], socket_timeout=9, dead_retry=0, server_max_value_length=4_000_000, cache_cas=True)

    def k(name):
        return prefix + name

    values = {"text": "hello", "UTF-8": "grüße ☃", "bytes": BYTES, "empty": "", "100 KB": KB100, "900 KB": KB900}
    values.update({"number": 42, "large number": 2**70, "true": True, "list": [1, "two", None]})
    for name, value in values.items():
        key = k(name.replace(" ", ""))
        record("get before set: " + name, lambda: client.get(key))
        record("set: " + name, lambda: client.set(key, value))
        record("get: " + name, lambda: client.get(key))
    record("set: compressed", lambda: client.set(k("zip"), "text" * 5000, min_compress_len=100))
    record("get: compressed", lambda: client.get(k("zip")))
    record("set: too large", lambda: client.set(k("large"), TOO_LARGE))
    record("get: too large", lambda: client.get(k("large")))
    record("get after too large", lambda: client.get(k("text")))

    record("get_multi: hits, misses, duplicates", lambda: client.get_multi([k("text"), k("none"), k("empty"), k("text"), k("bytes")]))
    record("get_multi: with a prefix", lambda: client.get_multi(["text", "none", 1], key_prefix=prefix))
    record("get_multi: misses only", lambda: client.get_multi([k("none"), k("nothing")]))

    record("add: new", lambda: client.add(k("add"), "one"))
    record("add: there already", lambda: client.add(k("add"), "two"))
    record("replace: there", lambda: client.replace(k("add"), "three"))
    record("replace: not there", lambda: client.replace(k("none"), "three"))
    record("append", lambda: client.append(k("add"), " and"))
    record("prepend", lambda: client.prepend(k("add"), "and "))
    record("append: not there", lambda: client.append(k("none"), "x"))
    record("prepend: not there", lambda: client.prepend(k("none"), "x"))
    record("get after append and prepend", lambda: client.get(k("add")))

    record("gets", lambda: client.gets(k("text")))
    record("cas", lambda: client.cas(k("text"), "first"))
    record("cas: changed meanwhile", lambda: client.cas(k("text"), "second"))
    record("get after cas", lambda: client.get(k("text")))
    record("gets: not there", lambda: client.gets(k("none")))

    record("incr: not there", lambda: client.incr(k("count")))
    record("set: a count", lambda: client.set(k("count"), "10"))
    record("incr", lambda: client.incr(k("count"), 5))
    record("decr", lambda: client.decr(k("count"), 6))
    record("get: a count that got shorter", lambda: client.get(k("count")))
    record("decr: below zero", lambda: client.decr(k("count"), 100))
    record("incr: of a number with flags", lambda: [client.incr(k("number"), 8), client.get(k("number"))])
    record("incr: no number", lambda: client.incr(k("text")))
    record("get after an error", lambda: client.get(k("text")))

    record("set: for 30 days", lambda: client.set(k("month"), "v", time=MONTH))
    record("set: until a time", lambda: client.set(k("future"), "v", time=future()))
    record("set: until a time in the past", lambda: client.set(k("past"), "v", time=past()))
    record("set: expired at once", lambda: client.set(k("minus"), "v", time=-1))
    record("get_multi: expiry", lambda: client.get_multi([k("month"), k("future"), k("past"), k("minus")]))
    record("touch", lambda: client.touch(k("month"), 100))
    record("touch: not there", lambda: client.touch(k("none"), 100))
    record("touch: expired at once", lambda: client.touch(k("future"), -1))
    record("get: touched", lambda: client.get_multi([k("month"), k("future")]))

    record("delete", lambda: client.delete(k("month")))
    record("delete: not there", lambda: client.delete(k("month")))
    record("delete: with a time", lambda: [client.set(k("timed"), "v"), client.delete(k("timed"), time=0), client.get(k("timed"))])
    record("delete: with a time to hold", lambda: [client.set(k("timed"), "v"), client.delete(k("timed"), time=5), client.get(k("timed"))])
    record("delete_multi", lambda: client.delete_multi(["add", "none"], key_prefix=prefix))

    long = prefix + "k" * (250 - len(prefix))
    record("long key", lambda: [client.set(long, "v"), client.get(long), client.get_multi([long]) == {long: "v"}])
    record("key too long", lambda: client.set(long + "k", "v"))
    record("UTF-8 key", lambda: [client.set(k("schlüssel☃"), "wert"), client.get(k("schlüssel☃")), client.delete(k("schlüssel☃"))])

    def noreply():
        client.set(k("quiet"), "1", noreply=True)
        client.add(k("quiet"), "2", noreply=True)
        client.replace(k("quiet"), "3", noreply=True)
        client.append(k("quiet"), "4", noreply=True)
        client.prepend(k("quiet"), "5", noreply=True)
        client.incr(k("quiet"), 6, noreply=True)
        client.decr(k("quiet"), 1, noreply=True)
        client.touch(k("quiet"), 100, noreply=True)
        client.set(k("quiet2"), "x", noreply=True)
        client.delete(k("quiet2"), noreply=True)
        client.delete(k("none"), noreply=True)
        return client.get_multi([k("quiet"), k("quiet2")])

    record("noreply", noreply)

    many = {"many%d" % i: "value %d" % i for i in range(1000)}
    more = {name: value + "!" for name, value in many.items()}
    record("set_multi: 1000", lambda: client.set_multi(many, key_prefix=prefix))
    record("get_multi: 1000", lambda: client.get_multi(many, key_prefix=prefix) == many)
    record("set_multi: 1000, noreply", lambda: client.set_multi(more, key_prefix=prefix, noreply=True))
    record("get_multi: 1000 again", lambda: client.get_multi(many, key_prefix=prefix) == more)
    record("delete_multi: 1000", lambda: client.delete_multi(many, key_prefix=prefix))
    record("get_multi: 1000 deleted", lambda: client.get_multi(many, key_prefix=prefix))

    record("stats", lambda: {"pid", "uptime", "version", "curr_connections", "cmd_get"} <= set(client.get_stats()[0][1]))
    record("disconnect, then get", lambda: [client.disconnect_all(), client.get(k("text"))])

    record("flush_all", lambda: client.flush_all())
    record("get after flush_all", lambda: client.get(k("text")))
    client.disconnect_all()


def exchange(servers, write, read):
    client = memcache.Client(["%s:%d" % (host, port) for host, port in servers])
    assert client.set_multi(write) == []
    return {key: value.decode() if isinstance(value, bytes) else value for key, value in client.get_multi(read).items()}


answer(memcache.__version__, contract, exchange)
