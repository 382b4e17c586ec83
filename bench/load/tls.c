// Bytes in and out of a connection. Compiled with WITH_TLS and OpenSSL it also speaks TLS; whose certificate it is does not matter.
#define _GNU_SOURCE
#include "load.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef WITH_TLS
#include <openssl/ssl.h>

static void open_tls(struct connection *c) {
  static SSL_CTX *context;
  if (!context) {
    context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context, 1);
  }
  c->tls = SSL_new(context);
  SSL_set_fd(c->tls, c->fd);
}

// True when it is done; false when more has to come first.
bool shake_hands(struct connection *c) {
  if (!config.tls) return true;
  if (!c->tls) open_tls(c);
  int result = SSL_connect(c->tls);
  if (result == 1) return true;
  if (SSL_get_error(c->tls, result) != SSL_ERROR_WANT_READ) fail(c, "no TLS");
  return false;
}

ssize_t receive(struct connection *c, char *to, size_t room) {
  if (!c->tls) return recv(c->fd, to, room, 0);
  int length = SSL_read(c->tls, to, (int)room);
  if (length > 0) return length;
  if (SSL_get_error(c->tls, length) != SSL_ERROR_WANT_READ) return 0;
  errno = EAGAIN;
  return -1;
}

static ssize_t send_some(struct connection *c, const char *bytes, size_t length) {
  return c->tls ? SSL_write(c->tls, bytes, (int)length) : send(c->fd, bytes, length, MSG_NOSIGNAL);
}

void hang_up(struct connection *c) {
  if (c->tls) SSL_free(c->tls);
  c->tls = NULL;
  close(c->fd);
}

#else

bool shake_hands(struct connection *c) {
  if (config.tls) fail(c, "this generator speaks no TLS");
  return true;
}

ssize_t receive(struct connection *c, char *to, size_t room) { return recv(c->fd, to, room, 0); }

static ssize_t send_some(struct connection *c, const char *bytes, size_t length) {
  return send(c->fd, bytes, length, MSG_NOSIGNAL);
}

void hang_up(struct connection *c) { close(c->fd); }

#endif

void send_all(struct connection *c, const char *bytes, size_t length) {
  if (send_some(c, bytes, length) != (ssize_t)length) fail(c, "a request could not be sent");
}
