'use client';

import { eventSource, iframe } from '@cometkit/client/transports';
import { createHooks } from '@cometkit/react';
import type { Subjects } from './subjects';

/**
 * The hooks of this app: they know which data comes with which subject. Most apps need no list of transports; this one
 * shows all of them.
 */
export const { useComet, useSubscription } = createHooks<Subjects>({
  transports: ['stream', eventSource(), iframe(), 'long-poll', 'poll'],
});
