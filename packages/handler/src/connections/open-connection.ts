import type { CometErrorCode, Session } from '@cometkit/core';
import { isPromise } from '../authorize.ts';
import { control } from '../call.ts';
import type { EncodeCache } from '../encode-cache.ts';
import { errorOf, refusedText } from '../error-response.ts';
import type { HandlerContext } from '../handler-context.ts';
import type { HttpResponse, Outlet, OutletWatcher, PendingResponse, StreamResponse } from '../http.ts';
import { RequestState } from '../request-state.ts';
import { drawRetry } from '../retry.ts';
import type { Stallable } from '../watchdog.ts';
import { ChannelOutlet } from './channel-outlet.ts';
import type { Connection, Resumable } from './connection.ts';
import type { Execute } from './execute.ts';
import { HeldAnswers } from './held-answers.ts';
import { InboundQueue } from './inbound-queue.ts';
import { type MessageRules, readMessage } from './message.ts';
import type { MediumName } from './message-format.ts';
import { MessageRequest, type Peer } from './peer.ts';

/** What a connection needs from its group. */
export interface ConnectionHost {
  readonly handler: HandlerContext;
  readonly encoder: EncodeCache;
  readonly medium: MediumName | undefined;
  readonly rules: MessageRules;
  readonly execute: Execute;
  /** Called when the connection has no session (`stranger`), has one without listening (`idler`), or listens. */
  waits(connection: OpenConnection, as: 'stranger' | 'idler' | 'listener'): void;
  closed(connection: OpenConnection): void;
}

/** A {@link Connection} over any outlet. */
export class OpenConnection implements Connection, Stallable, OutletWatcher {
  readonly #host: ConnectionHost;
  readonly #outlet: Outlet;
  readonly #peer: Peer;
  readonly #inbound: InboundQueue;
  #session: Session | undefined = undefined;
  #channel: ChannelOutlet | undefined = undefined;
  // Most connections ask nothing.
  #held: HeldAnswers | undefined = undefined;
  #ending = false;
  #over = false;

  constructor(host: ConnectionHost, outlet: Outlet, peer: Peer) {
    this.#host = host;
    this.#outlet = outlet;
    this.#peer = peer;
    this.#inbound = new InboundQueue(outlet, host.handler.turns);
    host.handler.output.opened();
    outlet.watch(this);
  }

  get session(): Session | undefined {
    return this.#session?.closed === false ? this.#session : undefined;
  }

  get listening(): boolean {
    return this.#channel !== undefined && this.#session?.closed === false;
  }

  get busy(): boolean {
    return this.#inbound.busy;
  }

  /** True when its outlet is closed. */
  get over(): boolean {
    return this.#over;
  }

  receive(text: string): boolean {
    if (this.#ending) return true;
    try {
      return this.#inbound.take(
        () => this.#carryOut(text),
        () => this.#carriedOut(),
      );
    } catch {
      // Only the queue itself refuses, when the client ignored back-pressure.
      this.#outlet.destroy();
      return true;
    }
  }

  comesFrom(source: Resumable): void {
    this.#inbound.comesFrom(source);
  }

