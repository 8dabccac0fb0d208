// dashboard_edges.js PROGRAM [SHOTS]: the dashboard where people push it: more tabs than a browser has
// connections, hidden tabs, a story longer than its list, words without end, passages of thousands of
// words, all that begins like HTML, filters that nothing fits, and a desk behind a token.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const {Daemon, until, run, done} = require('./desk_page.js');

const [program, shots] = process.argv.slice(2);
const MEMBERS = 620, LISTED = 500, TABS = 8;
const at = (minutes) => new Date(Date.UTC(2026, 2, 3) + minutes * 60000).toISOString();

// The same words for the same seed, few of them twice; a full stop now and then.
function prose(seed, count) {
  const syllables = ['ba', 'den', 'fo', 'gir', 'hu', 'kal', 'lo', 'mi', 'nor', 'pe', 'qua', 'ris', 'so', 'tem', 'ul', 'ven', 'wa', 'yor', 'zi', 'cla'];
  let state = seed;
  const next = (n) => { state = (state * 1103515245 + 12345) % 2147483648; return Math.floor(state / 65536) % n; };
  const words = [];
  for (let i = 0; i < count; i++) words.push([0, 1, 2, 3].slice(0, 2 + next(3)).map(() => syllables[next(20)]).join('') + (i % 14 === 13 ? '.' : ''));
  return words.join(' ');
}

// In the page: what the browser says of a tab that is not looked at.
function setVisible(visible) {
  Object.defineProperty(document, 'visibilityState', {configurable: true, get: () => (visible ? 'visible' : 'hidden')});
  Object.defineProperty(document, 'hidden', {configurable: true, get: () => !visible});
  document.dispatchEvent(new Event('visibilitychange'));
}

// What was added is in the view a moment later.
const isShown = (daemon, id) => until(async () => (await (await fetch(daemon.base + '/api/v1/verdicts?limit=20')).json()).verdicts.some((v) => v.id === id), id + ' in the view');
const connected = (page) => page.waitForSelector('#health:has-text("live feed connected")');
const row = (id) => '.feed li[data-id="' + id + '"]';
const pair = (id, minutes) => [0, 1].map((n) => ({id: id + n, source: id + n + '.example', title: 'Pair ' + id, published_at: at(minutes + n), body: prose(900 + minutes, 120)}));

async function manyTabs(daemon, desk) {
  const {page} = desk, {base} = daemon;
  const clients = async () => (await (await fetch(base + '/api/v1/stats')).json()).event_clients;
  await page.goto(base + '/');
  const tabs = [page];
  while (tabs.length < TABS) {
    const tab = await page.context().newPage();
    await tab.goto(base + '/');
    tabs.push(tab);
  }
  for (const tab of tabs) await connected(tab);
  await daemon.add(pair('tab', 1));
  for (const tab of tabs) await tab.waitForSelector(row('tab1'));
  assert.strictEqual(await clients(), 1, 'one feed for all tabs');
  done(TABS + ' tabs at once, and each is live');

  // The first has the feed: hidden or closed, another takes it, and who comes back is told what it missed.
  await page.evaluate(setVisible, false);
  await daemon.add(pair('next', 2));
  for (const tab of tabs.slice(1)) await tab.waitForSelector(row('next1'));
  assert.ok(!(await page.$(row('next1'))), 'a hidden tab sleeps');
  await tabs[1].close();
  await daemon.add(pair('closed', 3));
  for (const tab of tabs.slice(2)) await tab.waitForSelector(row('closed1'));
  for (const tab of tabs.slice(2)) await tab.evaluate(setVisible, false);
  await until(async () => (await clients()) === 0, 'hidden tabs hold nothing');
  await daemon.add(pair('away', 4));
  await page.evaluate(() => {
    window.cried = [];
    new MutationObserver(() => window.cried.push($('trouble').textContent)).observe($('trouble'), {childList: true});
  });
  await page.evaluate(setVisible, true);
  for (const id of ['next1', 'closed1', 'away1']) await page.waitForSelector(row(id));
  await connected(page);
  assert.deepStrictEqual(await page.evaluate(() => window.cried), [], 'no alarm for a tab that slept');
  await until(async () => (await clients()) === 1, 'it has its feed again');
  // What is held back stays so, whoever comes and goes.
  await page.click('button:has-text("Pause")');
  await page.evaluate(setVisible, false);
  await daemon.add(pair('paused', 5));
  await page.evaluate(setVisible, true);
  await page.waitForSelector('button:has-text("Paused, 1 new")');
  assert.ok(!(await page.$(row('paused1'))), 'the list is held');
  await page.click('button:has-text("Paused, 1 new")');
  await page.waitForSelector(row('paused1'));
  for (const tab of tabs.slice(2)) await tab.close();
  done('hidden tabs hold no connection, and catch up');

  // Where browsers have no locks (plain http from another machine) only what is seen has a feed.
  const plain = await desk.browser.newContext();
  await plain.addInitScript(() => Object.defineProperty(Navigator.prototype, 'locks', {get: () => undefined}));
  await page.evaluate(setVisible, false);
  const last = [];
  for (let i = 0; i < TABS; i++) {
    const tab = await plain.newPage();
    await tab.goto(base + '/');
    await connected(tab);
    if (i < TABS - 1) await tab.evaluate(setVisible, false);
    last.push(tab);
  }
  await until(async () => (await clients()) === 1, 'the one that is seen');
  await daemon.add(pair('plain', 6));
  await last[TABS - 1].waitForSelector(row('plain1'));
  await last[0].evaluate(setVisible, true);
  await last[0].waitForSelector(row('plain1'));
  await plain.close();
  const behind = await desk.browser.newContext();
  await behind.addInitScript(() => Object.defineProperty(document, 'visibilityState', {configurable: true, get: () => 'hidden'}));
  const tab = await behind.newPage();
  await tab.goto(base + '/');
  await tab.waitForSelector(row('plain1'));
  await until(async () => (await clients()) === 0, 'a tab opened in the background opens no feed');
  await behind.close();
  await page.evaluate(setVisible, true);
  await connected(page);
  done('without locks too');
}

