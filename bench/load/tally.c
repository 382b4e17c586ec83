// Finds the marker of each event, ~subject.number.time~, and keeps account: what came, in what order, how late.
#define _GNU_SOURCE
#include "load.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

enum { RING = 8192, BUCKETS = 64 * 32 };

uint64_t reached_by_all, answer_count, byte_count, ended_count, acknowledged_count, unanswered_count;
int listening;

static uint64_t duplicates, reordered, misrouted, window_events, slowest, window_from, window_cpu;
static uint64_t histogram[BUCKETS];
static int reached[RING];
static char first_fault[160];

static void fault(const struct connection *c, const char *what, uint64_t number) {
  if (!*first_fault)
    snprintf(first_fault, sizeof first_fault, "connection %d: %s: %llu, highest so far %llu", c->index, what,
             (unsigned long long)number, (unsigned long long)c->last);
}

static uint64_t cpu_us(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000ull + u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

void begin_window(void) {
  memset(histogram, 0, sizeof histogram);
  slowest = window_events = answer_count = byte_count = acknowledged_count = 0;
  window_from = now_us();
  window_cpu = cpu_us();
}

// 32 steps for each doubling: an error of 3 % at most.
static int bucket(uint64_t us) {
  if (us < 32) return (int)us;
  int top = 63 - __builtin_clzll(us);
  return (top - 4) * 32 + (int)((us >> (top - 5)) & 31);
}

static uint64_t bucket_value(int index) {
  return index < 32 ? (uint64_t)index : (uint64_t)(32 + index % 32) << (index / 32 - 1);
}

static uint64_t percentile(double share) {
  uint64_t wanted = (uint64_t)(window_events * share), sum = 0;
  for (int i = 0; i < BUCKETS; i++)
    if ((sum += histogram[i]) > wanted) return bucket_value(i);
  return slowest;
}

static void advance(struct connection *c, uint64_t number) {
  if (config.ack > 0) {
    for (uint64_t k = c->last / config.ack + 1; k <= number / config.ack; k++) {
      if (++reached[k % RING] < listening) continue;
      reached[k % RING] = 0;
      reached_by_all = k * config.ack;
    }
  }
  uint64_t step = number - c->last;
  if (step > 1) fault(c, "a number was left out before", number);
  c->seen = (step < 64 ? c->seen << step : 0) | 1;
  c->last = number;
  c->distinct++;
}

static void note(struct connection *c, uint64_t subject, uint64_t number, uint64_t age) {
  if (subject != (uint64_t)c->subject) misrouted++, fault(c, "an event of another subject came", number);
  else if (number > c->last) advance(c, number);
  else {
    uint64_t behind = c->last - number, bit = behind < 64 ? 1ull << behind : 0;
    bool late = bit && !(c->seen & bit);
    fault(c, late ? "a number came late" : "a number came again", number);
    if (!late) duplicates++;
    else c->seen |= bit, c->distinct++, reordered++;
  }
  if (age > slowest) slowest = age;
  int index = bucket(age);
  histogram[index < BUCKETS ? index : BUCKETS - 1]++;
  window_events++;
}

// Length of the marker; 0 when it is cut, -1 when it is none.
static int read_marker(struct connection *c, const char *text, size_t length, uint64_t now) {
  uint64_t numbers[3] = {0};
  int at = 1;
  for (int part = 0; part < 3; part++) {
    int begin = at;
    while ((size_t)at < length && text[at] >= '0' && text[at] <= '9')
      numbers[part] = numbers[part] * 10 + (text[at++] - '0');
    if (at >= MARKER_ROOM) return -1;
    if ((size_t)at >= length) return 0;
    if (at == begin || text[at++] != (part < 2 ? '.' : '~')) return -1;
  }
  note(c, numbers[0], numbers[1], now > numbers[2] ? now - numbers[2] : 0);
  return at;
}

void scan(struct connection *c, const char *bytes, size_t length, uint64_t now) {
  const char *end = bytes + length;
  if (c->carried > 0) {
    size_t part = length < (size_t)(MARKER_ROOM - c->carried) ? length : (size_t)(MARKER_ROOM - c->carried);
    memcpy(c->carry + c->carried, bytes, part);
    int used = read_marker(c, c->carry, c->carried + part, now);
    if (used == 0) {
      c->carried += part;
      return;
    }
    if (used > c->carried) bytes += used - c->carried;
    c->carried = 0;
  }
  while (bytes < end && (bytes = memchr(bytes, '~', end - bytes))) {
    int used = read_marker(c, bytes, end - bytes, now);
    if (used == 0) {
      c->carried = (int)(end - bytes);
      memcpy(c->carry, bytes, c->carried);
      return;
    }
    bytes += used > 0 ? used : 1;
  }
}

bool all_arrived(const struct connection *all, uint64_t last) {
  for (int i = 0; i < config.connections; i++)
    if (!all[i].deaf && all[i].last < last) return false;
  return true;
}

void report(const struct connection *all, uint64_t last) {
  uint64_t lost = 0, received = 0;
  for (int i = 0; i < config.connections; i++) {
    if (all[i].deaf) continue;
    received += all[i].distinct;
    if (all[i].distinct < last) lost += last - all[i].distinct;
  }
  printf("{\"connections\":%d,\"listening\":%d,\"received\":%llu,\"lost\":%llu,\"duplicates\":%llu,"
         "\"reordered\":%llu,\"misrouted\":%llu,\"ended\":%llu,\"unanswered\":%llu,\"answers\":%llu,\"acknowledged\":%llu,\"bytes\":%llu,"
         "\"latencyUs\":{\"p50\":%llu,\"p99\":%llu,\"max\":%llu},\"windowEvents\":%llu,\"cpuUs\":%llu,"
         "\"wallUs\":%llu,\"firstFault\":\"%s\"}\n",
         config.connections, listening, (unsigned long long)received, (unsigned long long)lost,
         (unsigned long long)duplicates, (unsigned long long)reordered, (unsigned long long)misrouted,
         (unsigned long long)ended_count, (unsigned long long)unanswered_count, (unsigned long long)answer_count,
         (unsigned long long)acknowledged_count, (unsigned long long)byte_count,
         (unsigned long long)percentile(0.5), (unsigned long long)percentile(0.99), (unsigned long long)slowest,
         (unsigned long long)window_events, (unsigned long long)(cpu_us() - window_cpu),
         (unsigned long long)(now_us() - window_from), first_fault);
  fflush(stdout);
}
