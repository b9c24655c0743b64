// The page to work in. It builds every element with textContent and attributes, never from markup, so no name or message
// can become code. The token stands behind the # of the address, which browsers send to nobody.
/* global drawEvidence */
const $ = (id) => document.getElementById(id);
const TOKEN = new URLSearchParams(location.hash.slice(1)).get("token") || sessionStorage.getItem("token") || "";
if (TOKEN) sessionStorage.setItem("token", TOKEN);
const ROW = 88;
const SEND_AT_ONCE = 4;
const VERDICTS = ["review", "fail", "error", "pass"];

let HELLO, language, revision = 0;
const photos = [];
let last = { running: false, done: 0, total: 0, session: {}, missing: [], problem: null };
let sending = null;
let refusing = false;
const undone = [];

// -- words and elements ------------------------------------------------------------------------------------------------
const say = (text) => (text && typeof text === "object" ? text[language] : text || "");
const word = (name, values) => say(HELLO.words[name]).replace(/\{(\w+)\}/g, (_, key) => values[key]);
const title = (code) => say(HELLO.rules[code]) || code;
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
function complain(text) {
  $("notice").textContent = text || "";
  $("notice").hidden = !text;
}

// -- the program behind ------------------------------------------------------------------------------------------------
async function ask(method, path, body, raw) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: { Authorization: "Bearer " + TOKEN },
      body: raw ? body : body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    throw new Error(HELLO ? word("no_server") : "photospec");
  }
  const values = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(say(values.message) || String(answer.status));
  return values;
}
const key = "key=" + encodeURIComponent(TOKEN);
const picture = (p, size) => "desk/picture/" + p.id + "/" + size + "?" + key + "&of=" + p.picture;

async function poll() {
  try {
    const state = await ask("GET", "desk/state?since=" + revision);
    if (state.revision < revision) return location.reload(); // the program was started anew
    revision = state.revision;
    for (const photo of state.photos) photos[photo.id] = photo;
    const news = state.photos.length > 0 || state.running !== last.running || JSON.stringify(state.session) !== JSON.stringify(last.session);
    const unknown = state.photos.some((p) => p.rules.some(([code]) => !(code in HELLO.rules)));
    last = state;
    if (unknown) HELLO = await ask("GET", "desk/hello");
    complain(state.problem ? word("stopped", { why: say(state.problem) }) : "");
    if (news) refresh(); else status();
  } catch (error) {
    complain(error.message);
  }
  setTimeout(poll, last.running || sending ? 400 : 2000);
}

// -- filters -----------------------------------------------------------------------------------------------------------
const filters = { verdict: "", search: "", class: "", rule: "", decided: "" };
let shown = [];
let chosen = -1; // the id of a photo
const collator = new Intl.Collator("zh-CN", { numeric: true });

function fits(p) {
  if (filters.verdict && p.outcome !== filters.verdict) return false;
  if (filters.class !== "" && p.class !== filters.class) return false;
  if (filters.rule && !p.rules.some(([code]) => code === filters.rule)) return false;
  if (filters.decided && (p.ruling !== null) !== (filters.decided === "yes")) return false;
  const needle = filters.search.trim().toLowerCase();
  return !needle || [p.name, p.number, p.class, p.file].join("\n").toLowerCase().includes(needle);
}
function counted(field) {
  const found = new Map();
  for (const p of photos) for (const value of [field(p)].flat()) found.set(value, (found.get(value) || 0) + 1);
  return found;
}
const held = () => photos.filter((p) => p.outcome === "review");

