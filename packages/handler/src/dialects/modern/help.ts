import { CometError } from '@cometkit/core';
import { answerHeaders } from '../../headers.ts';
import type { FiniteResponse } from '../../http.ts';
import type { RequestState } from '../../request-state.ts';
import { acceptedTypes } from '../accepted.ts';

const page = `<!doctype html>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>CometKit</title>
<h1>This address pushes events</h1>
<p>See them come in a terminal:
<pre>curl -N 'THIS_ADDRESS?subject=/'</pre>
<p>or in a page:
<pre>const source = new EventSource('THIS_ADDRESS?subject=/');
source.onmessage = ({ data }) =&gt; console.log(JSON.parse(data));</pre>
<p>A <code>subject</code> such as <code>/</code> or <code>/news</code> also stands for everything below it.
`;

/**
 * Answers a GET that asks for nothing, with a page for people who open the address in a browser.
 *
 * @throws {CometError} `missing-field` — a program asks.
 */
export function help({ request, cors }: RequestState): FiniteResponse {
  if (acceptedTypes(request.header('accept'))[0] === 'text/html')
    return { status: 200, headers: answerHeaders('text/html;charset=UTF-8', cors), body: page };
  const reason = 'no subject specified; to see events ask for ?subject=/news';
  throw new CometError('missing-field', reason, { field: 'subject' });
}
