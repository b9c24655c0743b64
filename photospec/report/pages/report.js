// The page of the html report. It builds every element with textContent and attributes, never from markup, so no name
// or message can become code; the content security policy forbids everything else.
/* global drawEvidence */
"use strict";
(function () {
  const $ = (id) => document.getElementById(id);
  const json = (element) => JSON.parse(element.textContent);
  const END = json($("end"));
  const CHUNK = END.chunk;
  const PHOTOS = [];
  for (const block of document.querySelectorAll("script.photos")) PHOTOS.push(...json(block));
  const PICTURES = Array.from(document.querySelectorAll("script.pictures"));
  const ROW = 112;
  // fields of a photo, as photospec/report/html.py writes them
  const FILE = 0, CLASS = 1, NAME = 2, NUMBER = 3, ID = 4, VERDICT = 5, ACTION = 6, SIZE = 7, FINDINGS = 8, BANDS = 9, SHAPES = 10, NOTE = 11;

  let language = END.language;
  const spoken = (text) => (Array.isArray(text) ? text[language === "zh" ? 0 : 1] : text);
  const word = (name) => spoken(END.words[name]);
  const title = (code) => (END.rules[code] ? spoken(END.rules[code]) : code);

  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name === "class") element.className = value;
      else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
    }
    for (const child of children) if (child != null && child !== "") element.append(child);
    return element;
  }

  // -- pictures: parsed a block at a time, when they come into view -------------------------------------------------
  const parsed = new Map();
  function picture(index) {
    const number = Math.floor(index / CHUNK);
    if (!parsed.has(number)) {
      if (parsed.size > 12) parsed.delete(parsed.keys().next().value);
      parsed.set(number, PICTURES[number] ? json(PICTURES[number]) : []);
    }
    const data = parsed.get(number)[index % CHUNK];
    return data ? "data:image/jpeg;base64," + data : null;
  }
  function image(index) {
    const source = picture(index);
    return source ? make("img", { src: source, alt: "", decoding: "async" }) : make("div", { class: "blank" }, word("no_picture"));
  }

  // -- state and filters ---------------------------------------------------------------------------------------------
  const state = { verdicts: new Set(), search: "", class: "", rule: "", action: "", chosen: -1 };
  let shown = PHOTOS.map((_, index) => index);
  const hay = PHOTOS.map((p) => [p[NAME], p[NUMBER], p[ID], p[CLASS], p[FILE]].join("\n").toLowerCase());
  const codes = PHOTOS.map((p) => new Set(p[FINDINGS].map((f) => f[0])));
  const collator = new Intl.Collator("zh-CN", { numeric: true });
  const classes = Array.from(new Set(PHOTOS.map((p) => p[CLASS]))).sort(collator.compare);

  function filter() {
    const needle = state.search.trim().toLowerCase();
    const keep = state.chosen >= 0 ? shown[state.chosen] : -1;
    shown = [];
    for (let i = 0; i < PHOTOS.length; i++) {
      const p = PHOTOS[i];
      if (state.verdicts.size && !state.verdicts.has(p[VERDICT])) continue;
      if (state.class !== "" && p[CLASS] !== state.class) continue;
      if (state.rule && !codes[i].has(state.rule)) continue;
      if (state.action !== "" && String(p[ACTION]) !== state.action) continue;
      if (needle && !hay[i].includes(needle)) continue;
      shown.push(i);
    }
    state.chosen = shown.indexOf(keep);
    $("shown").textContent = word("shown").replace("{shown}", shown.length.toLocaleString()).replace("{total}", PHOTOS.length.toLocaleString());
    $("none").hidden = shown.length > 0;
    $("space").style.height = shown.length * ROW + "px";
    pool.forEach((row) => row.remove());
    pool.clear();
    if (state.chosen < 0) $("list").scrollTop = 0;
    render();
    detail();
  }

  // -- the list: only what can be seen is in the document ------------------------------------------------------------
  const pool = new Map();
  function render() {
    const list = $("list");
    const first = Math.max(0, Math.floor(list.scrollTop / ROW) - 4);
    const last = Math.min(shown.length - 1, Math.ceil((list.scrollTop + list.clientHeight) / ROW) + 4);
    for (const [place, row] of pool) {
      if (place < first || place > last) { row.remove(); pool.delete(place); }
    }
    for (let place = first; place <= last; place++) {
      if (!pool.has(place)) {
        const row = line(place);
        pool.set(place, row);
        $("space").append(row);
      }
      pool.get(place).setAttribute("aria-selected", place === state.chosen ? "true" : "false");
    }
    if (pool.has(state.chosen)) list.setAttribute("aria-activedescendant", "row" + state.chosen);
    else list.removeAttribute("aria-activedescendant");
  }
  const base = (path) => path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1) || path;
  const verdictTag = (p) => make("span", { class: "tag v" + p[VERDICT] }, spoken(END.verdicts[p[VERDICT]]));
  const actionTag = (p) => (p[ACTION] < 0 ? null : make("span", { class: "tag action a" + p[ACTION] }, spoken(END.actions[p[ACTION]])));
  const soft = (p) => [p[NUMBER], p[CLASS]].filter(Boolean).join(" · ");
  function line(place) {
    const index = shown[place];
    const p = PHOTOS[index];
    const why = p[FINDINGS].map((f) => spoken(f[3]) + (spoken(f[4]) ? " → " + spoken(f[4]) : "")).join(language === "zh" ? "；" : "; ");
    const row = make("div", { class: "row", role: "option", id: "row" + place, "aria-setsize": shown.length, "aria-posinset": place + 1, onclick: () => choose(place, true) },
      image(index),
      make("div", { class: "what" },
        make("div", { class: "who" }, make("b", {}, p[NAME] || base(p[FILE])), make("span", { class: "soft" }, soft(p)),
          make("span", { class: "tags" }, actionTag(p), verdictTag(p))),
        make("div", { class: "why" }, spoken(p[NOTE]) || why),
        make("div", { class: "file", title: p[FILE] }, p[FILE])));
    row.style.transform = "translateY(" + place * ROW + "px)";
    return row;
  }
  function choose(place, open) {
    if (!shown.length) return;
    state.chosen = Math.max(0, Math.min(shown.length - 1, place));
    const list = $("list");
    const top = state.chosen * ROW;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + ROW > list.scrollTop + list.clientHeight) list.scrollTop = top + ROW - list.clientHeight;
    if (open) document.body.classList.add("open");
    render();
    detail();
  }

  // -- one photo, with its evidence ----------------------------------------------------------------------------------
  function detail() {
    const section = $("detail");
    if (state.chosen < 0) {
      document.body.classList.remove("open");
      section.replaceChildren(make("p", { class: "hint" }, word("choose")));
      return;
    }
    const index = shown[state.chosen];
    const p = PHOTOS[index];
    const source = picture(index);
    const stage = make("div", { class: "stage" }, source ? make("img", { src: source, alt: word("photo") }) : make("div", { class: "blank" }, word("no_picture")));
    const drawn = p[SIZE] && source && (p[BANDS].length || p[SHAPES].length);
    if (drawn) stage.append(drawEvidence(p[SIZE], p[BANDS], p[SHAPES], spoken, word("evidence")));
    const key = (name, text) => make("span", {}, make("i", { class: name }), word(text));
    const facts = [p[NUMBER], p[CLASS], p[ID], p[SIZE] ? p[SIZE][0] + "×" + p[SIZE][1] : "", p[FILE]].filter(Boolean);
    section.replaceChildren(
      make("div", { class: "top" }, make("h2", {}, p[NAME] || base(p[FILE])), make("button", { id: "close", class: "plain", type: "button", onclick: close }, word("close"))),
      make("p", { class: "facts" }, facts.join(" · ")),
      make("div", { class: "tags" }, verdictTag(p), actionTag(p)),
      spoken(p[NOTE]) ? make("p", {}, spoken(p[NOTE])) : "",
      stage,
      drawn ? make("div", { class: "legend" }, key("band", "allowed"), key("line", "measured"), key("bad", "wrong"),
        make("button", { type: "button", class: "plain", onclick: () => stage.classList.toggle("bare") }, word("toggle"))) : "",
      ...p[FINDINGS].map(([code, verdict, level, message, remedy]) => make("div", { class: "finding" },
        make("p", { class: "rule" }, make("span", { class: "tag v" + verdict }, spoken(END.verdicts[verdict])), title(code) + " " + code, level ? spoken(END.levels[level]) : ""),
        make("p", {}, spoken(message)), spoken(remedy) ? make("p", { class: "remedy" }, spoken(remedy)) : "")),
      p[FINDINGS].length || spoken(p[NOTE]) ? "" : make("p", { class: "finding" }, word("all_well")));
    section.scrollTop = 0;
  }
  function close() { document.body.classList.remove("open"); $("list").focus(); }

  // -- the head: title, counts, filters, summary -----------------------------------------------------------------------
  function options(select, all, entries, value) {
    select.replaceChildren(make("option", { value: "" }, all), ...entries.map(([key, text]) => make("option", { value: key }, text)));
    select.value = value;
    if (select.selectedIndex < 0) select.value = "";
  }
  function count(field) {
    const found = new Map();
    for (const p of PHOTOS) found.set(p[field], (found.get(p[field]) || 0) + 1);
    return found;
  }
  function head() {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    document.title = word("title");
    $("title").textContent = word("title");
    $("subtitle").textContent = [spoken(END.spec), END.date].filter(Boolean).join(" · ");
    $("language").textContent = language === "zh" ? "English" : "中文";
    $("search").placeholder = word("search");
    for (const name of ["search", "class", "rule", "action"]) $(name).setAttribute("aria-label", word(name));
    $("list").setAttribute("aria-label", word("list"));
    $("verdicts").setAttribute("aria-label", word("verdict"));
    $("clear").textContent = word("clear");
    $("none").textContent = word("none");
    const verdicts = count(VERDICT), actions = count(ACTION), byClass = count(CLASS);
    $("verdicts").replaceChildren(...END.verdicts.map((text, verdict) => make("button", {
      class: "chip v" + verdict, type: "button", "aria-pressed": state.verdicts.has(verdict) ? "true" : "false",
      onclick: () => { toggle(verdict); },
    }, make("b", {}, (verdicts.get(verdict) || 0).toLocaleString()), spoken(text))));
    const rules = tally();
    options($("class"), word("all_classes"), classes.map((name) => [name, (name || "–") + " (" + byClass.get(name) + ")"]), state.class);
    $("class").hidden = classes.length < 2;
    options($("rule"), word("all_rules"), rules.map(([code, n]) => [code, title(code) + " (" + (n[2] + n[1] + n[3]) + ")"]), state.rule);
    options($("action"), word("all_actions"), END.actions.map((text, i) => [String(i), spoken(text) + " (" + (actions.get(i) || 0) + ")"]), state.action);
    const key = (name, text) => [make("kbd", {}, name), " " + word(text) + "　"];
    $("keys").replaceChildren(...key("↑ ↓", "key_move"), ...key("/", "key_search"), ...key("1–4", "key_verdict"), ...key("Esc", "key_clear"));
    summary(rules);
  }
  function tally() {
    const rules = new Map();
    for (const p of PHOTOS) for (const f of p[FINDINGS]) {
      if (!rules.has(f[0])) rules.set(f[0], [0, 0, 0, 0]);
      rules.get(f[0])[f[1]]++;
    }
    return Array.from(rules).sort((a, b) => b[1][2] - a[1][2] || b[1][1] - a[1][1]);
  }
  function table(name, heads, rows) {
    const cell = (tag, value, i) => make(tag, { class: i ? "n" : "" }, value);
    return make("div", { class: "card" }, make("h2", {}, name), make("table", {},
      make("tr", {}, ...heads.map((text, i) => cell("th", text, i))),
      ...rows.map((row) => make("tr", {}, ...row.map((value, i) => cell("td", typeof value === "number" ? value.toLocaleString() : value, i))))));
  }
  function summary(rules) {
    const jump = (text, act) => make("button", { type: "button", onclick: act }, text);
    const set = (name, value) => () => { state[name] = value; $(name).value = value; filter(); };
    const each = new Map(classes.map((name) => [name, [0, 0, 0, 0]]));
    for (const p of PHOTOS) each.get(p[CLASS])[p[VERDICT]]++;
    const heads = END.verdicts.map(spoken);
    const cards = [
      table(word("by_rule"), [word("rule"), heads[2], heads[1]], rules.map(([code, n]) => [jump(title(code), set("rule", code)), n[2], n[1]])),
      table(word("by_class"), [word("class"), ...heads], classes.map((name) => [jump(name || "–", set("class", name)), ...each.get(name)])),
    ];
    if (END.missing) {
      cards.push(make("div", { class: "card" }, make("h2", {}, word("missing") + " (" + END.missing.length + ")"),
        make("table", {}, ...END.missing.map((person) => make("tr", {}, ...person.map((value) => make("td", {}, value)))))));
    }
    const box = $("summary");
    box.firstElementChild.textContent = word("summary");
    box.lastElementChild.replaceChildren(...cards);
  }
  function toggle(verdict) {
    if (state.verdicts.has(verdict)) state.verdicts.delete(verdict); else state.verdicts.add(verdict);
    Array.from($("verdicts").children).forEach((chip, i) => chip.setAttribute("aria-pressed", state.verdicts.has(i) ? "true" : "false"));
    filter();
  }
  function clear() {
    state.verdicts.clear();
    for (const name of ["search", "class", "rule", "action"]) { state[name] = ""; $(name).value = ""; }
    head();
    filter();
  }

  // -- paper: the photos that are shown, as a plain table --------------------------------------------------------------
  function paper() {
    const rows = shown.map((index) => {
      const p = PHOTOS[index];
      const source = picture(index);
      const says = p[FINDINGS].map((f) => make("div", {}, spoken(f[3]) + (spoken(f[4]) ? " → " + spoken(f[4]) : "")));
      return make("tr", {}, make("td", {}, source ? make("img", { src: source, alt: "" }) : ""),
        make("td", {}, p[NAME] || base(p[FILE]), make("div", {}, soft(p))),
        make("td", {}, spoken(END.verdicts[p[VERDICT]])), make("td", {}, p[ACTION] < 0 ? "" : spoken(END.actions[p[ACTION]])),
        make("td", {}, spoken(p[NOTE]), ...says));
    });
    const heads = ["photo", "who", "verdict", "action", "why"].map((name) => make("th", {}, word(name)));
    $("print").replaceChildren(make("h1", {}, word("title")), make("p", {}, $("subtitle").textContent + " · " + $("shown").textContent),
      make("table", {}, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...rows)));
  }
  addEventListener("beforeprint", paper);
  addEventListener("afterprint", () => $("print").replaceChildren());

  // -- events ------------------------------------------------------------------------------------------------------------
  let waiting = false;
  const later = () => { if (!waiting) { waiting = true; requestAnimationFrame(() => { waiting = false; render(); }); } };
  $("list").addEventListener("scroll", later, { passive: true });
  addEventListener("resize", later);
  $("summary").addEventListener("toggle", later);
  for (const name of ["class", "rule", "action"]) $(name).addEventListener("change", (event) => { state[name] = event.target.value; filter(); });
  $("search").addEventListener("input", (event) => { state.search = event.target.value; filter(); });
  $("clear").addEventListener("click", clear);
  $("language").addEventListener("click", () => { language = language === "zh" ? "en" : "zh"; head(); filter(); });
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    const page = Math.max(1, Math.floor($("list").clientHeight / ROW) - 1);
    const moves = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.key === "Escape") {
      if (document.body.classList.contains("open")) close();
      else { clear(); if (typing) event.target.blur(); }
    } else if (typing) {
      if (event.key === "Enter") { event.target.blur(); choose(0, false); $("list").focus(); }
      return;
    } else if (event.key in moves) {
      const from = state.chosen < 0 ? (moves[event.key] > 0 ? -1 : 0) : state.chosen;
      choose(Math.max(-1e9, Math.min(1e9, from + moves[event.key])), false);
    } else if (event.key === "/") $("search").focus();
    else if (/^[1-4]$/.test(event.key)) toggle(Number(event.key) - 1);
    else if (event.key === "Enter" && state.chosen >= 0 && event.target.tagName !== "BUTTON") document.body.classList.add("open");
    else return;
    event.preventDefault();
  });

  $("app").hidden = false;
  head();
  filter();
  document.documentElement.dataset.ready = "yes";
})();