function refresh() {
  const keep = photos[chosen];
  shown = photos.filter((p) => fits(p) || p === keep);
  $("welcome").hidden = photos.length > 0;
  document.querySelector("main").hidden = photos.length === 0;
  $("filters").hidden = $("verdicts").hidden = photos.length === 0;
  status();
  head();
  $("space").style.height = shown.length * ROW + "px";
  $("none").hidden = shown.length > 0;
  $("none").textContent = word(filters.verdict === "review" && !held().length ? "none_left" : "none");
  pool.forEach((row) => row.remove());
  pool.clear();
  render();
}
function filter() {
  const now = photos[chosen];
  if (now && !fits(now)) choose(null);
  $("list").scrollTop = 0;
  refresh();
}
function status() {
  let text = "";
  if (sending) text = word("sending", sending);
  else if (last.running) text = word("checking", last);
  else if (photos.length) text = word("checked", { total: photos.length }) + " · " + word("held_left", { count: held().length });
  $("progress_text").textContent = text;
  const now = sending || (last.running ? last : null);
  $("progress").hidden = !now;
  if (now) { $("progress").max = Math.max(1, now.total); $("progress").value = now.done; }
}
function options(select, all, entries, value) {
  select.replaceChildren(make("option", { value: "" }, all), ...entries.map(([name, text]) => make("option", { value: name }, text)));
  select.value = value;
  if (select.selectedIndex < 0) select.value = "";
}
function head() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = word("title") + " · photospec";
  for (const [id, name] of [["title", "title"], ["local", "local"], ["who_label", "who"], ["drop_text", "drop"], ["folder_button", "choose_folder"], ["files_button", "choose_files"], ["path_label", "or_path"], ["path_button", "open"]]) $(id).textContent = word(name);
  $("language").textContent = language === "zh" ? "English" : "中文";
  $("who").placeholder = word("who");
  $("search").placeholder = word("search");
  for (const name of ["search", "class", "rule", "decided"]) $(name).setAttribute("aria-label", word(name === "decided" ? "all_decided" : name === "search" ? "search" : "all_" + (name === "class" ? "classes" : "rules")));
  const outcomes = counted((p) => p.outcome);
  const chip = (verdict, count, text) => make("button", {
    class: "chip " + (verdict || "plain"), type: "button", "data-verdict": verdict, "aria-pressed": filters.verdict === verdict ? "true" : "false",
    onclick: () => { filters.verdict = filters.verdict === verdict ? "" : verdict; filter(); },
  }, make("b", {}, count.toLocaleString()), text);
  $("verdicts").replaceChildren(...VERDICTS.map((verdict) => chip(verdict, outcomes.get(verdict) || 0, say(HELLO.verdicts[verdict]))), chip("", photos.length, word("all")));
  const classes = [...counted((p) => p.class)].sort((a, b) => collator.compare(a[0], b[0]));
  const rules = [...counted((p) => p.rules.map(([code]) => code))].sort((a, b) => b[1] - a[1]);
  options($("class"), word("all_classes"), classes.map(([name, count]) => [name, (name || "–") + " (" + count + ")"]), filters.class);
  options($("rule"), word("all_rules"), rules.map(([code, count]) => [code, title(code) + " (" + count + ")"]), filters.rule);
  options($("decided"), word("all_decided"), [["no", word("undecided_only")], ["yes", word("decided_only")]], filters.decided);
  $("shown").textContent = word("shown", { shown: shown.length.toLocaleString(), total: photos.length.toLocaleString() });
  $("exports").firstElementChild.textContent = word("export");
  $("exports").lastElementChild.replaceChildren(...HELLO.exports.map((form) => make("button", { type: "button", "data-form": form, onclick: () => save(form) }, word(form))));
  session();
  const cap = (name, text) => [make("kbd", {}, name), " " + text + "　"];
  $("keys").replaceChildren(...(photos.length ? [...cap("↑ ↓ ← →", word("key_move")), ...cap("A", word("accept")), ...cap("R", word("refuse")), ...cap("U", word("undo")), ...cap("M", word("key_marks")), ...cap("/", word("key_search"))] : []));
}
function session() {
  const s = last.session || {};
  const entry = (name, ...values) => [make("dt", {}, word(name)), ...values.filter(Boolean).map((value) => make("dd", {}, value))];
  $("session").firstElementChild.textContent = word("session");
  $("session").lastElementChild.replaceChildren(
    make("dl", {}, ...entry("folder", s.folder), ...(s.sources && s.sources.length ? entry("sources", ...s.sources) : []),
      ...(s.dropped ? entry("dropped", s.dropped) : []), ...(s.roster ? entry("roster", s.roster) : []), ...entry("spec", say(s.spec))),
    make("p", {}, word("tomorrow") + " " + word("drop_more")),
    s.dropped ? make("button", { type: "button", class: "plain", onclick: forget }, word("forget")) : "",
    last.missing.length ? make("div", {}, make("p", {}, make("b", {}, word("missing", { count: last.missing.length }))),
      make("table", { id: "missing" }, ...last.missing.map((person) => make("tr", {}, ...person.map((value) => make("td", {}, value)))))) : "");
}
async function forget() {
  if (confirm(word("forget_sure"))) await act(() => ask("POST", "desk/forget", {}));
}
async function act(what) {
  try { complain(""); return await what(); } catch (error) { complain(error.message); return null; }
}
function save(form) {
  $("exports").open = false;
  const link = make("a", { href: "desk/export/" + form + "?" + key + "&language=" + language, download: "" });
  document.body.append(link);
  link.click();
  link.remove();
}

