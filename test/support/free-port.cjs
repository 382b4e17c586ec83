// Loaded before a program that listens on a fixed port: it gets a free one instead, and says which.
const { Server } = require('node:net');

const { listen } = Server.prototype;
Server.prototype.listen = function (options, ...rest) {
  this.once('listening', () => process.stdout.write(`\nlistening on ${this.address().port}\n`));
  const listeners = rest.filter((value) => typeof value === 'function');
  const hosted = typeof options === 'object' ? { ...options, port: 0 } : { port: 0 };
  return listen.call(this, hosted, ...listeners);
};
