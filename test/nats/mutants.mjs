// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are source code
// One change of the sources for each check of the reader, and the test that must notice.

const feed = 'nats/src/feed.ts';
const source = 'nats/src/source.ts';
const tail = 'nats/src/tail.ts';
const place = 'nats/src/place.ts';
const sessions = 'nats/src/session-store.ts';

/** @type {{ name: string, file: string, find: string, replace: string, test: string }[]} */
export const mutants = [
  {
    name: 'deliveries are not counted',
    file: feed,
    find: 'place.delivery !== this.#given + 1',
    replace: 'place.delivery <= this.#given',
    test: 'asks again for the first message of a consumer',
  },
  {
    name: 'a heartbeat is not compared with what came',
    file: feed,
    find: "given !== '' && Number(given) > this.#given",
    replace: "given === 'x'",
    test: 'hears from a heartbeat that the last message was lost',
  },
  {
    name: 'silence is borne',
    file: feed,
    find: "this.#break('the consumer is silent')",
    replace: 'undefined',
    test: 'makes its consumer anew when it is silent',
  },
  {
    name: 'the pulse does not see that more is there',
    file: source,
    find: 'info.state.last_seq > read && this.#stuckAt === read',
    replace: 'info.state.last_seq > read && this.#stuckAt === Infinity',
    test: 'sees at its pulse that there is more than it was given',
  },
  {
    name: 'the pulse does not see another stream',
    file: source,
    find: '!tail.fits(info, read) || presentEpoch(lineage)',
    replace: 'presentEpoch(lineage)',
    test: 'sees at its pulse that the stream is another one',
  },
  {
    name: 'the pulse does not see another life',
    file: source,
    find: ' || presentEpoch(lineage) !== presentEpoch(tail.lineage)',
    replace: '',
    test: 'sees at its pulse that the others are in another life',
  },
  {
    name: 'an answer with an old sequence is believed',
    file: source,
    find: '!ack.duplicate && ack.seq <= read',
    replace: 'ack.seq < 0',
    test: 'sees at its own publish that the stream gives sequences again',
  },
  {
    name: 'the message at the place is not compared',
    file: place,
    find: 'return tagOf(kept.id) === line.tag;',
    replace: 'return true;',
    test: 'notices a message of another id at its place',
  },
  {
    name: 'what was set back is read from its beginning',
    file: place,
    find: 'agreed + 1)) === true) agreed = middle;',
    replace: 'agreed + 1)) === undefined) agreed = middle;',
    test: 'notices a message of another id at its place',
  },
  {
    name: 'the stream is not looked at once more',
    file: source,
    find: '!tail.fits(await stream.info(), tail.sequence)',
    replace: '(await stream.info()) === undefined',
    test: 'looks once more when its consumer is made',
  },
  {
    name: 'what was deleted at the end is not told',
    file: source,
    find: 'tail.gone(goneUpTo);',
    replace: '',
    test: 'tells as gone what was (purged|deleted at the end)',
  },
  {
    name: 'what was deleted in the middle is not told',
    file: tail,
    find: 'this.gone(sequence - 1);',
    replace: '',
    test: 'passes what is deleted in the middle',
  },
  {
    name: 'a batch that was taken twice is given twice',
    file: tail,
    find: 'contents.seq <= (this.#batches.get(contents.node) ?? 0)',
    replace: 'contents.seq < 0',
    test: 'does not give a batch twice that the server has taken twice',
  },
  {
    name: 'a new life does not begin above the old one',
    file: tail,
    find: 'Math.ceil((this.#position + 1) / stride) * stride',
    replace: '0',
    test: 'begins another life after a stream that was emptied and killed',
  },
  {
    name: 'another life begins before what was read in the last one',
    file: 'nats/src/life.ts',
    find: 'lives.findLast(({ from }) => from <= sequence) ?? lives[0]',
    replace: 'lives.at(-1) ?? lives[sequence]',
    test: 'reads to its end',
  },
  {
    name: 'the life of the others is taken wherever it lies',
    file: tail,
    find: 'endOf(place.life, place.after) > this.#position',
    replace: 'endOf(place.life, place.after) > 0',
    test: 'begins one more life when that of the others lies below',
  },
  {
    name: 'what was passed over is not known',
    file: tail,
    find: 'if (passed !== undefined)',
    replace: 'if (passed === null)',
    test: 'passes over what the others have in a life that lies below',
  },
  {
    name: 'a message is read in whatever life',
    file: tail,
    find: 'if (contents?.epoch !== this.#life?.epoch) return undefined;',
    replace: '',
    test: 'notices a message of another id at its place',
  },
  {
    name: 'a life that a message names is not looked for',
    file: tail,
    find: 'if (read !== undefined && this.#isStrange(read.epoch)) return false;',
    replace: '',
    test: 'looks for a life that a message names',
  },
  {
    name: 'a batch is sent again in the next life',
    file: source,
    find: 'only !== undefined && life.epoch !== only.epoch',
    replace: 'life === undefined',
    test: 'does not send a batch in the next life',
  },
  {
    name: 'a new stream begins little above the last one, or at nothing',
    file: 'nats/src/life.ts',
    find: 'Math.max(offset, above, bornWith(created))',
    replace: 'Math.max(offset, above)',
    test: 'begins above all that was when it is killed',
  },
  {
    name: 'a node that comes late leaves the old life at once',
    file: tail,
    find: 'next && next.from <= this.#sequence + 1;',
    replace: 'next;',
    test: 'reads to its end the life that the others have left',
  },
  {
    name: 'a connection that does not answer is kept',
    file: source,
    find: 'if (this.#unanswered % patience === 0)',
    replace: 'if (this.#unanswered < 0)',
    test: 'makes a connection anew that does not answer',
  },
  {
    name: 'messages have no id',
    file: 'nats/src/frame.ts',
    find: 'return `${node}:${seq}:${Date.parse(created)}`;',
    replace: 'return `${node}:${Math.random()}`;',
    test: 'has a batch once that is sent twice',
  },
  {
    name: 'a record that has had its time is given',
    file: sessions,
    find: 'found.expires <= this.#clock.now()',
    replace: 'found.expires < 0',
    test: 'drops a record when its time is over',
  },
];
