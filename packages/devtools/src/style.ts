/** The look of the panel, inside its shadow root. */
export const css = `
:host { all: initial; display: block; color-scheme: light dark; font: 13px/1.45 system-ui, sans-serif; max-width: 100%;
  color: light-dark(#1c2330, #e4e8f0); --line: light-dark(#c9d0dc, #3a4558); --paper: light-dark(#fff, #171c24);
  --quiet: light-dark(#566073, #a5b0c3); }
* { box-sizing: border-box; font: inherit; }
section { width: 26rem; max-width: 100%; margin: 0 0 .4rem; padding: .6rem; background: var(--paper);
  border: 1px solid var(--line); border-radius: .5rem; box-shadow: 0 .2rem 1rem #0004; }
[hidden] { display: none; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .7rem; margin: 0 0 .5rem; }
dt, time { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
ol { margin: 0 0 .5rem; padding: .3rem; max-height: 30vh; overflow: auto; list-style: none;
  border: 1px solid var(--line); border-radius: .3rem; }
li { overflow-wrap: anywhere; unicode-bidi: isolate; }
b, code { unicode-bidi: isolate; }
b { font-weight: 600; }
code { font: 12px/1.45 ui-monospace, monospace; }
button { padding: .3rem .6rem; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: .4rem;
  cursor: pointer; max-width: 100%; overflow-wrap: anywhere; text-align: start; }
:focus-visible { outline: 2px solid light-dark(#1f5fc4, #7fb0ff); outline-offset: 1px; }
textarea { display: block; width: 100%; height: 8rem; margin: .4rem 0 0; color: inherit; background: var(--paper); }
@media print { :host { display: none; } }
`;
