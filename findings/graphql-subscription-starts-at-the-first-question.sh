#!/usr/bin/env bash
# graphql-subscriptions 3.0.0 with graphql 16.15.0; beside it on() of node:events.
#
# A subscription is to give the present state and then every change. To lose nothing between the two, its resolver first makes the iterator of
# the changes, then loads the state, yields it, and yields what the iterator has.
# Expected: asyncIterableIterator() listens from the call on and keeps what comes, as on() does; what is published while the state
#   is loaded comes behind it.
# Seen: it listens only when somebody asks for the first change, so what is published between the call and that is lost: after the
#   order of the lines that should prevent just this. No error, and it comes and goes with the time that loading takes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts graphql@16.15.0 graphql-subscriptions@3.0.0 || { echo 'cannot install'; exit 2; }

cat > run.mjs <<'JS'
import { EventEmitter, on } from 'node:events';
import { GraphQLInt, GraphQLObjectType, GraphQLSchema, parse, subscribe } from 'graphql';
import { PubSub } from 'graphql-subscriptions';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const sources = {
  'graphql-subscriptions 3.0.0': () => {
    const pubsub = new PubSub();
    return { changes: () => pubsub.asyncIterableIterator('count'), publish: (count) => pubsub.publish('count', { count }) };
  },
  'on() of node:events': () => {
    const emitter = new EventEmitter();
    async function* changes(events) {
      for await (const [count] of events) yield { count };
    }
    return { changes: () => changes(on(emitter, 'count')), publish: (count) => emitter.emit('count', count) };
  },
};

// The count goes up every 50 ms while the state, the count at the beginning of loading, takes 120 ms to load.
async function run({ changes, publish }) {
  let count = 1;
  async function load() {
    const state = count;
    await pause(120);
    return { count: state };
  }
  async function* resolve() {
    const iterator = changes();
    yield await load();
    yield* iterator;
  }
  const fields = { count: { type: GraphQLInt, subscribe: resolve } };
  const query = new GraphQLObjectType({ name: 'Query', fields: { count: { type: GraphQLInt } } });
  const schema = new GraphQLSchema({ query, subscription: new GraphQLObjectType({ name: 'Subscription', fields }) });
  const answers = await subscribe({ schema, document: parse('subscription { count }') });
  const writing = setInterval(() => {
    count += 1;
    void publish(count);
  }, 50);
  const seen = [];
  for await (const { data } of answers) {
    seen.push(data.count);
    if (data.count >= 6) break;
  }
  clearInterval(writing);
  return seen;
}

const seen = {};
for (const [name, makeSource] of Object.entries(sources)) {
  seen[name] = await run(makeSource());
  console.log(`${name}: ${seen[name].join(' ')}`);
}
const lost = seen['graphql-subscriptions 3.0.0'];
const same = seen['on() of node:events'].join(' ') === '1 2 3 4 5 6' && lost[0] === 1 && lost[1] > 2;
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
timeout 60 node run.mjs