// -- the list: only what can be seen is in the document ------------------------------------------------------------------
const pool = new Map();
function render() {
  const list = $("list");
  const first = Math.max(0, Math.floor(list.scrollTop / ROW) - 4);
  const end = Math.min(shown.length - 1, Math.ceil((list.scrollTop + list.clientHeight) / ROW) + 4);
  for (const [place, row] of pool) if (place < first || place > end) { row.remove(); pool.delete(place); }
  for (let place = first; place <= end; place++) {
    if (!pool.has(place)) {
      const row = line(shown[place], place);
      pool.set(place, row);
      $("space").append(row);
    }
    pool.get(place).setAttribute("aria-selected", shown[place].id === chosen ? "true" : "false");
  }
}
const base = (path) => path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1) || path;
const verdictTag = (p) => make("span", { class: "tag " + p.outcome }, say(HELLO.verdicts[p.outcome]));
function image(p, size, gone) {
  const blank = () => make("div", { class: "blank" }, word(gone));
  if (!p.picture) return blank();
  const img = make("img", { src: picture(p, size), alt: "", decoding: "async" });
  img.addEventListener("error", () => img.replaceWith(blank()));
  return img;
}
function line(p, place) {
  const row = make("div", { class: "row", role: "option", "data-id": p.id, "aria-setsize": shown.length, "aria-posinset": place + 1, onclick: () => choose(p, true) },
    image(p, "small", "no_picture"),
    make("div", { class: "what" },
      make("div", { class: "name" }, make("b", {}, p.name || base(p.file)), make("span", { class: "soft" }, [p.number, p.class].filter(Boolean).join(" · ")),
        make("span", { class: "tags" }, verdictTag(p))),
      make("div", { class: "why" }, say(p.decision) || say(p.problem) || p.rules.map(([code]) => title(code)).join(language === "zh" ? "、" : ", ")),
      make("div", { class: "file", title: p.file }, p.file)));
  row.style.transform = "translateY(" + place * ROW + "px)";
  return row;
}

