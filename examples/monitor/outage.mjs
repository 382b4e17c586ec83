const lastsMs = 3000;

/**
 * Outages on demand, so that the page can show what its client makes of them: whoever puts `by=<name>` into the address
 * of the endpoint can have the connections of that name cut, and new ones dropped, for three seconds.
 */
export function outages() {
  const open = new Map(); // the sockets that serve a name now
  const until = new Map();

  /** Goes in front of the endpoint. */
  function watch(request, response, next) {
    const name = nameOf(request.query.by);
    if (name === undefined) return next();
    const { socket } = request;
    if (until.has(name)) return socket.destroy();
    if (!open.has(name)) open.set(name, new Set());
    open.get(name).add(socket);
    response.on('close', () => forget(name, socket));
    return next();
  }

  function forget(name, socket) {
    const sockets = open.get(name);
    sockets?.delete(socket);
    if (sockets?.size === 0) open.delete(name);
  }

  /** Answers the page's wish. */
  function begin(request, response) {
    const name = nameOf(request.params.name);
    if (name === undefined || until.has(name) || until.size >= 100) return response.sendStatus(429);
    until.set(name, setTimeout(() => until.delete(name), lastsMs).unref());
    for (const socket of open.get(name) ?? []) socket.destroy();
    return response.json({ lastsMs });
  }

  return { watch, begin };
}

function nameOf(text) {
  return typeof text === 'string' && /^[a-z0-9]{8,16}$/.test(text) ? text : undefined;
}
