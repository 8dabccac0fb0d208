// dashboard_real.js PROGRAM ARTICLES COUNT SYNONYMS SHOTS [REDIS-SERVER]: the dashboard as someone sees it who watches
// real news: thousands of real articles flow by, two of them are copied a moment later, once with its
// words exchanged and once with its agency's name taken out, a third before it comes itself; and the
// copies must be found, opened, compared, filtered and searched. Nothing here knows a word of the articles: they are chosen by their shape.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const {until, run, done} = require('./desk_page.js');

const [program, file, count, synonymsFile, shots, redisServer] = process.argv.slice(2);
const BATCH = 500;
const AGENCY = /\b(?:AP|Associated Press|Reuters)\b/g;
const words = (text) => text.split(/\s+/).length;
const minutesAgo = (n) => new Date(Date.now() - n * 60000).toISOString();

// The verbs and nouns of bench/data/synonyms.txt, each with the next of its group.
function readSynonyms() {
  const next = new Map();
  for (const line of fs.readFileSync(synonymsFile, 'utf8').split('\n')) {
    const [kind, ...group] = line.trim().split(/\s+/);
    if (/^[vnar]$/.test(kind)) group.forEach((w, i) => next.has(w) || next.set(w, group[(i + 1) % group.length]));
  }
  return next;
}

function spin(text, synonyms) {
  let exchanged = 0;
  const body = text.replace(/[A-Za-z]+/g, (word) => {
    const other = synonyms.get(word);
    exchanged += other ? 1 : 0;
    return other || word;
  });
  assert.ok(exchanged >= 10, 'the list knows words of the article: ' + exchanged);
  return body;
}

// What is read: the archive in order of time and some undated ones, without those that get copied.
function choose() {
  const all = fs.readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  const shaped = (a) => a.title && a.title.length > 20 && words(a.body) >= 350 && words(a.body) <= 900;
  const [staff, late] = all.filter((a) => shaped(a) && !a.body.match(AGENCY) && !/press|agenc|wire|bloomberg|reuters/i.test(a.source + a.body));
  const wire = all.find((a) => shaped(a) && /^.{0,60}\((?:AP|Reuters)\)/.test(a.body));
  assert.ok(staff && late && wire, 'articles of the shapes that are needed');
  const rest = all.filter((a) => ![staff, late, wire].includes(a));
  const dated = rest.filter((a) => a.published_at > '2000').sort((a, b) => (a.published_at < b.published_at ? -1 : 1));
  const odd = rest.filter((a) => !(a.published_at > '2000')).slice(0, Math.ceil(count / 20));
  return {staff, late, wire, archive: dated.slice(0, count - odd.length).concat(odd)};
}

const {staff, late, wire, archive} = choose();
const spun = {id: 'real-spun', source: 'spinner.example', title: 'Spun: ' + staff.title, lang: 'en', published_at: minutesAgo(20), body: spin(staff.body, readSynonyms())};
const bare = {id: 'real-bare', source: 'mirror.example', title: 'Bare: ' + wire.title, lang: 'en', published_at: minutesAgo(5), body: wire.body.replace(/\((?:AP|Reuters)\)/g, '').replace(AGENCY, 'officials')};