// -- one photo -------------------------------------------------------------------------------------------------------------
let marked = 0; // 0: what is not in order, 1: everything that was measured, 2: the photo alone
let detailed = null;
async function choose(p, open) {
  refusing = false;
  chosen = p ? p.id : -1;
  if (!p) document.body.classList.remove("open");
  else {
    const list = $("list"), top = shown.indexOf(p) * ROW;
    if (top >= 0 && top < list.scrollTop) list.scrollTop = top;
    else if (top + ROW > list.scrollTop + list.clientHeight) list.scrollTop = top + ROW - list.clientHeight;
    if (open) document.body.classList.add("open");
  }
  detailed = null;
  render();
  detail();
  if (p) {
    const found = await act(() => ask("GET", "desk/photo/" + p.id));
    if (found && chosen === p.id) { detailed = found; detail(); ahead(p); }
  }
}
function ahead(p) { // the next picture is there before it is asked for
  const next = shown[shown.indexOf(p) + 1];
  if (next && next.picture) new Image().src = picture(next, "large");
}
function detail() {
  const section = $("detail");
  const p = photos[chosen];
  if (!p) {
    section.replaceChildren(make("p", { class: "hint" }, word(photos.length && !held().length && !last.running ? "none_left" : "choose")));
    return;
  }
  const d = detailed;
  const stage = make("div", { class: "stage" }, image(p, "large", "gone"));
  const drawn = d && p.picture ? d.evidence[["wrong", "all"][marked]] : null;
  if (d && d.size) stage.style.setProperty("--ratio", d.size[0] / d.size[1]);
  if (drawn) stage.append(drawEvidence(d.size, drawn.bands, drawn.shapes, say, word("evidence")));
  const sign = (name, text) => make("span", {}, make("i", { class: name }), word(text));
  const facts = [p.number, p.class, d && d.size ? d.size[0] + "×" + d.size[1] : "", p.file].filter(Boolean);
  const before = $("reason"), writing = before && document.activeElement === before;
  section.replaceChildren(
    make("div", { class: "picture" }, stage, make("div", { class: "legend" }, sign("band", "allowed"), sign("line", "measured"), sign("bad", "wrong"),
      make("button", { type: "button", class: "plain", onclick: marks }, word(["marks_wrong", "marks_all", "marks_none"][marked])))),
    make("div", { class: "text" },
      make("h2", {}, p.name || base(p.file)),
      make("p", { class: "facts" }, facts.join(" · ")),
      make("div", { class: "tags" }, verdictTag(p), p.action ? make("span", { class: "tag plain" }, say(HELLO.actions[p.action])) : "",
        p.ruling ? make("span", { class: "tag " + p.verdict }, word("machine") + (language === "zh" ? "：" : ": ") + say(HELLO.verdicts[p.verdict])) : ""),
      p.decision ? make("p", { class: "decision" }, say(p.decision)) : p.lapsed ? make("p", { class: "decision" }, word("lapsed")) : "",
      p.problem ? make("p", {}, say(p.problem)) : "",
      ...(d ? d.findings : []).map((f) => make("div", { class: "finding" },
        make("p", { class: "rule" }, make("span", { class: "tag " + f.verdict }, say(HELLO.verdicts[f.verdict])), make("span", {}, say(f.title) + " " + f.code), f.level === "error" ? "" : make("span", {}, say(HELLO.levels[f.level]))),
        make("p", {}, say(f.message)), say(f.remedy) ? make("p", { class: "remedy" }, say(f.remedy)) : "")),
      d && !d.findings.length && !p.problem ? make("p", { class: "finding" }, word("all_well")) : ""),
    decideBar(p));
  const reason = $("reason"); // what is being typed survives when the rest of the photo arrives
  if (before && reason) { reason.value = before.value; if (writing) reason.focus(); }
}
function marks() { marked = (marked + 1) % 3; detail(); }