// The server's answers may be a second old, and the feed tells of what comes from now on.
async function oldAnswer(daemon, desk) {
  await daemon.add(pair('gap', 8));
  await isShown(daemon, 'gap1');
  const context = await desk.browser.newContext(), tab = await context.newPage();
  await tab.route('**/api/v1/verdicts?*', (route) => route.fulfill({json: {verdicts: [], next: null}}), {times: 1});
  await tab.goto(daemon.base + '/');
  await tab.waitForSelector('text=No copies yet');
  await tab.waitForSelector(row('gap1'));
  await context.close();
  done('what fell between the list and the feed is there a moment later');
}

async function timePasses(daemon, desk) {
  const context = await desk.browser.newContext(); // the clock is the context's
  const tab = await context.newPage();
  await daemon.add(pair('clock', 7));
  await tab.clock.install();
  await tab.goto(daemon.base + '/');
  await tab.waitForSelector(row('clock1'));
  assert.strictEqual(await tab.textContent(row('clock1') + ' time'), 'just now');
  await tab.clock.fastForward(300000);
  await until(async () => /^[56] min ago$/.test(await tab.textContent(row('clock1') + ' time')), 'time passes');
  await context.close();
  done('what was just now grows old');
}

async function longStory(daemon, desk) {
  const {page, look} = desk, {base} = daemon;
  const body = prose(7, 90);
  const all = Array.from({length: MEMBERS}, (_, i) => ({id: 'm' + i, source: 'outlet' + i + '.example', title: 'Story of many, ' + i, published_at: at(100 + i), body: body + (i ? ' Number ' + i + '.' : '')}));
  const answers = await daemon.add(all);
  const story = answers[MEMBERS - 1].story;
  await until(async () => (await (await fetch(base + '/api/v1/stories/' + story)).json()).story.members === MEMBERS, 'all are in the story');
  await page.goto(base + '/#/search?q=many');
  await page.click(row('m616') + ' .title a');
  await page.waitForSelector('.side:nth-child(2):has-text("outlet616.example") .text mark');
  assert.ok((await page.textContent('.side:nth-child(1)')).includes('outlet0.example'), 'beside its original');
  assert.deepStrictEqual(await page.$$eval('.timeline button[aria-pressed=true]', (b) => b.map((x) => x.dataset.id)), ['m616']);
  await page.waitForSelector('text=The first ' + LISTED + ' of ' + MEMBERS + ' articles');
  await look('long-story');
  await page.click('.timeline button[data-id="m3"]');
  await page.waitForSelector('.side:nth-child(2):has-text("outlet3.example") .text mark');
  assert.ok(page.url().endsWith('/m3'));
  await page.click('a:has-text("all of them")');
  await page.waitForSelector('h1:has-text("Articles of story")');
  await page.waitForSelector(row('m' + (MEMBERS - 1)));
  await page.goto(base + '/#/story/' + story + '/nobody');
  await page.waitForSelector('text=This article is not in the store');
  assert.ok(!(await page.$('.pair')), 'no other article in its place');
  done('a story of ' + MEMBERS + ' articles: whichever is asked for is shown');

  await page.goto(base + '/#/who?from=30d');
  await page.waitForSelector('text=The 100 outlets with most copies are listed');
  // Shares other than in the order of their numbers: 3 of 4 before 2 of 4, and none last.
  await page.evaluate(() => {
    const rows = [[2, 2], [0, 0], [1, 0], [3, 5]].map(([credited, uncredited], i) => ({name: 'n' + i, copies: 9 - i, credited, uncredited, stories: 1, sources: 1, copied_by_others: 0}));
    document.querySelector('main').replaceChildren(...outletTable(rows, {by: 'copies'}).filter(Boolean));
  });
  await page.click('thead button:has-text("Credited")');
  assert.deepStrictEqual(await page.$$eval('tbody tr', (rows) => rows.map((r) => r.children[3].textContent.trim())), ['100 %', '50 %', '38 %', '–']);
  done('tables are sorted by what they show, and say where they end');
}

