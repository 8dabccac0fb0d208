// app.js: the dashboard. Views are drawn from the JSON API and kept up by its live feed. Everything
// that comes from articles is set as text, never as markup; links go to http and https only.
'use strict';

// ---- small things ----

const $ = (id) => document.getElementById(id);
const main = $('main');

// h('p.soft', {title: 'x'}, 'text', node, [nodes]): an element; null and false are left out.
function h(what, attributes, ...children) {
  const [tag, ...classes] = what.split('.');
  const e = document.createElement(tag || 'div');
  if (classes.length) e.className = classes.join(' ');
  fill(e, attributes, children);
  return e;
}

const SVG = 'http://www.w3.org/2000/svg';
function svg(what, attributes, ...children) {
  const [tag, ...classes] = what.split('.');
  const e = document.createElementNS(SVG, tag);
  if (classes.length) e.setAttribute('class', classes.join(' '));
  fill(e, attributes, children);
  return e;
}

function fill(e, attributes, children) {
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) e.addEventListener(key.slice(2), value);
    else e.setAttribute(key, value === true ? '' : value);
  }
  for (const child of children.flat(3)) {
    if (child === null || child === undefined || child === false) continue;
    e.append(child);
  }
}

const number = new Intl.NumberFormat('en');
const count = (n) => number.format(n || 0);
const percent = (share) => Math.round((share || 0) * 100) + ' %';
const plural = (n, one, many) => count(n) + ' ' + (n === 1 ? one : many || one + 's');
const dateText = new Intl.DateTimeFormat('en-GB', {dateStyle: 'medium', timeStyle: 'short'});
const dayText = new Intl.DateTimeFormat('en-GB', {dateStyle: 'medium', timeZone: 'UTC'});

// Midnight in UTC is what becomes of a date without a time of day: that day, wherever it is read.
function momentText(when) {
  const at = new Date(when);
  if (Number.isNaN(at.getTime())) return String(when);
  return (at.getTime() % 86400000 ? dateText : dayText).format(at);
}

function span(ms) {
  const minutes = Math.round(ms / 60000);
  if (minutes < 1) return 'under a minute';
  if (ms % 86400000 === 0) return plural(ms / 86400000, 'day'); // between dates without a time of day
  if (minutes < 60) return minutes + ' min';
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return hours + ' h' + (minutes % 60 && hours < 10 ? ' ' + (minutes % 60) + ' min' : '');
  return Math.round(hours / 24) + ' days';
}

function agoText(iso) {
  const ms = Date.now() - new Date(iso);
  return ms < 45000 ? 'just now' : ms < 7 * 86400000 ? span(ms) + ' ago' : momentText(iso);
}

const ago = (iso) => iso ? h('time.ago', {datetime: iso, title: momentText(iso)}, agoText(iso)) : h('span', {}, 'at an unknown time');

// What was just now is so no longer.
function growOld() {
  for (const e of document.querySelectorAll('time.ago')) {
    const text = agoText(e.dateTime);
    if (e.textContent !== text) e.textContent = text;
  }
}

function link(url, text) {
  return /^https?:\/\//i.test(url || '') ? h('a', {href: url, rel: 'noopener noreferrer', target: '_blank'}, text) : text;
}

const nameOf = (a) => a && a.id && (a.id.startsWith('content:') ? '' : a.id);
const titleOf = (a) => (a && (a.title || a.url || nameOf(a))) || 'Untitled text';
const sourceOf = (a) => (a && (a.source || a.url || nameOf(a))) || 'unknown outlet';
const CHIP = {identical: 'copy', republished: 'copy', rewritten: 'rewritten', excerpt: 'copy'};
const SAYS = {
  identical: 'the same words', republished: 'republished', rewritten: 'rewritten', excerpt: 'an excerpt',
  update: 'an update', shared_quotes: 'only quotations in common', unique: 'nothing in common',
};
const verdictChip = (v) => h('span.chip.' + (CHIP[v] || 'none'), {title: SAYS[v]}, v.replace('_', ' '));

function creditChip(row) {
  if (row.credited === true) return h('span.chip.good', {}, 'credits ' + (row.agency || 'the agency'));
  if (row.credited === false) return h('span.chip.bad', {}, 'no credit to ' + (row.agency || 'the agency'));
  return row.agency ? h('span.chip', {}, row.agency) : null;
}

function shareBar(share, label, kind) {
  const inner = h('span');
  inner.style.width = Math.round(Math.min(1, share || 0) * 100) + '%';
  return h('span.share' + (kind ? '.' + kind : ''), {role: 'img', 'aria-label': label}, inner);
}

// ---- the server ----

class Refused extends Error {
  constructor(status, error, what) {
    super(error);
    this.status = status;
    this.what = what;
  }
}

// What is being written on the page of checks. With the place in the page it outlives a login that has
// ended, until the next one in this tab.
const draft = {text: '', title: '', source: ''};

function keep(key, value) {
  try { sessionStorage.setItem(key, value); } catch { /* not kept */ }
}

function takeKept(key) {
  try {
    const value = sessionStorage.getItem(key);
    sessionStorage.removeItem(key);
    return value || '';
  } catch { return ''; }
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (cause) {
    throw new Refused(0, 'The server cannot be reached.', 'It may be restarting.');
  }
  if (response.status === 401) {
    keep('dupd-hash', location.hash);
    keep('dupd-draft', JSON.stringify(draft));
    location.href = '/login';
    throw new Refused(401, 'You are not logged in.', '');
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, body.error || 'Error ' + response.status, body.what_to_do || '');
  return body;
}

const query = (parameters) => {
  const q = new URLSearchParams(Object.entries(parameters).filter(([, v]) => v));
  return q.size ? '?' + q : '';
};

// ---- states of a place ----

const loading = () => h('div.loading', {role: 'status', 'aria-label': 'Loading'}, h('i'), h('i'), h('i'));
const empty = (title, ...rest) => h('div.empty', {}, h('h2', {}, title), rest);
const failure = (error, again) => h('div.empty', {role: 'alert'}, h('h2', {}, error.message || 'Something went wrong'),
  error.what ? h('p', {}, error.what) : null, h('button.plain', {type: 'button', onclick: again}, 'Try again'));

// What is drawn anew under someone's fingers: the focus stays on the same row or button.
function keepFocus(place, draw) {
  const keyOf = (e) => e.dataset.id || e.getAttribute('href') || e.textContent;
  const at = place.contains(document.activeElement) && keyOf(document.activeElement);
  draw();
  const again = at && !place.contains(document.activeElement) && [...place.querySelectorAll('a, button')].find((e) => keyOf(e) === at);
  if (again) again.focus({preventScroll: true});
}

// Shows what `load` brings in `place`, which stays as it is for null; a later call wins over an earlier one.
async function into(place, load, quiet) {
  const turn = (place.turn = (place.turn || 0) + 1);
  if (!quiet) place.replaceChildren(loading());
  place.setAttribute('aria-busy', 'true');
  try {
    const nodes = await load();
    if (nodes && turn === place.turn) keepFocus(place, () => place.replaceChildren(...[nodes].flat()));
  } catch (error) {
    if (turn === place.turn && !(quiet && error.status === 0)) place.replaceChildren(failure(error, () => into(place, load)));
  }
  if (turn === place.turn) place.removeAttribute('aria-busy');
}