run(program, shots, async (daemon, desk) => {
  const {page, look} = desk, {base} = daemon;
  const marks = () => page.$$eval('.pair .text', (boxes) => boxes.map((b) => [...b.querySelectorAll('mark')].map((m) => m.textContent).join(' ')));
  const row = (id) => '.feed li[data-id="' + id + '"]';

  await page.goto(base + '/');
  await page.waitForSelector('text=No copies yet');
  for (let i = 0; i < archive.length; i += BATCH) await (redisServer ? daemon.push(archive.slice(i, i + BATCH)) : daemon.add(archive.slice(i, i + BATCH)));
  await page.waitForSelector('.feed li .chip');
  await until(async () => (await page.textContent('.figures')).includes(new Intl.NumberFormat('en').format(archive.length)), 'all articles are counted');
  await look('real-live');
  done(archive.length + ' articles; their copies appear by themselves');

  const [first, second] = await daemon.add([{...staff, published_at: minutesAgo(90)}, {...wire, published_at: minutesAgo(60)}], false);
  assert.ok(!first.copy && !second.copy, 'nobody has had these before');
  const [rewritten, copied] = await daemon.add([spun, bare], false);
  assert.deepStrictEqual([rewritten.copy, rewritten.origin, copied.copy, copied.origin], [true, staff.id, true, wire.id], JSON.stringify([rewritten, copied]));
  await page.waitForSelector(row('real-spun'));
  await page.waitForSelector(row('real-bare') + ' .chip.bad');
  await look('real-copies');
  await page.selectOption('select[aria-label="Which copies"]', 'uncredited');
  await until(() => page.$$eval('.feed li', (rows) => rows.length > 0 && rows.every((r) => r.querySelector('.chip.bad'))), 'only those without credit');
  assert.ok(await page.$(row('real-bare')) && !(await page.$(row('real-spun'))), 'the filter knows one from the other');
  await page.selectOption('select[aria-label="Which copies"]', '');
  done('copies made a moment ago come in live, the one without credit as such');

  await daemon.add([{...late, id: 'real-early', source: 'early.example', title: 'Early: ' + late.title, published_at: minutesAgo(10)}], false);
  assert.ok(!(await page.$(row('real-early'))), 'nobody had these words before');
  await daemon.add([{...late, published_at: minutesAgo(30)}], false);
  await page.waitForSelector(row('real-early'));
  assert.ok(!(await page.textContent(row('real-early'))).includes('%'), 'how much was taken is not known, and not 0');
  done('a copy whose original comes later comes in with it');

  await page.click(row('real-spun') + ' .title a');
  await page.waitForSelector('.pair .text mark .replaced');
  const [left, right] = await marks();
  assert.ok(words(left) > words(staff.body) / 2 && words(right) > words(spun.body) / 2, words(left) + ' and ' + words(right) + ' words marked');
  assert.ok(left !== right && staff.body.includes(left.slice(0, 20)) && spun.body.includes(right.slice(0, 20)), 'each side is marked in its own words');
  await look('real-story-spun');
  await page.click('button:has-text("Next passage")');
  assert.ok(await page.$('.pair mark.at'));
  await page.goto(base + '/#/story/' + copied.story + '/real-bare');
  await page.waitForSelector('.side:nth-child(2):has-text("mirror.example") .text mark');
  assert.ok((await marks()).every((side) => words(side) > words(wire.body) / 2), 'marked on both sides');
  await look('real-story-bare');
  done('their stories show what was taken, marked on both sides');

  const known = (await (await fetch(base + '/api/v1/stories?limit=100')).json()).stories;
  for (const story of known) {
    await page.goto(base + '/#/story/' + story.story);
    await page.waitForSelector('.pair .text mark');
    assert.ok((await marks()).every((side) => words(side) >= 30), 'marks on both sides in story ' + story.story);
  }
  assert.ok(known.length >= 3, 'stories besides the two: ' + known.length);
  done('so do all ' + known.length + ' stories');

  await page.goto(base + '/#/stories');
  await page.waitForSelector('.stories li');
  await look('real-stories');
  const shown = await page.textContent('.stories');
  for (const day of known.slice(0, 30).filter((s) => s.first_at.endsWith('T00:00:00.000Z')).map((s) => s.first_at.slice(0, 10).split('-').map(Number))) {
    assert.match(shown, new RegExp('\\b' + day[2] + ' \\p{L}+ ' + day[0] + '(?!, \\d\\d:)', 'u'), 'a date has its day and no time of day');
  }
  await page.fill('input[name=source]', 'mirror.example');
  await page.keyboard.press('Enter');
  await until(async () => (await page.$$('.stories > li')).length === 1, 'one story of that outlet');
  const rare = spun.title.split(/\s+/).slice(1, 5).join(' ').toUpperCase();
  await page.fill('#q', rare);
  await page.keyboard.press('Enter');
  await page.waitForSelector(row('real-spun'));
  await look('real-search');
  await page.goto(base + '/#/who');
  await page.waitForSelector('tbody th:has-text("mirror.example")');
  await look('real-who');
  done('filters and search');

  await page.goto(base + '/#/check');
  await page.fill('#text', staff.body);
  await page.click('.main-button');
  await page.waitForSelector('.answer .verdict:has-text("same words")');
  await page.waitForSelector('.answer .pair .text mark');
  await look('real-check');
  await page.fill('#text', 'On the third morning my sister found the ladder where our uncle had left it, behind the boat, and asked the goat what it thought of the weather. The goat was of no opinion, and so we painted the fence without it, in the green that nobody had wanted for the door.');
  await page.click('.main-button');
  await page.waitForSelector('.answer .verdict:has-text("Nothing of note")');
  done('a pasted article is known, prose of our own is not');

  await page.goto(base + '/#/');
  await page.waitForSelector(row('real-bare'));
  desk.down = true;
  await daemon.stop();
  await page.waitForSelector('#trouble:has-text("Connection lost")');
  assert.ok(await page.$(row('real-bare')), 'what was there stays');
  await daemon.start();
  await page.waitForSelector('#trouble', {state: 'hidden'});
  await until(async () => (await page.textContent('#health')).includes('live feed connected'), 'the feed is back');
  desk.down = false;
  await daemon.add([{...bare, id: 'real-again', source: 'again.example', published_at: minutesAgo(0)}], false);
  await page.waitForSelector(row('real-again'));
  const copies = known.reduce((sum, story) => sum + story.copies, 1);
  await until(async () => (await page.$$('.feed > li')).length === Math.min(100, copies), 'every copy is there again');
  const times = await page.$$eval('.feed time', (all) => all.map((t) => t.dateTime));
  assert.deepStrictEqual(times, [...times].sort().reverse(), 'newest first, in whatever order they were told again');
  done('the server is lost and regained with all that it knew');

  for (const [name, width] of [['phone', 390], ['tablet', 820], ['wide', 1600]]) {
    await page.setViewportSize({width, height: 900});
    for (const [at, wait] of [['', '.feed li'], ['stories', '.stories li'], ['who', 'table'], ['search?q=the', '.feed li'], ['story/' + rewritten.story, '.pair .text mark'], ['story/' + copied.story, '.pair .text mark']]) {
      await page.goto(base + '/#/' + at);
      await page.waitForSelector(wait);
      await look('real-' + name + '-' + (at.replace(/\W/g, '-') || 'live'));
    }
  }
  done('phone, tablet and a wide window');
}, redisServer);
