// Takes HTTP answers apart: head, and a body by length, in chunks or up to the end.
#define _GNU_SOURCE
#include "load.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void begin_answer(struct connection *c) {
  c->reading = IN_HEAD;
  c->matched = 0;
  c->remaining = 0;
  c->answer_length = 0;
}

static void keep(struct connection *c, char byte) {
  if (c->answer_length + 2 > c->answer_room) {
    c->answer_room = c->answer_room ? c->answer_room * 2 : 512;
    c->answer = realloc(c->answer, c->answer_room);
  }
  c->answer[c->answer_length++] = byte;
  c->answer[c->answer_length] = 0;
}

static void end_answer(struct connection *c) {
  c->reading = IN_HEAD;
  c->matched = 0;
  answer_ended(c);
}

static void read_head(struct connection *c) {
  c->matched = 0;
  int status = c->answer_length > 12 ? atoi(c->answer + 9) : 0;
  if (status != 101 && (status < 200 || status > 299)) fail(c, "the server refused");
  const char *length = strcasestr(c->answer, "\r\ncontent-length:");
  if (strcasestr(c->answer, "\r\ntransfer-encoding: chunked")) c->reading = IN_CHUNK_SIZE;
  else if (length || status == 204) c->reading = IN_LENGTH;
  else c->reading = UNTIL_CLOSE;
  c->remaining = length && c->reading == IN_LENGTH ? strtoull(length + 17, NULL, 10) : 0;
  head_came(c);
  if (c->reading == IN_LENGTH && c->remaining == 0) end_answer(c);
}

static size_t take_head(struct connection *c, const char *bytes, size_t length) {
  static const char end[] = "\r\n\r\n";
  for (size_t i = 0; i < length; i++) {
    keep(c, bytes[i]);
    c->matched = bytes[i] == end[c->matched] ? c->matched + 1 : bytes[i] == '\r';
    if (c->matched < 4) continue;
    read_head(c);
    return i + 1;
  }
  return length;
}

static size_t take_body(struct connection *c, const char *bytes, size_t length) {
  size_t part = c->reading == UNTIL_CLOSE || length < c->remaining ? length : c->remaining;
  if (c->reading != UNTIL_CLOSE) c->remaining -= part;
  body_came(c, bytes, part);
  if (c->reading == IN_CHUNK && c->remaining == 0) {
    c->reading = AFTER_CHUNK;
    c->matched = 0;
  } else if (c->reading == IN_LENGTH && c->remaining == 0) {
    end_answer(c);
  }
  return part;
}

static void end_size(struct connection *c) {
  c->reading = c->remaining ? IN_CHUNK : IN_TRAILER;
  c->matched = 0;
}

// One byte of what stands around chunks.
static void take_framing(struct connection *c, char byte) {
  if (c->reading == AFTER_CHUNK) {
    if (byte == '\n') c->reading = IN_CHUNK_SIZE, c->matched = 0, c->remaining = 0;
  } else if (c->reading == IN_CHUNK_SIZE) {
    int digit = byte <= '9' ? byte - '0' : (byte | 32) - 'a' + 10;
    if (byte == '\n') end_size(c);
    else if (byte == ';') c->matched = 1;  // an extension: its letters are no digits
    else if (byte != '\r' && !c->matched) c->remaining = c->remaining * 16 + digit;
  } else if (byte == '\n') {
    if (c->matched == 0) end_answer(c);
    else c->matched = 0;
  } else if (byte != '\r') {
    c->matched++;
  }
}

void read_answer(struct connection *c, const char *bytes, size_t length) {
  while (length > 0 && c->phase != OVER) {
    size_t used = 1;
    if (c->reading == IN_HEAD) used = take_head(c, bytes, length);
    else if (c->reading == IN_LENGTH || c->reading == IN_CHUNK || c->reading == UNTIL_CLOSE)
      used = take_body(c, bytes, length);
    else take_framing(c, *bytes);
    bytes += used;
    length -= used;
  }
}
