/** What one hub has in NATS. The guide lists the permissions that follow from it. */
export interface Names {
  /** The stream of the log, and the one subject that is published to it. */
  readonly stream: string;
  readonly subject: string;
  /** Key-value buckets: the life of the log, records of sessions, nonces of joins. */
  readonly meta: string;
  readonly sessions: string;
  readonly nonces: string;
  /** What letters to a node begin with. */
  readonly inbox: string;
}

export function namesFor(prefix: string): Names {
  return {
    stream: `${prefix}_LOG`,
    subject: `${prefix}.log`,
    meta: `${prefix}_meta`,
    sessions: `${prefix}_sessions`,
    nonces: `${prefix}_nonces`,
    inbox: `${prefix}.inbox.`,
  };
}
