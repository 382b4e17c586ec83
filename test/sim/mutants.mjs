// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are source code
// Named mistakes in the delivery protocol. Each is one change of the sources; the simulator must notice every one.
// `find` must stand in the file exactly once.

const outbox = 'core/src/outbox.ts';
const queue = 'core/src/queue.ts';
const backlog = 'core/src/backlog.ts';
const group = 'core/src/delivery-group.ts';
const session = 'core/src/session.ts';
const resume = 'core/src/resume.ts';
const attachments = 'core/src/attachments.ts';
const channel = 'client/src/machine/channel.ts';
const control = 'client/src/machine/control.ts';
const lifecycle = 'client/src/machine/lifecycle.ts';
const tasks = 'client/src/machine/tasks.ts';
const sequencer = 'client/src/machine/sequencer.ts';
const connection = 'handler/src/connections/open-connection.ts';

/** @type {{ name: string, file: string, find: string, replace: string }[]} */
export const mutants = [
  // What is handed out and not acknowledged
  {
    name: 'what was given is not given again',
    file: queue,
    find: 'this.#next = this.#head;\n  }\n\n  /** Forgets everything',
    replace: '}\n\n  /** Forgets everything',
  },
  {
    name: 'given counts as received',
    file: outbox,
    find: 'this.#host.counters.taken += items.length;',
    replace:
      'this.#host.counters.taken += items.length; this.#queue.ack(this.#sent.taken); this.#sent.ack(last);',
  },
  {
    name: 'an attachment acknowledges all that was given',
    file: resume,
    find: 'if (place !== undefined) session.ack(place);',
    replace: 'if (place !== undefined) session.ack(session.taken);',
  },
  {
    name: 'an acknowledgement lets go of one item too many',
    file: queue,
    find: 'positionOf(item) > position) break;',
    replace: 'positionOf(item) > position + 1) break;',
  },
  {
    name: 'the newest is given first',
    file: queue,
    find: 'return this.#items.slice(start, this.#next);',
    replace: 'return this.#items.slice(start, this.#next).reverse();',
  },
  {
    name: 'one item of a full batch is skipped',
    file: queue,
    find: 'return this.#items.slice(start, this.#next);',
    replace:
      'const batch = this.#items.slice(start, this.#next); return batch.length > 3 ? batch.slice(1) : batch;',
  },

  // Overflow and reading from the log
  {
    name: 'an overflow drops the event silently',
    file: outbox,
    find: 'else this.#overflow(event);',
    replace: 'else this.#host.counters.overflows += 1;',
  },
  {
    name: 'no bound on the queue',
    file: queue,
    find: 'return this.hasRoom(item) && this.#budget.open;',
    replace: 'return true;',
  },
  {
    name: 'live events overtake those of the log',
    file: outbox,
    find: 'if (this.#backlog !== undefined || this.#overflowed) return;',
    replace: 'if (this.#overflowed) return;',
  },
  {
    name: 'reading from the log begins one too late',
    file: backlog,
    find: 'this.#readFrom = readFrom;\n    this.#missedBy',
    replace: 'this.#readFrom = readFrom + 1;\n    this.#missedBy',
  },
  {
    name: 'reading from the log ends one too early',
    file: backlog,
    find: 'entry = next(this.#readFrom)) {',
    replace:
      'entry = next(this.#readFrom)) {\n      if (this.#readFrom + 1 === log.tail && log.tail > 1) { this.#readFrom += 1; continue; }',
  },
  {
    name: 'a backlog is read before the events that wait',
    file: outbox,
    find: 'this.#queue.replaceWaiting(() => kept);',
    replace: '',
  },

  // Gaps
  { name: 'no gap for what the log let go of', file: backlog, find: 'queue.push(gap);', replace: '' },
  {
    name: 'a gap is one too short',
    file: backlog,
    find: "const cursor = this.#host.log.cursorAt(to) ?? '';\n    return { kind: 'gap', from: this.#readFrom + 1, to, cursor,",
    replace:
      "const cursor = this.#host.log.cursorAt(to) ?? '';\n    return { kind: 'gap', from: this.#readFrom + 2, to, cursor,",
  },
  {
    name: 'what was conflated is not told',
    file: 'core/src/conflate.ts',
    find: 'else kept.push(gap);',
    replace: '',
  },
  {
    name: 'a gap counts as taken before it is told',
    file: outbox,
    find: 'gap === undefined ? position : position - 1, cursor',
    replace: 'position, cursor',
  },
  {
    name: 'the gap of a resume is not put in line',
    file: outbox,
    find: 'if (gap !== undefined) this.#queue.push(gap);',
    replace: '',
  },

  // Cursors, epochs, the log
  {
    name: 'the epoch survives a restart',
    file: 'core/src/memory-log.ts',
    find: 'this.epoch = epochOf(id);',
    replace: "this.epoch = 'same';",
  },
  {
    name: 'a cursor of another epoch is taken for one of this',
    file: 'core/src/memory-log.ts',
    find: "if (cursor.epoch !== this.epoch) return 'epoch';",
    replace: '',
  },
  {
    name: 'the log counts two positions for an event',
    file: 'core/src/memory-log.ts',
    find: 'new LogEvent(draft, this.tail + 1, this)',
    replace: 'new LogEvent(draft, this.tail + 1 + (this.size % 7 === 6 ? 1 : 0), this)',
  },
  {
    name: 'a resumed session stands one place on',
    file: outbox,
    find: "new Backlog(this.#host, position, 'trimmed', skips)",
    replace: "new Backlog(this.#host, position + 1, 'trimmed', skips)",
  },

  // Subscriptions and sessions
  {
    name: 'a subscription begins one event too late',
    file: 'core/src/subscription.ts',
    find: 'return position > this.from && position <= this.until && this.matches(subject);',
    replace: 'return position > this.from + 1 && position <= this.until && this.matches(subject);',
  },
  {
    name: 'the claim of a resumed session is forgotten',
    file: 'core/src/subscriptions.ts',
    find: 'fromNow ? tail : (session.claim ?? tail)',
    replace: 'tail',
  },
  {
    name: 'the lease runs while a channel is open',
    file: 'core/src/lease.ts',
    find: '(attached ? now : seen)',
    replace: 'seen',
  },
  {
    name: 'the end of an older channel detaches the newer',
    file: attachments,
    find: 'if (session.transport !== transport) return;',
    replace: '',
  },
  {
    name: 'a repeated publish is accepted twice',
    file: 'core/src/idempotency.ts',
    find: 'return known !== undefined && now - known.at < keepMs ? known : undefined;',
    replace: 'return undefined;',
  },
  {
    name: 'acknowledging does not wake what waits in the log',
    file: session,
    find: 'if (this.#outbox?.spilled === true && this.acked > before) this.#scheduleWake();',
    replace: '',
  },

  // The client: where it stands
  {
    name: 'the place does not move',
    file: sequencer,
    find: 'sequence.at = place;',
    replace: "if (item.kind === 'gap') sequence.at = place;",
  },
  {
    name: 'a gap does not move the place',
    file: sequencer,
    find: 'sequence.at = place;',
    replace: "if (item.kind === 'data') sequence.at = place;",
  },
  {
    name: 'gaps are not handed over',
    file: lifecycle,
    find: '(subject !== undefined && !matcher.test(subject))',
    replace: '(subject === undefined || !matcher.test(subject))',
  },
  {
    name: 'a join makes no claim',
    file: control,
    find: 'const ack = id === undefined || unacked > 0 ?',
    replace: 'const ack = id !== undefined && unacked > 0 ?',
  },
  {
    name: 'a message that is sent again is another message',
    file: tasks,
    find: 'messageId: `${clientId}-${requestId}`',
    replace: 'messageId: `${clientId}-${requestId}-${task.sent}`',
  },
  {
    name: 'the session listens before its subscriptions are made anew',
    file: channel,
    find: "for (const task of state.tasks.values()) if (task.status === 'lost') return;",
    replace: '',
  },
  {
    name: 'subscriptions are not made anew',
    file: tasks,
    find: "task.status === 'live' || (task.from && !asksForPast(task))",
    replace: 'false',
  },
  {
    name: 'the past that was cut off is asked for again as it was',
    file: tasks,
    find: 'const rest = asksForPast(task) && at &&',
    replace: 'const rest = asksForPast(task) && !at &&',
  },
  {
    name: 'a subscription is given what it has passed',
    file: tasks,
    find: 'if (at && !back && !isAfter(place, at)) return undefined;',
    replace: '',
  },
  {
    name: 'gaps are not cut to what a subscription has not passed',
    file: tasks,
    find: 'return { ...item, from: Math.max(item.from, at.position + 1) };',
    replace: 'return item;',
  },
  {
    name: 'a subscription that asks for its past counts from where the session goes on',
    file: 'handler/src/commands/add-subscription.ts',
    find: "return verb === 'subscribe' && history !== undefined;",
    replace: "return verb === 'subscribe' && history !== undefined && false;",
  },
  {
    name: 'a dead channel is never noticed',
    file: 'client/src/machine/watchdog.ts',
    find: 'return Math.min(quietAt(channel), probeAt);',
    replace: 'return Number.POSITIVE_INFINITY;',
  },
  {
    name: 'an unanswered listen is never given up',
    file: 'client/src/machine/watchdog.ts',
    find: 'if (!acked) return sentAt + (endless(transport) ? bufferedMs : answerMs);',
    replace: 'if (!acked) return Number.POSITIVE_INFINITY;',
  },
  {
    name: 'an unanswered request is never given up',
    file: 'client/src/machine/watchdog.ts',
    find: "return kind === 'leave' ? sentAt + leaveMs : Math.min(heardAt + answerMs, sentAt + longestAnswerMs);",
    replace: 'return Number.POSITIVE_INFINITY;',
  },
  { name: 'nothing is acknowledged', file: lifecycle, find: 'state.unacked += 1;\n', replace: '' },
  {
    name: 'a lost session is not joined anew',
    file: lifecycle,
    find: '  state.id = undefined;\n  state.renew = false;',
    replace: '  state.renew = false;',
  },
  {
    name: 'two control requests at once',
    file: control,
    find: 'if (state.request || state.gathering || now < state.control.at) return;',
    replace: 'if (now < state.control.at) return;',
  },

  // Subscriptions that are taken away, and notices to all
  {
    name: 'taken away: not what its client has ended just before',
    file: 'core/src/subscriptions.ts',
    find: 'const chosen = [...interests.ended.filter((subscription) => test(subscription)), ...active];',
    replace: 'const chosen = [...active];',
  },
  {
    name: 'taken away: what waits is handed out all the same',
    file: 'core/src/subscriptions.ts',
    find: 'interests.revoke(chosen, active);',
    replace: 'interests.revoke([], active);',
  },
  {
    name: 'taken away: the client does not listen to it',
    file: channel,
    find: "else if (kind === 'revoked') revoked(state, channel, event);",
    replace: '',
  },
  {
    name: 'taken away: a new channel does not say what is',
    file: channel,
    find: 'revokedBefore(state, ack);',
    replace: '',
  },
  {
    name: 'a newcomer with a place of another log is given old broadcasts',
    file: 'core/src/admission.ts',
    find: 'if (isProven(point)) session.interests.since',
    replace: 'session.interests.since',
  },

  // Commands that travel together
  {
    name: 'batch: all answers are taken for that of its first command',
    file: control,
    find: 'else request.index += 1;',
    replace: '',
  },
  {
    name: 'batch: the answers come in another order',
    file: 'handler/src/commands/batch.ts',
    find: 'this.#answers += answer.body;',
    replace: 'this.#answers = answer.body + this.#answers;',
  },
  {
    name: 'batch: the commands of one that comes again are carried out again',
    file: 'handler/src/session-context.ts',
    find: 'return this.#completed?.lookup(command);',
    replace: 'return undefined;',
  },

  // The way from the queue to the client
  {
    name: 'a backlog does not count as waiting',
    file: outbox,
    find: 'return this.#queue.waiting > 0 || this.#backlog !== undefined;',
    replace: 'return this.#queue.waiting > 0;',
  },
  {
    name: 'a flush serves the first transport only',
    file: 'handler/src/flush.ts',
    find: 'done += 1;',
    replace: 'done = dirty.length;',
  },
  {
    name: 'a held poll is not woken',
    file: 'handler/src/transports/long-poll.ts',
    find: 'wake(): void {\n    if (this.#dirty || this.#over) return;',
    replace: 'wake(): void {\n    if (!this.#over) return;',
  },
  {
    name: 'a stream is woken only once',
    file: 'handler/src/transports/stream.ts',
    find: 'flush(): void {\n    this.#dirty = false;',
    replace: 'flush(): void {',
  },
  {
    name: 'the log forgets where it begins',
    file: 'core/src/memory-log.ts',
    find: 'this.#base += 1;',
    replace: '',
  },
  {
    name: 'the queue loses its place when it is swept',
    file: queue,
    find: 'this.#next -= this.#head;\n      this.#head = 0;',
    replace: 'this.#head = 0;',
  },

  // Connections of messages
  {
    name: 'a connection ignores what is acknowledged',
    file: 'handler/src/connections/message.ts',
    find: "fields.delete('format');",
    replace: "fields.delete('format'); fields.delete('ack');",
  },
  {
    name: 'a channel on a socket does not say where the client stands',
    file: 'client/src/transports/web-socket.ts',
    find: 'socket.send(JSON.stringify(fields));',
    replace: 'socket.send(JSON.stringify({ ...fields, ack: undefined }));',
  },
  {
    name: 'a connection forgets whom it speaks for',
    file: connection,
    find: 'this.#channel = undefined;\n    this.#session = session;',
    replace: 'this.#channel = undefined;',
  },
  {
    name: 'a connection does not learn of a session that goes on over it',
    file: connection,
    find: 'if (session !== undefined) this.joined(session);',
    replace: '',
  },
  {
    name: 'a connection does not end the channel that a new one replaces',
    file: connection,
    find: '#listen(response: StreamResponse): void {\n    this.#channel?.retire();',
    replace: '#listen(response: StreamResponse): void {',
  },
  {
    name: 'answers of a connection overtake those before them',
    file: 'handler/src/connections/inbound-queue.ts',
    find: 'const carried = this.#queue.run(() => after(this.#room(), carryOut));',
    replace: 'const carried = after(this.#room(), carryOut);',
  },
  {
    name: 'a channel on a connection is not told that it may write again',
    file: connection,
    find: 'this.#channel?.drained();',
    replace: '',
  },
  {
    name: 'a socket that was congested does not say that it is not any more',
    file: 'handler/src/drain-tracker.ts',
    find: 'this.#waits = false;\n    this.#drained();',
    replace: 'this.#waits = false;',
  },
  {
    name: 'a connection that listens counts as idle',
    file: connection,
    find: "this.#host.waits(this, this.listening ? 'listener' : as);",
    replace: 'this.#host.waits(this, as);',
  },
  {
    name: 'a connection that listens counts as a stranger',
    file: connection,
    find: "this.#host.waits(this, this.listening ? 'listener' : as);",
    replace: "this.#host.waits(this, 'stranger');",
  },
  {
    name: 'one frame for all the lines of a write',
    file: 'websocket/src/frame.ts',
    find: "lines.split('\\n').filter((line) => line !== '')",
    replace: '[lines]',
  },
  {
    name: 'what is left of a chunk is forgotten on a socket',
    file: 'socket/src/message-reader.ts',
    find: 'nothing : this.#chunk.subarray(end + 1);',
    replace: 'nothing : nothing;',
  },
  {
    name: 'an unfinished message on a socket is forgotten',
    file: 'socket/src/message-reader.ts',
    find: 'this.#hold(piece);\n    return',
    replace: 'return',
  },

  // Delivery groups
  {
    name: 'who leaves the others loses what waits',
    file: session,
    find: "for (const item of waiting) if (item.kind === 'data') this.#own().push(item);",
    replace: '',
  },
  {
    name: 'who falls behind the others is given the same again',
    file: group,
    find: 'seat.slot <= this.serving',
    replace: 'seat.slot < this.serving',
  },
  {
    name: 'whoever has left the others is not found any more',
    file: 'core/src/groups.ts',
    find: 'for (const want of session.subscriptions) this.#index.add(want.parts, want);',
    replace: '',
  },
  {
    name: 'what was given to all of them is not known to each',
    file: session,
    find: 'this.sent.note();',
    replace: '',
  },
  {
    name: 'what was given to all of them and is in flight is not kept for each',
    file: session,
    find: 'if (inFlight.length > 0) this.#own().keep(inFlight);',
    replace: '',
  },
  {
    name: 'what was given to all of them counts as received of each',
    file: 'core/src/ack-state.ts',
    find: 'return this.acknowledges || this.#lingers;',
    replace: 'return this.#lingers;',
  },
  {
    name: 'a reader is given what waits in its groups group by group',
    file: 'core/src/groups.ts',
    find: 'if (isTorn(session.sent.seat)) session.leaveGroups();',
    replace: 'isTorn(session.sent.seat);',
  },
  {
    name: 'what waits in several groups is not put in the order of the log',
    file: 'core/src/seat.ts',
    find: '.sort((one, other) => positionOf(one) - positionOf(other))',
    replace: '',
  },
  {
    name: 'a group forgets what its members have not acknowledged',
    file: group,
    find: 'this.#queue.end(this.#keepers > 0, this.wroteAt);',
    replace: 'this.#queue.end(false, this.wroteAt);',
  },
  {
    name: 'a group forgets what the slowest of its members has not acknowledged',
    file: group,
    find: 'if (session.sent.owes) needed = Math.min(needed, Math.max(since, session.sent.acked));',
    replace: 'if (session.sent.owes) needed = Math.min(needed, Math.max(since, session.sent.taken));',
  },
];

/**
 * Mistakes that the simulator cannot see, since another part makes up for them: what the log gives without a filter, the
 * client filters again; a repeat, which the server does not send to a client that names its place, the client drops
 * (test/client holds that, and what comes before a subscription is acknowledged); a cursor that is older than the log, the reading of the log finds as well; an older channel
 * that stays open, the client has hung up already (test/core holds that). What an older WebSocket of a client still brings
 * is refused twice, by the transport and by the machine; a socket of which nobody says that it is over is replaced by the
 * next listen; one that is paused too long is given up for its silence (test/websocket and test/handler hold these). A join
 * that is sent again as another one leaves a session behind that nobody uses and that soon expires (test/client holds that).
 * A subscription that is taken away before the answer to it came, and one that was asked for in vain, are ended by the next channel too
 * (test/client holds both). A batch that is refused for one of its commands is asked for again in halves (test/handler holds that it is not).
 * Whoever might join others to whom something is still owed does not come in their way, for they are served first
 * (test/core holds that). What a congested reader was given with others and counts as received at once: those that acknowledge
 * prove it, and a bare EventSource names its place when it comes back (test/core and test/handler hold that).
 */
