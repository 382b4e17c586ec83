import { classicFieldNames, classicType, modernType } from '@cometkit/codec';
import { expect, it } from 'vitest';
import * as client from '../../packages/client/src/classic-names.ts';

// The client does without the codec, which pages would have to load.
it('the client and the codec have the same names of the original protocol', () => {
  for (const [modern, classic] of Object.entries(classicFieldNames))
    expect([client.classicName(modern), client.modernName(classic)]).toEqual([classic, modern]);
  for (const type of ['heartbeat', 'heartbeat-ack', 'refused', 'data', 'join-ack']) {
    expect(client.classicType(type)).toBe(classicType(type));
    expect(client.modernType(classicType(type))).toBe(modernType(classicType(type)));
  }
});
