'use server';

import { addMessage } from '../lib/chat';

const maxName = 30;
const maxText = 500;

/** Says something in the chat. */
export async function say(form: FormData): Promise<void> {
  const name = String(form.get('name') ?? '')
    .trim()
    .slice(0, maxName);
  const text = String(form.get('text') ?? '')
    .trim()
    .slice(0, maxText);
  if (text !== '') addMessage(name === '' ? 'somebody' : name, text);
}
