'use client';

import { type FormEvent, type ReactNode, useRef } from 'react';
import { say } from '../app/actions';
import { useSubscription } from '../lib/comet';
import type { Message } from '../lib/subjects';

const shown = 50;

/** The chat: rendered with what was said before; what is said goes through a server action. */
export function Chat({ since, first }: { since: string; first: readonly Message[] }): ReactNode {
  const form = useRef<HTMLFormElement>(null);
  const { value: messages } = useSubscription('/chat', { since, initial: first, reduce: add });
  const send = async (data: FormData): Promise<void> => {
    await say(data);
    const text = form.current?.elements.namedItem('text');
    if (text instanceof HTMLInputElement) text.value = '';
  };
  return (
    <section className="chat" aria-label="Chat">
      <ol>
        {messages.map(({ id, name, text, time }) => (
          <li key={id}>
            <time dateTime={new Date(time).toISOString()}>{new Date(time).toISOString().slice(11, 19)}</time>
            <b>{name}</b> {text}
          </li>
        ))}
      </ol>
      <form ref={form} onSubmit={(event) => submit(event, send)}>
        <input name="name" placeholder="Your name" maxLength={30} />
        <input name="text" placeholder="Say something" maxLength={500} required autoComplete="off" />
        <button type="submit">Say</button>
      </form>
    </section>
  );
}

// A form with a server action as its `action` would be emptied by React after each message, the name included.
function submit(event: FormEvent<HTMLFormElement>, send: (data: FormData) => Promise<void>): void {
  event.preventDefault();
  void send(new FormData(event.currentTarget));
}

// The snapshot may hold what also comes as an event: the cursor was taken first.
function add(messages: readonly Message[], { data }: { data: Message }): readonly Message[] {
  return messages.some(({ id }) => id === data.id) ? messages : [...messages, data].slice(-shown);
}
