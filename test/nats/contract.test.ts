import { eachEngine } from '@cometkit/testkit';
import { describe, it } from 'vitest';
import { skipsNats } from '../support/nats.ts';
import { NatsEngine } from './engine.ts';

const timeoutMs = 60_000;

describe.skipIf(skipsNats())('NATS JetStream', () => {
  eachEngine(
    () => NatsEngine.start(),
    (name, run) => it(name, run, timeoutMs),
    [
      'is killed and comes back with all it had',
      'is killed and comes back with nothing',
      'is emptied',
      'loses the log',
      'loses what it knows of the log',
      'loses its oldest entries',
      'loses its newest entry',
      'loses all entries, and keeps the log',
      'is set back to an earlier state',
      'answers nothing for a while',
      'closes every connection',
      'takes a batch and is cut off before it answers',
      'is given an entry that nobody can read',
    ],
  );
});