// ---- health ----

let health = null, healthAt = 0;

async function readHealth() {
  try {
    health = await ask('/api/v1/stats');
    healthAt = Date.now();
    trouble(health.ready ? '' : 'The daemon is up but not ready: ' + (health.why || 'no reason given') + '. What is shown may be old.');
  } catch (error) {
    if (error.status !== 401) connectionLost();
  }
  drawHealth();
  if (current.health) current.health();
}

function connectionLost() {
  trouble('Connection lost' + (healthAt ? ', showing what was there ' + span(Date.now() - healthAt) + ' ago' : '') + '. Trying again.');
}

let troubleText = '';
function trouble(text) {
  if (text === troubleText) return;
  troubleText = text;
  $('trouble').hidden = !text;
  $('trouble').textContent = text;
}

function drawHealth() {
  const parts = [];
  const live = feed.state === 'open';
  $('logout').hidden = !(health && health.login);
  const good = health && health.ready && !troubleText;
  parts.push(h('span', {}, h('i.dot.' + (good ? 'good' : health ? 'bad' : 'warm')), h('b', {}, good ? 'Ready' : health ? 'Not ready' : 'Connecting')));
  parts.push(h('span', {}, h('i.dot.' + (live ? 'good' : 'warm')), 'live feed ' + ({open: 'connected', lost: 'reconnecting'}[feed.state] || 'connecting')));
  if (health && health.store) {
    parts.push(h('span', {}, h('b.num', {}, count(health.store.articles)), health.store.articles === 1 ? ' article in the store' : ' articles in the store'));
    parts.push(h('span', {}, h('b.num', {}, count(health.store.stories)), health.store.stories === 1 ? ' story' : ' stories'));
    parts.push(h('span', {}, h('b.num', {}, (health.store.store_bytes / 1048576).toFixed(health.store.store_bytes < 1e8 ? 1 : 0)), ' MB'));
  }
  if (health && health.version) parts.push(h('span', {}, 'dupd ' + health.version));
  $('health').replaceChildren(...parts);
}

// ---- the live feed ----

// A feed takes a connection for good, and a browser has six of them to a host (HTTP/1.1): so a tab that
// is not looked at has none, and those that are share one. A lock decides which of them holds it and
// tells the others. (Over plain http from another machine browsers have no locks: each visible tab has
// its own.)
const feed = {state: 'closed', source: null, last: '', timer: 0, leave: null};
const tabs = navigator.locks && window.BroadcastChannel ? new BroadcastChannel('dupd-feed') : null;
const isSeen = () => document.visibilityState !== 'hidden';

function openFeed() {
  closeFeed();
  const source = feed.source = new EventSource('/api/v1/events' + query({last: feed.last}));
  source.onopen = () => tell({state: 'open'});
  source.onerror = () => {
    tell({state: 'lost'});
    // Refused, not lost: the browser does not try again by itself.
    if (source.readyState === EventSource.CLOSED && !feed.timer) feed.timer = setTimeout(openFeed, 3000);
  };
  for (const name of ['hello', 'verdict', 'alert', 'story', 'reset', 'skipped']) {
    source.addEventListener(name, (e) => tell({name, data: e.data, id: e.lastEventId}));
  }
}

function closeFeed() {
  clearTimeout(feed.timer);
  feed.timer = 0;
  if (feed.source) feed.source.close();
  feed.source = null;
}

function tell(message) {
  hear(message);
  if (tabs) tabs.postMessage(message);
}

// Answers may be a second old, and what was told since they were made is not told again: so what is
// read when the feed was not heard, or by another page, is read once more.
function readAnew() {
  if (current.refresh) current.refresh();
  readOnceMore();
}

let onceMore = 0;
function readOnceMore() {
  clearTimeout(onceMore);
  onceMore = setTimeout(() => isSeen() && current.live && current.refresh && current.refresh(), 1500);
}

function hear({state, name, data, id}) {
  if (id) feed.last = id;
  if (state) feedIs(state);
  if (name === 'reset') readAnew();
  if (!['verdict', 'alert', 'story', 'skipped'].includes(name)) return;
  try { data = JSON.parse(data); } catch { return; }
  if (name === 'skipped') say(plural(data.count, 'event') + ' left out: too many at once');
  else if (current.live) current.live(name, data);
}

function feedIs(state) {
  const before = feed.state;
  if (state === before) return;
  feed.state = state;
  drawHealth();
  if (state === 'lost') connectionLost();
  if (state === 'open') readHealth();
  if (state === 'open' && before === 'lost') readAnew();
}

// While the tab is seen: holds the feed, or waits to hold it and hears of it from the tab that does.
function follow() {
  if (!tabs) {
    feed.leave = closeFeed;
    openFeed();
    return;
  }
  const wait = new AbortController();
  feed.leave = () => wait.abort();
  navigator.locks.request('dupd-feed', {signal: wait.signal}, () => wait.signal.aborted ? null : new Promise((done) => {
    feed.leave = () => { closeFeed(); done(); };
    openFeed();
  })).catch((error) => {
    if (error.name === 'AbortError') return;
    feed.leave = closeFeed;
    openFeed();
  });
  tabs.postMessage({asks: true});
}

function seenOrNot() {
  if (feed.leave) feed.leave();
  feed.leave = null;
  feed.state = 'closed';
  if (!isSeen()) return;
  follow();
  readHealth();
  growOld();
  readAnew();
}

function startFeed() {
  if (tabs) tabs.onmessage = ({data}) => {
    if (!isSeen()) return;
    if (!data.asks) hear(data);
    else if (feed.source && feed.state !== 'closed') tabs.postMessage({state: feed.state, id: feed.last});
  };
  document.addEventListener('visibilitychange', seenOrNot);
  if (isSeen()) follow();
}

let sayTimer = 0;
function say(text) {
  clearTimeout(sayTimer);
  sayTimer = setTimeout(() => { $('said').textContent = text; }, 300);
}

// ---- pieces ----

const storyHref = (row, compare) => '#/story/' + encodeURIComponent(row.story) + (compare ? '/' + encodeURIComponent(row.id) : '');

function feedRow(row, fresh) {
  const o = row.overlap;
  return h('li' + (fresh ? '.fresh' : ''), {'data-id': row.id, 'data-collection': row.collection},
    h('div.line', {}, verdictChip(row.verdict), creditChip(row), ago(row.decided_at)),
    h('div.title', {}, row.story ? h('a', {href: storyHref(row, true)}, titleOf(row)) : titleOf(row)),
    h('div.from', {}, h('b', {}, sourceOf(row)), row.origin ? [' from ', h('b', {}, sourceOf(row.origin))] : null,
      o ? [' · ', shareBar(o.of_this, percent(o.of_this) + ' of this text'), ' ' + percent(o.of_this) + ' of the text',
        o.rewriting >= 0.02 ? ', ' + percent(o.rewriting) + ' of it reworded' : ''] : null));
}

