/*
 * What the programs in C share: keys (as long as those of client/data.ts, but none of them) and values, the clocks, and
 * the requests of the bench (foreign-contestant.ts). A program gives two functions: `connect_to` opens its connection,
 * `calls` makes calls of an operation and returns how many. It fails by `die`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { KEYS = 1000, BATCH = 100, SIZE = 100 };

static char keys[KEYS][64];
static size_t key_lengths[KEYS];
static char values[KEYS][SIZE + 1];

/* Calls of one kind: as many as the client has in flight at once, beginning with the n-th key. */
static long calls(const char *operation, int in_flight, long n);
static void connect_to(int port);

static void die(const char *message) {
  printf("{\"error\":\"%s\"}\n", message);
  exit(1);
}

static void make_data(void) {
  for (int i = 0; i < KEYS; i++) {
    key_lengths[i] = (size_t)snprintf(keys[i], sizeof keys[i], "bench:prog:user:%d", i);
    memset(values[i], 'v', SIZE);
    values[i][snprintf(values[i], SIZE, "%d", i)] = ':';
  }
}

static double seconds(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double cpu_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static long run(const char *operation, int in_flight, double ms) {
  long made = 0;
  for (double end = seconds(CLOCK_MONOTONIC) + ms / 1000; seconds(CLOCK_MONOTONIC) < end;)
    made += calls(operation, in_flight, made);
  return made;
}

int main(int count, char **arguments) {
  char operation[32];
  int in_flight;
  double warm_up, measure;
  make_data();
  connect_to(count > 1 ? atoi(arguments[1]) : 0);
  for (long n = 0; n < KEYS; n++) calls("set", 1, n);
  printf("{}\n");
  fflush(stdout);
  while (scanf("%31s %d %lf %lf", operation, &in_flight, &warm_up, &measure) == 4) {
    run(operation, in_flight, warm_up);
    double cpu = cpu_seconds(), start = seconds(CLOCK_MONOTONIC);
    long made = run(operation, in_flight, measure);
    double took = seconds(CLOCK_MONOTONIC) - start;
    printf("{\"calls\":%ld,\"seconds\":%f,\"cpu\":%f}\n", made, took, cpu_seconds() - cpu);
    fflush(stdout);
  }
  return 0;
}
