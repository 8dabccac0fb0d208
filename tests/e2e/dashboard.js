// dashboard.js PROGRAM SAMPLES [SHOTS]: what a person does with the dashboard, in a real browser on a
// real daemon: sees a copy come in, opens its story, filters, searches, checks a text, loses the
// server and gets it back. And what must hold throughout: no error in the console, nothing asked of
// any other host, nothing of an article run as script, contrast of 4.5:1, a name for every control.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const {until, run, done} = require('./desk_page.js');

const [program, samples, shots] = process.argv.slice(2);
const articles = fs.readFileSync(path.join(samples, 'articles.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line));

const now = (minutes) => new Date(Date.now() - minutes * 60000).toISOString();
const origin = articles[0];
const X = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>\'"&';
const hostile = {id: X, url: 'javascript:window.hit=1', source: X, title: X + ' hostile', byline: X, lang: 'en', published_at: '2026-03-03T20:00:00Z', body: origin.body + '\n\n' + X};

run(program, shots, async (daemon, desk) => {
  const {page, look} = desk, {base} = daemon;
  await page.goto(base + '/');
  await page.waitForSelector('text=No copies yet');
  await look('empty');
  const weight = await page.evaluate(() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].filter((e) => !e.name.includes('/api/')).reduce((sum, e) => sum + e.decodedBodySize, 0));
  assert.ok(weight > 40000, 'all files are counted: ' + weight);
  assert.ok(weight < 100000, 'page of ' + weight + ' bytes');
  const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].startTime);
  console.log('page of ' + weight + ' bytes, first paint after ' + Math.round(paint) + ' ms');
  done('an empty desk says so');

  await daemon.add(articles.slice(0, 12));
  await page.waitForSelector('.feed li .chip.copy');
  await until(async () => (await page.textContent('.figures')).includes('copies in 24 hours') && !(await page.textContent('.figure .value')).startsWith('0'), 'figures follow');
  await page.waitForSelector('.mini .spread');
  await look('live');
  done('copies appear by themselves');

  await daemon.add([hostile]);
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
  desk.down = true;
  await daemon.stop();
  await page.waitForSelector('#trouble:has-text("Connection lost")');
  assert.ok(await page.$('.feed li'), 'what was there stays');
  await look('lost');
  await daemon.start();
  await page.waitForSelector('#trouble', {state: 'hidden'});
  await until(async () => (await page.textContent('#health')).includes('live feed connected'), 'the feed is back');
  desk.down = false;
  await daemon.add([{...articles[14], id: 'again-1', source: 'again-1.example', url: null, published_at: now(2)}, {...articles[14], id: 'again-2', source: 'again-2.example', url: null, published_at: now(1)}]);
  await page.waitForSelector('.feed li:has-text("again-2.example")');
  await page.click('button:has-text("Pause")');
  await daemon.add([{...articles[14], id: 'again-3', source: 'again-3.example', url: null, published_at: now(0)}]);
  await page.waitForSelector('button:has-text("1 new")');
  // Told again while the list is held: one article still.
  const told = {id: 'held', collection: 'default', verdict: 'identical', copy: true, story: '1', title: 'Held back', decided_at: now(0)};
  await page.evaluate((row) => { current.live('verdict', row); current.live('verdict', row); current.live('verdict', {...row, collection: 'other'}); }, told);
  await page.waitForSelector('button:has-text("3 new")');
  assert.ok(!(await page.$('.feed li:has-text("again-3.example")')), 'paused');
  await page.click('button:has-text("3 new")');
  await page.waitForSelector('.feed li:has-text("again-3.example")');
  assert.equal((await page.$$('.feed li:has-text("Held back")')).length, 2, 'an article in each collection');
  await page.evaluate((row) => current.live('verdict', row), told);
  assert.equal((await page.$$('.feed li:has-text("Held back")')).length, 2, 'told again, it is shown once in each');
  await page.evaluate(() => current.live('verdict', {id: 'old', verdict: 'identical', copy: true, story: '1', title: 'Told once more', decided_at: '2020-01-01T00:00:00.000Z'}));
  assert.ok(await page.$('.feed li:last-child:has-text("Told once more")'), 'at its place in time, whenever it is told');
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
});