// Dots on a line of time.
function spread(points, label, width = innerWidth < 480 ? 300 : 400) {
  const left = 8, right = width - 8;
  const times = points.map((p) => p[0]);
  const first = Math.min(...times), last = Math.max(...times);
  // A copy of the same moment, or nearly, stands beside the original instead of on it.
  const x = (t, i) => Math.max(last > first ? left + (t - first) / (last - first) * (right - left) : left, i ? left + 12 : left);
  return svg('svg.spread', {viewBox: '0 0 ' + width + ' 42', preserveAspectRatio: 'xMinYMid meet', role: 'img', 'aria-label': label},
    svg('line', {x1: left, x2: right, y1: 14, y2: 14}),
    points.map(([t, what], i) => svg('circle.w' + what, {cx: x(t, i).toFixed(1), cy: 14, r: i === 0 ? 6.5 : 5})),
    svg('text', {x: left - 6, y: 39}, momentText(first)),
    last > first ? svg('text', {x: right + 6, y: 39, 'text-anchor': 'end'}, '+ ' + span(last - first)) : null);
}

function storyFacts(s) {
  const spreadMs = s.first_at && s.last_at ? new Date(s.last_at) - new Date(s.first_at) : 0;
  const known = s.credited + s.uncredited;
  return h('ul.facts', {},
    h('li', {}, h('b', {}, s.copies ? plural(s.copies, 'copy', 'copies') : 'no copy known')), h('li', {}, h('b', {}, plural(s.outlets, 'outlet'))),
    spreadMs ? h('li', {}, 'within ', h('b', {}, span(spreadMs))) : null,
    s.first_copy_at && s.first_at && s.first_copy_at > s.first_at ? h('li', {}, 'first copy after ', h('b', {}, span(new Date(s.first_copy_at) - new Date(s.first_at)))) : null,
    known ? h('li', {}, shareBar(s.credited / known, percent(s.credited / known) + ' credited', 'credit'), ' ', h('b', {}, s.credited + ' of ' + known), ' credited') : null);
}

function storyCard(s, heading) {
  return h('article.story', {},
    h('div.chips', {}, s.agency ? h('span.chip', {}, s.agency) : null, s.uncredited ? h('span.chip.bad', {}, count(s.uncredited) + ' without credit') : null),
    h(heading, {}, h('a', {href: storyHref(s)}, titleOf(s.origin))),
    h('div.soft', {}, s.origin ? sourceOf(s.origin) : 'origin not known', ' · first seen ', ago(s.first_at)),
    storyFacts(s), s.spread.length > 1 ? spread(s.spread, plural(s.copies, 'copy', 'copies') + ' over time') : null);
}

function hoursChart(hours) {
  const width = 720, height = 92, base = 90, top = 6;
  const most = Math.max(1, ...hours.map((x) => x.copies)), step = width / hours.length;
  const tall = (n) => n / most * (base - top);
  const total = hours.reduce((sum, x) => sum + x.copies, 0);
  return svg('svg.hours', {viewBox: '0 0 ' + width + ' ' + height, preserveAspectRatio: 'none', role: 'img',
    'aria-label': 'Copies by hour over the last 24 hours, ' + count(total) + ' in all, at most ' + count(most) + ' in one hour'},
  svg('line.axis', {x1: 0, x2: width, y1: base, y2: base}),
  hours.map((x, i) => [
    svg('rect.all', {x: i * step + 3, width: step - 6, y: base - tall(x.copies), height: tall(x.copies), rx: 2},
      svg('title', {}, new Date(x.at).getHours() + ':00, ' + plural(x.copies, 'copy', 'copies') + ', ' + count(x.uncredited) + ' without credit')),
    svg('rect.uncredited', {x: i * step + 3, width: step - 6, y: base - tall(x.uncredited), height: tall(x.uncredited), rx: 2}),
  ]));
}

const hourLabels = (hours) => [
  h('div.hours-foot', {'aria-hidden': 'true'}, [0, 6, 12, 18].map((i) => h('span', {}, String(new Date(hours[i].at).getHours()).padStart(2, '0') + ':00')), h('span', {}, 'now')),
  h('div.key', {}, h('span', {}, h('i.k-all'), 'copies'), h('span', {}, h('i.k-bad'), 'agency copy without credit'))];

// A table that can be sorted, whose order `sorted` keeps: {by: key}. columns: [label, key, draw]
function table(caption, columns, rows, sorted) {
  const body = h('tbody');
  const heads = columns.map(([label, key], i) => h('th', {scope: 'col'}, i === 0 ? label
    : h('button', {type: 'button', onclick: () => order(key)}, label)));
  function order(key) {
    sorted.by = key;
    rows.sort((a, b) => (b[key] > a[key]) - (b[key] < a[key]));
    heads.forEach((th, i) => columns[i][1] === key ? th.setAttribute('aria-sort', 'descending') : th.removeAttribute('aria-sort'));
    body.replaceChildren(...rows.map((row) => h('tr', {}, columns.map(([, k, draw], i) =>
      h(i === 0 ? 'th' : 'td', i === 0 ? {scope: 'row'} : {}, draw ? draw(row) : count(row[k]))))));
  }
  order(sorted.by);
  return h('div.scroll', {tabindex: '0', role: 'region', 'aria-label': caption}, h('table', {}, h('caption.hidden', {}, caption), h('thead', {}, h('tr', {}, heads)), body));
}

// Sorted by what is shown: the share, and last what has none.
const withShare = (rows) => rows.map((r) => ({...r, share: r.credited + r.uncredited ? r.credited / (r.credited + r.uncredited) : -1}));
const creditedShare = (r) => r.share < 0 ? '–' : [shareBar(r.share, '', 'credit'), ' ' + percent(r.share)];

const TABLE_MAX = 100; // rows that the server gives
const mostOf = (rows, what) => rows.length < TABLE_MAX ? null : h('p.soft', {}, 'The ' + count(rows.length) + ' ' + what + ' are listed; there may be more.');

const agencyTable = (rows, sorted) => [table('Agencies whose text is copied', [
  ['Agency', 'name', (r) => h('a', {href: '#/stories?agency=' + encodeURIComponent(r.name)}, r.name)],
  ['Copies', 'copies'], ['Without credit', 'uncredited'], ['Credited', 'share', creditedShare], ['Outlets', 'outlets'], ['Stories', 'stories'],
], withShare(rows), sorted), mostOf(rows, 'agencies that are copied most')];

const outletTable = (rows, sorted) => [table('Outlets that copy', [
  ['Outlet', 'name', (r) => h('a', {href: '#/search?source=' + encodeURIComponent(r.name)}, r.name)],
  ['Copies', 'copies'], ['Without credit', 'uncredited'], ['Credited', 'share', creditedShare], ['Stories', 'stories'],
  ['Copied from', 'sources'], ['Copied by others', 'copied_by_others'],
], withShare(rows), sorted), mostOf(rows, 'outlets with most copies')];

// ---- two texts side by side ----

const bytesOf = (text) => new TextEncoder().encode(text || '');
const decoder = new TextDecoder();

