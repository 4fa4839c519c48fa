// The replay: read the data in the page, and show the state of every node and link at the time that the slider says.
//
//   replay-data --unpack--> series --show(frame)--> classes, texts and sizes of the drawings, the status, the table
//
// Texts are set as text, never as markup. Nothing is fetched, nothing is stored.
"use strict";
function startReplay() {
  const held = document.getElementById("replay-data");
  if (!held) return;
  const data = JSON.parse(held.textContent);
  const rules = data.rules;
  const RUN_SECONDS = 24; // a whole run at speed 1
  const SIGNS = { well: "\u2713", strained: "!", failing: "\u2715", down: "\u2716", idle: "\u2013" };
  const SERIES = ["rate", "good", "failed", "waiting", "busy", "lag"];
  const byId = (id) => document.getElementById(id);

  // Whole multiples of a step, as differences, zigzag, seven bits a byte, runs of zeros as one: see coding.py.
  function unpack(packed) {
    const bytes = Uint8Array.from(atob(packed.data), (sign) => sign.charCodeAt(0));
    const series = new Float64Array(data.frames);
    let [at, place, value] = [0, 0, 0];
    const word = () => {
      for (let [found, scale] = [0, 1]; ; scale *= 128) {
        const byte = bytes[place++];
        found += (byte & 127) * scale;
        if (byte < 128) return found;
      }
    };
    const put = () => { series[at++] = value < 0 ? NaN : value * packed.step; };
    while (place < bytes.length && at < data.frames) {
      const one = word();
      if (one === 0) {
        for (let left = word(); left > 0 && at < data.frames; left--) put();
      } else {
        value += one % 2 ? -(one + 1) / 2 : one / 2;
        put();
      }
    }
    return series;
  }

  const most = (series) => series.reduce((high, value) => (value > high ? value : high), 0);
  for (const side of data.sides) {
    for (const entry of [...side.nodes, ...side.links]) {
      for (const key of SERIES) if (entry[key]) entry[key] = unpack(entry[key]);
      for (const key in entry.policies) entry.policies[key] = unpack(entry.policies[key]);
    }
  }
  const links = data.sides.flatMap((side) => side.links);
  const nodes = data.sides.flatMap((side) => side.nodes);
  const peak = {
    rate: Math.max(1e-9, ...links.map((link) => most(link.rate))),
    lag: Math.max(1, ...nodes.map((node) => (node.lag ? most(node.lag) : 0))),
    waiting: Math.max(10, ...nodes.map((node) => (node.waiting ? most(node.waiting) : 0))),
  };

  // -- how numbers are said

  const digits = (value) => String(value >= 99.5 ? Math.round(value) : parseFloat(value.toPrecision(value < 1 ? 1 : 2)));
  const percent = (share) => (share > 0 && share < 0.01 ? "<1 %" : `${Math.round(100 * share)} %`);
  const perSecond = (rate) => `${digits(rate)}/s`;
  const two = (number) => String(number).padStart(2, "0");
  function clock(seconds) {
    const whole = Math.floor(seconds + 1e-9);
    const rest = seconds - whole > 1e-6 ? (seconds - whole).toFixed(3).slice(1).replace(/0+$/, "") : "";
    const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
    return (hours ? `${hours}:${two(minutes)}` : `${minutes}`) + `:${two(whole % 60)}` + rest;
  }

  // -- what state a node or a link is in

  function ofShare(share) {
    if (Number.isNaN(share)) return "idle";
    return share > rules.down ? "down" : share > rules.failing ? "failing" : share > rules.strained ? "strained" : "well";
  }

  function stateOf(node, frame) {
    const waits = (node.waiting ? node.waiting[frame] : 0) + (node.lag ? node.lag[frame] : 0);
    const behind = waits >= rules.behind && waits > rules.behind_s * node.rate[frame];
    if (node.kind === "topic") return behind ? "strained" : node.rate[frame] > 0 ? "well" : "idle";
    const state = ofShare(node.failed[frame]);
    if (state !== "well" && state !== "idle") return state;
    const full = node.queue_max && node.waiting[frame] >= rules.full * node.queue_max;
    return behind || full ? "strained" : state;
  }

  function said(node, frame, state) {
    const waits = (node.waiting ? node.waiting[frame] : 0) + (node.lag ? node.lag[frame] : 0);
    const failed = node.failed ? node.failed[frame] : 0;
    if (node.kind === "topic") return `${digits(waits)} waiting`;
    if (state === "idle") return "idle";
    if (failed > rules.strained) return `${percent(failed)} failed`;
    if (state === "strained") return `${digits(waits)} waiting`;
    return perSecond(node.rate[frame]);
  }

  // What the policies of a service are at: in short for its box, or in full.
  const POLICIES = {
    ready: ["up", "replicas ready"], wanted: ["wanted", "wanted"], ejected: ["ejected", "ejected by a caller"],
    out: ["out", "taken out by checks"], limit: ["at once", "at once let in by a replica"], hits: ["hits", "cache hits"],
  };
  function policiesOf(node, frame, full) {
    return Object.entries(POLICIES).flatMap(([key, words]) => {
      const value = node.policies && key in node.policies ? node.policies[key][frame] : NaN;
      if (Number.isNaN(value) || (!full && value === 0 && key !== "ready" && key !== "hits")) return [];
      if (!full && key === "wanted" && digits(value) === digits(node.policies.ready[frame])) return [];
      return [`${key === "hits" ? percent(value) : digits(value)} ${words[full ? 1 : 0]}`];
    });
  }

  function inFull(node, frame, state) {
    const parts = [state];
    if (node.failed && !Number.isNaN(node.failed[frame])) parts.push(`${percent(node.failed[frame])} failed`);
    parts.push(perSecond(node.rate[frame]) + (node.good ? ` offered, ${perSecond(node.good[frame])} done well` : ""));
    if (node.waiting) parts.push(`${digits(node.waiting[frame])} in queue`, `${percent(node.busy[frame])} busy`);
    if (node.lag) parts.push(`${digits(node.lag[frame])} messages not committed`);
    parts.push(...policiesOf(node, frame, true));
    return parts.join(", ");
  }

  // -- the drawings

  // A name that runs from right to left stays within its own place in a sentence.
  const named = (name) => (/[\u0590-\u08ff\ufb1d-\ufefc]/.test(name) ? `\u2068${name}\u2069` : name);
  const text = (element, value) => { if (element && element.textContent !== value) element.textContent = value; };
  const set = (element, name, value) => { if (element.getAttribute(name) !== value) element.setAttribute(name, value); };
  const struckAt = (side, from, to) => side.faults.filter((fault) => fault.begin_s < to && fault.end_s > from);

  // Letters are wider on some screens than the boxes were made for: what does not fit is squeezed.
  const widths = new Map();
  function squeeze(element) {
    const [words, room] = [element.textContent, Number(element.dataset.room)];
    const key = `${element.getAttribute("class")} ${words}`;
    if (!widths.has(key)) {
      element.removeAttribute("textLength");
      widths.set(key, element.getComputedTextLength());
    }
    if (widths.get(key) > room) {
      set(element, "textLength", String(room));
      set(element, "lengthAdjust", "spacingAndGlyphs");
    } else element.removeAttribute("textLength");
  }
  document.querySelectorAll(".node .name").forEach(squeeze);

  const PARTS = ["sign", "state", "queue", "lag", "level", "line", "label", "policy"];
  const panels = data.sides.map((side, number) => {
    const root = document.querySelector(`[data-side="${number}"]`);
    const find = (kind, key) => root.querySelector(`[data-${kind}="${key}"]`);
    const parts = (group) => Object.fromEntries(PARTS.map((name) => [name, group.querySelector(`.${name}`)]));
    const drawn = (group) =>
      group && { group, title: group.querySelector("title"), base: group.getAttribute("class"), ...parts(group) };
    return {
      side,
      nodes: side.nodes.map((node) => ({ node, ...drawn(find("node", node.id)) })),
      links: side.links.map((link, at) => ({ link, ...drawn(find("link", at)) })),
      summary: root.querySelector("[data-summary]"),
      cells: side.nodes.map((node) => document.querySelector(`[data-state="${number} ${node.id}"]`)),
    };
  });

  function fill(bar, part) {
    if (bar) set(bar, "width", (Math.min(1, Math.max(0, part)) * bar.dataset.full).toFixed(1));
  }

  function showNode(shown, frame, struck) {
    const { node, group } = shown;
    const state = stateOf(node, frame);
    if (!group) return state;
    const hit = node.kind === "service" && struck.has(node.name);
    set(group, "class", `${shown.base} ${state}${hit ? " struck" : ""}`);
    text(shown.title, `${named(node.name)}: ${inFull(node, frame, state)}`);
    text(shown.sign, SIGNS[state]);
    const words = said(node, frame, state);
    if (shown.state.textContent !== words) {
      shown.state.textContent = words;
      squeeze(shown.state);
    }
    const policies = policiesOf(node, frame, false).join(" \u00b7 ");
    if (shown.policy && shown.policy.textContent !== policies) {
      shown.policy.textContent = policies;
      squeeze(shown.policy);
    }
    if (node.kind === "service") fill(shown.queue, node.waiting[frame] / (node.queue_max || peak.waiting));
    if (node.kind === "service" && node.lag) fill(shown.lag, node.lag[frame] / peak.lag);
    if (node.kind === "topic") {
      const height = Math.min(1, node.lag[frame] / peak.lag) * shown.level.dataset.full;
      shown.base_y ??= Number(shown.level.getAttribute("y"));
      set(shown.level, "height", height.toFixed(1));
      set(shown.level, "y", (shown.base_y - height).toFixed(1));
    }
    return state;
  }

  function showLink(shown, frame) {
    const { link, group } = shown;
    if (!group) return;
    const rate = link.rate[frame];
    const failed = link.failed ? link.failed[frame] : NaN;
    const state = rate > 0 || failed > 0 ? (link.failed ? ofShare(failed) : "well") : "idle";
    const guards = Object.entries(link.policies ?? {}).map(([key, series]) => [series[frame], key.replaceAll("_", " ")]);
    const [engaged] = guards.reduce((most, one) => (one[0] > most[0] ? one : most), [0, ""]);
    const held = engaged >= rules.held;
    set(group, "class", `${shown.base} ${state}${held ? " held" : ""}`);
    set(shown.line, "stroke-width", (1 + 4.5 * Math.sqrt(rate / peak.rate)).toFixed(2));
    const failing = failed > rules.failing && link.from[0] !== "f" ? percent(failed) : "";
    text(shown.label, held ? `\u2298 ${percent(engaged)}` : failing);
    const parts = [perSecond(rate)];
    if (failed > 0) parts.push(`${percent(failed)} failed`);
    for (const [share, name] of guards) if (share > 0) parts.push(`${percent(share)} of its ${name}s keep calls back`);
    text(shown.title, `${link.kind}${link.group ? ` to ${named(link.group)}` : ""}: ${parts.join(", ")}`);
  }

  function summed(panel, frame, states) {
    const services = panel.nodes.map((shown, at) => [shown.node, states[at]]).filter(([node]) => node.kind === "service");
    const parts = ["down", "failing", "strained"].flatMap((state) => {
      const names = services.filter(([, found]) => found === state).map(([node]) => named(node.name));
      const first = names.slice(0, 4).join(", ") + (names.length > 4 ? ", \u2026" : "");
      return names.length ? [`${names.length} ${state} (${first})`] : [];
    });
    const total = (key) => services.reduce((sum, [node]) => sum + (node[key] ? node[key][frame] : 0), 0);
    const [queued, lag] = [total("waiting"), total("lag")];
    const words = [parts.join(", ") || "all services well"];
    if (queued >= 1) words.push(`${digits(queued)} requests in queues`);
    if (lag >= 1) words.push(`${digits(lag)} messages not committed`);
    return words.join("; ");
  }

  // -- one moment

  const slider = byId("time");
  let frame = -1;
  let told = "";
  let toldAt = 0;
  let latest = "";

  function show(wanted, aloud) {
    const next = Math.min(data.frames - 1, Math.max(0, Math.round(wanted)));
    if (next === frame) return;
    frame = next;
    const [from, to] = [frame * data.frame_s, Math.min((frame + 1) * data.frame_s, data.horizon_s)];
    const active = new Set();
    const summaries = panels.map((panel) => {
      const faults = struckAt(panel.side, from, to);
      faults.forEach((fault) => active.add(named(fault.name)));
      const struck = new Set(faults.map((fault) => fault.target));
      const states = panel.nodes.map((shown) => showNode(shown, frame, struck));
      panel.links.forEach((shown) => showLink(shown, frame));
      const words = summed(panel, frame, states);
      text(panel.summary, words);
      panel.states = states;
      return `${panel.side.label}: ${words}`;
    });
    const names = [...active].join(", ");
    slider.value = String(frame);
    slider.setAttribute("aria-valuetext", `${clock(from)} of ${clock(data.horizon_s)}${names ? `, ${names}` : ""}`);
    text(byId("now"), clock(from));
    text(byId("active"), names ? `\u26A1\uFE0E ${names}` : "");
    document.querySelectorAll(".shown-time").forEach((element) => text(element, clock(from)));
    place();
    showTable();
    tell(`${names ? `${names}. ` : ""}${summaries.join(". ")}.`, aloud);
  }

  // The same as a table, while it is open.
  function showTable(always) {
    if (!byId("state").open && always !== true) return;
    for (const panel of panels) {
      panel.cells.forEach((cell, at) => {
        if (!cell) return;
        set(cell, "class", `of ${panel.states[at]}`);
        text(cell, `${SIGNS[panel.states[at]]} ${inFull(panel.side.nodes[at], frame, panel.states[at])}`);
      });
    }
  }

  // Say the state: at once when somebody moved the slider, else when it changed in kind and some seconds passed.
  function tell(words, aloud) {
    latest = words;
    const kind = words.replace(/[\d.,]+/g, "");
    const now = performance.now();
    if (!aloud && (kind === told || now - toldAt < 3000)) return;
    [told, toldAt] = [kind, now];
    text(byId("status"), words);
  }

  function place() {
    const style = byId("playhead").style;
    style.setProperty("--at", Math.min(1, (frame * data.frame_s) / data.horizon_s));
    style.setProperty("--wide", 1 / data.frames);
  }

  // -- playing

  const play = byId("play");
  let playing = false;
  let exact = 0;
  let before = 0;

  function setPlaying(wanted) {
    if (wanted && frame >= data.frames - 1) show(0, true);
    playing = wanted;
    [exact, before] = [frame, performance.now()];
    text(play.querySelector(".word"), playing ? "Pause" : "Play");
    text(play.querySelector(".icon"), playing ? "\u275A\u275A" : "\u25B6");
    if (playing) requestAnimationFrame(step);
    else tell(latest, true);
  }

  function step(now) {
    if (!playing || !play.isConnected) return; // paused, or another replay took its place
    exact += ((now - before) / 1000) * (data.frames / RUN_SECONDS) * Number(byId("speed").value);
    before = now;
    show(Math.floor(exact), false);
    if (exact >= data.frames - 1) setPlaying(false);
    else requestAnimationFrame(step);
  }

  const leap = Math.ceil(data.frames / 10);
  const [ArrowRight, ArrowUp, ArrowLeft, ArrowDown] = [1, 1, -1, -1];
  const ends = { Home: -data.frames, End: data.frames };
  const MOVES = { ArrowRight, ArrowUp, ArrowLeft, ArrowDown, PageUp: leap, PageDown: -leap, ...ends };
  const goTo = (wanted) => { show(wanted, true); exact = frame; };

  play.addEventListener("click", () => setPlaying(!playing));
  slider.addEventListener("input", () => goTo(Number(slider.value)));
  byId("replay").addEventListener("keydown", (event) => {
    const own = event.target.closest("button, select, summary, a, [type=checkbox]");
    if (event.key === " " && (!own || own === play)) setPlaying(!playing);
    else if (event.key in MOVES && !event.target.closest("select, .canvas, .scroll")) goTo(frame + MOVES[event.key]);
    else return;
    event.preventDefault();
  });
  play.addEventListener("keyup", (event) => { if (event.key === " ") event.preventDefault(); });

  function seek(event) {
    const area = event.currentTarget.getBoundingClientRect();
    goTo(Math.floor(((event.clientX - area.left) / area.width) * (data.horizon_s / data.frame_s)));
  }
  for (const strip of document.querySelectorAll(".strip-box")) {
    strip.addEventListener("pointerdown", (event) => {
      seek(event);
      strip.setPointerCapture(event.pointerId);
    });
    strip.addEventListener("pointermove", (event) => { if (event.buttons) seek(event); });
  }
  for (const button of document.querySelectorAll("[data-second]")) {
    button.addEventListener("click", () => {
      setPlaying(false);
      goTo(Math.floor(Number(button.dataset.second) / data.frame_s + 1e-6));
      byId("replay").scrollIntoView({ block: "start" });
      slider.focus({ preventScroll: true });
    });
  }
  byId("state").addEventListener("toggle", showTable);
  addEventListener("beforeprint", () => { if (play.isConnected) showTable(true); });
  show(data.first, true);
}
startReplay();