async function alone(daemon, desk) {
  const {page, look} = desk, {base} = daemon;
  const quote = '“' + prose(31, 60) + '”';
  const [, , unique] = await daemon.add([
    {id: 'speech-1', source: 'one.example', title: 'A speech', published_at: at(2000), body: prose(32, 120) + '\n\n' + quote},
    {id: 'speech-2', source: 'two.example', title: 'The same speech', published_at: at(2001), body: prose(33, 120) + '\n\n' + quote},
    {id: 'only-1', source: 'only.example', title: 'Nobody else has this', published_at: at(2002), body: prose(34, 120)}]);
  assert.ok(!unique.copy && unique.story, JSON.stringify(unique));
  await isShown(daemon, 'only-1');
  await page.goto(base + '/#/search?q=nobody');
  await page.click(row('only-1') + ' .title a');
  await page.waitForSelector('.side .text:has-text("' + prose(34, 120).slice(0, 30) + '")');
  await look('alone');
  await page.goto(base + '/#/search?q=same+speech');
  await page.click(row('speech-2') + ' .title a');
  await page.waitForSelector('.side .text:has-text("' + prose(33, 120).slice(0, 30) + '")');
  await page.waitForSelector('.side:nth-child(1) .text .quotation');
  await look('nearest');
  done('an article that is no copy is shown, beside the nearest when there is one');
}

async function noEndOfWords(daemon, desk) {
  const {page, look} = desk, {base} = daemon;
  const url = 'https://long.example/' + 'a1b2c3d4e5'.repeat(12);
  const body = prose(41, 120);
  await daemon.add([
    {id: 'long-0', source: 'o'.repeat(800) + '.example', url, published_at: at(3000), byline: 'b'.repeat(300), body},
    {id: 'long-1', source: 'p'.repeat(800) + '.example', url: url + '/2', published_at: at(3001), byline: 'c'.repeat(300), body: body + ' ' + 'x'.repeat(500)}]);
  await isShown(daemon, 'long-1');
  const [{story}] = (await (await fetch(base + '/api/v1/stories?limit=1')).json()).stories;
  for (const [name, width] of [['phone', 390], ['desktop', 1280]]) {
    await page.setViewportSize({width, height: 844});
    for (const [place, wait] of [['', row('long-1')], ['stories', '.stories li'], ['who', 'tbody'], ['search', row('long-1')], ['search?q=' + 'q'.repeat(200), 'text=Nothing found'],
      ['search?source=' + 'o'.repeat(200), 'text=Nothing found'], ['story/' + story + '/long-1', '.pair .text mark'], ['story/' + story + '/long-0', '.side .text']]) {
      await page.goto(base + '/#/' + place);
      await page.waitForSelector(wait);
      await look('long-' + name + '-' + place.replace(/\W/g, '-').slice(0, 12));
    }
  }
  await page.setViewportSize({width: 1280, height: 900});
  done('no word makes the page wider than the window');
}

