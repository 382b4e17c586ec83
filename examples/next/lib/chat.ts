import { publish } from '@cometkit/next';
import { shared } from './shared';
import type { Message } from './subjects';

const kept = 50;

/** Stands for a database. */
const store = () => shared<{ messages: Message[]; last: number }>('chat', () => ({ messages: [], last: 0 }));

/** The last messages, oldest first. */
export function messages(): readonly Message[] {
  return store().messages;
}

/** Keeps a message and tells everybody. */
export function addMessage(name: string, text: string): void {
  const own = store();
  own.last += 1;
  const message: Message = { id: own.last, name, text, time: Date.now() };
  own.messages = [...own.messages, message].slice(-kept);
  publish('/chat', { ...message });
}
