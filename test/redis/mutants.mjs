// Named mistakes in what notices the losses of Redis. Each is one change of the sources, and `test` is part of the name of the
// test that must fail then. `find` must stand in the file exactly once.

const tail = 'redis/src/tail.ts';
const source = 'redis/src/source.ts';
const scripts = 'redis/src/scripts.ts';

/** @type {{ name: string, file: string, find: string, replace: string, test: string }[]} */
export const mutants = [
  {
    name: 'no chain of positions: a missing frame is passed over',
    file: tail,
    find: 'if (first > at + 1) this.#sink?.hole(at + 1, first - 1);',
    replace: '',
    test: 'chain: a frame that is missing',
  },
  {
    name: 'no chain of tags: another history is followed',
    file: tail,
    find: '(first === at + 1 && (tag === undefined || tag === head.before))',
    replace: 'first === at + 1',
    test: 'chain: a frame that follows another history',
  },
  {
    name: 'what was left of another history is taken before the next life begins',
    file: tail,
    find: 'if (last - head.count !== at || (tag !== undefined && tag !== head.before)) return;',
    replace: 'if (last - head.count !== at) return;',
    test: 'chain: a frame that follows another history',
  },
  {
    name: 'no rejoin: a reader goes on where it was',
    file: tail,
    find: 'if (begun) await this.#rejoin(connection);',
    replace: 'if (begun) this.#interrupted = false;',
    test: 'rejoin: ',
  },
  {
    name: 'no pulse: a reader that waits is left waiting',
    file: source,
    find: 'if (found.epoch !== place.epoch || stuck) tail.interrupt();',
    replace: '',
    test: 'pulse: ',
  },
  {
    name: 'a pulse that compares epochs only',
    file: source,
    find: 'if (found.epoch !== place.epoch || stuck) tail.interrupt();',
    replace: 'if (found.epoch !== place.epoch) tail.interrupt();',
    test: 'pulse: a frame that went',
  },
  {
    name: 'no floor: numbers are given again',
    file: scripts,
    find: 'elseif mine == epoch and at > last then renew() end',
    replace: 'end',
    test: 'floor: no number',
  },
  {
    name: 'no order of lives',
    file: scripts,
    find: 'elseif life(mine) > life(epoch) or (mine ~= epoch and life(mine) == life(epoch)) then renew()',
    replace: '',
    test: 'floor: a later life',
  },
  {
    name: 'no memory of the last batch',
    file: scripts,
    find: 'if tonumber(hadSeq) == seq then return {hadEpoch, hadFirst, 1} end',
    replace: '',
    test: 'has a batch once that is sent twice',
  },
  {
    name: 'no memory of keys',
    file: scripts,
    find: "if KEYS[3] then redis.call('SET', KEYS[3], first .. ' ' .. epoch, 'PX', ARGV[10]) end",
    replace: '',
    test: 'has an event once whose key two nodes bring',
  },
  {
    name: 'a frame that a forgetful engine takes again is given again',
    file: tail,
    find: 'if (seq <= (this.#seqs.get(node) ?? 0)) return true;',
    replace: '',
    test: 'seqs: a frame',
  },
  {
    name: 'a life begins with nothing but what is known',
    file: scripts,
    find: 'math.max(above + 1, (milliseconds()',
    replace: 'math.max(above + 1, 0 * (milliseconds()',
    test: 'begins above all that was when it is killed',
  },
  {
    name: 'what stands behind the end of the log stays there',
    file: scripts,
    find: "for _, entry in ipairs(above) do redis.call('XDEL', log, entry[1]) end",
    replace: 'above = {}',
    test: 'an entry that nobody can read',
  },
];
