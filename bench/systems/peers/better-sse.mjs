// better-sse in an Express app: a channel for each subject.
import { createServer } from 'node:http';
import express from 'express';
import { listen, streamClient } from '../shared.mjs';

/** Starts the server. */
export async function start() {
  const { createChannel, createSession } = await import(/** @type {string} */ ('better-sse'));
  const channels = new Map();
  const channelOf = (subject) => {
    if (!channels.has(subject)) channels.set(subject, createChannel());
    return channels.get(subject);
  };
  const app = express();
  app.get('/stream/:subject', async (request, response) => {
    channelOf(Number(request.params.subject)).register(await createSession(request, response));
  });
  return {
    port: await listen(createServer(app)),
    client: streamClient,
    publish: (subject, data) => channelOf(subject).broadcast(data),
  };
}
