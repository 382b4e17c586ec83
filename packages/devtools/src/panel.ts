import type { ObservedClient } from './devtools.ts';
import { type Arrival, type ClientRecord, keptEvents } from './record.ts';
import { css } from './style.ts';
import { lineOf, reportOf, rowsOf, summaryOf } from './text.ts';

const refreshMs = 500;

/** The panel of one client: a button, and what it opens. What a server sent gets into it as text only. */
export class Panel {
  readonly element: HTMLElement = document.createElement('aside');
  readonly #client: ObservedClient;
  readonly #record: ClientRecord;
  readonly #toggle = make('button', { type: 'button' });
  readonly #section = make('section', { hidden: true });
  readonly #rows = make('dl');
  readonly #events = make('ol', { tabIndex: 0, ariaLabel: 'Last events, the newest first' });
  readonly #said = make('span', { role: 'status' });
  readonly #report = make('textarea', { hidden: true, readOnly: true, ariaLabel: 'Report' });
  #shown = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(client: ObservedClient, record: ClientRecord, label: string) {
    this.#client = client;
    this.#record = record;
    this.element.ariaLabel = label;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    const root = this.element.attachShadow({ mode: 'open' });
    // A style sheet that is made by a script, and no style element: a page's policy may forbid that.
    root.adoptedStyleSheets = [sheet];
    const copy = make('button', { type: 'button', textContent: 'Copy report' });
    this.#section.append(this.#rows, this.#events, copy, ' ', this.#said, this.#report);
    root.append(this.#section, this.#toggle);
    this.#toggle.onclick = () => this.open(Boolean(this.#section.hidden));
    copy.onclick = () => void this.#copy();
    this.#section.onkeydown = ({ key }) => {
      if (key !== 'Escape') return;
      this.open(false);
      this.#toggle.focus();
    };
    this.open(false);
  }

  /** Shows or hides everything but the button. */
  open(open: boolean): void {
    this.#section.hidden = !open;
    this.#toggle.ariaExpanded = String(open);
    this.#said.textContent = '';
    this.#report.hidden = true;
    clearInterval(this.#timer);
    if (open) this.#timer = setInterval(() => this.render(), refreshMs);
    this.render();
  }

  /** Shows what is known now. */
  render(): void {
    this.#toggle.textContent = summaryOf(this.#client, this.#record);
    if (this.#section.hidden) return;
    const rows = rowsOf(this.#client, this.#record, Date.now());
    const cells = this.#rows.children;
    // The text of a row is changed where it is, so that what somebody has selected stays.
    for (const [at, [name, text]] of rows.entries()) {
      if (cells[2 * at] === undefined) this.#rows.append(make('dt', { textContent: name }), make('dd'));
      const cell = cells[2 * at + 1];
      if (cell !== undefined && cell.textContent !== text) cell.textContent = text;
    }
    this.#renderEvents();
  }

  #renderEvents(): void {
    const { total, arrivals } = this.#record;
    const fresh = Math.min(total - this.#shown, arrivals.length);
    this.#shown = total;
    if (fresh > 0) this.#events.prepend(...arrivals.slice(-fresh).reverse().map(itemOf));
    while (this.#events.children.length > keptEvents) this.#events.lastChild?.remove();
  }

  async #copy(): Promise<void> {
    const report = reportOf(this.#client, this.#record, Date.now());
    try {
      await navigator.clipboard.writeText(report);
      this.#said.textContent = 'Copied.';
    } catch {
      // Without https, or where the user does not allow it: to be copied by hand.
      this.#report.value = report;
      this.#report.hidden = false;
      this.#report.select();
      this.#said.textContent = 'Copy it by hand:';
    }
  }

  /** Takes it away. */
  remove(): void {
    clearInterval(this.#timer);
    this.element.remove();
  }
}

function itemOf(arrival: Arrival): HTMLLIElement {
  const { time, subject, data } = lineOf(arrival);
  const item = make('li');
  item.append(make('time', { textContent: time }), ' ', make('b', { textContent: subject }), ' ');
  item.append(make('code', { textContent: data }));
  return item;
}

function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Partial<HTMLElementTagNameMap[Tag]> = {},
): HTMLElementTagNameMap[Tag] {
  return Object.assign(document.createElement(tag), properties);
}