// A text with its marks. ranges: [[begin, end], …] in bytes.
function markedText(text, passages, replaced, quotations, choose) {
  const bytes = bytesOf(text), cuts = new Set([0, bytes.length]);
  for (const [b, e] of [...passages, ...replaced, ...quotations]) { cuts.add(b); cuts.add(e); }
  const points = [...cuts].filter((n) => n <= bytes.length).sort((a, b) => a - b);
  const inside = (ranges) => { let i = 0; return (at) => { while (i < ranges.length && ranges[i][1] <= at) i++; return i < ranges.length && ranges[i][0] <= at ? i : -1; }; };
  const byStart = passages.map((r, i) => [...r, i]).sort((a, b) => a[0] - b[0]);
  const inPassage = inside(byStart), inReplaced = inside(replaced), inQuotation = inside(quotations);
  const box = h('div.text', {tabindex: '0', role: 'document'});
  let paragraph = h('p'), mark = null, markOf = -1;
  const open = () => { if (paragraph.childNodes.length) box.append(paragraph); paragraph = h('p'); mark = null; markOf = -1; };
  for (let k = 0; k + 1 < points.length; k++) {
    const [from, to] = [points[k], points[k + 1]];
    const place = inPassage(from), which = place < 0 ? -1 : byStart[place][2];
    const swapped = inReplaced(from) >= 0 && which >= 0, quoted = inQuotation(from) >= 0;
    decoder.decode(bytes.subarray(from, to)).split(/\n\s*/).forEach((piece, i) => {
      if (i > 0) open();
      if (!piece) return;
      if (which !== markOf || (which >= 0 && !mark)) {
        markOf = which;
        mark = which < 0 ? null : h('mark', {'data-passage': which, onclick: () => choose && choose(which)});
        if (mark) paragraph.append(mark);
      }
      const kind = [swapped && 'replaced', quoted && 'quotation'].filter(Boolean);
      (mark || paragraph).append(kind.length ? h('span.' + kind.join('.'), swapped ? {title: 'replaced or added'} : {}, piece) : piece);
    });
  }
  open();
  return box;
}

// Which words of x stand in y too, in the same order, and the other way round: 1 where one does. A table
// of all pairs is made of short pieces only, between words that stand once on either side ("patience
// diff"): two passages of 10,000 words take a moment, not the page.
const CELLS_MAX = 250000, STEPS_MAX = 20000000;

function commonWords(x, y) {
  const inX = new Uint8Array(x.length), inY = new Uint8Array(y.length);
  const pair = (i, j) => { inX[i] = inY[j] = 1; };
  const pieces = [[0, x.length, 0, y.length]];
  for (let steps = 0; pieces.length;) {
    let [a, b, c, d] = pieces.pop();
    while (a < b && c < d && x[a] === y[c]) pair(a++, c++);
    while (a < b && c < d && x[b - 1] === y[d - 1]) pair(--b, --d);
    if (a === b || c === d) continue;
    steps += b - a + d - c;
    if ((b - a) * (d - c) <= CELLS_MAX) {
      commonByTable(x.slice(a, b), y.slice(c, d), (i, j) => pair(a + i, c + j));
      continue;
    }
    const fixed = steps < STEPS_MAX ? fixedWords(x, y, a, b, c, d) : [];
    if (!fixed.length) { // nothing to hold on to: by number
      const left = new Map();
      for (let j = c; j < d; j++) left.set(y[j], left.get(y[j]) || []).get(y[j]).push(j);
      for (let i = a; i < b; i++) if ((left.get(x[i]) || []).length) pair(i, left.get(x[i]).pop());
      continue;
    }
    for (const [i, j] of [...fixed, [b, d]]) {
      pieces.push([a, i, c, j]);
      [a, c] = [i, j];
    }
  }
  return [inX, inY];
}

function commonByTable(x, y, pair) {
  const n = x.length, m = y.length;
  const best = Array.from({length: n + 1}, () => new Uint16Array(m + 1));
  for (let i = n - 1; i >= 0; i--) for (let j = m - 1; j >= 0; j--) best[i][j] = x[i] === y[j] ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1]);
  for (let i = 0, j = 0; i < n && j < m;) {
    if (x[i] === y[j]) pair(i++, j++);
    else if (best[i + 1][j] >= best[i][j + 1]) i++;
    else j++;
  }
}

// Places of words that stand once in x[a, b) and once in y[c, d): the longest row of them in both orders.
function fixedWords(x, y, a, b, c, d) {
  const seen = new Map();
  for (let i = a; i < b; i++) seen.set(x[i], seen.has(x[i]) ? null : {i, j: -1, times: 0});
  for (let j = c; j < d; j++) {
    const w = seen.get(y[j]);
    if (w) { w.j = j; w.times++; }
  }
  const ends = []; // of the rows of each length, that which ends first
  for (const w of seen.values()) {
    if (!w || w.times !== 1) continue;
    let low = 0, high = ends.length;
    while (low < high) {
      const mid = (low + high) >> 1;
      if (ends[mid].j < w.j) low = mid + 1;
      else high = mid;
    }
    w.before = ends[low - 1];
    ends[low] = w;
  }
  const row = [];
  for (let w = ends[ends.length - 1]; w; w = w.before) row.push([w.i, w.j]);
  return row.reverse();
}

// Words of each passage that do not stand in the other, where the server has not said so.
function replacedWords(text, other, passages) {
  const a = bytesOf(text), b = bytesOf(other), out = {this: [], match: []};
  const words = (bytes, [from, to]) => {
    const found = [];
    let at = from;
    for (const part of decoder.decode(bytes.subarray(from, to)).split(/(\s+)/)) {
      const size = bytesOf(part).length, bare = part.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
      if (bare) found.push([bare, at, at + size]);
      at += size;
    }
    return found;
  };
  for (const p of passages) {
    const x = words(a, p.this), y = words(b, p.match);
    const [inX, inY] = commonWords(x.map((w) => w[0]), y.map((w) => w[0]));
    out.this.push(...x.filter((w, i) => !inX[i]).map((w) => w.slice(1)));
    out.match.push(...y.filter((w, j) => !inY[j]).map((w) => w.slice(1)));
  }
  // Passages stand in the order of this text, not of the other; marks are drawn in order.
  for (const ranges of [out.this, out.match]) ranges.sort((p, q) => p[0] - q[0]);
  return out;
}

// What stands between quotation marks, where the server has not said so: to the end of the paragraph
// when none closes.
function quotedRanges(text) {
  const ranges = [], marks = /(?<![\p{L}\p{N}])"(?=\S)([^"\n]*)|“([^“”\n]*)|„([^“”\n]*)|«([^»\n]*)|(?<![\p{L}\p{N}])»(?=\S)([^«\n]*)|(?<![\p{L}\p{N}.,!?])”(?=\S)([^”\n]*)/gu;
  let bytes = 0, at = 0;
  for (let m; (m = marks.exec(text));) {
    const inner = m.slice(1).find((one) => one !== undefined), from = m.index + 1;
    bytes += bytesOf(text.slice(at, from)).length;
    at = from + inner.length;
    marks.lastIndex = at + 1; // behind the mark that closes
    const begin = bytes;
    bytes += bytesOf(inner).length;
    if (inner.trim()) ranges.push([begin, bytes]);
  }
  return ranges;
}

function articleHead(a, role) {
  return h('header', {}, h('div.role', {}, role), h('h3', {}, link(a.url, titleOf(a))),
    h('div.soft', {}, sourceOf(a), a.byline ? ' · ' + a.byline : '', a.published_at ? [' · ', momentText(a.published_at)] : ''));
}

