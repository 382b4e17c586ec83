// Named mistakes in what makes many nodes one hub: one change of the sources each, and the test that must notice.

const log = 'core/src/tail-log.ts';
const reader = 'core/src/tail-reader.ts';
const reach = 'core/src/reach.ts';
const resume = 'core/src/resume.ts';
const changes = 'core/src/session-changes.ts';
const adoption = 'core/src/adoption.ts';
const outgoing = 'core/src/outgoing.ts';
const node = 'handler/src/cluster/cluster-node.ts';
const relay = 'handler/src/cluster/ack-relay.ts';
const arrivals = 'handler/src/cluster/arrivals.ts';
const channels = 'handler/src/cluster/channels.ts';
const commands = 'handler/src/cluster/changes.ts';
const application = 'handler/src/cluster/application-changes.ts';
const moved = 'handler/src/cluster/moved.ts';
const claims = 'handler/src/cluster/claims.ts';
const places = 'handler/src/talk/stream-places.ts';
const elsewhere = 'handler/src/talk/streams-elsewhere.ts';
const core = 'test/core/cluster.test.ts';

/** @type {{ name: string, file: string, find: string, replace: string, test: string, folder?: string }[]} */
export const mutants = [
  // Where a client goes on
  {
    name: 'who comes from an unknown life goes on at its number',
    file: log,
    find: 'return this.#lives.find(({ start }) => start > position)?.start ?? this.#tail;',
    replace: 'return this.#kept[this.#after(position) - 1]?.entry.position ?? this.#base;',
    test: 'who comes from a life that a node started too late for',
    folder: core,
  },
  {
    name: 'who was beyond the end of a life goes on before it',
    file: log,
    find: "found === 'engine' ? (this.#lives[life + 1]?.start ?? 0) : 0",
    replace: '0',
    test: 'from a life that a node began late, below what others have read',
    folder: core,
  },
  {
    name: 'an unknown life is a past one',
    file: reach,
    find: "if (found === 'epoch' && (await this.#isPresent())) return true;",
    replace: "if (found === 'epoch') return true;",
    test: 'waits for a life of the log that it does not know',
    folder: core,
  },
  {
    name: 'an unknown life is a past one while the engine is away',
    file: reach,
    find: 'this.#asking = this.#source.end().catch(() => nowhere);',
    replace: 'this.#asking = this.#source.end().catch(() => ({ epoch: this.#log.epoch, position: 0 }));',
    test: 'waits neither for a life that has ended nor without its engine',
    folder: core,
  },
  {
    name: 'who joins without a place begins where its node is',
    file: reach,
    find: ' && this.#log.tail >= end.position;',
    replace: ';',
    test: 'begins where the log ends, on a node that is behind',
  },
  {
    name: 'an unknown life may always still come',
    file: reach,
    find: 'return (await this.#end()).epoch === this.#log.epoch;',
    replace: 'return false;',
    test: 'waits neither for a life that has ended nor without its engine',
    folder: core,
  },
  {
    name: 'only what this node gave counts',
    file: resume,
    find: 'if (shared) return false;',
    replace: '',
    test: 'takes the word of a client for what another node has given it',
    folder: core,
  },
  {
    name: 'the other branch of a life counts as made up',
    file: resume,
    find: 'if (shared) return false;',
    replace: "if (shared) return reason === 'fork';",
    test: 'is not given again to who has read the other branch of a life',
    folder: core,
  },
  {
    name: 'a join begins wherever its node is',
    file: 'handler/src/cluster/joins.ts',
    find: 'after === undefined ? this.#arrivals.present() : this.#arrivals.reach(after)',
    replace: 'this.#arrivals.reach(after)',
    test: 'begins in the present life of the log, on a node',
  },
  {
    name: 'nobody waits for a place that is ahead of the node',
    file: arrivals,
    find: 'if (named !== undefined) return this.isAhead(named) ? this.reach(named) : undefined;',
    replace: 'if (named !== undefined) return undefined;',
    test: 'waits for the place of a client that is ahead of its node',
  },

  // Acknowledgements
  {
    name: 'acknowledgements stay where they arrive',
    file: relay,
    find: 'this.#inbox.send(node, writeLetter(all.slice(at, at + maxSigns)));',
    replace: 'writeLetter(all.slice(at, at + maxSigns));',
    test: 'has its acknowledgements passed on to the node that streams to it',
  },
  {
    name: 'an acknowledgement that meets a stream that has moved is dropped',
    file: node,
    find: "if (sign.ack !== undefined) this.held.inBackground(this.#passOn(sign, tries), 'an acknowledgement');",
    replace: '',
    test: 'has its acknowledgements follow a stream that has moved on',
  },
  {
    name: 'of two acknowledgements the first one is passed on',
    file: relay,
    find: 'const { ack = before?.ack, generation = before?.generation } = sign;',
    replace: 'const { ack = sign.ack, generation = sign.generation } = before ?? {};',
    test: 'acknowledge',
  },

  // The newest stream
  {
    name: 'older streams go on',
    file: changes,
    find: 'session.generation < change.generation)',
    replace: 'session.generation > change.generation)',
    test: 'has the same stream on one node only',
  },
  {
    name: 'a stream ends itself',
    file: changes,
    find: 'if (entry.node !== engine.cluster?.node && session.generation < change.generation)',
    replace: 'if (session.generation <= change.generation)',
    test: 'has exactly one of two streams that are asked for at the same moment',
  },
  {
    name: 'a listen does not compare its session with the record',
    file: channels,
    find: 'if (!session.closed && matches(session, record)) return session;',
    replace: 'if (!session.closed) return session;',
    test: 'gets a subscription that was made while its record was on its way',
  },

  // Sessions of other nodes
  {
    name: 'a session that has left is taken in',
    file: adoption,
    find: "[...changes, ...ofAll].some(({ change }) => change.kind === 'leave')",
    replace: 'changes.length < 0',
    test: 'makes on top of a record what the log has said since',
    folder: core,
  },
  {
    name: 'what the log has said since the record is not made',
    file: adoption,
    find: "if (entry.change.kind !== 'superseded') applyChange(engine, session, entry, false);",
    replace: '',
    test: 'makes on top of a record what the log has said since',
    folder: core,
  },
  {
    name: 'a subscription of a session that is taken in begins now',
    file: adoption,
    find: 'position: placeOfSubscription(log, given.from)',
    replace: 'position: log.tail',
    test: 'goes on with a session of another node where its client stands',
    folder: core,
  },
  {
    name: 'a node that holds a session is not noted',
    file: arrivals,
    find: 'const holders = withHolder(record.holders, cluster.node);',
    replace: 'const { holders } = record;',
    test: 'is done on all: a subscription is added and ended',
  },
  {
    name: 'a session is looked for once, and not where it has moved to',
    file: moved,
    find: 'if (!(error instanceof Moved) || tries === 0) throw error;',
    replace: 'throw error;',
    test: 'finds the subscription that it made before',
  },
  {
    name: 'what was subscribed elsewhere and is not known here has ended',
    file: commands,
    find: 'if (kept !== undefined && made === undefined) return this.#tell(session, kept, messageId);',
    replace: '',
    test: 'is made everywhere when the node of the first one died before it could tell the others',
  },

  // What the application does
  {
    name: 'a change of the application is lost with the engine',
    file: application,
    find: 'if (!isPassing(error) || this.#held.hub.closed) throw error;',
    replace: 'throw error;',
    test: 'is written once the engine is back, one after the other',
  },
  {
    name: 'a change of the application stays on its node',
    file: application,
    find: 'await Promise.all(changesOf(unwritten).map((change) => cluster.change(session.id, change)));',
    replace: 'changesOf(unwritten);',
    test: 'is done on all: a subscription is added and ended',
  },
  {
    name: 'the end of an admission stays on its node',
    file: application,
    find: 'if (record === undefined || isHeldElsewhere(record, cluster.node))',
    replace: 'if (false)',
    test: 'ends where the client listens when another node is told to',
  },
  {
    name: 'what was taken away comes back through the log',
    file: changes,
    find: 'const known = [...session.subscriptions, ...session.takenAway];',
    replace: 'const known = session.subscriptions;',
    test: 'does not come back with an older entry of the log',
    folder: core,
  },
  {
    name: 'every node carries a request out',
    file: claims,
    find: 'if (this.#asked.has(mark)) return false;',
    replace: 'if (this.#asked.has(mark)) return true;',
    test: 'does not run again on a node that has let go of the session',
  },
  {
    name: 'who comes second carries a request out, too',
    file: claims,
    find: 'return own === (await',
    replace: 'return own !== (await',
    test: 'runs once, whichever nodes it is sent to again',
  },
  {
    name: 'an earlier stream takes the record back when it is renewed',
    file: places,
    find: 'else if (begins) {',
    replace: 'else {',
    test: 'is of the later stream of its subject',
  },
  {
    name: 'a stream that was not quick enough has no record',
    file: places,
    find: 'if (written === undefined)',
    replace: 'if (written === ttlMs)',
    test: 'is of the later stream also where it was written or gone',
  },
  {
    name: 'the record of a stream is not renewed',
    file: elsewhere,
    find: 'noted ? renewMs : againMs',
    replace: 'noted ? lifeMs * 2 : againMs',
    test: 'is renewed each minute while it runs',
  },
  {
    name: 'any request is taken for one of a stream elsewhere, of whomever',
    file: 'handler/src/talk/streams.ts',
    find: 'if (session.subscriptionFor(subject) === undefined) return own;',
    replace: '',
    test: 'is told to subscribers only',
  },
  {
    name: 'a letter that comes again is answered again',
    file: 'handler/src/talk/node-calls.ts',
    find: 'if (this.#answering.has(bearer)) {',
    replace: 'if (this.#answering.has(bearer.trimStart() + asked.length)) {',
    test: 'once, though the letter comes again',
  },
  {
    name: 'a letter that comes again is carried out again',
    file: 'handler/src/talk/node-calls.ts',
    find: 'this.#answered.set(bearer, said);',
    replace: '',
    test: 'is ended by a letter that comes again, and no later one',
  },
  {
    name: 'a node that is at work counts as gone',
    file: 'handler/src/talk/node-calls.ts',
    find: 'tries = 0;',
    replace: '',
    test: 'is waited for while the function that says who may end it thinks',
  },
  {
    name: 'a stream that has ended hides the later one of another node',
    file: 'handler/src/talk/streams.ts',
    find: '(here.running || here.id === id)',
    replace: '(here.running || here.id !== id)',
    test: 'leads from one that has ended to the later one',
  },

  // What the engine has lost
  {
    name: 'what was lost of a session stays lost',
    file: 'handler/src/cluster/recheck.ts',
    find: 'this.#compare(session, kept.record);',
    replace: '',
    test: 'hears from the record what the log has lost',
  },
  {
    name: 'a hole is not told',
    file: reader,
    find: 'this.#tellAll(engineGap(hole, 0));',
    replace: 'engineGap(hole, 0);',
    test: 'is told to every session, in its place',
    folder: core,
  },
  {
    name: 'another life is not told',
    file: reader,
    find: 'this.#tellAll(engineGap(log.renew(epoch, base, tag, engine.now()), 0));',
    replace: 'engineGap(log.renew(epoch, base, tag, engine.now()), 0);',
    test: 'begins another life of the log, from which nobody is missing',
    folder: core,
  },
  {
    name: 'what was sent in the last life is sent again',
    file: outgoing,
    find: 'if (sent !== this.#underWay) this.#settle(sent, () => undefined);',
    replace: '',
    test: 'is not sent again into another life',
    folder: core,
  },
];
