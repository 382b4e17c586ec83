// The main loop: opens the connections, reads what comes, obeys `begin`, `end N` and `stop`.
#define _GNU_SOURCE
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 512, BUFFER = 1 << 18 };

static struct connection *all;
static int poller, control = -1, begun, live_count;
static uint64_t acknowledged, last_number, give_up_at;
static bool ending, told_ready, complete;

uint64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000ull + t.tv_nsec / 1000;
}

void fail(const struct connection *c, const char *what) {
  int shown = c->answer ? (int)strcspn(c->answer, "\r\n") : 0;
  fprintf(stderr, "load: connection %d, step %d: %s. The answer began: %.*s\n", c->index, c->step + 1, what,
          shown > 200 ? 200 : shown, c->answer ? c->answer : "");
  const char *body = c->answer ? strstr(c->answer, "\r\n\r\n") : NULL;
  if (body) fprintf(stderr, "load: its body: %.300s\n", body + 4);
  exit(1);
}

static void watch(int fd, uint32_t events, void *what, int how) {
  struct epoll_event e = {.events = events, .data.ptr = what};
  epoll_ctl(poller, how, fd, &e);
}

void became_live(struct connection *c) {
  live_count++;
  if (c->index >= config.dead) return;
  c->deaf = true;
  watch(c->fd, 0, c, EPOLL_CTL_DEL);
}

static int open_socket(int source, int port, int receive_buffer) {
  int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  if (fd < 0) perror("load: socket"), exit(1);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (receive_buffer > 0) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + source)};
  // The port is chosen at connect, so that it may be one that another source address uses too.
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  if (source > 0 && bind(fd, (struct sockaddr *)&from, sizeof from)) perror("load: bind"), exit(1);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS) perror("load: connect"), exit(1);
  return fd;
}

void connect_to_server(struct connection *c, int receive_buffer) {
  c->phase = CONNECTING;
  c->fd = open_socket(c->index % config.sources, config.port, receive_buffer);
  watch(c->fd, EPOLLOUT, c, EPOLL_CTL_ADD);
}

static void open_more(void) {
  while (begun < config.connections && begun - live_count < config.opening) {
    struct connection *c = &all[begun];
    c->index = begun;
    c->subject = begun % config.subjects;
    connect_to_server(c, begun < config.dead ? config.receive_buffer : 0);
    begun++;
  }
}

static void begin(struct connection *c) {
  c->phase = SETTING_UP;
  if (c->speaks_for) speak(c);
  else send_step(c);
}

static void connected(struct connection *c) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error) fail(c, strerror(error));
  watch(c->fd, EPOLLIN, c, EPOLL_CTL_MOD);
  c->phase = SHAKING_HANDS;
  if (shake_hands(c)) begin(c);
}

static void closed(struct connection *c) {
  if (c->speaks_for) silenced(c);
  else if (c->phase == SHAKING_HANDS || c->phase == SETTING_UP) fail(c, "the server closed the connection");
  else if (c->phase == LIVE) ended_count++;
  c->phase = OVER;
  hang_up(c);
}

static void readable(struct connection *c) {
  static char buffer[BUFFER];
  if (c->phase == SHAKING_HANDS) {
    if (shake_hands(c)) begin(c);
    else return;
  }
  // Under TLS there may be more than the kernel knows of.
  do {
    ssize_t length = receive(c, buffer, sizeof buffer);
    if (length > 0) read_answer(c, buffer, length);
    else if (length == 0 || errno != EAGAIN) closed(c);
    else return;
    if (length > 0 && c->phase == OVER) hang_up(c);
  } while (c->tls && c->phase != OVER && !c->deaf);
}

static void obey(const char *line) {
  if (!strcmp(line, "begin")) begin_window();
  if (!strcmp(line, "stop")) exit(0);
  if (strncmp(line, "end ", 4)) return;
  ending = true;
  last_number = strtoull(line + 4, NULL, 10);
  give_up_at = now_us() + config.grace * 1000ull;
}

// Orders come by standard input, and from the server under test by the control connection.
static void read_orders(int fd) {
  static char text[2][256];
  static size_t held[2];
  int which = fd == control;
  ssize_t length = read(fd, text[which] + held[which], sizeof text[which] - held[which] - 1);
  if (length <= 0) {
    if (length < 0 && errno == EAGAIN) return;
    if (which == 0) exit(0);  // nobody is left to tell
    watch(fd, 0, NULL, EPOLL_CTL_DEL);
    return;
  }
  held[which] += length;
  text[which][held[which]] = 0;
  char *rest = text[which], *end;
  for (; (end = strchr(rest, '\n')); rest = end + 1) {
    *end = 0;
    obey(rest);
  }
  held[which] = strlen(rest);
  memmove(text[which], rest, held[which] + 1);
}

// After the last event a little longer: what comes twice comes then.
static bool over(void) {
  if (!ending) return false;
  if (!complete && all_arrived(all, last_number)) {
    complete = true;
    give_up_at = now_us() + 100000;
  }
  return now_us() >= give_up_at;
}

static void tell_progress(void) {
  char line[32];
  if (!told_ready && live_count == config.connections) {
    told_ready = true;
    printf("{\"ready\":%d}\n", live_count);
    fflush(stdout);
  }
  if (control < 0 || reached_by_all == acknowledged) return;
  acknowledged = reached_by_all;
  int length = snprintf(line, sizeof line, "%llu\n", (unsigned long long)acknowledged);
  if (send(control, line, length, MSG_NOSIGNAL) < 0 && errno != EAGAIN) control = -1;
}

int main(void) {
  read_config();
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  poller = epoll_create1(0);
  all = calloc(config.connections, sizeof *all);
  listening = config.connections - config.dead;
  static int input = STDIN_FILENO;
  watch(input, EPOLLIN, &input, EPOLL_CTL_ADD);
  if (config.control) watch(control = open_socket(0, config.control, 0), EPOLLIN, &control, EPOLL_CTL_ADD);
  begin_window();
  struct epoll_event events[BATCH];
  while (!over()) {
    open_more();
    int count = epoll_wait(poller, events, BATCH, ms_until_due(ending ? 20 : 1000));
    for (int i = 0; i < count; i++) {
      void *what = events[i].data.ptr;
      struct connection *c = what;
      if (what == &input || what == &control) read_orders(*(int *)what);
      else if (c->phase == CONNECTING) connected(c);
      else if (c->phase != OVER && !c->deaf) readable(c);
    }
    if (acknowledges()) acknowledge_due(now_us());
    tell_progress();
  }
  report(all, last_number);
  return 0;
}
