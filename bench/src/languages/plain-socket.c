/*
 * What the machine allows: bytes written and read, replies counted by their length, no API. Gets that are in flight
 * together are pipelined `mg`, sets are `ms`, a multi-get is one `get`.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include "measured.h"

static int node;
static char output[1 << 20];
static char input[1 << 20];

static void connect_to(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  int on = 1;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  node = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(node, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(node, (struct sockaddr *)&address, sizeof address) != 0) die("no connection");
}

/* Sends what is in `output`, and reads so many bytes. */
static void exchange(size_t length, size_t expected) {
  size_t done = 0;
  if (write(node, output, length) != (ssize_t)length) die("not written");
  while (done < expected) {
    ssize_t count = read(node, input + done, sizeof input - done);
    if (count <= 0) die("the connection closed");
    done += (size_t)count;
  }
  if (done != expected) die("a reply of another length");
}

static long get(int in_flight, long n) {
  size_t length = 0;
  for (long i = n; i < n + in_flight; i++) length += (size_t)sprintf(output + length, "mg %s v\r\n", keys[i % KEYS]);
  size_t reply = strlen("VA 100\r\n") + SIZE + 2;
  exchange(length, reply * (size_t)in_flight);
  for (long i = 0; i < in_flight; i++)
    if (memcmp(input + reply * (size_t)i + 8, values[(n + i) % KEYS], SIZE) != 0) die("a wrong value");
  return in_flight;
}

static long set(int in_flight, long n) {
  size_t length = 0;
  for (long i = n; i < n + in_flight; i++)
    length += (size_t)sprintf(output + length, "ms %s 100\r\n%s\r\n", keys[i % KEYS], values[i % KEYS]);
  exchange(length, strlen("HD\r\n") * (size_t)in_flight);
  return in_flight;
}

static long get_many(long n) {
  long from = n * BATCH % KEYS;
  size_t length = (size_t)sprintf(output, "get"), expected = strlen("END\r\n");
  for (long i = from; i < from + BATCH; i++) {
    length += (size_t)sprintf(output + length, " %s", keys[i]);
    expected += strlen("VALUE  0 100\r\n") + key_lengths[i] + SIZE + 2;
  }
  length += (size_t)sprintf(output + length, "\r\n");
  exchange(length, expected);
  return 1;
}

static long calls(const char *operation, int in_flight, long n) {
  if (strcmp(operation, "get") == 0) return get(in_flight, n);
  if (strcmp(operation, "set") == 0) return set(in_flight, n);
  return get_many(n);
}