// left is the origin, right the copy. overlap: as /api/v1/compare gives it, `this` being the right.
function sideBySide(left, right, overlap, roles) {
  const passages = overlap.passages, boxes = {};
  let at = -1;
  const choose = (n) => {
    at = n;
    for (const box of [boxes.left, boxes.right]) {
      for (const m of box.querySelectorAll('mark')) m.classList.toggle('at', Number(m.dataset.passage) === n);
      const first = box.querySelector('mark.at');
      if (first) box.scrollTop = first.offsetTop - box.clientHeight / 3;
    }
    where.textContent = 'Passage ' + (n + 1) + ' of ' + passages.length + ': ' + plural(passages[n].words, 'word') +
      (passages[n].replaced_words ? ', ' + count(passages[n].replaced_words) + ' replaced' : '') + (passages[n].quoted ? ', mostly quoted' : '');
  };
  const where = h('span.soft', {role: 'status'}, plural(passages.length, 'passage') + ' in common');
  const step = (d) => () => choose(at < 0 && d < 0 ? passages.length - 1 : (at + d + passages.length) % passages.length);
  boxes.left = markedText(left.text, passages.map((p) => p.match), overlap.match.replaced, overlap.match.quotations, choose);
  boxes.right = markedText(right.text, passages.map((p) => p.this), overlap.this.replaced, overlap.this.quotations, choose);
  boxes.left.setAttribute('aria-label', roles[0] + ', text');
  boxes.right.setAttribute('aria-label', roles[1] + ', text');
  return h('div', {},
    h('div.tools', {},
      passages.length ? [h('button.plain', {type: 'button', onclick: step(-1)}, 'Previous'), h('button.plain', {type: 'button', onclick: step(1)}, 'Next passage')] : null, where,
      h('div.key', {}, h('span', {}, h('i.k-mark'), 'in both'), h('span', {}, h('i.k-replaced'), 'replaced words'), h('span', {}, h('i.k-quote'), 'quotation'))),
    h('div.pair', {}, h('section.side.card', {}, articleHead(left, roles[0]), boxes.left), h('section.side.card', {}, articleHead(right, roles[1]), boxes.right)));
}

const overlapFacts = (o, copy = 'the copy', original = 'the original') => h('ul.facts', {},
  h('li', {}, shareBar(o.of_this, ''), ' ', h('b', {}, percent(o.of_this)), ' of ' + copy + ' stands in ' + original),
  h('li', {}, h('b', {}, percent(o.of_match)), ' of ' + original + (original === 'the original' ? ' was taken' : ' stands in ' + copy)),
  h('li', {}, h('b', {}, percent(o.rewriting)), ' of that reworded'),
  h('li', {}, 'longest run ', h('b', {}, plural(o.longest_run_words, 'word'))),
  o.quoted_words ? h('li', {}, h('b', {}, plural(o.quoted_words, 'word')), ' of it quoted') : null);

// ---- pages ----

const current = {};
const FEED_MAX = 100;

function livePage() {
  let paused = false, held = [], only = '', rows = [], drawn = '';
  const figures = h('div.figures'), chart = h('div'), list = h('ul.feed', {'aria-label': 'Copies, newest first'}), place = h('div', {}, loading());
  const moving = h('div'), agencies = h('div');
  const fits = (row) => only === '' || (only === 'uncredited' ? row.credited === false : row.verdict === only);

  const drawFigures = () => {
    const v = health && health.view;
    for (const pre of place.querySelectorAll('pre')) pre.textContent = example();
    if (!v) return;
    const all = Object.values(v.verdicts_24h).reduce((a, b) => a + b, 0);
    const known = v.credited_24h + v.uncredited_24h;
    const figure = (value, label, kind) => h('div.card.figure' + (kind ? '.' + kind : ''), {}, h('div.value.num', {}, value), h('div.label', {}, label));
    figures.replaceChildren(
      figure(count(v.copies_24h), 'copies in 24 hours'),
      figure(count(v.uncredited_24h), 'of agency copy, without credit', v.uncredited_24h ? 'bad' : 'good'),
      figure(known ? percent(v.credited_24h / known) : '–', 'of agency copies give credit'),
      figure(count(all), 'articles checked in 24 hours'));
    chart.replaceChildren(hoursChart(v.hours), ...hourLabels(v.hours));
  };
  const drawList = () => keepFocus(place, () => {
    const shown = rows.filter(fits).slice(0, FEED_MAX), key = JSON.stringify(shown);
    if (key === drawn && place.firstChild === list) return;
    drawn = key;
    list.replaceChildren(...shown.map((row) => feedRow(row)));
    place.replaceChildren(shown.length ? list : empty(only ? 'Nothing of this kind yet' : 'No copies yet',
      h('p', {}, only ? 'Choose "All copies" to see the others.' : 'Copies show up here as soon as they come in. Send articles, for example:'),
      only ? null : h('pre', {}, example())));
  });
  const example = () => 'curl ' + (health && health.login ? '-H "Authorization: Bearer $TOKEN" \\\n  ' : '') +
    '-H "Content-Type: application/x-ndjson" \\\n  --data-binary @articles.jsonl ' + location.origin + '/api/v1/articles';
  // In the order in which they were decided: a view that is made anew tells them in another.
  const same = (a) => (b) => a.id === b.id && a.collection === b.collection;
  const take = (news) => {
    rows = news.concat(rows.filter((r) => !news.some(same(r))))
      .sort((a, b) => (b.decided_at > a.decided_at) - (b.decided_at < a.decided_at)).slice(0, FEED_MAX);
  };
  const show = (row) => {
    if (list.parentNode !== place) { drawList(); return; }
    drawn = '';
    for (const old of [...list.children]) if (same(row)(old.dataset)) old.remove();
    list.insertBefore(feedRow(row, true), list.children[rows.filter(fits).indexOf(row)] || null);
    if (list.children.length > FEED_MAX) list.lastChild.remove();
    say('New copy: ' + titleOf(row) + ', ' + sourceOf(row));
  };
  const read = async () => (await ask('/api/v1/verdicts' + query({verdict: only && only !== 'uncredited' ? only : 'copies', credited: only === 'uncredited' ? 'no' : '', limit: FEED_MAX}))).verdicts;
  const load = async () => {
    const got = await read();
    // An answer may be a second old: what the live feed has brought since stays.
    const newest = got.length ? got[0].decided_at : '';
    rows = rows.filter((r) => r.decided_at > newest && !got.some(same(r))).concat(got).slice(0, FEED_MAX);
    drawList();
    return null;
  };
  const refreshSides = () => {
    into(moving, async () => {
      const s = (await ask('/api/v1/stories?limit=5')).stories;
      return s.length ? h('ul.mini', {}, s.map((one) => h('li', {}, storyCard(one, 'h3')))) : h('p.soft', {}, 'No story has been copied yet.');
    }, moving.childNodes.length > 0);
    into(agencies, async () => {
      const a = (await ask('/api/v1/agencies?from=7d')).agencies.slice(0, 6);
      return a.length ? table('Agencies copied within 7 days', [['Agency', 'name', (r) => h('a', {href: '#/stories?agency=' + encodeURIComponent(r.name)}, r.name)],
        ['Copies', 'copies'], ['Credited', 'share', creditedShare]], withShare(a), {by: 'copies'}) : h('p.soft', {}, 'No agency copy has been seen yet.');
    }, agencies.childNodes.length > 0);
  };
  const hold = (news) => {
    held = news.concat(held.filter((r) => !news.some(same(r)))).slice(0, FEED_MAX);
    pause.textContent = held.length ? 'Paused, ' + held.length + ' new' : 'Paused';
  };
  const pause = h('button.plain', {type: 'button', 'aria-pressed': 'false', onclick: () => {
    paused = !paused;
    pause.setAttribute('aria-pressed', paused);
    if (!paused) { take(held); held = []; drawList(); }
    pause.textContent = paused ? 'Paused' : 'Pause';
  }}, 'Pause');
  const filter = h('select', {'aria-label': 'Which copies', onchange: () => { only = filter.value; into(place, load); }},
    [['', 'All copies'], ['uncredited', 'Without credit'], ['rewritten', 'Rewritten'], ['republished', 'Republished'], ['identical', 'Identical'], ['excerpt', 'Excerpts']]
      .map(([value, text]) => h('option', {value}, text)));
  let sidesDue = 0;
  current.live = (name, row) => {
    if (name === 'verdict') {
      if (paused) {
        hold([row]);
      } else {
        take([row]);
        if (fits(row) && rows.includes(row)) show(row);
      }
    }
    if (!sidesDue) sidesDue = setTimeout(() => { sidesDue = 0; if (current.page === 'live') { refreshSides(); readHealth(); } }, 1500);
  };
  current.health = drawFigures;
  current.refresh = () => {
    (paused ? read().then((got) => hold(got.filter((r) => !rows.some(same(r))))) : load()).catch(() => {});
    refreshSides();
    readHealth();
  };
  main.replaceChildren(
    h('div.head', {}, h('h1', {}, 'What is being copied now'), h('p', {}, 'Articles whose text is another outlet\'s, as they come in.')),
    figures,
    h('div.columns', {},
      h('div.stack', {}, h('section.card', {}, h('header', {}, h('h2', {}, 'Copies by hour'), h('span.soft', {}, 'last 24 hours')), chart), h('section.card', {}, h('header', {}, h('h2', {}, 'Latest copies'), filter, pause), place)),
      h('div.stack', {}, h('section.card', {}, h('header', {}, h('h2', {}, 'Stories on the move'), h('a', {href: '#/stories'}, 'All stories')), moving),
        h('section.card', {}, h('header', {}, h('h2', {}, 'Agencies, 7 days'), h('a', {href: '#/who'}, 'All')), agencies))));
  drawFigures();
  into(place, load);
  refreshSides();
}

