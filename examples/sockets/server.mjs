// One hub behind five doors: HTTP, WebSocket, TCP, UDP and a multicast group. PORT, TCP_PORT, UDP_PORT and GROUP_PORT
// choose the ports, 0 for any; HOST=0.0.0.0 opens them to the network.
import http from 'node:http';
import { createHub, createNodeHandler } from '@cometkit/node';
import { createDatagramServer, createXmlSocketServer } from '@cometkit/socket';
import { attachWebSocket } from '@cometkit/websocket';
import { readMachine } from './machine.mjs';
import { servePages } from './pages.mjs';

const host = process.env.HOST ?? '127.0.0.1'; // what it shows is nobody else's business unless you say so
const port = (name, usual) => Number(process.env[name] ?? usual);
const group = { subject: '/machine', address: '239.255.78.43', port: port('GROUP_PORT', 7845) };

const hub = createHub();
const push = createNodeHandler(hub, { path: '/push' });
const server = http.createServer((request, response) =>
  push(request, response, () => servePages(request, response)),
);

const webSockets = attachWebSocket(server, push);
const sockets = createXmlSocketServer(push);
// The group stays on this machine as long as everything else does.
const groups = [host === '127.0.0.1' ? { ...group, interface: host } : group];
const datagrams = createDatagramServer(push, { groups });

await new Promise((resolve) => {
  server.listen(port('PORT', 3000), host, () => resolve(undefined));
});
const tcpPort = await sockets.listen(port('TCP_PORT', 7843), host);
const udpPort = await datagrams.listen(port('UDP_PORT', 7844), host);

const timer = setInterval(() => {
  for (const [subject, data] of readMachine()) hub.publish(subject, data);
}, 1000);

const page = /** @type {import('node:net').AddressInfo} */ (server.address());
console.log(`page        http://localhost:${page.port}/
XML, JSON   (echo '{"type":"join-listen","subject":"/machine"}'; cat) | nc localhost ${tcpPort}
Java        java java/SocketReader.java localhost ${tcpPort} /machine
            java java/DatagramReader.java localhost ${udpPort} /machine
            java java/MulticastReader.java ${group.address} ${group.port}`);

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    clearInterval(timer);
    server.close();
    await push.close(); // says goodbye over every door
    await Promise.all([webSockets.close(), sockets.close(), datagrams.close()]);
    server.closeIdleConnections(); // what browsers keep open for a next request
    setTimeout(() => server.closeAllConnections(), 1000).unref(); // who has not asked anything by then
  });
}
