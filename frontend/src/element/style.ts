/**
 * The style sheet of bars and lists. Font and text colour are those of the page around it, colours of states those of
 * the dashboard. Pages can change it by custom properties and parts; task_progress.ts and task_list.ts list them.
 */
export const style = `
:host {
  display: block;
  font: inherit;
  color: inherit;
  container-type: inline-size;
  --state: light-dark(#666b66, #959d95);
}
:host([hidden]) { display: none }
:host([theme="light"]) { color-scheme: light }
:host([theme="dark"]) { color-scheme: dark }
.box {
  display: grid;
  gap: 0.25em 0.75em;
  align-items: center;
  font-family: var(--task-progress-font, inherit);
  font-variant-numeric: tabular-nums;
  min-width: 0;
}
.box[data-state="STARTED"], .box[data-state="PROGRESS"] { --state: light-dark(#0067a3, #5bb4ea) }
.box[data-state="RETRY"] { --state: light-dark(#8d5a00, #e9a92b) }
.box[data-state="SUCCESS"] { --state: light-dark(#00775a, #35bb90) }
.box[data-state="FAILURE"] { --state: light-dark(#b24700, #f57f47) }
.box[data-state="REVOKED"] { --state: light-dark(#4b514c, #7f8880) }
.box[data-state="LOST"] { --state: light-dark(#98417a, #d88fbb) }
.glyph { width: 1em; height: 1em; color: var(--task-progress-color, var(--state)) }
.name, .text, .pace, .percent {
  min-width: 0;
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
  unicode-bidi: isolate;
}
/* A text of another direction than the page's is cut at its own end, and stands where the page's lines begin. */
:host(:dir(ltr)) :is(.name, .text, .steps [dir]):dir(rtl) { text-align: left }
:host(:dir(rtl)) :is(.name, .text, .steps [dir]):dir(ltr) { text-align: right }
.message, .link { min-width: 0 }
::slotted(*) { overflow-wrap: anywhere }
.name { font-weight: 600 }
.percent, .pace { text-align: end }
.message, .pace, .link, .amount { opacity: 0.75 }
.track {
  height: var(--task-progress-height, 0.5em);
  border-radius: var(--task-progress-radius, 0.25em);
  background: var(--task-progress-track, color-mix(in srgb, currentColor 14%, transparent));
  overflow: hidden;
}
.fill {
  height: 100%;
  width: 100%;
  background: var(--task-progress-color, var(--state));
  transform: scaleX(0);
  transform-origin: 0 0;
  transition: transform 0.15s linear;
}
.track:dir(rtl) .fill { transform-origin: 100% 0 }
.track[data-unknown]:dir(rtl) .fill { animation-direction: reverse }
.track[data-unknown] .fill {
  transform: none;
  opacity: 0.5;
  background: repeating-linear-gradient(
    -45deg,
    var(--task-progress-color, var(--state)) 0 0.4em,
    transparent 0.4em 0.8em
  );
  background-size: 1.131em 100%;
  animation: flow 1.6s linear infinite;
}
@keyframes flow { to { background-position: 1.131em 0 } }
.box[data-old] .fill { opacity: 0.4; animation: none }
.steps { grid-column: 1 / -1; list-style: none; margin: 0; padding: 0 }
.steps li { display: grid; grid-template-columns: minmax(0, 12em) minmax(0, 1fr) auto; gap: 0.75em; align-items: center }
.steps .track { height: 0.25em }
.steps span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; unicode-bidi: isolate }
.list { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.75em }
.item { grid-column: 1 / -1; min-width: 0 }
.empty, .list ~ .link { opacity: 0.75 }
.list:not([hidden]) ~ .link { margin-block-start: 0.75em }
[hidden] { display: none !important }

:host([size="line"]) .box { display: block }
:host([size="line"]) .box > :not(.track) { position: absolute; width: 1px; height: 1px; clip-path: inset(50%) }
:host([size="line"]) .track { height: var(--task-progress-height, 0.25em) }

:host(:not([size="line"], [size="card"])) :is(.box, .list) {
  grid-template-columns: auto minmax(4em, 1fr) minmax(4em, 2fr) minmax(6ch, max-content) minmax(0, max-content);
}
/* The bars of a list stand beneath one another. */
:host(:not([size="line"], [size="card"])) :is(.item, .item > .box) {
  display: grid;
  grid-column: 1 / -1;
  grid-template-columns: subgrid;
}
:host(:not([size="line"], [size="card"])) .percent { grid-column: 4; grid-row: 1 }
:host(:not([size="line"], [size="card"])) .pace { grid-column: 5; grid-row: 1 }
:host(:not([size="line"], [size="card"])) .message { grid-column: 2 / -1 }
:host(:not([size="line"], [size="card"])) .link { grid-column: 2 / -1 }
:host(:not([size="card"])) .steps { display: none }

:host([size="card"]) .box {
  grid-template-columns: auto minmax(0, 1fr) auto;
  padding: 1em;
  border: 1px solid color-mix(in srgb, currentColor 20%, transparent);
  border-radius: 0.375em;
}
:host([size="card"]) .track { grid-column: 1 / -1; grid-row: 2 }
:host([size="card"]) .steps .track { grid-column: auto; grid-row: auto }
:host([size="card"]) .pace { grid-column: 3; grid-row: 3 }
:host([size="card"]) .message { grid-column: 1 / 3; grid-row: 3; max-height: 6em; overflow-y: auto }
:host([size="card"]) .text { white-space: normal; overflow-wrap: anywhere }
:host([size="card"]) .link { grid-column: 1 / -1 }

@container (max-width: 28em) {
  :host(:not([size="line"], [size="card"])) :is(.box:not(.item > .box), .list) { grid-template-columns: auto minmax(0, 1fr) auto }
  :host(:not([size="line"], [size="card"])) .percent { grid-column: 3 }
  :host(:not([size="line"], [size="card"])) .track { grid-column: 1 / -1; grid-row: 2 }
  :host(:not([size="line"], [size="card"])) .pace { grid-column: 1 / -1; grid-row: 3; text-align: start }
  :host(:not([size="line"], [size="card"])) .message { grid-column: 1 / -1 }
  :host([size="card"]) .pace { grid-column: 1 / -1; text-align: start }
  :host([size="card"]) .message { grid-column: 1 / -1; grid-row: 4 }
}
@media (prefers-reduced-motion: reduce) {
  .fill { transition: none; animation: none !important }
}
`;
