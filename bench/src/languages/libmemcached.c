/* libmemcached, text protocol: get, set, and memcached_mget with one result that is used again. Every value is compared. */
#include <libmemcached/memcached.h>
#include "measured.h"

static memcached_st *client;
static memcached_result_st result;

static void connect_to(int port) {
  client = memcached_create(NULL);
  memcached_behavior_set(client, MEMCACHED_BEHAVIOR_TCP_NODELAY, 1);
  if (memcached_server_add(client, "127.0.0.1", (in_port_t)port) != MEMCACHED_SUCCESS) die("no connection");
  memcached_result_create(client, &result);
}

static long get(long n) {
  size_t length;
  uint32_t flags;
  memcached_return_t error;
  long i = n % KEYS;
  char *value = memcached_get(client, keys[i], key_lengths[i], &length, &flags, &error);
  if (value == NULL || length != SIZE || memcmp(value, values[i], SIZE) != 0) die("a wrong value");
  free(value);
  return 1;
}

static long set(long n) {
  long i = n % KEYS;
  if (memcached_set(client, keys[i], key_lengths[i], values[i], SIZE, 0, 0) != MEMCACHED_SUCCESS) die("not stored");
  return 1;
}

static long get_many(long n) {
  const char *wanted[BATCH];
  size_t lengths[BATCH];
  long from = n * BATCH % KEYS;
  memcached_return_t error;
  for (int i = 0; i < BATCH; i++) {
    wanted[i] = keys[from + i];
    lengths[i] = key_lengths[from + i];
  }
  if (memcached_mget(client, wanted, lengths, BATCH) != MEMCACHED_SUCCESS) die("mget failed");
  int found = 0;
  while (memcached_fetch_result(client, &result, &error) != NULL) {
    if (memcmp(memcached_result_value(&result), values[from + found], SIZE) != 0) die("a wrong value");
    found++;
  }
  if (found != BATCH) die("values are missing");
  return 1;
}

static long calls(const char *operation, int in_flight, long n) {
  (void)in_flight;
  if (strcmp(operation, "get") == 0) return get(n);
  if (strcmp(operation, "set") == 0) return set(n);
  return get_many(n);
}
