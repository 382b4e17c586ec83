// Answers of a language model, a token at a time: whole after a reload, for any number of viewers, until somebody stops them.
import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { comet } from '@cometkit/express';
import express from 'express';
import { think } from './model.mjs';

const client = dirname(fileURLToPath(import.meta.resolve('@cometkit/client/browser')));
const longestQuestion = 500;

const app = express();
const push = comet({
  // Whoever knows the id of an answer may read it; wildcards would read all of them.
  authorize: { subscribe: ({ pattern }) => /^\/answers\/[0-9a-f-]{36}$/.test(pattern) },
});

app.use('/push', push);
app.use('/client', express.static(client));
for (const files of ['public', '../frame'])
  app.use(express.static(fileURLToPath(new URL(files, import.meta.url))));

app.post('/ask', express.json({ limit: '4kb' }), (request, response) => {
  const { question } = request.body ?? {};
  if (typeof question !== 'string' || question.trim() === '' || question.length > longestQuestion) {
    response.status(400).json({ error: `question: a text of 1 to ${longestQuestion} characters` });
    return;
  }
  const id = randomUUID();
  push.stream(`/answers/${id}`, ({ signal }) => think(question.trim(), signal), { cancel: true });
  response.status(201).json({ id });
});

const server = app.listen(Number(process.env.PORT ?? 3000), process.env.HOST ?? '127.0.0.1', (error) => {
  // Express 5 calls this, too, when the port is taken.
  if (error) throw error;
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  console.log(`Answers: http://localhost:${port}/`);
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    server.close();
    await push.close();
    server.closeIdleConnections(); // what browsers keep open for a next request
    setTimeout(() => server.closeAllConnections(), 1000).unref(); // who has not asked anything by then
  });
}
