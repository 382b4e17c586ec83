import { comet } from '@cometkit/express';
import { eachAdapter } from '@cometkit/testkit';
import compression from 'compression';
import connect from 'connect';
import express from 'express';
import express4 from 'express4';
import helmet from 'helmet';
import { describe, it } from 'vitest';
import { disposableServer } from '../support/disposable-server.ts';

const parsers = { urlencoded: { extended: true }, text: { type: '*/*' } };

describe('the middleware in Express 5', () => {
  eachAdapter((hub, options) => {
    const app = express();
    app.use('/push', comet({ hub, ...options }));
    return disposableServer(app);
  }, it);
});

describe('the middleware in Express 4', () => {
  eachAdapter((hub, options) => {
    const app = express4();
    app.use('/push', comet({ hub, ...options }));
    return disposableServer(app);
  }, it);
});

describe('the middleware in Connect', () => {
  eachAdapter((hub, options) => {
    const app = connect();
    app.use('/push', comet({ hub, ...options }));
    return disposableServer(app);
  }, it);
});

describe('the middleware in Express 5, behind everything', () => {
  eachAdapter((hub, options) => {
    const app = express();
    app.set('trust proxy', true);
    app.use(helmet(), compression({ threshold: 0 }));
    app.use(express.json(), express.urlencoded(parsers.urlencoded), express.text(parsers.text));
    const inner = express.Router();
    inner.use('/push', comet({ hub, ...options }));
    app.use('/api', express.Router().use('/v1', inner));
    return disposableServer(app, '/api/v1/push');
  }, it);
});

describe('the middleware in Express 4, behind everything', () => {
  eachAdapter((hub, options) => {
    const app = express4();
    app.use(helmet(), compression({ threshold: 0 }));
    app.use(express4.json(), express4.urlencoded(parsers.urlencoded));
    const inner = express4.Router();
    inner.use('/push', comet({ hub, ...options }));
    app.use('/api', inner);
    return disposableServer(app, '/api/push');
  }, it);
});
