import { CometError } from '@cometkit/core';

/** Another node has taken the session while a command of it waited here. The command can be carried out once this node takes it in again. */
export class Moved extends CometError<'unknown-session'> {
  constructor() {
    super('unknown-session', 'invalid or expired id', {});
  }
}
