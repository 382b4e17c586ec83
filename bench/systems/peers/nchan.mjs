// nginx with nchan, a server in C: a channel for each subject. Events are posted to it over one connection, as an
// application would; what is counted is the time of its process alone.
import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { get } from '../shared.mjs';
import { modules, nginx } from './nchan-files.mjs';

function configuration(folder, port) {
  return `load_module ${modules};
daemon off;
master_process off;
pid ${folder}/pid;
error_log ${folder}/error crit;
worker_rlimit_nofile 32768;
events { worker_connections 16384; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  keepalive_requests 100000000;
  keepalive_timeout 600s;
  nchan_max_reserved_memory 256M;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location ~ ^/stream/(\\d+)$ { nchan_subscriber eventsource; nchan_channel_id $1; }
    location ~ ^/publish/(\\d+)$ { nchan_publisher; nchan_channel_id $1; nchan_message_buffer_length 1000; }
  }
}
`;
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function connected(port) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const socket = connect(port, '127.0.0.1');
    const open = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    if (open) return socket;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('nginx does not listen');
}

/** Starts the server. */
export async function start() {
  const folder = mkdtempSync(join(tmpdir(), 'nchan-'));
  const port = await freePort();
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, configuration(folder, port));
  // It ends with this process, however that ends.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', nginx, '-p', folder, '-c', file], {
    stdio: 'inherit',
  });
  const publisher = await connected(port);
  publisher.resume();
  return {
    port,
    pid: child.pid,
    client: { steps: [{ text: get('/stream/<<s>>', 'Accept: text/event-stream\r\n') }] },
    publish(subject, data) {
      const body = JSON.stringify(data);
      const head = `POST /publish/${subject} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
      publisher.write(head + body);
    },
  };
}
