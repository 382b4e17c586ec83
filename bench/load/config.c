// Reads what to do from standard input: a line for each setting, up to the line `go`.
#define _GNU_SOURCE
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct config config = {.connections = 1, .sources = 1, .opening = 64, .subjects = 1, .grace = 3000, .acknowledge_ms = 2000};

static const struct {
  const char *name;
  int *value;
} numbers[] = {
    {"port", &config.port},         {"control", &config.control},   {"connections", &config.connections},
    {"sources", &config.sources},   {"opening", &config.opening},   {"dead", &config.dead},
    {"receive-buffer", &config.receive_buffer}, {"subjects", &config.subjects}, {"ack", &config.ack},
    {"grace", &config.grace},       {"acknowledge-ms", &config.acknowledge_ms}, {"tls", &config.tls},
};

// Unbuffered on purpose: what follows `go` is for the main loop, which polls the descriptor.
char *read_line(void) {
  static char line[65536];
  size_t length = 0;
  int c;
  while ((c = getchar()) != EOF && c != '\n') {
    if (length + 1 < sizeof line) line[length++] = (char)c;
  }
  line[length] = 0;
  return c == EOF && length == 0 ? NULL : line;
}

// Copies a value and undoes its escapes: \r \n \t and \\.
static char *unescape(const char *text) {
  char *copy = malloc(strlen(text) + 1), *to = copy;
  for (; *text; text++) {
    if (*text != '\\') {
      *to++ = *text;
      continue;
    }
    text++;
    *to++ = *text == 'r' ? '\r' : *text == 'n' ? '\n' : *text == 't' ? '\t' : *text;
  }
  *to = 0;
  return copy;
}

static void misuse(const char *what, const char *name) {
  fprintf(stderr, "load: %s: %s\n", what, name);
  exit(2);
}

static void set(const char *name, char *value) {
  struct step *step = &config.steps[config.step_count - 1];
  if (!strcmp(name, "step") || !strcmp(name, "frame")) {
    if (config.step_count == MAX_STEPS) misuse("too many steps", name);
    step = &config.steps[config.step_count++];
    step->websocket = *name == 'f';
    step->text = unescape(value);
  } else if (!strcmp(name, "expect") && config.step_count > 0) {
    step->expect = unescape(value);
  } else if (!strcmp(name, "capture") && config.step_count > 0) {
    // name, tab, what stands before, tab, what stands behind
    struct capture *capture = &step->captures[step->capture_count];
    if (step->capture_count++ == MAX_VALUES) misuse("too many captures", value);
    capture->name = unescape(strsep(&value, "\t"));
    capture->from = unescape(value ? strsep(&value, "\t") : "");
    capture->to = unescape(value ? value : "");
  } else if (!strcmp(name, "greeting")) {
    config.greeting.text = unescape(value);
  } else if (!strcmp(name, "acknowledge")) {
    config.acknowledge.text = unescape(value);
  } else if (!strcmp(name, "newest")) {
    config.newest_from = unescape(strsep(&value, "\t"));
    config.newest_to = unescape(value ? value : "");
  } else if (!strcmp(name, "repeat")) {
    config.repeat = true;
  } else {
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
      if (strcmp(name, numbers[i].name)) continue;
      *numbers[i].value = atoi(value);
      return;
    }
    misuse("no such setting", name);
  }
}

void read_config(void) {
  setvbuf(stdin, NULL, _IONBF, 0);
  char *line;
  while ((line = read_line()) && strcmp(line, "go")) {
    char *value = line, *name = strsep(&value, " ");
    set(name, value ? value : "");
  }
  if (config.port == 0 || config.step_count == 0) misuse("missing", "port and step");
  if (config.acknowledge.text && !(config.greeting.text && config.newest_from)) misuse("missing", "greeting and newest");
}
