// desk_page.js: what the browser tests of the dashboard share: a daemon of their own, a page in a real
// browser, and what must hold on every page whatever it shows: no error in the console, nothing asked
// of any other host, contrast of 4.5:1, a name for every control, nothing wider than the window.
'use strict';
const assert = require('node:assert');
const {spawn, spawnSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {chromium} = require('playwright-core');

const PATIENCE = 60000;

async function until(condition, what) {
  for (const end = Date.now() + PATIENCE; Date.now() < end;) {
    const answer = await condition();
    if (answer) return answer;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error('did not happen: ' + what);
}

// `dupd serve --http` on a store in a directory, or on a Redis of its own (the program redisServer);
// start, stop and start again on the same port. With a token, nobody else may ask.
class Daemon {
  constructor(program, directory, redisServer, token = '') {
    Object.assign(this, {program, directory, redisServer, token, port: 0, process: null, redis: null, base: '', log: ''});
    this.locked = token ? ['--http-token-file', path.join(directory, 'token')] : [];
    if (token) fs.writeFileSync(this.locked[1], token + '\n');
    this.socket = path.join(directory, 'redis.sock');
    this.place = redisServer ? ['--redis', 'redis+unix://' + this.socket] : ['--store', path.join(directory, 'store')];
  }

  async start() {
    if (this.redisServer && !this.redis) {
      this.redis = spawn(this.redisServer, ['--port', '0', '--unixsocket', this.socket, '--save', '', '--appendonly', 'no', '--dir', this.directory], {stdio: 'ignore'});
      await until(() => fs.existsSync(this.socket) || (this.redis.exitCode !== null && assert.fail('Redis has ended')), 'Redis listens');
    }
    this.log = '';
    this.process = spawn(this.program, ['serve', ...this.place, '--http', '127.0.0.1:' + this.port, ...this.locked, '--log-format', 'logfmt'], {stdio: ['ignore', 'ignore', 'pipe']});
    this.process.stderr.on('data', (data) => { this.log += data; });
    const match = await until(() => /event=http_up .*port=(\d+)/.exec(this.log) || (this.process.exitCode !== null && assert.fail(this.log)), 'the daemon listens');
    this.port = match[1];
    this.base = 'http://127.0.0.1:' + this.port;
  }

  async stop() {
    const ended = new Promise((done) => this.process.once('exit', (status) => done(status)));
    this.process.kill('SIGTERM');
    assert.strictEqual(await ended, 0, this.log);
  }

  kill() {
    for (const p of [this.process, this.redis]) if (p && p.exitCode === null) p.kill('SIGKILL');
  }

  // Into the queue, whose answers go elsewhere.
  push(articles) {
    const got = spawnSync(this.program, ['push', '--quiet', ...this.place, '-'], {input: articles.map((a) => JSON.stringify(a) + '\n').join('')});
    assert.strictEqual(got.status, 0, String(got.stderr));
  }

  // archive: dates are believed however old they are. Returns the answers, of which none is an error.
  async add(articles, archive = true) {
    const answer = await fetch(this.base + '/api/v1/articles' + (archive ? '?import=yes' : ''), {method: 'POST', headers: {'Content-Type': 'application/x-ndjson', Authorization: 'Bearer ' + this.token}, body: articles.map((a) => JSON.stringify(a) + '\n').join('')});
    assert.strictEqual(answer.status, 200);
    const lines = (await answer.text()).trim().split('\n').map((line) => JSON.parse(line));
    assert.ok(lines.every((line) => !line.error), JSON.stringify(lines.find((line) => line.error)));
    return lines;
  }
}

// Runs in the page: text whose contrast with what is behind it is below 4.5:1 (3:1 when large).
function poorContrast() {
  const parse = (text) => { const n = text.match(/[\d.]+/g).map(Number); return n.length > 3 ? n : [...n, 1]; };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = (e) => {
    const layers = [];
    for (let at = e; at; at = at.parentElement) layers.push(parse(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((under, layer) => over(layer, under), [255, 255, 255, 1]);
  };
  const poor = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const e = node.parentElement;
    if (!node.data.trim() || e.closest('svg, script, noscript, .hidden, [hidden]') || !e.getClientRects().length) continue;
    const style = getComputedStyle(e), under = behind(e), ink = over(parse(style.color), under);
    const [a, b] = [light(ink), light(under)].sort((x, y) => y - x), ratio = (a + 0.05) / (b + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) poor.push(ratio.toFixed(2) + ' ' + e.className + ': ' + node.data.trim().slice(0, 40));
  }
  return [...new Set(poor)];
}

// Runs in the page: controls without a name, and other slips.
function slips() {
  const found = [];
  for (const e of document.querySelectorAll('a, button, input, select, textarea')) {
    if (!e.getClientRects().length) continue;
    const name = (e.getAttribute('aria-label') || e.textContent || (e.labels && e.labels[0] && e.labels[0].textContent) || '').trim();
    if (!name) found.push('no name: ' + e.outerHTML.slice(0, 80));
  }
  for (const e of document.querySelectorAll('svg[role=img], [role=region]')) if (!e.getAttribute('aria-label')) found.push('no label: ' + e.outerHTML.slice(0, 80));
  if (document.querySelectorAll('h1').length !== 1) found.push('not one h1');
  if (document.documentElement.scrollWidth > innerWidth) found.push('wider than the window: ' + document.documentElement.scrollWidth + ' > ' + innerWidth);
  for (const a of document.querySelectorAll('a[href]')) if (!/^(https?:|\/|#|http:)/.test(a.getAttribute('href'))) found.push('link to ' + a.getAttribute('href'));
  for (const chip of document.querySelectorAll('.chip')) {
    const paint = (e) => getComputedStyle(e).backgroundColor;
    let under = chip.parentElement;
    while (under.parentElement && paint(under) === 'rgba(0, 0, 0, 0)') under = under.parentElement;
    if (paint(chip) === paint(under)) found.push('chip in the colour of its ground: ' + chip.className);
  }
  if (window.hit) found.push('script of an article has run');
  return found;
}

// A page that is watched, in a time zone where a UTC date taken for a moment is the day before.
// desk.down is true while the server is away, when the console may complain.
async function open(daemon, shots) {
  const browser = await chromium.launch({executablePath: process.env.CHROMIUM, args: ['--no-sandbox', '--force-prefers-reduced-motion']});
  const context = await browser.newContext({viewport: {width: 1280, height: 900}, colorScheme: 'light', timezoneId: 'America/New_York'});
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const errors = [], strangers = [];
  const desk = {browser, page, down: false};
  page.on('pageerror', (e) => errors.push(e.message));
  page.on('console', (m) => { if (['error', 'warning'].includes(m.type()) && !desk.down && !/40[49]/.test(m.text())) errors.push(m.text()); });
  page.on('request', (r) => { if (!r.url().startsWith(daemon.base + '/')) strangers.push(r.url()); });
  page.on('dialog', (d) => { errors.push('dialog ' + d.message()); d.dismiss(); });
  desk.shoot = async (name) => { if (shots) await page.screenshot({path: path.join(shots, name + '.png')}); };
  desk.look = async (name) => {
    for (const scheme of ['dark', 'light']) {
      await page.emulateMedia({colorScheme: scheme});
      assert.deepStrictEqual(await page.evaluate(poorContrast), [], 'contrast of ' + name + ', ' + scheme);
    }
    assert.deepStrictEqual(await page.evaluate(slips), [], name);
    await desk.shoot(name);
  };
  desk.close = async () => {
    assert.deepStrictEqual(errors, []);
    assert.deepStrictEqual(strangers, []);
    await browser.close();
  };
  return desk;
}

// Runs test(daemon, desk) and ends the process with its status, leaving nothing behind.
async function run(program, shots, test, redisServer = '') {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'dupd-dashboard-'));
  const daemon = new Daemon(program, directory, redisServer);
  let desk = null, status = 0;
  try {
    await daemon.start();
    desk = await open(daemon, shots);
    await test(daemon, desk);
    await desk.close();
    await daemon.stop();
  } catch (error) {
    console.error(error);
    status = 1;
    if (desk) await desk.shoot('failed').catch(() => {});
  }
  daemon.kill();
  fs.rmSync(directory, {recursive: true, force: true});
  process.exit(status);
}

const done = (what) => console.log('ok ' + what);

module.exports = {PATIENCE, Daemon, until, run, done};
