// What a client of the library says beside reading: an answer to the first heartbeat, and acknowledgements of what has come.
// They go over a second connection of the client, which is kept.
#define _GNU_SOURCE
#include "load.h"

#include <stdlib.h>
#include <string.h>

// Clients that will acknowledge, a ring. Every one waits for the same time, so the first to come is the first that is due.
static struct connection **due;
static size_t due_first, due_count;

bool acknowledges(void) { return config.acknowledge.text != NULL; }

static void say(struct connection *speaker, const struct step *what) {
  speaker->to_say = what;
  if (speaker->phase == OVER) connect_to_server(speaker, 0);
  else if (speaker->phase == SETTING_UP && !speaker->unanswered) speak(speaker);
}

void begin_acknowledging(struct connection *c) {
  struct connection *speaker = calloc(1, sizeof *speaker);
  speaker->index = c->index;
  speaker->speaks_for = c;
  speaker->phase = OVER;
  c->speaker = speaker;
  say(speaker, &config.greeting);
}

void speak(struct connection *speaker) {
  static char request[32768];
  struct connection *c = speaker->speaks_for;
  size_t length = write_request(c, speaker->to_say, request, sizeof request);
  speaker->to_say = NULL;
  speaker->unanswered = true;
  begin_answer(speaker);
  send_all(speaker, request, length);
}

// A client has one such request under way; what was to be said meanwhile follows.
void spoken(struct connection *speaker) {
  speaker->unanswered = false;
  acknowledged_count++;
  if (speaker->to_say) speak(speaker);
}

void silenced(struct connection *speaker) {
  if (speaker->unanswered) unanswered_count++;
  speaker->unanswered = false;
}

// What is cut at the end of a piece is acknowledged with what comes next.
void look_for_newest(struct connection *c, const char *bytes, size_t length) {
  const char *end = bytes + length, *found = NULL, *stop = NULL, *next;
  size_t from = strlen(config.newest_from), to = strlen(config.newest_to);
  while ((next = memmem(bytes, end - bytes, config.newest_from, from))) {
    bytes = next + from;
    const char *until = memmem(bytes, end - bytes, config.newest_to, to);
    if (!until) break;
    found = bytes, stop = until;
  }
  if (!found || stop - found >= NEWEST_ROOM) return;
  memcpy(c->newest, found, stop - found);
  c->newest[stop - found] = 0;
  if (c->due_at || !c->speaker) return;
  if (!due) due = calloc(config.connections, sizeof *due);
  c->due_at = now_us() + config.acknowledge_ms * 1000ull;
  due[(due_first + due_count++) % config.connections] = c;
}

void acknowledge_due(uint64_t now) {
  while (due_count > 0 && due[due_first]->due_at <= now) {
    struct connection *c = due[due_first];
    due_first = (due_first + 1) % config.connections;
    due_count--;
    c->due_at = 0;
    if (c->phase != OVER) say(c->speaker, &config.acknowledge);
  }
}

int ms_until_due(int most) {
  if (due_count == 0) return most;
  uint64_t now = now_us(), at = due[due_first]->due_at;
  if (at <= now) return 0;
  uint64_t wait = (at - now + 999) / 1000;
  return wait < (uint64_t)most ? (int)wait : most;
}