// Filters that live in the address.
function filterBar(route, fields, extra) {
  const change = () => {
    const p = {...extra};
    for (const f of form.elements) if (f.name && f.value) p[f.name] = f.value;
    location.hash = '#/' + route + query(p);
  };
  const form = h('form.filters', {role: 'search', 'aria-label': 'Filters', onsubmit: (e) => { e.preventDefault(); change(); }},
    fields.map(([name, label, choices, value]) => h('label', {}, label,
      choices ? (() => {
        const s = h('select', {name, onchange: change}, choices.map(([v, text]) => h('option', {value: v}, text)));
        s.value = value || '';
        return s;
      })() : (() => { const i = h('input', {name, type: 'text', maxlength: 256, onchange: change}); i.value = value || ''; return i; })())));
  return form;
}

const TIMES = [['', 'any time'], ['1h', 'the last hour'], ['24h', '24 hours'], ['7d', '7 days'], ['30d', '30 days']];
const CREDITS = [['', 'any'], ['no', 'without credit'], ['yes', 'with credit']];

// What each filter that is set asks for: why a list may be empty.
const filterHints = (p) => [
  p.q && 'Title: parts of words will do, but all words must be there.',
  p.source && 'Outlet: the whole name, as the lists show it.',
  p.agency && 'Agency: the whole name, as “Who copies” shows it, for example AP.',
  p.collection && 'Collection: the whole name.',
].filter(Boolean).map((text) => h('p', {}, text));

// A list with "Show more". readPage(before) gives {rows: elements, next}.
function pager(place, list, shown, readPage, none) {
  const more = h('button.plain.more', {type: 'button'}, 'Show more');
  let next = null, pages = 1;
  const load = async () => { // as many pages as were shown
    const rows = [];
    let before = null, n = 0;
    do {
      const page = await readPage(before);
      rows.push(...page.rows);
      before = page.next;
      n++;
    } while (n < pages && before);
    next = before;
    list.replaceChildren(...rows);
    more.hidden = !next;
    return rows.length ? [shown, more] : none();
  };
  more.addEventListener('click', async () => {
    more.disabled = true;
    try {
      const page = await readPage(next);
      pages++;
      next = page.next;
      list.append(...page.rows);
      more.hidden = !next;
    } catch (error) { trouble(error.message); }
    more.disabled = false;
  });
  current.refresh = () => into(place, load, true);
  return into(place, load);
}

function storiesPage(p) {
  const place = h('div'), list = h('ul.stories');
  main.replaceChildren(
    h('div.head', {}, h('h1', {}, 'Stories'), h('p', {}, 'Texts that were copied, latest activity first. Each dot is an article: the original is dark, copies that credit the agency are green, those that do not are red.')),
    filterBar('stories', [['q', 'Title', null, p.q], ['agency', 'Agency', null, p.agency], ['source', 'Outlet', null, p.source], ['credited', 'Credit', CREDITS, p.credited], ['from', 'Active within', TIMES, p.from]]),
    place);
  pager(place, list, list, async (before) => {
    const page = await ask('/api/v1/stories' + query({...p, before, limit: 30}));
    return {rows: page.stories.map((s) => h('li', {}, h('div.card', {}, storyCard(s, 'h2')))), next: page.next};
  }, () => empty('No story fits', filterHints(p), h('p', {}, 'Widen the filters, or wait: a story appears when its first copy does.')));
}

function searchPage(p) {
  const place = h('div'), list = h('ul.feed');
  $('q').value = p.q || '';
  main.replaceChildren(
    h('div.head', {}, h('h1', {}, p.q ? 'Titles with “' + p.q + '”' : p.source ? p.source : p.story ? 'Articles of story ' + p.story : 'All verdicts'), h('p', {}, 'Everything that was decided, newest first.')),
    filterBar('search', [['q', 'Title', null, p.q], ['source', 'Outlet', null, p.source], ['agency', 'Agency', null, p.agency],
      ['verdict', 'Verdict', [['', 'all'], ['copies', 'copies'], ...Object.keys(SAYS).map((v) => [v, v.replace('_', ' ')])], p.verdict],
      ['credited', 'Credit', CREDITS, p.credited], ['from', 'Within', TIMES, p.from], ['collection', 'Collection', null, p.collection]], p.story && {story: p.story}),
    place);
  pager(place, list, h('div.card', {}, list), async (before) => {
    const page = await ask('/api/v1/verdicts' + query({...p, before, limit: 50}));
    return {rows: page.verdicts.map((row) => feedRow(row)), next: page.next};
  }, () => empty('Nothing found', filterHints(p), Object.keys(p).length ? h('p', {}, 'Nothing fits all the filters that are set.') : h('p', {}, 'Nothing has been decided yet.')));
}