async function filters(daemon, desk) {
  const {page} = desk, {base} = daemon;
  for (const [place, says, not] of [['search?agency=zzz', 'Agency: the whole name', 'words'], ['search?source=zzz', 'Outlet: the whole name', 'words'],
    ['search?q=zzzzz', 'parts of words', 'whole name'], ['stories?agency=zzz', 'Agency: the whole name', 'words']]) {
    await page.goto(base + '/#/' + place);
    await page.waitForSelector('.empty:has-text("' + says + '")');
    assert.ok(!(await page.textContent('.empty')).includes(not), place);
  }
  await page.goto(base + '/#/search');
  await page.waitForSelector('.feed li');
  await page.click('button:has-text("Show more")');
  await until(async () => (await page.$$('.feed > li')).length === 100, 'a second page');
  await daemon.add([{id: 'more', source: 'more.example', title: 'One more', published_at: at(5000), body: prose(51, 100)}]);
  await isShown(daemon, 'more');
  await page.evaluate(setVisible, false);
  await page.evaluate(setVisible, true);
  await page.waitForSelector(row('more'));
  assert.strictEqual((await page.$$('.feed > li')).length, 100, 'as many as were shown');
  done('an empty list says what its filters do; a list that is read anew keeps its length');

  await page.goto(base + '/#/who');
  await page.waitForSelector('tbody');
  await page.keyboard.press('Tab');
  await page.focus('.skip');
  await page.keyboard.press('Enter');
  assert.deepStrictEqual(await page.evaluate(() => [location.hash, document.activeElement.id]), ['#/who', 'main']);
  done('the skip link moves the focus and nothing else');
}

async function checks(daemon, desk) {
  const {page, look} = desk, {base} = daemon;
  const long = prose(61, 3000).split(' ');
  const quotation = '“' + prose(62, 30) + '”';
  const parts = [71, 72, 73].map((seed) => prose(seed, 60));
  await daemon.add([
    {id: 'check-0', source: 'check.example', title: 'To be checked', published_at: at(4000), body: long.join(' ') + '\n\n' + quotation},
    {id: 'parts-0', source: 'parts.example', title: 'In parts', published_at: at(4001), body: parts.join('\n\n')}]);
  const replaced = [];
  const spun = long.map((word, i) => {
    if (i % 40 !== 20) return word;
    replaced.push('spun' + i);
    return 'spun' + i;
  });
  const check = async (text, selector) => {
    await page.fill('#text', text);
    await page.click('.main-button');
    await page.waitForSelector(selector);
  };
  await page.goto(base + '/#/check');
  await check(spun.join(' ') + '\n\n' + quotation, '.answer .pair .text .replaced');
  assert.deepStrictEqual(await page.$$eval('.side:nth-child(2) .replaced', (all) => all.map((e) => e.textContent)), replaced, 'all replaced words, to the end of the passage');
  assert.strictEqual(await page.$$eval('.side:nth-child(1) .replaced', (all) => all.length), replaced.length);
  for (const side of [1, 2]) assert.strictEqual((await page.$$eval('.side:nth-child(' + side + ') .quotation', (all) => all.map((e) => e.textContent).join(''))), quotation.slice(1, -1));
  await look('check-long');
  await check(parts.map((part, i) => part + '\n\n' + prose(81 + i, 80)).join('\n\n'), '.answer:has-text("3 passages in common")');
  await page.click('button:has-text("Previous")');
  await page.waitForSelector('text=Passage 3 of 3');
  await page.click('button:has-text("Next passage")');
  await page.waitForSelector('text=Passage 1 of 3');
  done('every replaced word of a long passage is marked');

  // However long, and whatever there is to hold on to.
  const took = await page.evaluate(([words]) => {
    const other = words.map((w, i) => (i % 9 ? w : 'n' + i)), same = words.map((w, i) => ['la', 'li'][i % 2]), mixed = words.map((w, i) => ['la', 'li'][i % 3 % 2]);
    const start = performance.now(), kept = (got) => got[0].reduce((a, b) => a + b, 0);
    const counts = [kept(commonWords(words, other)), kept(commonWords(same, mixed)), kept(commonWords(words, [...words].reverse()))];
    return {ms: performance.now() - start, counts, expected: words.length - Math.ceil(words.length / 9)};
  }, [prose(91, 20000).split(' ')]);
  assert.ok(took.counts[0] >= took.expected && took.counts[1] > 10000, JSON.stringify(took));
  assert.ok(took.ms < 3000, 'the page stands still for ' + took.ms + ' ms');
  console.log('20,000 words a side, three times: ' + Math.round(took.ms) + ' ms');

  const markup = '<p>' + parts.join('</p><p>') + '</p>';
  for (const html of ['<!-- --><html><body>' + markup + '</body></html>', '<?xml version="1.0"?>\n<!DOCTYPE html><html><body>' + markup + '</body></html>', '<main>' + markup + '</main>',
    '<section>' + markup + '</section>', '<article>' + markup + '</article>', '<body class="a">' + markup, ' \n\t' + markup, '\ufeff<html>' + markup + '</html>', '<!-- a --> <!-- b -->\n<h1>In parts</h1>' + markup]) {
    await page.fill('#text', '');
    await check('Other words, of which nobody has written before now, so that the answer is another one.', '.answer .verdict:has-text("Nothing of note")');
    await check(html, '.answer .verdict:has-text("same words")');
    assert.ok(!(await page.textContent('.side:nth-child(2) .text')).includes('<'), html.slice(0, 30));
  }
  assert.deepStrictEqual(await page.evaluate(() => ['a < b', '<3 this', '<me@here.example> wrote', '<https://x.example>', '<!-- only', 'x <p>', '<!-- a -->'.repeat(3000) + 'x'].filter(isMarkup)), []);
  done('HTML is known by its first tag, whatever stands before');
}

