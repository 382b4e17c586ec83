// The conversation on one connection: its steps, and after them the stream or the poll that never ends.
#define _GNU_SOURCE
#include "load.h"

#include <stdlib.h>
#include <string.h>

static bool last_step(const struct connection *c) { return c->step == config.step_count - 1; }

// Only what something is looked for in is kept: a stream that is live is scanned and forgotten.
static bool kept(const struct connection *c) {
  return c->phase == SETTING_UP || (config.repeat && config.steps[c->step].capture_count > 0);
}

static void keep_body(struct connection *c, const char *bytes, size_t length) {
  if (c->answer_length + length + 1 > c->answer_room) {
    c->answer_room = (c->answer_length + length + 1) * 2;
    c->answer = realloc(c->answer, c->answer_room);
  }
  memcpy(c->answer + c->answer_length, bytes, length);
  c->answer_length += length;
  c->answer[c->answer_length] = 0;
}

static void live(struct connection *c) {
  c->phase = LIVE;
  became_live(c);
  if (acknowledges()) begin_acknowledging(c);
}

static void step_done(struct connection *c) {
  take_captures(c);
  if (last_step(c)) {
    if (c->phase == SETTING_UP) live(c);
    return;
  }
  c->step++;
  send_step(c);
}

void send_step(struct connection *c) {
  static char request[32768];
  const struct step *step = &config.steps[c->step];
  size_t length = write_request(c, step, request, sizeof request);
  // A frame is a part of what the connection is reading already.
  if (!step->websocket) begin_answer(c);
  else c->answer_length = 0;
  send_all(c, request, length);
  if (last_step(c) && c->phase == SETTING_UP && config.repeat) live(c);
}

void head_came(struct connection *c) {
  if (c->speaks_for) return;
  const struct step *step = &config.steps[c->step];
  bool open = c->reading == UNTIL_CLOSE || c->reading == IN_CHUNK_SIZE;
  if (step->expect || config.repeat || !open) return;
  // A stream is live with its head; an upgrade goes on with its frames.
  if (last_step(c) || c->reading == UNTIL_CLOSE) step_done(c);
}

void body_came(struct connection *c, const char *bytes, size_t length) {
  if (c->speaks_for) return;
  byte_count += length;
  const char *expect = config.steps[c->step].expect;
  if (kept(c)) keep_body(c, bytes, length);
  scan(c, bytes, length, now_us());
  if (acknowledges()) look_for_newest(c, bytes, length);
  if (c->phase != SETTING_UP || !expect || config.repeat) return;
  if (memmem(c->answer, c->answer_length, expect, strlen(expect))) step_done(c);
}

void answer_ended(struct connection *c) {
  if (c->speaks_for) {
    spoken(c);
  } else if (config.repeat && last_step(c)) {
    answer_count++;
    take_captures(c);
    send_step(c);
  } else if (c->phase == LIVE) {
    ended_count++;
    c->phase = OVER;
  } else {
    step_done(c);
  }
}
