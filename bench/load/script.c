// Requests out of templates, and values out of answers.
#define _GNU_SOURCE
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *value_of(const struct connection *c, const char *name, size_t length) {
  static char number[24];
  if (length == 1 && *name == 'i') return snprintf(number, sizeof number, "%d", c->index), number;
  if (length == 1 && *name == 's') return snprintf(number, sizeof number, "%d", c->subject), number;
  if (length == 6 && !memcmp(name, "newest", 6) && *c->newest) return c->newest;
  // The value that was taken last wins: a poll's cursor moves on.
  for (int s = config.step_count - 1; s >= 0; s--) {
    for (int k = 0; k < config.steps[s].capture_count; k++) {
      const char *value = c->values[s * MAX_VALUES + k], *known = config.steps[s].captures[k].name;
      if (value && strlen(known) == length && !memcmp(known, name, length)) return value;
    }
  }
  return "";
}

// Writes a piece of a template; `body` is what <<#>> stands for.
static size_t expand(const struct connection *c, const char *text, size_t length, size_t body, char *to, size_t room) {
  size_t at = 0;
  const char *end = text + length;
  while (text < end) {
    const char *open = memmem(text, end - text, "<<", 2);
    const char *close = open ? memmem(open, end - open, ">>", 2) : NULL;
    const char *until = close ? open : end;
    if (at + (until - text) >= room) fail(c, "a request is too long");
    memcpy(to + at, text, until - text);
    at += until - text;
    if (!close) break;
    char number[24];
    snprintf(number, sizeof number, "%zu", body);
    const char *value = open[2] == '#' ? number : value_of(c, open + 2, close - open - 2);
    if (at + strlen(value) >= room) fail(c, "a request is too long");
    at += strlen(strcpy(to + at, value));
    text = close + 2;
  }
  return at;
}

// A client's frame must be masked; a mask of zeros leaves the text as it is.
static size_t frame_header(size_t length, char *to) {
  size_t at = 0;
  to[at++] = (char)0x81;
  if (length < 126) {
    to[at++] = (char)(0x80 | length);
  } else {
    to[at++] = (char)(0x80 | 126);
    to[at++] = (char)(length >> 8);
    to[at++] = (char)length;
  }
  memset(to + at, 0, 4);
  return at + 4;
}

// The bytes of a request of one connection.
size_t write_request(const struct connection *c, const struct step *step, char *to, size_t room) {
  static char body[16384];
  const char *text = step->text, *split = strstr(text, "\r\n\r\n");
  const char *body_text = step->websocket ? text : split ? split + 4 : text + strlen(text);
  size_t body_length = expand(c, body_text, strlen(body_text), 0, body, sizeof body);
  size_t at = step->websocket ? frame_header(body_length, to)
                              : expand(c, text, body_text - text, body_length, to, room);
  if (at + body_length >= room) fail(c, "a request is too long");
  memcpy(to + at, body, body_length);
  return at + body_length;
}

// Takes the values of the present step out of the answer; one that is not there keeps what it was.
void take_captures(struct connection *c) {
  const struct step *step = &config.steps[c->step];
  for (int k = 0; k < step->capture_count; k++) {
    const struct capture *capture = &step->captures[k];
    const char *at = c->answer, *found = NULL, *end = c->answer + c->answer_length;
    size_t from = strlen(capture->from);
    while (at && (at = memmem(at, end - at, capture->from, from))) found = at += from;
    const char *stop = found ? memmem(found, end - found, capture->to, strlen(capture->to)) : NULL;
    char **value = &c->values[c->step * MAX_VALUES + k];
    if (stop) {
      free(*value);
      *value = strndup(found, stop - found);
    }
    if (!*value) fail(c, "an answer lacks a value");
  }
}
