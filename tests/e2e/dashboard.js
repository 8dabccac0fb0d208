// dashboard.js PROGRAM SAMPLES [SHOTS]: what a person does with the dashboard, in a real browser on a
// real daemon: sees a copy come in, opens its story, filters, searches, checks a text, loses the
// server and gets it back. And what must hold throughout: no error in the console, nothing asked of
// any other host, nothing of an article run as script, contrast of 4.5:1, a name for every control.
'use strict';
const assert = require('node:assert');
const {spawn} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {chromium} = require('playwright-core');

const [program, samples, shots] = process.argv.slice(2);
const PATIENCE = 60000;
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'dupd-dashboard-'));
const articles = fs.readFileSync(path.join(samples, 'articles.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
let daemon = null, base = '', thePage = null;

async function until(condition, what) {
  for (const end = Date.now() + PATIENCE; Date.now() < end;) {
    const answer = await condition();
    if (answer) return answer;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error('did not happen: ' + what);
}

async function start(port) {
  let log = '';
  daemon = spawn(program, ['serve', '--store', path.join(directory, 'store'), '--http', '127.0.0.1:' + port, '--log-format', 'logfmt'], {stdio: ['ignore', 'ignore', 'pipe']});
  daemon.stderr.on('data', (data) => { log += data; });
  daemon.text = () => log;
  const match = await until(() => /event=http_up .*port=(\d+)/.exec(log) || (daemon.exitCode !== null && assert.fail(log)), 'the daemon listens');
  base = 'http://127.0.0.1:' + match[1];
  return match[1];
}

async function stop() {
  const ended = new Promise((done) => daemon.once('exit', (status) => done(status)));
  daemon.kill('SIGTERM');
  const status = await ended;
  assert.strictEqual(status, 0, daemon.text());
}

async function add(list) {
  const answer = await fetch(base + '/api/v1/articles?import=yes', {method: 'POST', headers: {'Content-Type': 'application/x-ndjson'}, body: list.map((a) => JSON.stringify(a) + '\n').join('')});
  assert.strictEqual(answer.status, 200);
  const lines = (await answer.text()).trim().split('\n').map((line) => JSON.parse(line));
  assert.ok(lines.every((line) => !line.error), JSON.stringify(lines.find((line) => line.error)));
  return lines;
}

const now = (minutes) => new Date(Date.now() - minutes * 60000).toISOString();
const origin = articles[0];
const X = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>\'"&';
const hostile = {id: X, url: 'javascript:window.hit=1', source: X, title: X + ' hostile', byline: X, lang: 'en', published_at: '2026-03-03T20:00:00Z', body: origin.body + '\n\n' + X};

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
  if (window.hit) found.push('script of an article has run');
  return found;
}

async function main() {
  const port = await start(0);
  const browser = await chromium.launch({executablePath: process.env.CHROMIUM, args: ['--no-sandbox', '--force-prefers-reduced-motion']});
  const page = await browser.newPage({viewport: {width: 1280, height: 900}, colorScheme: 'light'});
  thePage = page;
  page.setDefaultTimeout(PATIENCE);
  const errors = [], strangers = [];
  let down = false;
  page.on('pageerror', (e) => errors.push(e.message));
  page.on('console', (m) => { if (['error', 'warning'].includes(m.type()) && !down && !/40[49]/.test(m.text())) errors.push(m.text()); });
  page.on('request', (r) => { if (!r.url().startsWith(base + '/')) strangers.push(r.url()); });
  page.on('dialog', (d) => { errors.push('dialog ' + d.message()); d.dismiss(); });
  const done = (what) => console.log('ok ' + what);
  const look = async (name) => {
    for (const scheme of ['dark', 'light']) {
      await page.emulateMedia({colorScheme: scheme});
      assert.deepStrictEqual(await page.evaluate(poorContrast), [], 'contrast of ' + name + ', ' + scheme);
    }
    assert.deepStrictEqual(await page.evaluate(slips), [], name);
    if (shots) await page.screenshot({path: path.join(shots, name + '.png')});
  };

  await page.goto(base + '/');
  await page.waitForSelector('text=No copies yet');
  await look('empty');
  const weight = await page.evaluate(() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].filter((e) => !e.name.includes('/api/')).reduce((sum, e) => sum + e.decodedBodySize, 0));
  assert.ok(weight > 40000, 'all files are counted: ' + weight);
  assert.ok(weight < 200000, 'page of ' + weight + ' bytes');
  const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].startTime);
  console.log('page of ' + weight + ' bytes, first paint after ' + Math.round(paint) + ' ms');
  done('an empty desk says so');

  await add(articles.slice(0, 12));
  await page.waitForSelector('.feed li .chip.copy');
  await until(async () => (await page.textContent('.figures')).includes('copies in 24 hours') && !(await page.textContent('.figure .value')).startsWith('0'), 'figures follow');
  await page.waitForSelector('.mini .spread');
  await look('live');
  done('copies appear by themselves');

  await add([hostile]);
  await page.waitForSelector('.feed li:first-child:has-text("hostile")');
  assert.ok((await page.textContent('.feed li:first-child .title')).includes('<script>'), 'shown as text');
  await look('hostile');
  await page.click('.feed li:first-child .title a');
  await page.waitForSelector('.pair .text mark');
  assert.ok((await page.textContent('.pair')).includes('onerror'), 'in the story too');
  await look('hostile-story');
  done('article text stays text');

  await page.goto(base + '/#/stories');
  await page.waitForSelector('.stories li');
  await look('stories');
  await page.click('.stories h2 a:has-text("harbour bridge")');
  await page.waitForSelector('.timeline button[aria-pressed=true]');
  await page.click('.timeline button:has-text("eastgate")');
  await page.waitForSelector('.side:nth-child(2):has-text("Eastgate") .text mark');
  const [left, right] = await page.$$eval('.pair .text', (boxes) => boxes.map((b) => [...b.querySelectorAll('mark[data-passage="0"]')].map((m) => m.textContent).join(' ')));
  assert.ok(left.length > 200 && left.split(' ').slice(3, 9).join(' ') === right.split(' ').slice(3, 9).join(' '), left.slice(0, 80) + ' / ' + right.slice(0, 80));
  assert.ok(await page.$('.pair .quotation'), 'quotations are marked');
  await page.focus('button:has-text("Next passage")');
  await page.keyboard.press('Enter');
  assert.strictEqual(await page.$$eval('.pair mark.at', (m) => new Set(m.map((x) => x.dataset.passage)).size), 1);
  await page.waitForSelector('text=/Passage 1 of/');
  await page.mouse.move(0, 0);
  await look('story');
  done('a story shows origin and copy side by side');

  await page.goto(base + '/#/');
  await page.waitForSelector('.feed li');
  await page.selectOption('select[aria-label="Which copies"]', 'uncredited');
  await until(() => page.$$eval('.feed li', (rows) => rows.length > 0 && rows.every((r) => r.textContent.includes('no credit to'))), 'only those without credit');
  await page.keyboard.press('Escape');
  await page.focus('h1, main');
  await page.keyboard.press('/');
  await page.keyboard.type('reservoir RATIONING');
  await page.keyboard.press('Enter');
  await page.waitForSelector('h1:has-text("reservoir")');
  await page.waitForSelector('text=Nothing found');
  await page.fill('#q', 'ratION');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.feed li:has-text("Water rationing")');
  await look('search');
  await page.goto(base + '/#/who');
  await page.waitForSelector('tbody th:has-text("AP")');
  await page.click('thead button:has-text("Without credit") >> nth=0');
  assert.ok(await page.$('th[aria-sort=descending]:has-text("Without credit")'));
  await look('who');
  done('filters, search and tables');

  await page.goto(base + '/#/check');
  await page.fill('#text', fs.readFileSync(path.join(samples, 'spun.txt'), 'utf8'));
  await page.click('.main-button');
  await page.waitForSelector('.answer .chip.rewritten');
  await page.waitForSelector('.answer .text .replaced');
  await look('check');
  await page.fill('#text', '<html><body><article><p>' + origin.body.split('\n\n').join('</p><p>') + '</p></article></body></html>');
  await page.click('.main-button');
  await page.waitForSelector('.answer .verdict:has-text("same words")');
  await page.fill('#text', 'A few words of my own about a ferry that nobody has written about before.');
  await page.click('.main-button');
  await page.waitForSelector('.answer .verdict:has-text("Nothing of note")');
  done('a pasted text is judged');

  await page.goto(base + '/#/');
  await page.waitForSelector('.feed li');
  down = true;
  await stop();
  await page.waitForSelector('#trouble:has-text("Connection lost")');
  assert.ok(await page.$('.feed li'), 'what was there stays');
  await look('lost');
  await start(port);
  await page.waitForSelector('#trouble', {state: 'hidden'});
  await until(async () => (await page.textContent('#health')).includes('live feed connected'), 'the feed is back');
  down = false;
  await add([{...articles[14], id: 'again-1', source: 'again-1.example', url: null, published_at: now(2)}, {...articles[14], id: 'again-2', source: 'again-2.example', url: null, published_at: now(1)}]);
  await page.waitForSelector('.feed li:has-text("again-2.example")');
  await page.click('button:has-text("Pause")');
  await add([{...articles[14], id: 'again-3', source: 'again-3.example', url: null, published_at: now(0)}]);
  await page.waitForSelector('button:has-text("1 new")');
  assert.ok(!(await page.$('.feed li:has-text("again-3.example")')), 'paused');
  await page.click('button:has-text("1 new")');
  await page.waitForSelector('.feed li:has-text("again-3.example")');
  done('the server is lost and regained; the feed can be paused');

  for (const [name, width] of [['phone', 390], ['tablet', 820]]) {
    await page.setViewportSize({width, height: 844});
    for (const [at, wait] of [['', '.feed li'], ['stories', '.stories li'], ['who', 'table'], ['check', '#text']]) {
      await page.goto(base + '/#/' + at);
      await page.waitForSelector(wait);
      await look(name + '-' + (at || 'live'));
    }
    await page.goto(base + '/#/stories');
    await page.click('.stories h2 a >> nth=0');
    await page.waitForSelector('.pair .text mark');
    await look(name + '-story');
  }
  done('phone and tablet');

  assert.deepStrictEqual(errors, []);
  assert.deepStrictEqual(strangers, []);
  await browser.close();
  await stop();
}

main().then(() => 0, async (error) => {
  console.error(error);
  if (shots && thePage) await thePage.screenshot({path: path.join(shots, 'failed.png')}).catch(() => {});
  return 1;
}).then((status) => {
  if (daemon && daemon.exitCode === null) daemon.kill('SIGKILL');
  fs.rmSync(directory, {recursive: true, force: true});
  process.exit(status);
});
