/** An endless answer that is being read, as curl -N would. */
export interface LiveStream {
  readonly response: Response;
  /** Reads on until the text so far satisfies the condition. @returns that text. @throws it did not in time, or ended. */
  until(condition: (text: string) => boolean, timeoutMs?: number): Promise<string>;
  /** Reads to the end of the answer. @returns all of its text. */
  rest(): Promise<string>;
  close(): void;
}

/** Opens an address and reads it piece by piece. */
export async function openStream(url: string): Promise<LiveStream> {
  const controller = new AbortController();
  const response = await fetch(url, { signal: controller.signal });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';

  async function more(): Promise<boolean> {
    const { done, value } = await reader.read();
    if (!done) text += value;
    return !done;
  }

  async function until(condition: (text: string) => boolean, timeoutMs = 2000): Promise<string> {
    const timer = setTimeout(
      () => controller.abort(new Error(`not in ${timeoutMs} ms; got: ${text}`)),
      timeoutMs,
    );
    try {
      while (!condition(text)) {
        if (!(await more())) throw new Error(`ended too early; got: ${text}`);
      }
      return text;
    } finally {
      clearTimeout(timer);
    }
  }

  async function rest(): Promise<string> {
    while (await more());
    return text;
  }

  return { response, until, rest, close: () => controller.abort() };
}
