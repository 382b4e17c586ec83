import { CometError, type Hub } from '@cometkit/core';
import { isPromise } from '../authorize.ts';
import { isSchema, type SchemaIssue, type SchemaResult, type StandardSchema } from './standard-schema.ts';
import { SubjectTemplate } from './template.ts';

/** The schema of the subjects that a template stands for. */
export interface SubjectSchema {
  readonly template: SubjectTemplate;
  readonly schema: StandardSchema;
}

// Names in a path may come from the client; deeper than this nobody looks.
const plainName = /^[\w$-]{1,64}$/;
const maxDepth = 16;

/** Which subjects have a schema. */
export class Schemas {
  readonly #all = new Set<SubjectSchema>();

  /** All of them, in the order in which they were given. */
  get all(): Iterable<SubjectSchema> {
    return this.#all;
  }

  /**
   * Gives the subjects of a template a schema.
   *
   * @returns a function that takes it away.
   * @throws {TypeError} the template is no path, its subjects have a schema, or what is given is none.
   */
  add(text: string, schema: StandardSchema): () => void {
    const template = new SubjectTemplate(text);
    if (!isSchema(schema))
      throw new TypeError(
        `the schema of ${text} must be a Standard Schema, as Zod, Valibot and ArkType make them`,
      );
    for (const known of this.#all)
      if (known.template.shape === template.shape) throw new TypeError(`${text} has a schema`);
    const entry = { template, schema };
    this.#all.add(entry);
    return () => void this.#all.delete(entry);
  }

  /**
   * Checks data that is for a subject.
   *
   * @returns what the schema makes of it; the data itself where there is none.
   * @throws {CometError} `invalid-data` — with the place of the first fault, and none of the data.
   */
  check(subject: string, data: unknown): unknown {
    for (const { template, schema } of this.#all) {
      if (template.paramsOf(subject) === undefined) continue;
      const result = schema['~standard'].validate(data);
      return isPromise(result) ? result.then(outputOf) : outputOf(result);
    }
    return data;
  }
}

/** Checks what the server publishes itself, and leaves it as it is. A schema that answers later is not asked. */
export function checkOwnPublishes(hub: Hub, schemas: Schemas): void {
  const check = (subject: string, data: unknown): void => {
    const checked = schemas.check(subject, asSent(data));
    // Nobody waits for it.
    if (isPromise(checked)) checked.catch(() => undefined);
  };
  const { publish, send, sendToPrincipal, broadcast } = bound(hub);
  hub.publish = (subject, data, options) => {
    // What a client publishes has been checked.
    if (options?.from === undefined) check(subject, data);
    return publish(subject, data, options);
  };
  hub.send = (sessionId, subject, data, options) => {
    if (options?.from === undefined && options?.name !== 'request-answer') check(subject, data);
    return send(sessionId, subject, data, options);
  };
  hub.sendToPrincipal = (principal, subject, data, options) => {
    check(subject, data);
    return sendToPrincipal(principal, subject, data, options);
  };
  hub.broadcast = (subject, data, options) => {
    check(subject, data);
    return broadcast(subject, data, options);
  };
}

// As its receivers get it: dates are texts. What JSON cannot carry is refused when it is published.
function asSent(data: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(data) ?? 'null');
  } catch {
    return data;
  }
}

function bound(hub: Hub): Pick<Hub, 'publish' | 'send' | 'sendToPrincipal' | 'broadcast'> {
  return {
    publish: hub.publish.bind(hub),
    send: hub.send.bind(hub),
    sendToPrincipal: hub.sendToPrincipal.bind(hub),
    broadcast: hub.broadcast.bind(hub),
  };
}

function outputOf(result: SchemaResult): unknown {
  if (result.issues === undefined) return result.value;
  const reason = `does not fit the schema of its subject${placeOf(result.issues[0])}`;
  throw new CometError('invalid-data', `the event's data ${reason}`, { reason });
}

// The validator's own words may repeat what the client sent.
function placeOf({ path = [] }: Partial<SchemaIssue> = {}): string {
  const names = path.slice(0, maxDepth).map((part) => {
    const name = String(typeof part === 'object' ? part.key : part);
    return plainName.test(name) ? name : '?';
  });
  return names.length === 0 ? '' : ` at ${names.join('.')}`;
}

/** Returns whether the process says that it serves users. */
export function inProduction(): boolean {
  const { process } = globalThis as { readonly process?: { readonly env?: { readonly NODE_ENV?: string } } };
  return process?.env?.NODE_ENV === 'production';
}
