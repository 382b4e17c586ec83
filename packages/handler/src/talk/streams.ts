import { CometError, checkSubject, type Hub, type Session } from '@cometkit/core';
import { engineOf } from '../cluster/engines.ts';
import { systemRuntime } from '../runtime.ts';
import type { Asked } from './message.ts';
import {
  ProducedStream,
  type ProduceStream,
  type ServerStream,
  type StreamOptions,
} from './produced-stream.ts';
import { RequestError } from './request-error.ts';
import { StreamsElsewhere } from './streams-elsewhere.ts';
import type { Surroundings } from './surroundings.ts';

type Handle = (message: Asked) => unknown;

/** The streams of a hub, each at the node that runs it. */
export class Streams {
  readonly #hub: Hub;
  readonly #surroundings: () => Surroundings;
  readonly #here = new Map<string, ProducedStream>();
  /** Where the hub is one of many nodes. */
  readonly #elsewhere: StreamsElsewhere | undefined;

  constructor(hub: Hub, surroundings: () => Surroundings) {
    this.#hub = hub;
    this.#surroundings = surroundings;
    const engine = hub.cluster && engineOf(hub);
    const find = (subject: string): ProducedStream | undefined => this.#here.get(subject);
    this.#elsewhere = engine && new StreamsElsewhere({ engine, surroundings, find });
    hub.on('closed', () => {
      this.#elsewhere?.close();
      for (const stream of this.#here.values()) stream.cancel();
    });
  }

  /** Starts a stream. See {@link Talk.stream}. */
  start(subject: string, produce: ProduceStream, options: StreamOptions): ServerStream {
    checkSubject(subject, this.#hub.limits);
    if (this.#here.get(subject)?.running === true)
      throw new CometError('too-busy', 'a stream of the subject still runs', { limit: 1 });
    const stream: ProducedStream = new ProducedStream(subject, produce, options, {
      hub: this.#hub,
      surroundings: this.#surroundings,
      randomId: systemRuntime().randomId,
      announce: (begun) => this.#elsewhere?.announce(begun),
      forget: () => {
        if (this.#here.get(subject) === stream) this.#here.delete(subject);
      },
    });
    this.#here.set(subject, stream);
    return stream;
  }

  /**
   * Finds who answers a request as a stream: that of the subject at this node, or the one that another node has.
   *
   * @param otherwise - answers where no node has one.
   * @returns undefined when no stream can.
   */
  answering(
    { subject, data }: Pick<Asked, 'subject' | 'data'>,
    session: Session,
    otherwise: Handle | undefined,
  ): Handle | undefined {
    const here = this.#here.get(subject);
    const own: Handle | undefined = here && ((asked) => here.answer(asked.data, asked.session));
    const { stream, id } = Object(data) as { readonly stream?: unknown; readonly id?: unknown };
    // One that has ended may have a later one, at another node.
    const isOurs = here !== undefined && (here.running || here.id === id);
    const isRequest = stream === 'read' || stream === 'cancel';
    if (this.#elsewhere === undefined || isOurs || !isRequest) return own;
    if (session.subscriptionFor(subject) === undefined) return own;
    return askElsewhere(this.#elsewhere, own ?? otherwise);
  }
}

function askElsewhere(elsewhere: StreamsElsewhere, otherwise: Handle | undefined): Handle {
  return async (asked) => {
    const said = await elsewhere.ask(asked.subject, asked.data, asked.session);
    if (said !== undefined) return said.value;
    if (otherwise !== undefined) return otherwise(asked);
    throw new RequestError('no-handler', 'nothing answers requests to this subject');
  };
}
