// login.js PROGRAM [SHOTS]: a person logs in to a daemon that has a token, asks it something, and logs
// out; a page of another site that sends forms is refused. A real browser, because what it says of
// itself (Origin, cookies) is what is judged: curl says neither.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const {run, done} = require('./desk_page.js');

const [program, shots] = process.argv.slice(2);
const token = 'a token of more than sixteen bytes';
const secrets = fs.mkdtempSync(path.join(os.tmpdir(), 'dupd-login-'));
const file = path.join(secrets, 'token');
fs.writeFileSync(file, token + '\n', {mode: 0o600});
process.on('exit', () => fs.rmSync(secrets, {recursive: true, force: true}));

// A page of another site whose form the person sends. Resolves to the answer's status.
async function sendFrom(foreign, page, base, action, fields) {
  const inputs = Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${value}">`).join('');
  foreign.page = `<!doctype html><form method="post" action="${base}${action}">${inputs}<button>go</button></form>`;
  await page.goto(`http://127.0.0.1:${foreign.address().port}/`);
  const [answer] = await Promise.all([page.waitForResponse((r) => r.url() === base + action), page.click('button')]);
  return answer.status();
}

async function logIn(page, base, as) {
  await page.goto(base + '/login');
  await page.fill('#token', as);
  await page.click('button');
}

run(program, shots, async (daemon, desk) => {
  const {page, browser, look} = desk, {base} = daemon;
  desk.down = true; // the console tells of 401 and 403, which are asked for here
  await page.goto(base + '/');
  await page.waitForURL(base + '/login');
  await look('login');
  await logIn(page, base, 'not this one, though it is long');
  await page.waitForSelector('#problem:has-text("not the token")');
  await look('login-wrong');
  done('a wrong token is told');

  await logIn(page, base, token);
  await page.waitForSelector('text=No copies yet');
  await page.goto(base + '/#/check');
  await page.fill('#text', 'A few words of my own about a ferry that nobody has written about before.');
  await page.click('.main-button');
  await page.waitForSelector('text=the store is empty, so nothing can be told');
  done('the right one opens the dashboard, and it may ask');

  const foreign = http.createServer((request, answer) => { answer.setHeader('Content-Type', 'text/html'); answer.end(foreign.page); });
  await new Promise((ready) => foreign.listen(0, '127.0.0.1', ready));
  const other = await (await browser.newContext()).newPage(); // which is not watched for strangers
  assert.strictEqual(await sendFrom(foreign, other, base, '/login', {token}), 403);
  await logIn(other, base, token);
  await other.waitForSelector('text=No copies yet');
  assert.strictEqual(await sendFrom(foreign, other, base, '/logout', {}), 403);
  await other.goto(base + '/');
  await other.waitForSelector('text=No copies yet');
  foreign.close();
  done('forms of another site are refused');

  await page.goto(base + '/');
  await page.waitForSelector('text=No copies yet');
  await page.evaluate(() => { const f = document.createElement('form'); f.method = 'post'; f.action = '/logout'; document.body.append(f); f.submit(); });
  await page.waitForURL(base + '/login');
  await page.goto(base + '/');
  await page.waitForURL(base + '/login');
  done('who has logged out must log in again');
}, '', ['--http-token-file', file]);
