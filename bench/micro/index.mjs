// The subject index at 100,000 subjects and 100,000 patterns, and a publish that nobody matches.
import { createPureHub } from '../../packages/core/dist/index.js';
import { parsePattern } from '../../packages/core/dist/pattern.js';
import { SubjectIndex } from '../../packages/core/dist/subject-index.js';

const count = 100_000;
const limits = { maxSubjectLength: 256, maxSubjectDepth: 16 };
const parse = (pattern) => parsePattern(pattern, 'path', limits);
const subjectOf = (at) => `/market/${at % 100}/paper/${at}`;

function filled(patternOf) {
  const index = new SubjectIndex();
  for (let at = 0; at < count; at += 1) index.add(parse(patternOf(at)), at);
  return index;
}

const exact = filled(subjectOf);
const wild = filled((at) => (at % 2 === 0 ? `/market/*/paper/${at}` : `/market/${at}/**`));
const found = { count: 0 };
const visit = () => {
  found.count += 1;
};

function visits(index, subject) {
  for (let at = 0; at < 100; at += 1) index.visit(subject(at * 997), visit);
}

const parts = parse('/market/7/paper/*');
function addAndRemove() {
  for (let at = 0; at < 100; at += 1) wild.add(parts, -at);
  for (let at = 0; at < 100; at += 1) wild.remove(parts, -at);
}

let ids = 0;
const hub = createPureHub({ now: () => 1, wallTime: () => 1, randomId: () => `id${ids++}`.padEnd(22, '0') });
for (let at = 0; at < 1000; at += 1) hub.subscribe(hub.join(), subjectOf(at));
const data = { n: 1, text: 'nobody is there' };

/** The tasks. Units: `per` operations in one call. */
export const tasks = [
  { name: 'index: one of 100,000 subjects', per: 100, run: () => visits(exact, subjectOf) },
  { name: 'index: a subject among 100,000 wildcards', per: 100, run: () => visits(wild, subjectOf) },
  { name: 'index: a subject that nobody wants', per: 100, run: () => visits(exact, (at) => `/other/${at}`) },
  { name: 'index: add and remove a wildcard', per: 100, run: addAndRemove },
  { name: 'hub: publish that nobody matches', per: 1, run: () => hub.publish('/other/1', data) },
];
