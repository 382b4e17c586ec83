import type { CometError } from '@cometkit/core';
import type { Warning } from './warnings.ts';

const sentences: Readonly<Record<string, string>> = {
  maxSessions: 'the hub is full: clients are refused until sessions end',
  maxSubscriptions: 'a session asks for more subscriptions than it may have',
  sessionBytes: 'the subscriptions of a session take more memory than they may',
  hubSessionBytes: 'the subscriptions of all sessions take more memory than they may',
  queueBytes: 'a client does not read the answers that it asks for',
  maxEventBytes: 'a client publishes events that are too large',
  maxBodyBytes: 'a client sends a body that is too large',
  maxQueryLength: 'a client sends a query that is too long',
  maxFields: 'a client sends too many fields',
  joinRate: 'an address opens sessions too fast; behind a proxy all clients may count as one',
  maxPendingJoins: 'too many joins wait for the join hook: it is too slow',
  maxPendingCommands: 'too many commands of one session wait for a hook: it is too slow',
};

/** Maps an error to the option whose limit was reached. */
function limitOption({ code, details }: CometError): string | undefined {
  if ('option' in details) return details.option;
  switch (code) {
    case 'too-many-sessions':
      return 'maxSessions';
    case 'too-many-subscriptions':
      return 'maxSubscriptions';
    case 'event-too-large':
      return 'maxEventBytes';
    case 'body-too-large':
      return 'maxBodyBytes';
    default:
      return undefined;
  }
}

/**
 * Makes a warning for the operator from an error that says that a limit was reached.
 *
 * @returns undefined for an error that concerns only the client.
 */
export function limitWarning(error: CometError): Warning | undefined {
  const option = limitOption(error);
  const sentence = option === undefined ? undefined : sentences[option];
  if (option === undefined || sentence === undefined) return undefined;
  const limit = 'limit' in error.details ? error.details.limit : undefined;
  // A limit of a middleware is not ours to change.
  if (limit === undefined || limit === 0) return undefined;
  return {
    kind: `limit ${option}`,
    message: `${sentence} (option \`${option}\`, which is ${limit})`,
    details: { code: error.code, option, limit },
  };
}