function whoPage(p) {
  const agencies = h('div'), outlets = h('div'), from = p.from || '7d';
  const by = {agencies: {by: 'copies'}, outlets: {by: 'copies'}};
  const load = (quiet) => {
    into(agencies, async () => {
      const rows = (await ask('/api/v1/agencies' + query({from}))).agencies;
      return rows.length ? agencyTable(rows, by.agencies).filter(Boolean) : empty('No agency copy in this time');
    }, quiet);
    into(outlets, async () => {
      const rows = (await ask('/api/v1/outlets' + query({from}))).outlets;
      return rows.length ? outletTable(rows, by.outlets).filter(Boolean) : empty('No copies in this time');
    }, quiet);
  };
  current.refresh = () => load(true);
  main.replaceChildren(
    h('div.head', {}, h('h1', {}, 'Who copies, and who is copied'), h('p', {}, 'Click a heading to sort.')),
    filterBar('who', [['from', 'Within', TIMES.slice(1), from]]),
    h('div.stack', {}, h('section.card', {}, h('header', {}, h('h2', {}, 'Agencies')), agencies), h('section.card', {}, h('header', {}, h('h2', {}, 'Outlets')), outlets)));
  load();
}

function storyPage(p, id, article) {
  const place = h('div'), pair = h('div');
  let story = null, members = [], asked = null, chosen = '', drawn = '', gotText = '';
  const originId = () => story.origin && story.origin.id;
  const collection = () => members.length && members[0].collection !== 'default' ? members[0].collection : '';
  const read = (of) => ask('/api/v1/articles/' + encodeURIComponent(of) + query({collection: collection()}));
  const compare = (a, b) => ask('/api/v1/compare' + query({a, b, collection: collection()}));

  // An article beside what it was taken from, or beside the nearest text; alone when there is none.
  const beside = async (member) => {
    let other = (member.origin || story.origin || {}).id, roles = ['Original', 'Copy'], got = null, note = '';
    if (!other || other === member.id) {
      got = await read(member.id);
      other = !story.copies && got.verdict && got.verdict.matches[0] ? got.verdict.matches[0].id : '';
      roles = ['Nearest text', 'This text'];
      note = other || !story.copies ? '' : 'This is the original. Choose a copy to see both side by side.';
    }
    if (other) {
      try {
        const c = await compare(member.id, other);
        return h('div', {}, got ? overlapFacts(c.overlap, 'this text', 'the nearest text') : overlapFacts(c.overlap), sideBySide(c.b, c.a, c.overlap, roles));
      } catch (error) {
        if (error.status !== 404) throw error;
        note = 'The text to compare it with is not in the store any more.';
      }
    }
    const a = (got || await read(member.id)).article, box = markedText(a.text, [], [], []);
    const role = member.id === originId() && story.copies ? 'Original' : 'Article';
    box.setAttribute('aria-label', role + ', text');
    return h('div', {}, note ? h('p.soft', {}, note) : null, h('section.side.card', {}, articleHead(a, role), box));
  };
  const show = (memberId) => {
    chosen = memberId;
    for (const b of place.querySelectorAll('.timeline button')) b.setAttribute('aria-pressed', b.dataset.id === memberId);
    const member = members.concat(asked || []).find((m) => m.id === memberId);
    const with_ = member && memberId + ' ' + (member.origin || story.origin || {}).id;
    if (with_ && with_ === drawn) return;
    drawn = '';
    if (member) into(pair, async () => { const nodes = await beside(member); drawn = with_; return nodes; });
    else pair.replaceChildren(empty('This article is not in the store', h('p', {}, 'It may have been forgotten. Choose another one of the timeline.')));
  };
  // The article of the address, when it is not among the first members, which are all that is listed.
  const readAsked = async () => {
    try {
      const got = await read(article), v = got.verdict || {};
      return {...got.article, moment: got.article.published_at, verdict: v.verdict || 'unique', copy: v.copy, origin: v.origin, agency: v.agency && v.agency.name, credited: v.credited};
    } catch (error) {
      if (error.status !== 404) throw error;
      return null;
    }
  };
  const load = async () => {
    const got = await ask('/api/v1/stories/' + encodeURIComponent(id));
    if (JSON.stringify(got) === gotText && place.querySelector('.timeline')) return null; // nothing new: whoever reads goes on reading
    gotText = JSON.stringify(got);
    story = got.story;
    members = got.members;
    asked = article && !members.some((m) => m.id === article) ? await readAsked() : null;
    const start = story.first_at ? new Date(story.first_at) : null;
    document.title = titleOf(story.origin) + ' · dupd';
    const entry = (m) => {
      const isOrigin = m.id === originId();
      return h('li' + (isOrigin ? '.origin' : m.credited === true ? '.yes' : m.credited === false ? '.no' : ''), {},
        h('button', {type: 'button', 'data-id': m.id, 'aria-pressed': 'false', onclick: () => { history.replaceState(null, '', storyHref({story: id, id: m.id}, true)); show(m.id); }},
          h('span.when', {}, m.moment ? momentText(m.moment) : '', start && m.moment && !isOrigin && new Date(m.moment) - start ? ' · + ' + span(new Date(m.moment) - start) : ''),
          h('div.who', {}, sourceOf(m)), h('div.what', {}, titleOf(m)),
          h('span.chips', {}, isOrigin && story.copies ? h('span.chip', {}, 'original') : verdictChip(m.verdict), creditChip(m), m.overlap ? h('span.chip', {}, percent(m.overlap.of_this) + ' of the text') : null)));
    };
    const cut = members.length < story.members;
    const first = article || (members.find((m) => m.credited === false) || members.find((m) => m.copy) || members[0] || {}).id;
    setTimeout(() => first && show(first));
    return [h('div.card.story', {},
      h('div.chips', {}, story.agency ? h('span.chip', {}, story.agency) : null, story.uncredited ? h('span.chip.bad', {}, count(story.uncredited) + ' without credit') : null, h('span.chip', {}, 'story ' + story.story)),
      h('h1', {}, titleOf(story.origin)),
      h('p.soft', {}, story.origin ? [story.copies ? 'Original: ' : '', link(story.origin.url, sourceOf(story.origin)), ', first seen ', ago(story.first_at)] : 'The original is not known here.'),
      storyFacts(story), story.spread.length > 1 ? spread(story.spread, 'The story over time', Math.max(260, main.clientWidth - 92)) : null),
    h('div.storyline', {}, h('section.card', {}, h('header', {}, h('h2', {}, 'Timeline')),
      asked ? h('ol.timeline.asked', {'aria-label': 'The article that was asked for'}, entry(asked)) : null,
      cut ? h('p.soft', {}, 'The first ' + count(members.length) + ' of ' + plural(story.members, 'article') + ' are listed here, ', h('a', {href: '#/search?story=' + encodeURIComponent(story.story)}, 'all of them'), ' by time of arrival.') : null,
      h('ol.timeline', {'aria-label': 'Articles of the story in order of time'}, members.map(entry))), pair)];
  };
  current.live = (name, row) => {
    if ((name === 'verdict' && row.story === id) || (name === 'story' && (row.story === id || row.into === id))) {
      article = chosen || article;
      into(place, load, true);
    }
  };
  current.refresh = () => { article = chosen || article; into(place, load, true); };
  main.replaceChildren(place);
  into(place, load);
}

