import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ClusterHub } from '@cometkit/core/cluster';
import type { NodeHandler } from '@cometkit/node';
import { act, isAction, type Operated } from './actions.ts';
import { readText, redirect, say, send, sendJson } from './answers.ts';
import { elsewhere } from './elsewhere.ts';
import { explain } from './explain.ts';
import type { InspectorAction, InspectorOptions } from './options.ts';
import { pageFiles } from './page-files.ts';
import type { Timeline } from './timeline.ts';
import { findSessions, rowOf } from './view.ts';

type Changing = Exclude<InspectorAction, 'look'>;

const maxRows = 100;

/** What lies below the inspector's address: the page, its stream, and what the page asks for. */
export class Routes {
  readonly #operated: Operated;
  readonly #hub: ClusterHub;
  readonly #timeline: Timeline;
  readonly #stream: NodeHandler;
  readonly #options: InspectorOptions;

  constructor(operated: Operated, timeline: Timeline, stream: NodeHandler, options: InspectorOptions) {
    this.#operated = operated;
    this.#hub = operated.hub;
    this.#timeline = timeline;
    this.#stream = stream;
    this.#options = options;
  }

  /** Answers a request for something below the address. */
  async answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const name = url.pathname.slice(1);
    const action = actionOf(name);
    if (!(await this.#allows(request, action))) say(response, 403, 'not allowed');
    else if (action !== 'look') await this.#act(request, response, action);
    else if (name === 'push') this.#stream(request, response);
    else if (request.method !== 'GET' && request.method !== 'HEAD') say(response, 405, 'only GET');
    else await this.#show(request, response, url);
  }

  async #allows(request: IncomingMessage, action: InspectorAction): Promise<boolean> {
    try {
      return (await this.#options.authorize(request, action)) === true;
    } catch {
      return false;
    }
  }

  async #show(
    request: IncomingMessage,
    response: ServerResponse,
    { pathname, searchParams }: URL,
  ): Promise<void> {
    const [, first = '', id] = pathname.split('/');
    const file = id === undefined ? pageFiles.get(first) : undefined;
    if (first === 'explain') sendJson(response, 200, await this.#explain(searchParams));
    else if (first === 'sessions') sendJson(response, 200, await this.#sessions(id, searchParams));
    else if (file === undefined) say(response, 404, 'not found');
    else if (first === '' && !addressOf(request).endsWith('/'))
      // The files are named relative to the page, so its address has to end with a slash.
      redirect(response, `${addressOf(request).split('/').pop()}/`);
    else send(response, 200, file.type, file.read());
  }

  async #sessions(id: string | undefined, query: URLSearchParams): Promise<unknown> {
    if (id === undefined) return findSessions(this.#hub, query.get('find') ?? '', maxRows);
    const session = this.#hub.session(id);
    const timeline = this.#timeline.of(id);
    if (session !== undefined) return { row: rowOf(session), timeline };
    const ended = timeline.at(-1)?.what === 'closed';
    return { timeline, where: ended ? 'it has ended' : (await elsewhere(this.#hub, id)).sentence };
  }

  async #explain(query: URLSearchParams): Promise<unknown> {
    const who = query.get('session') ?? { principal: query.get('principal') ?? '' };
    return (await explain(this.#hub, who, query.get('subject') ?? '')).slice(0, maxRows);
  }

  async #act(request: IncomingMessage, response: ServerResponse, action: Changing): Promise<void> {
    // A form of another site can send no such body: that type needs a preflight, and none is answered here.
    const { 'content-type': type = '', 'sec-fetch-site': site = 'same-origin' } = request.headers;
    if (request.method !== 'POST') say(response, 405, 'only POST');
    else if (!/^application\/json\b/i.test(type)) say(response, 415, 'only application/json');
    else if (site !== 'same-origin') say(response, 403, 'not from another site');
    else {
      const body = await readText(request);
      const { status, body: done } = body === undefined ? tooLarge : await act(this.#operated, action, body);
      sendJson(response, status, done);
    }
  }
}

const tooLarge = { status: 413, body: { error: 'the body has more than 65,536 bytes' } };

function actionOf(name: string): InspectorAction {
  const [first, second = ''] = name.split('/');
  return first === 'actions' && isAction(second) ? second : 'look';
}

function addressOf(request: IncomingMessage & { readonly originalUrl?: string }): string {
  return (request.originalUrl ?? request.url ?? '').split('?')[0] ?? '';
}
