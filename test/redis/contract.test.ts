import { eachEngine } from '@cometkit/testkit';
import { describe, it } from 'vitest';
import { skipsRedis } from '../support/redis.ts';
import { RedisEngine } from './engine.ts';

const timeoutMs = 40_000;

describe.skipIf(skipsRedis())('redis', () => {
  eachEngine(
    () => RedisEngine.start(),
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
      'is replaced by a replica that is behind',
      'answers nothing for a while',
      'closes every connection',
      'takes a batch and is cut off before it answers',
      'is given an entry that nobody can read',
    ],
  );
});
