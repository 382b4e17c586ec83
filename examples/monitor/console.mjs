/** The port of the environment variable PORT; anything that is no port ends the process with a sentence. */
export function portFrom(text) {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  console.error(`PORT must be a number from 0 to 65535 (0 takes any free port), not "${text}".`);
  return process.exit(1);
}

/** Says why the server could not listen, and ends the process. */
export function refused(error, port) {
  const reasons = {
    EADDRINUSE: `Port ${port} is already in use. Choose another one: PORT=${port + 1} npm start`,
    EACCES: `Port ${port} needs more rights than this process has. Choose one above 1023: PORT=3000 npm start`,
    EADDRNOTAVAIL: `This machine has no address HOST=${process.env.HOST}.`,
  };
  console.error(reasons[error.code] ?? `The server cannot listen: ${error.message}`);
  process.exit(1);
}

/** Prints where to look; both lines work by copy and paste. */
export function announce(server) {
  const { address, port, family } = server.address();
  const everywhere = address === '0.0.0.0' || address === '::';
  const host =
    everywhere || address === '127.0.0.1' ? 'localhost' : family === 'IPv6' ? `[${address}]` : address;
  const origin = `http://${host}:${port}`;
  console.log(`
This machine, live:   ${origin}/
The same by curl:     curl -N '${origin}/push?subject=/system'
Ctrl+C ends it.
`);
}
