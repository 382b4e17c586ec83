// What Redis or the network answered, in one line that says what to do.

interface Advice {
  readonly sign: RegExp;
  readonly say: string;
  /** Trying again does not cure it. */
  readonly final?: boolean;
  /** It is no primary, or not any more. */
  readonly replica?: boolean;
}

const advice: readonly Advice[] = [
  {
    sign: /^NOAUTH|^WRONGPASS|invalid username-password|invalid password/,
    say: 'Redis refuses the login: check user and password in `url`',
    final: true,
  },
  {
    sign: /^NOPERM/,
    say: 'the Redis user may not do that: give it the keys and commands that the guide lists under ACL',
    final: true,
  },
  {
    sign: /^OOM/,
    say: 'Redis is full: raise its `maxmemory`, or lower `log`; what waits is sent again',
  },
  {
    sign: /^READONLY|can't write against a read only replica/i,
    say: 'this Redis is a read-only replica: `url` must lead to the primary',
    replica: true,
  },
  {
    sign: /^MISCONF/,
    say: 'Redis takes no writes because it cannot save: free its disk, or look into its log',
  },
  { sign: /^NOREPLICAS/, say: 'Redis takes no writes without its replicas: bring them back' },
  {
    sign: /^WRONGTYPE/,
    say: 'a key of this `prefix` holds something else: choose another `prefix`, or delete the key',
    final: true,
  },
  {
    sign: /^MOVED|^ASK |^CROSSSLOT|^CLUSTERDOWN/,
    say: 'this is a node of Redis Cluster, which is not supported: use a primary with replicas',
    final: true,
  },
  {
    sign: /alert.*certificate/i,
    say: 'Redis wants a certificate of its clients: give `cert` and `key` in `client`, as `socket: { tls: true, cert, key }`',
    final: true,
  },
  {
    sign: /certificate (?:has expired|is not yet valid)|altnames/i,
    say: 'the certificate of Redis has expired, is not valid yet or is for another name: renew it, or connect by its name',
    final: true,
  },
  {
    sign: /certificate/i,
    say: 'the certificate of Redis is not trusted: give its authority in `client`, as `socket: { tls: true, ca }`',
    final: true,
  },
  { sign: /^LOADING/, say: 'Redis is loading its data: wait' },
  {
    sign: /^MASTERDOWN/,
    say: 'this replica has lost its primary: `url` must lead to the primary',
    replica: true,
  },
  { sign: /^BUSY/, say: 'Redis is busy with a script of somebody else: `SCRIPT KILL` ends it' },
  {
    sign: /unknown command|wrong number of arguments|^ERR syntax error/i,
    say: 'this Redis lacks a command: Redis 6.2 or later, or Valkey, is needed',
    final: true,
  },
];

/** A failure of the engine, told for people. */
export interface Refusal {
  /** One line: what is wrong, what to do, and in brackets what the engine said. */
  readonly line: string;
  /** Trying again does not cure it. */
  readonly final: boolean;
  /** The engine did answer. */
  readonly answered: boolean;
  /** It is no primary: a new connection may lead to one. */
  readonly replica: boolean;
}

/** Says what a failure means. The line never holds a password: of the address it has host and port alone. */
export function explain(error: unknown, address: string): Refusal {
  const message = messageOf(error);
  // Scripts wrap what a command said in a sentence of their own.
  const inner =
    /(?:^|: )(?:-|ERR Error running script.*?: )?((?:[A-Z]{3,}) .*)$/.exec(message)?.[1] ?? message;
  const found = advice.find(({ sign }) => sign.test(message) || sign.test(inner));
  if (found === undefined) {
    const answered = /^[A-Z]{3,} /.test(message) && !/^E[A-Z]+\b/.test(message.replace(/^ERR /, ''));
    const start = answered ? `Redis at ${address} refuses` : `no answer from Redis at ${address}`;
    return { line: `${start} (${shortened(message)})`, final: false, answered, replica: false };
  }
  const line = `${found.say} (${address}: ${shortened(message)})`;
  return { line, final: found.final ?? false, answered: true, replica: found.replica ?? false };
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  return error instanceof Error ? error.message || error.name : String(error);
}

function shortened(message: string): string {
  const line = message.replaceAll(/\s+/g, ' ').replace(/ script: [0-9a-f]{40}.*$/, '');
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}