// Does the text begin with a tag, after blanks, comments and what XML begins with?
function isMarkup(text) {
  let rest = text;
  for (let m; (m = /^(?:\s+|<!--[^]*?-->|<\?[^]*?>)/.exec(rest));) rest = rest.slice(m[0].length); // \s: a byte order mark too
  return /^<(?:!doctype|\/?[a-z][a-z0-9-]*)[\s/>]/i.test(rest);
}

function checkPage() {
  const text = h('textarea', {id: 'text', name: 'text', required: true, placeholder: 'Paste an article, or the HTML of a page', spellcheck: 'false'});
  const title = h('input', {type: 'text', name: 'title', maxlength: 500}), source = h('input', {type: 'text', name: 'source', maxlength: 200});
  for (const field of [text, title, source]) {
    field.value = draft[field.name];
    field.addEventListener('input', () => { draft[field.name] = field.value; });
  }
  const button = h('button.main-button', {type: 'submit'}, 'Check'), answer = h('div.answer', {'aria-live': 'polite'});
  const submit = async (e) => {
    e.preventDefault();
    const value = text.value.trim();
    if (!value) return;
    button.disabled = true;
    const body = isMarkup(value) ? {html: value} : {body: value};
    if (title.value) body.title = title.value;
    if (source.value) body.source = source.value;
    await into(answer, async () => {
      const got = await ask('/api/v1/check', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body)});
      return checked(got);
    });
    button.disabled = false;
  };
  current.refresh = null;
  main.replaceChildren(
    h('div.head', {}, h('h1', {}, 'Check a text'), h('p', {}, 'Whose words are these? Nothing of what you paste is kept.')),
    h('form.card.checker', {onsubmit: submit}, h('label.hidden', {for: 'text'}, 'Text or HTML'), text,
      h('div.filters', {}, h('label', {}, 'Title, if it has one', title), h('label', {}, 'Outlet', source), button)),
    answer);
}

const SENTENCE = {
  identical: 'These are the same words as an earlier text.', republished: 'Most of this is an earlier text, lightly edited.',
  rewritten: 'This is an earlier text with words replaced or reordered throughout.', excerpt: 'This carries a substantial part of an earlier text, or is a part of it.',
  update: 'This is a later version of the same outlet\'s own article.', shared_quotes: 'Only quotations, statements or furniture stand in earlier texts as well.',
  unique: 'Nothing of note in common with anything earlier.',
};

function checked(got) {
  const v = got.verdict, best = v.matches[0];
  const pair = h('div');
  const show = (m) => into(pair, async () => {
    const other = (await ask('/api/v1/articles/' + encodeURIComponent(m.id) + query({collection: v.collection !== 'default' ? v.collection : ''}))).article;
    const swapped = replacedWords(got.article.text, other.text, m.passages);
    const o = {passages: m.passages, this: {replaced: swapped.this, quotations: quotedRanges(got.article.text)}, match: {replaced: swapped.match, quotations: quotedRanges(other.text)},
      of_this: m.containment.of_this, of_match: m.containment.of_match, rewriting: m.rewriting, longest_run_words: m.longest_run_words, quoted_words: m.quoted_words};
    return h('div', {}, overlapFacts(o, 'your text', 'the text in the store'), sideBySide(other, got.article, o, ['In the store', 'Your text']));
  });
  if (best) setTimeout(() => show(best));
  return [h('section.card', {},
    h('div.chips', {}, verdictChip(v.verdict), creditChip({agency: v.agency && v.agency.name, credited: v.credited}), h('span.chip', {}, 'probability of a copy ' + percent(v.score))),
    h('p.verdict', {}, SENTENCE[v.verdict] || v.verdict),
    h('p.soft', {}, plural(v.words, 'word'), ', compared with ', plural(got.compared_with, 'article'), '.'),
    v.matches.length ? h('ul.feed', {}, v.matches.map((m) => h('li', {},
      h('div.line', {}, verdictChip(m.verdict), h('span', {}, percent(m.containment.of_this) + ' of your text, ' + percent(m.containment.of_match) + ' of theirs'), m.published_at ? h('time', {}, m.published_at.slice(0, 10)) : null),
      h('div.title', {}, h('a', {href: '#/check', onclick: (e) => { e.preventDefault(); show(m); }}, titleOf(m))), h('div.from', {}, h('b', {}, sourceOf(m)))))) : null),
  h('div.answer', {}, pair)];
}

// ---- routes ----

function route() {
  const [path, search] = location.hash.slice(2).split('?');
  const p = Object.fromEntries(new URLSearchParams(search || ''));
  const parts = path.split('/').map((s) => { try { return decodeURIComponent(s); } catch { return s; } });
  for (const key of ['live', 'refresh', 'health']) current[key] = null;
  const section = {'': 'live', stories: 'stories', story: 'stories', who: 'who', check: 'check', search: 'search'}[parts[0]] || 'live';
  current.page = section;
  document.title = {live: 'Live', stories: 'Stories', who: 'Who copies', check: 'Check a text', search: 'Search'}[section] + ' · dupd';
  for (const a of document.querySelectorAll('nav a')) {
    if (a.dataset.section === section) a.setAttribute('aria-current', 'page');
    else a.removeAttribute('aria-current');
  }
  if (section !== 'search') $('q').value = '';
  if (parts[0] === 'story') storyPage(p, parts[1] || '', parts[2] || '');
  else ({live: livePage, stories: storiesPage, who: whoPage, check: checkPage, search: searchPage})[section](p);
  readOnceMore();
}

function setTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  if (!$('theme')) return; // the login form
  $('theme').textContent = {light: 'Light', dark: 'Dark'}[theme] || 'Auto';
  $('theme').setAttribute('aria-label', 'Colours: ' + ($('theme').textContent) + '. Change');
}

function startTheme() {
  let theme = '';
  try { theme = localStorage.getItem('theme') || ''; } catch { /* not kept */ }
  setTheme(theme);
  if ($('theme')) $('theme').addEventListener('click', () => {
    theme = {'': 'light', light: 'dark', dark: ''}[theme];
    try { localStorage.setItem('theme', theme); } catch { /* not kept */ }
    setTheme(theme);
  });
}

function start() {
  Object.assign(draft, JSON.parse(takeKept('dupd-draft') || '{}'));
  const hash = takeKept('dupd-hash');
  if (hash && !location.hash) history.replaceState(null, '', hash);
  $('logout').addEventListener('submit', () => Object.assign(draft, {text: '', title: '', source: ''}));
  $('search').addEventListener('submit', (e) => {
    e.preventDefault();
    location.hash = '#/search' + query({q: $('q').value.trim()});
  });
  $('skip').addEventListener('click', (e) => { // the address is the route, and stays
    e.preventDefault();
    main.focus();
  });
  window.addEventListener('hashchange', () => { route(); window.scrollTo(0, 0); main.focus({preventScroll: true}); });
  document.addEventListener('keydown', (e) => {
    if (e.key === '/' && !e.ctrlKey && !e.metaKey && !/^(input|textarea|select)$/i.test(e.target.tagName)) {
      e.preventDefault();
      $('q').focus();
    }
  });
  drawHealth();
  route();
  startFeed();
  setInterval(() => isSeen() && readHealth(), 5000);
  setInterval(() => isSeen() && growOld(), 20000);
}

startTheme();
if ($('q')) start();
else if (location.hash.length > 2) keep('dupd-hash', location.hash); // the login form, asked for a place in the page
