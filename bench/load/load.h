// The load generator: one process, one thread, epoll. See bench/README.md for what it checks.
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { MAX_STEPS = 8, MAX_VALUES = 6, MARKER_ROOM = 48, NEWEST_ROOM = 64 };

// A value that an answer holds, for later requests: what stands last between `from` and `to`.
struct capture {
  char *name, *from, *to;
};

// One request of a client's conversation.
struct step {
  bool websocket;  // sent as a text frame, not as it is
  char *text;      // with <<name>> for values and <<#>> for the length of the body
  char *expect;    // the step is done when this has come; without it, when the answer is complete
  struct capture captures[MAX_VALUES];
  int capture_count;
};

struct config {
  int port, control, connections, sources, opening, dead, receive_buffer, subjects, ack, grace, acknowledge_ms, tls;
  bool repeat;  // the last step is a poll: sent again after each answer
  struct step steps[MAX_STEPS];
  int step_count;
  // What a client that acknowledges says on a second connection: once when it is live, and then of what has come.
  struct step greeting, acknowledge;
  char *newest_from, *newest_to;  // what it acknowledges stands between these
};

// How far an answer has been read.
enum reading { IN_HEAD, IN_LENGTH, IN_CHUNK_SIZE, IN_CHUNK, AFTER_CHUNK, IN_TRAILER, UNTIL_CLOSE };

enum phase { CONNECTING, SHAKING_HANDS, SETTING_UP, LIVE, OVER };

struct connection {
  int fd, index, subject, step;
  enum phase phase;
  bool deaf;  // has been set up and never reads again
  enum reading reading;
  int matched;         // of the end of the head, or bytes on the trailer's line
  uint64_t remaining;  // of the body or chunk
  char *answer;        // what was kept of the answer, while something is looked for in it
  size_t answer_length, answer_room;
  char *values[MAX_STEPS * MAX_VALUES];
  uint64_t last, seen, distinct;  // highest number, the 64 up to it as bits, how many different ones
  char carry[MARKER_ROOM];        // a marker that was cut
  int carried;
  void *tls;
  struct connection *speaks_for;  // of a second connection: the client whose requests it carries
  struct connection *speaker;     // of a client that acknowledges: its second connection
  const struct step *to_say;      // of a second connection: the request that is under way or waits
  bool unanswered;                // of a second connection: an answer is still to come
  char newest[NEWEST_ROOM];       // of a client that acknowledges: the newest of what has come
  uint64_t due_at;                // when it acknowledges next, in µs; 0 when nothing new has come
};

extern struct config config;

// config.c
void read_config(void);
char *read_line(void);

// script.c
size_t write_request(const struct connection *c, const struct step *step, char *to, size_t room);
void take_captures(struct connection *c);

// answer.c
void begin_answer(struct connection *c);
void read_answer(struct connection *c, const char *bytes, size_t length);

// session.c: what happens on a connection
void body_came(struct connection *c, const char *bytes, size_t length);
void head_came(struct connection *c);
void answer_ended(struct connection *c);
void send_step(struct connection *c);

// acknowledge.c: what a client says beside reading
bool acknowledges(void);
void begin_acknowledging(struct connection *c);
void look_for_newest(struct connection *c, const char *bytes, size_t length);
void acknowledge_due(uint64_t now);
int ms_until_due(int most);
void speak(struct connection *speaker);
void spoken(struct connection *speaker);
void silenced(struct connection *speaker);

// tls.c: bytes in and out, under TLS or without
bool shake_hands(struct connection *c);
ssize_t receive(struct connection *c, char *to, size_t room);
void send_all(struct connection *c, const char *bytes, size_t length);
void hang_up(struct connection *c);

// tally.c
void begin_window(void);
void scan(struct connection *c, const char *bytes, size_t length, uint64_t now);
bool all_arrived(const struct connection *all, uint64_t last);
void report(const struct connection *all, uint64_t last);
extern uint64_t reached_by_all, answer_count, byte_count, ended_count, acknowledged_count, unanswered_count;
extern int listening;

// load.c
uint64_t now_us(void);
void fail(const struct connection *c, const char *what);
void became_live(struct connection *c);
void connect_to_server(struct connection *c, int receive_buffer);

#endif
