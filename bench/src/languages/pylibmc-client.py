"""pylibmc, text protocol. Its requests come from foreign-contestant.ts. Every value is compared."""

import json
import resource
import sys
import time

import pylibmc

KEYS = 1000
BATCH = 100
keys = [f"bench:prog:user:{n}" for n in range(KEYS)]
values = [f"{n}:".ljust(100, "v") for n in range(KEYS)]
batches = [keys[n : n + BATCH] for n in range(0, KEYS, BATCH)]
client = pylibmc.Client([f"127.0.0.1:{sys.argv[1]}"], behaviors={"tcp_nodelay": True})


def get(n):
    if client.get(keys[n % KEYS]) != values[n % KEYS]:
        raise ValueError("a wrong value")


def store(n):
    if not client.set(keys[n % KEYS], values[n % KEYS]):
        raise ValueError("not stored")


def get_many(n):
    if len(client.get_multi(batches[n % len(batches)])) != BATCH:
        raise ValueError("values are missing")


operations = {"get": get, "set": store, "getMany": get_many, "getArray": get_many}


def run(call, ms):
    made = 0
    end = time.monotonic() + ms / 1000
    while time.monotonic() < end:
        call(made)
        made += 1
    return made


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


for n in range(KEYS):
    store(n)
print("{}", flush=True)
for line in sys.stdin:
    operation, _, warm_up, measure = line.split()
    run(operations[operation], float(warm_up))
    before, start = cpu(), time.monotonic()
    made = run(operations[operation], float(measure))
    print(json.dumps({"calls": made, "seconds": time.monotonic() - start, "cpu": cpu() - before}), flush=True)
