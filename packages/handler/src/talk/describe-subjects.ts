import type { SubjectSchema } from './schemas.ts';
import type { StandardSchema } from './standard-schema.ts';

/** What a description says of the application. */
export interface SubjectsInfo {
  /** @defaultValue `Events` */
  readonly title?: string | undefined;
  /** The version of the application. @defaultValue `0.0.0` */
  readonly version?: string | undefined;
}

/** A document of AsyncAPI 3, ready for `JSON.stringify`. */
export interface AsyncApi {
  readonly asyncapi: '3.0.0';
  readonly info: { readonly title: string; readonly version: string };
  readonly channels: Readonly<Record<string, object>>;
  readonly operations: Readonly<Record<string, object>>;
}

/** Describes the subjects that have a schema. */
export function describeSubjects(
  subjects: Iterable<SubjectSchema>,
  { title = 'Events', version = '0.0.0' }: SubjectsInfo,
): AsyncApi {
  const channels: Record<string, object> = {};
  const operations: Record<string, object> = {};
  for (const { template, schema } of subjects) {
    const id = freeId(template.text, channels);
    channels[id] = channelOf(template.text, schema);
    const channel = { $ref: `#/channels/${id}` };
    operations[`send-${id}`] = { action: 'send', channel };
    operations[`receive-${id}`] = { action: 'receive', channel };
  }
  return { asyncapi: '3.0.0', info: { title, version }, channels, operations };
}

function channelOf(text: string, schema: StandardSchema): object {
  const names = text.split('/').flatMap((segment) => (segment.startsWith(':') ? [segment.slice(1)] : []));
  const parameters = Object.fromEntries(
    names.map((name) => [name, { description: 'any one segment of the subject' }]),
  );
  return {
    address: text.replace(/(?<=\/):(\w+)/g, '{$1}'),
    messages: { event: { payload: payloadOf(schema) } },
    ...(names.length > 0 && { parameters }),
  };
}

// What cannot write itself as JSON Schema may be anything.
function payloadOf(schema: StandardSchema): object {
  try {
    const { $schema: _, ...payload } = schema['~standard'].jsonSchema?.input({ target: 'draft-07' }) ?? {};
    return payload;
  } catch {
    return {};
  }
}

function freeId(text: string, taken: Readonly<Record<string, object>>): string {
  const name = text.replace(/[^\w-]+/g, '-').replace(/^-|-$/g, '');
  let id = name;
  for (let more = 2; Object.hasOwn(taken, id); more += 1) id = `${name}-${more}`;
  return id;
}
