const sentences = [
  'A server that has to tell a browser something needs a way to speak first.',
  'It numbers what it says, so that a reader who was away can name the place where it stopped.',
  'It keeps what it has said for a while, so that the reader can go on from there.',
  'And when something is gone for good it says so, instead of leaving a hole.',
];

/**
 * A made-up language model: words about the question, at 50 tokens a second. A real one is an async iterable, too.
 *
 * @param {string} question
 * @param {AbortSignal} signal - ends it.
 * @returns {AsyncGenerator<string>} tokens: words and what stands between them.
 */
export async function* think(question, signal) {
  const text = `You asked: ${question} ${Array(4).fill(sentences.join(' ')).join('\n\n')}`;
  for (const token of text.match(/\s*\S+/g) ?? []) {
    if (signal.aborted) return;
    yield token;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