// -- deciding ----------------------------------------------------------------------------------------------------------------
function reasons(p) {
  const own = detailed ? detailed.findings.map((f) => say(f.title)) : p.rules.map(([code]) => title(code));
  return [...new Set([...own.slice(0, 4), ...HELLO.reasons.map(say)])].slice(0, 9);
}
function decideBar(p) {
  const cap = (name) => make("kbd", {}, name);
  const bar = make("div", { class: "decide" },
    make("button", { id: "back", type: "button", class: "plain", onclick: () => choose(null) }, word("back")),
    make("button", { type: "button", class: "accept", disabled: p.verdict === "error", onclick: () => decide("accept", "") }, word("accept"), cap("A")),
    make("button", { type: "button", class: "refuse", disabled: !p.picture && !p.rules.length, onclick: refuse }, word("refuse"), cap("R")),
    p.ruling ? make("button", { type: "button", class: "plain withdraw", onclick: () => decide("withdraw", "") }, word("withdraw")) : "",
    make("span", { class: "left" }, word("held_left", { count: held().length })));
  if (refusing) {
    const input = make("input", { id: "reason", maxlength: 300, placeholder: word("own_reason"), "aria-label": word("own_reason") });
    bar.append(make("div", { class: "reasons" }, make("p", {}, word("why_refuse")),
      make("div", { class: "choices" }, ...reasons(p).map((reason, i) => make("button", { type: "button", class: "plain", onclick: () => decide("refuse", reason) }, cap(String(i + 1)), reason))),
      make("form", { onsubmit: (event) => { event.preventDefault(); if (input.value.trim()) decide("refuse", input.value.trim()); } }, input,
        make("button", { type: "button", class: "plain", onclick: () => { refusing = false; detail(); } }, word("cancel")))));
  }
  return bar;
}
function refuse() {
  if (!named()) return;
  refusing = true;
  detail();
}
function named() {
  if ($("who").value.trim()) return true;
  document.querySelector(".who").classList.add("needed");
  complain(word("who_needed"));
  document.body.classList.remove("open");
  $("who").focus();
  return false;
}
async function decide(ruling, reason, p = photos[chosen]) {
  if (!p || !named()) return;
  const place = shown.indexOf(p);
  const row = await act(() => ask("POST", "desk/decide", { id: p.id, ruling, reason, who: $("who").value.trim() }));
  if (!row) return;
  photos[row.id] = row;
  refusing = false;
  if (ruling === "withdraw") { shown = photos.filter((q) => fits(q) || q.id === row.id); refresh(); return choose(row, document.body.classList.contains("open")); }
  undone.push(row.id);
  // on to the next that is held, below this one first
  const next = [...shown.slice(place + 1), ...shown.slice(0, place)].find((q) => photos[q.id].outcome === "review");
  chosen = next ? next.id : row.id;
  refresh();
  const stay = document.body.classList.contains("open");
  if (next) choose(photos[next.id], stay); else if (filters.verdict === "review") choose(null); else choose(row, stay);
  if (!next) refresh();
}
async function undo() {
  const id = undone.pop();
  if (id !== undefined && photos[id].ruling) { chosen = id; await decide("withdraw", "", photos[id]); }
}

// -- photos come in ------------------------------------------------------------------------------------------------------------
async function entries(items) {
  const files = [];
  async function walk(entry, path) {
    if (entry.isFile) {
      const file = await new Promise((done, failed) => entry.file(done, failed)).catch(() => null);
      if (file) files.push([path + entry.name, file]);
    } else {
      const reader = entry.createReader();
      for (;;) {
        const some = await new Promise((done, failed) => reader.readEntries(done, failed)).catch(() => []);
        if (!some.length) break;
        for (const child of some) await walk(child, path + entry.name + "/");
      }
    }
  }
  for (const entry of items) await walk(entry, "");
  return files;
}
const WANTED = /\.(jpe?g|jpe|jfif|jp2|mpo|png|bmp|dib|webp|gif|tiff?|hei[cf]|avif|p[pg]m|zip|xlsx|xlsm|csv)$/i;
async function send(files) {
  const wanted = files.filter(([path]) => WANTED.test(path) && !/(^|\/)(\.|__MACOSX\/)/.test(path));
  if (!wanted.length) return;
  sending = { done: 0, total: wanted.length };
  const queue = wanted.slice();
  status();
  const one = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      await ask("PUT", "desk/drop?name=" + encodeURIComponent(next[0]), next[1], true);
      sending.done++;
      status();
    }
  };
  await act(async () => {
    await Promise.all(Array.from({ length: SEND_AT_ONCE }, one));
    await ask("POST", "desk/start", {});
  });
  sending = null;
  status();
}
addEventListener("dragover", (event) => { event.preventDefault(); $("veil").hidden = false; });
addEventListener("dragleave", (event) => { if (!event.relatedTarget) $("veil").hidden = true; });
addEventListener("drop", async (event) => {
  event.preventDefault();
  $("veil").hidden = true;
  const items = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry()).filter(Boolean);
  send(items.length ? await entries(items) : [...event.dataTransfer.files].map((file) => [file.name, file]));
});