async function locked(daemon, desk) {
  const directory = path.join(daemon.directory, 'locked');
  fs.mkdirSync(directory);
  const other = new Daemon(program, directory, '', 'a token of many characters');
  try {
    await other.start();
    const context = await desk.browser.newContext({viewport: {width: 390, height: 844}});
    const page = await context.newPage();
    const login = async () => {
      await page.fill('#token', other.token);
      await page.click('button');
    };
    await page.goto(other.base + '/#/who');
    await page.waitForSelector('#token');
    await login();
    await page.waitForSelector('h1:has-text("Who copies")');
    await page.click('nav a[data-section=live]');
    await page.waitForSelector('pre:has-text("Authorization: Bearer $TOKEN")');
    if (shots) await page.screenshot({path: path.join(shots, 'locked-live.png')});
    await page.click('nav a[data-section=check]');
    await page.fill('#text', 'What I have pasted');
    await page.fill('input[name=source]', 'mine.example');
    await other.stop();
    await other.start();
    await page.waitForSelector('#token');
    await page.fill('#token', 'not this one, though long');
    await page.click('button');
    await page.waitForSelector('text=That is not the token');
    await login();
    await page.waitForSelector('#text');
    assert.deepStrictEqual([await page.inputValue('#text'), await page.inputValue('input[name=source]'), new URL(page.url()).hash], ['What I have pasted', 'mine.example', '#/check']);
    await page.click('button:has-text("Log out")');
    await page.waitForSelector('#token');
    assert.strictEqual((await page.evaluate(async () => (await fetch('/api/v1/stats')).status)), 401);
    await login();
    await page.waitForSelector('h1:has-text("What is being copied")');
    await page.click('nav a[data-section=check]');
    assert.strictEqual(await page.inputValue('#text'), '', 'logging out forgets');
    assert.ok(!(await desk.page.isVisible('#logout')), 'no login, no logout');
    await context.close();
    await other.stop();
  } finally {
    other.kill();
  }
  done('behind a token: back to the same place with the same text, and out');
}

run(program, shots, async (daemon, desk) => {
  for (const test of [manyTabs, oldAnswer, timePasses, longStory, alone, noEndOfWords, filters, checks, locked]) await test(daemon, desk);
});
