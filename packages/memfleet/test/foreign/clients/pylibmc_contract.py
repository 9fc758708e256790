"""pylibmc, in the text or binary protocol. See recorder.py for what is asked and answered.

argv: text | binary
"""

import sys

import pylibmc
from recorder import BYTES, KB100, KB900, MONTH, TOO_LARGE, answer, future, past

binary = sys.argv[1] == "binary"


def contract(record, host, port, prefix):
    server = "%s:%d" % (host, port)

    def connect(**behaviors):
        return pylibmc.Client([server], binary=binary, behaviors=dict(tcp_nodelay=True, **behaviors))

    client = connect(cas=True)

    def k(name):
        return prefix + name

    values = {"text": "hello", "UTF-8": "grüße ☃", "bytes": BYTES, "empty": b"", "100 KB": KB100, "900 KB": KB900}
    values.update({"number": 42, "true": True, "list": [1, "two", None]})
    for name, value in values.items():
        key = k(name.replace(" ", ""))
        record("get before set: " + name, lambda: client.get(key))
        record("set: " + name, lambda: client.set(key, value))
        record("get: " + name, lambda: client.get(key))
    record("get with a default", lambda: client.get(k("none"), "default"))
    record("set: compressed", lambda: client.set(k("zip"), "text" * 5000, min_compress_len=100))
    record("get: compressed", lambda: client.get(k("zip")))
    large = connect()
    record("set: too large", lambda: large.set(k("large"), TOO_LARGE))
    record("get: too large", lambda: large.get(k("large")))
    record("get after too large", lambda: large.get(k("text")))

    record("get_multi: hits, misses, duplicates", lambda: client.get_multi([k("text"), k("none"), k("empty"), k("text"), k("bytes")]))
    record("get_multi: with a prefix", lambda: client.get_multi(["text", "none"], key_prefix=prefix))
    record("get_multi: misses only", lambda: client.get_multi([k("none"), k("nothing")]))
    record("get_multi: no keys", lambda: client.get_multi([]))

    record("add: new", lambda: client.add(k("add"), "one"))
    record("add: there already", lambda: client.add(k("add"), "two"))
    record("replace: there", lambda: client.replace(k("add"), "three"))
    record("replace: not there", lambda: client.replace(k("none"), "three"))
    record("append", lambda: client.append(k("add"), " and"))
    record("prepend", lambda: client.prepend(k("add"), "and "))
    record("append: not there", lambda: client.append(k("none"), "x"))
    record("prepend: not there", lambda: client.prepend(k("none"), "x"))
    record("get after append and prepend", lambda: client.get(k("add")))
    record("add_multi", lambda: client.add_multi({"add": "x", "add2": "y"}, key_prefix=prefix))

    def cas():
        value, token = client.gets(k("text"))
        return [value, token > 0, client.cas(k("text"), "first", token), client.get(k("text"))]

    def stale():
        _, token = client.gets(k("text"))
        client.set(k("text"), "changed")
        return client.cas(k("text"), "second", token)

    record("gets and cas", cas)
    record("cas: changed meanwhile", stale)
    record("get after cas", lambda: client.get(k("text")))
    record("gets: not there", lambda: client.gets(k("none")))
    record("cas: not there", lambda: client.cas(k("none"), "x", 1))

    record("incr: not there", lambda: client.incr(k("count")))
    record("set: a count", lambda: client.set(k("count"), 10))
    record("incr", lambda: client.incr(k("count"), 5))
    record("decr", lambda: client.decr(k("count"), 6))
    record("get: a count that got shorter", lambda: client.get(k("count")))
    record("decr: below zero", lambda: client.decr(k("count"), 100))
    record("incr_multi", lambda: client.incr_multi(["count"], key_prefix=prefix, delta=3))
    record("incr_multi: not there", lambda: client.incr_multi(["count", "none"], key_prefix=prefix))
    record("get: a count", lambda: client.get(k("count")))
    record("incr: no number", lambda: client.incr(k("text")))
    record("get after an error", lambda: client.get(k("text")))

    record("set: for 30 days", lambda: client.set(k("month"), "v", time=MONTH))
    record("set: until a time", lambda: client.set(k("future"), "v", time=future()))
    record("set: until a time in the past", lambda: client.set(k("past"), "v", time=past()))
    record("get_multi: expiry", lambda: client.get_multi([k("month"), k("future"), k("past")]))
    record("touch", lambda: client.touch(k("month"), 100))
    record("touch: not there", lambda: client.touch(k("none"), 100))
    record("touch: until a time in the past", lambda: client.touch(k("future"), past()))
    record("get: touched", lambda: client.get_multi([k("month"), k("future")]))

    record("delete", lambda: client.delete(k("month")))
    record("delete: not there", lambda: client.delete(k("month")))
    record("delete_multi", lambda: client.delete_multi(["add", "add2"], key_prefix=prefix))
    record("delete_multi: one not there", lambda: client.delete_multi(["add"], key_prefix=prefix))

    long = prefix + "k" * (250 - len(prefix))
    record("long key", lambda: [client.set(long, "v"), client.get(long), client.get_multi([long]) == {long: "v"}])
    record("key too long", lambda: client.set(long + "k", "v"))
    record("UTF-8 key", lambda: [client.set(k("schlüssel☃"), "wert"), client.get(k("schlüssel☃")), client.delete(k("schlüssel☃"))])

    many = {"many%d" % i: "value %d" % i for i in range(1000)}
    more = {name: value + "!" for name, value in many.items()}
    record("set_multi: 1000", lambda: client.set_multi(many, key_prefix=prefix))
    record("get_multi: 1000", lambda: client.get_multi(list(many), key_prefix=prefix) == many)

    quiet = connect(_noreply=True)

    def noreply():
        reported = [quiet.set(k("quiet"), "1"), quiet.append(k("quiet"), "2"), quiet.prepend(k("quiet"), "3")]
        reported += [quiet.set(k("quiet2"), "x"), quiet.delete(k("quiet2"))]
        return [reported, quiet.set_multi(more, key_prefix=prefix), quiet.get(k("quiet")), quiet.get(k("quiet2"))]

    record("noreply", noreply)
    record("noreply: get_multi", lambda: quiet.get_multi(list(many), key_prefix=prefix) == more)

    buffered = connect(buffer_requests=True)

    def buffering():
        for i in range(100):
            try:
                buffered.set(k("buffer%d" % i), "v%d" % i)
            except pylibmc.Error as error:
                # libmemcached's "it is buffered", which pylibmc takes for an error.
                assert "error 32" in str(error)
        return [buffered.get(k("buffer99")), len(buffered.get_multi(["buffer%d" % i for i in range(100)], key_prefix=prefix))]

    record("buffered", buffering)
    unblocked = connect(no_block=True)
    record("no_block: set_multi", lambda: unblocked.set_multi(many, key_prefix=k("nb")))
    record("no_block: get_multi", lambda: unblocked.get_multi(list(many), key_prefix=k("nb")) == many)
    record("verified keys", lambda: connect(verify_keys=True).set(k("bad key"), "v"))
    record("delete_multi: 1000", lambda: client.delete_multi(list(many), key_prefix=k("nb")))
    record("get_multi: 1000 deleted", lambda: client.get_multi(list(many), key_prefix=k("nb")))

    record("stats", lambda: {b"pid", b"uptime", b"version"} <= {key if isinstance(key, bytes) else key.encode() for key in client.get_stats()[0][1]})
    record("stats: unknown group", lambda: client.get_stats("nonsense"))
    record("disconnect, then get", lambda: [client.disconnect_all(), client.get(k("text"))])

    record("flush_all", lambda: client.flush_all())
    record("get after flush_all", lambda: client.get(k("text")))
    record("get at the end", lambda: connect().get(k("text")))


def exchange(servers, write, read):
    client = pylibmc.Client(["%s:%d" % (host, port) for host, port in servers], binary=binary, behaviors={"ketama_weighted": True})
    for key, value in write.items():
        assert client.set(key, value.encode())
    return {key: value.decode() if isinstance(value, bytes) else value for key, value in client.get_multi(read).items()}


answer(pylibmc.__version__, contract, exchange)