// -- events --------------------------------------------------------------------------------------------------------------------
function move(step) {
  if (!shown.length) return;
  const at = shown.findIndex((p) => p.id === chosen);
  choose(shown[at < 0 ? (step > 0 ? 0 : shown.length - 1) : Math.max(0, Math.min(shown.length - 1, at + step))], document.body.classList.contains("open"));
}
// a key waits until the decision before it is written, so that none goes to the wrong photo
let turn = Promise.resolve();
function inTurn(what) { turn = turn.then(what, what); }
function keyed(letter) {
  const p = photos[chosen];
  if (letter === "u") return undo();
  if (letter === "m") return marks();
  if (!p) return null;
  if (letter === "a") return decide("accept", "");
  if (letter === "r") return refuse();
  const reason = refusing && reasons(p)[Number(letter) - 1];
  return reason ? decide("refuse", reason) : null;
}
function typed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !HELLO) return;
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  const page = Math.max(1, Math.floor($("list").clientHeight / ROW) - 1);
  const moves = { ArrowDown: 1, ArrowRight: 1, j: 1, ArrowUp: -1, ArrowLeft: -1, k: -1, PageDown: page, PageUp: -page, Home: -1e9, End: 1e9 };
  const letter = event.key.toLowerCase();
  if (event.key === "Escape") {
    if (refusing) { refusing = false; detail(); }
    else if (typing) event.target.blur();
    else choose(null);
  } else if (typing) {
    if (event.key === "Enter" && event.target.id !== "reason" && event.target.id !== "path") { event.target.blur(); $("list").focus(); }
    return;
  } else if (refusing && event.key.length === 1 && !/^[1-9]$/.test(event.key)) { $("reason").focus(); return; }
  else if (event.key in moves) move(moves[event.key]);
  else if (/^[arum1-9]$/.test(letter)) inTurn(() => keyed(letter));
  else if (event.key === "/") $("search").focus();
  else return;
  event.preventDefault();
}
function listen() {
  addEventListener("keydown", typed);
  let waiting = false;
  const later = () => { if (!waiting) { waiting = true; requestAnimationFrame(() => { waiting = false; render(); }); } };
  $("list").addEventListener("scroll", later, { passive: true });
  addEventListener("resize", later);
  for (const name of ["class", "rule", "decided"]) $(name).addEventListener("change", (event) => { filters[name] = event.target.value; filter(); });
  $("search").addEventListener("input", (event) => { filters.search = event.target.value; filter(); });
  $("who").addEventListener("input", () => { document.querySelector(".who").classList.remove("needed"); complain(""); });
  $("language").addEventListener("click", () => { language = language === "zh" ? "en" : "zh"; localStorage.setItem("language", language); refresh(); detail(); });
  $("folder_button").addEventListener("click", () => $("folder_input").click());
  $("files_button").addEventListener("click", () => $("files_input").click());
  for (const id of ["folder_input", "files_input"]) $(id).addEventListener("change", (event) => { send([...event.target.files].map((file) => [file.webkitRelativePath || file.name, file])); event.target.value = ""; });
  $("path_form").addEventListener("submit", (event) => { event.preventDefault(); if ($("path").value.trim()) act(() => ask("POST", "desk/start", { paths: [$("path").value.trim()] })).then((done) => { if (done) $("path").value = ""; }); });
  addEventListener("click", (event) => { for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false; });
}
async function begin() {
  language = localStorage.getItem("language") || (navigator.language.startsWith("zh") ? "zh" : "en");
  if (!TOKEN) return complain("请用程序启动时显示的完整地址打开 · Open the full address that was shown at the start");
  try {
    HELLO = await ask("GET", "desk/hello");
  } catch (error) {
    return complain(error.message);
  }
  language = localStorage.getItem("language") || HELLO.language;
  const state = await ask("GET", "desk/state?since=0");
  revision = state.revision;
  for (const photo of state.photos) photos[photo.id] = photo;
  last = state;
  $("who").value = state.session.who;
  if (held().length) filters.verdict = "review";
  listen();
  $("app").hidden = false;
  refresh();
  detail();
  document.documentElement.dataset.ready = "yes";
  setTimeout(poll, 300);
}
begin();
