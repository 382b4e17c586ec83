// What happens at each limit, in the words of its table. An option without a sentence fails the generator, and so does a sentence
// whose option is gone.
const refused = (status, code) => `refused with ${status} \`${code}\``;
const larger = 'refused with 400';

export const consequences = {
  HubLimits: {
    leaseMs: 'the session ends, reason `lease-expired`; its client joins anew and gets a gap event',
    embryonicLeaseMs: 'the session ends as if it had never been',
    heartbeatMs: 'a heartbeat is written, or a held poll is answered',
    ackTimeoutMs: 'the channel is closed; the client comes back and gets again what it had not acknowledged',
    maxSessions: `a session without a channel gives way, the one that was silent longest; when all have one, a join is ${refused(503, 'too-many-sessions')}`,
    maxSubscriptions: refused(400, 'too-many-subscriptions'),
    sessionBytes: `a further subscription is ${refused(400, 'too-many-subscriptions')}; the oldest message ids are forgotten`,
    hubSessionBytes: `a session that holds more than its equal share (6.5 KiB) gets no further subscription, ${refused(503, 'too-busy')}`,
    maxSubjectLength: larger,
    maxSubjectDepth: larger,
    maxLabelLength: refused(400, 'invalid-label'),
    maxEventBytes: `${refused(400, 'event-too-large')}; \`publish()\` in the server throws`,
    queueLimit: 'what `overflow` says: by default the rest is read from the log later',
    queueBytes:
      'the same; a session that has not read so much of its answers gets no poll and no past, refused with 503 `too-busy`',
    hubQueuedEvents: 'queues that grow read the rest from the log later',
    hubQueuedBytes:
      'the same; while answers that were not read take a quarter of it, each answer brings at most 16 KiB of events',
  },
  LogLimits: {
    maxEvents:
      'the oldest event is dropped; a client that still needed it gets a gap, `overflow` or `trimmed`',
    maxBytes: 'the same',
    maxAgeMs: 'the same',
  },
  LastValuesLimits: {
    maxSubjects: 'the value that was published longest ago is forgotten',
    maxBytes: 'the same',
  },
  HandlerOptions: {
    longPollWaitMs: 'the client asks again after a random wait in this range',
    pollWaitMs: 'the same',
    modernHeartbeatMs: 'a heartbeat is written',
    flushWindowMs: 'what has waited so long is written',
    stallMs: 'the channel is closed; the session stays, and the client comes back for the rest',
    hookTimeoutMs: `the hook has refused: ${refused(403, 'not-authorized').replace('refused with ', '')}`,
    closeGraceMs: '`close()` cuts what has not left',
    maxBodyBytes: refused(413, 'body-too-large'),
    maxQueryLength: refused(414, 'malformed-request'),
    maxFields: refused(400, 'malformed-request'),
    maxFieldLength: larger,
    maxPendingCommands: refused(503, 'too-busy'),
    maxPendingJoins: refused(503, 'too-busy'),
  },
  JoinRate: {
    perSecond: `a join past it is ${refused(503, 'too-busy')} and \`Retry-After\``,
    burst: 'further joins come in at the rate of `perSecond`',
  },
  ClassicOptions: { classicLeaseMs: 'the session ends' },
  WebSocketOptions: {
    pingMs: 'a ping is sent; without a sign of life half as long later the socket is cut',
    assemblyMs: 'the socket is closed with 1008',
    handshakeMs: 'the socket is closed',
    idleMs: 'the socket is closed; the session lives for its lease',
    maxPayload: 'the socket is closed with 1009',
    maxFragments: 'the socket is closed with 1008',
    maxConnections: 'the upgrade is answered 503',
    maxConnectionsPerAddress: 'the upgrade is answered 503',
  },
  XmlSocketOptions: {
    handshakeMs: 'the connection is cut',
    assemblyMs: 'the message is refused, and the connection ends',
    idleMs: 'the connection is cut; the session lives for its lease',
    maxMessageBytes: 'the message is refused, and the connection ends',
    maxConnections: 'a new connection is closed unheard',
    maxConnectionsPerAddress: 'the same',
  },
  DatagramOptions: {
    maxDatagramBytes: 'a message `oversize` with the cursor stands in the place of the event',
    maxRequestBytes: 'the datagram is dropped',
    silenceMs: 'the client is forgotten; its session lives for its lease',
    handshakeMs: 'the client is forgotten',
    tokenMs: 'the client has to prove its address again',
    maxPeers: 'datagrams of new clients are dropped',
    maxPeersPerAddress: 'the same',
  },
  PushServerOptions: { maxConnections: 'a new connection is dropped' },
  ClientOptions: {
    queueLimit: 'a gap `overflow` covers what comes, until half of the queue is read',
    maxEventChars: 'a gap `too-large` stands in its place',
  },
};

/** Units of options whose doc comment says them elsewhere. */
export const units = {
  'JoinRate.perSecond': 'joins a second',
  'JoinRate.burst': 'joins',
  'PushServerOptions.maxConnections': 'connections',
  'HubLimits.queueLimit': 'items',
  'HubLimits.hubQueuedEvents': 'items',
  'XmlSocketOptions.maxConnections': 'connections',
  'XmlSocketOptions.maxConnectionsPerAddress': 'connections',
  'WebSocketOptions.maxFragments': 'fragments',
  'WebSocketOptions.maxConnections': 'sockets',
  'WebSocketOptions.maxConnectionsPerAddress': 'sockets',
  'DatagramOptions.maxPeers': 'clients',
  'DatagramOptions.maxPeersPerAddress': 'clients',
  'HandlerOptions.maxFields': 'fields',
  'HandlerOptions.maxPendingCommands': 'commands',
  'HandlerOptions.maxPendingJoins': 'joins',
};

/** Limits that no option changes, by the constant that holds each. */
export const fixed = [
  [
    'packages/core/src/pattern.ts',
    'maxWildcards',
    'wildcards in one part of a pattern',
    'refused with 400 `invalid-pattern`',
  ],
  ['packages/handler/src/json.ts', 'maxDepth', 'levels of JSON in a request', 'refused with 400'],
  ['packages/handler/src/command-fields.ts', 'maxBatch', 'commands in one batch', 'refused with 400'],
  [
    'packages/handler/src/command-fields.ts',
    'maxPastEvents',
    'events of the past in one answer',
    'a gap in front covers the rest',
  ],
  [
    'packages/handler/src/unread-answers.ts',
    'mostBytes',
    'bytes of the past in one answer',
    'a gap in front covers the rest',
  ],
  [
    'packages/handler/src/turns.ts',
    'maxCommands',
    'commands of one connection a turn',
    'the rest waits for the next turn',
  ],
  [
    'packages/handler/src/turns.ts',
    'sliceMs',
    'ms of a turn for the commands of all connections, and for writes',
    'the rest waits for the next turn',
  ],
  [
    'packages/handler/src/encode-cache.ts',
    'pastBytes',
    'bytes of older events that are kept encoded, for each format',
    'they are encoded again when somebody asks for them',
  ],
  [
    'packages/handler/src/rate-limit.ts',
    'maxAddresses',
    'addresses whose joins are counted',
    'the one that is known longest is forgotten',
  ],
  [
    'packages/client/src/client.ts',
    'maxTasks',
    'messages and subscriptions of a client under way',
    'a further one is given back with `busy`',
  ],
];