  end(code?: CometErrorCode, reason = ''): void {
    if (this.#ending) return;
    this.#ending = true;
    const nack = code === undefined ? [] : [['code', code] as const, ['reason', reason] as const];
    if (nack.length > 0) this.#say('refused', nack);
    this.#host.handler.stalls.add(this);
    // The answer to the command that ended it leaves first.
    if (!this.#inbound.busy) this.#close();
  }

  /** Ends the connection because the server shuts down; the client gets a delay after which to reconnect. */
  dismiss(): void {
    const { handler } = this.#host;
    if (!this.#ending && this.session !== undefined)
      this.#say('abort', [
        ['reason', 'shutdown'],
        ['retryMs', drawRetry(handler)],
      ]);
    this.end();
  }

  /** Drops a connection whose client reads nothing. */
  stalled(): void {
    this.#outlet.destroy();
  }

  drained(): void {
    if (!this.#ending) this.#host.handler.stalls.remove(this);
    this.#channel?.drained();
    this.#inbound.read();
  }

  closed(): void {
    this.#ending = true;
    this.#over = true;
    this.#channel?.retire();
    this.#inbound.read();
    this.#host.handler.stalls.remove(this);
    this.#host.handler.output.closed();
    this.#host.closed(this);
  }

  /** Called with the session that a command created or proved. */
  joined(session: Session): void {
    if (this.#session === session) return;
    this.#channel?.retire();
    this.#channel = undefined;
    this.#session = session;
  }

  #carryOut(text: string): void | Promise<void> {
    if (this.#ending) return;
    const { handler, rules, execute, encoder, medium } = this.#host;
    const state = new RequestState(handler, new MessageRequest(this.#peer, this), {
      format: encoder.format,
      medium,
      joined: (session) => this.joined(session),
    });
    try {
      // Also for a session that has ended, so that the answer says so, instead of that no session was named.
      const response = execute(state, readMessage(text, this.#session, rules, state.request));
      if (!isPromise(response)) return this.#respond(state, response);
      return response.then((said) => this.#respond(state, said)).catch((error) => this.#refuse(state, error));
    } catch (error) {
      return this.#refuse(state, error);
    }
  }

  #respond(state: RequestState, response: HttpResponse | PendingResponse): void {
    this.#prove(state);
    if ('open' in response) this.#listen(response);
    else if ('body' in response && typeof response.body === 'string') {
      // Its answer may come in the same turn. A datagram holds one line anyhow.
      const asks = state.verb === 'request' || state.verb === 'batch';
      if (asks && this.listening && this.#host.medium !== 'udp') this.#hold(response.body);
      else this.#write(response.body);
    }
  }

  #hold(text: string): void {
    if (this.#over) return;
    const { encoder, handler } = this.#host;
    const isWaiting = (): boolean => this.#session?.waiting === true;
    this.#held ??= new HeldAnswers({
      get hasMore() {
        return isWaiting();
      },
      flushLater: (answers) => handler.output.flusher.add(answers),
      write: (bytes) => this.#pass(bytes),
    });
    this.#held.hold(encoder.encode(text));
  }

  /** What is held back of the connection goes in front of what its channel writes; a delivery group writes by itself. */
  before(bytes: Uint8Array): Uint8Array {
    return this.#held?.before(bytes) ?? bytes;
  }

  #listen(response: StreamResponse): void {
    this.#channel?.retire();
    this.#channel = new ChannelOutlet(this.#outlet, this);
    // The client may have disconnected while a hook ran.
    if (this.#over) this.#channel.retire();
    response.open(this.#channel);
  }

  // From now on the connection speaks for the session that it has proved, even if the command failed.
  #prove({ session }: RequestState): void {
    if (session !== undefined) this.joined(session);
  }

  #refuse(state: RequestState, thrown: unknown): void {
    this.#prove(state);
    const error = errorOf(state, thrown);
    if (error.code !== 'hub-closed') {
      this.#write(refusedText(state, this.#host.encoder.format, error));
      return;
    }
    this.#say('abort', [['reason', 'shutdown']]);
    this.end();
  }

  #say(event: string, fields: readonly (readonly [string, string | number])[]): void {
    const said = control(event, [...fields, ['time', this.#host.handler.time]]);
    this.#write(this.#host.encoder.format.control(said));
  }

  #write(text: string): void {
    this.#pass(this.before(this.#host.encoder.encode(text)));
  }

  #pass(bytes: Uint8Array): void {
    if (this.#over) return;
    if (!this.#outlet.write(bytes)) this.#host.handler.stalls.add(this);
  }

  #close(): void {
    this.#held?.release();
    this.#outlet.end();
  }

  #carriedOut(): void {
    if (!this.#ending) {
      const as = this.session === undefined ? 'stranger' : 'idler';
      this.#host.waits(this, this.listening ? 'listener' : as);
    } else if (!this.#inbound.busy) this.#close();
  }
}
