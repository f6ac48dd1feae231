import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Repository, startFake, startReceiver } from './helper.mjs';
import { validate } from './validate_diary.mjs';

const repository = new Repository();
let fake, receiver;
before(async () => {
  fake = await startFake('github.mjs', ['--no-ping', '--repo', `octo/hello=${repository.bare}`]);
  receiver = await startReceiver();
  await ask('POST', '/repos/octo/hello/hooks', {
    config: { url: receiver.url, content_type: 'json', secret: 'quiet' },
    events: ['push', 'pull_request', 'create', 'delete'],
  });
});
after(() => {
  fake.stop();
  receiver.stop();
  repository.remove();
});

const ask = (method, where, body) =>
  fetch(fake.url + where, {
    method,
    body: body && JSON.stringify(body),
    headers: { authorization: 'Bearer ghp_fake', 'user-agent': 'test' },
  });
const push = async () =>
  (await fake.deliver({ event: 'push', repo: 'octo/hello' })).map(({ event, request }) => ({
    event,
    ...JSON.parse(request.body),
  }));

test('planned failures count down and leave other calls alone', async () => {
  await fake.fail({ count: 2, status: 503, headers: { 'Retry-After': '3' }, match: 'GET /user$' });
  assert.equal((await ask('GET', '/repos/octo/hello')).status, 200);
  const failed = await ask('GET', '/user');
  assert.deepEqual([failed.status, failed.headers.get('retry-after')], [503, '3']);
  assert.equal((await ask('GET', '/user')).status, 503);
  assert.equal((await ask('GET', '/user')).status, 200);
  await fake.fail({ drop: true, match: 'GET /user$' });
  await assert.rejects(ask('GET', '/user'));
});

test('a push is what git says it is: made, forced, tagged, deleted', async () => {
  repository.commit('topic', 'a.tf', '1');
  const made = await push();
  assert.deepEqual(
    made.map(({ event }) => event),
    ['push', 'create'],
  );
  assert.deepEqual([made[0].created, made[0].forced, made[0].commits.length], [true, false, 1]);
  repository.git('reset', '-q', '--hard', 'main');
  repository.commit('topic', 'b.tf', '2');
  assert.deepEqual(
    (await push()).map(({ forced, commits }) => [forced, commits.map(({ added }) => added)]),
    [[true, [['b.tf']]]],
  );
  repository.git('tag', '-a', 'v2', '-m', 'two');
  repository.git('push', '-q', 'origin', 'v2');
  assert.deepEqual(
    (await push()).map(({ event, ref }) => [event, ref]),
    [
      ['push', 'refs/tags/v2'],
      ['create', 'v2'],
    ],
  );
  repository.git('push', '-q', 'origin', ':topic');
  const [gone] = await push();
  assert.deepEqual([gone.deleted, gone.head_commit, gone.after], [true, null, '0'.repeat(40)]);
  assert.deepEqual(await push(), []);
});

test('a delivery can be spoilt or repeated', async () => {
  const change = [{ ref: 'refs/heads/main', before: '0'.repeat(40), after: repository.git('rev-parse', 'main') }];
  const [first] = await fake.deliver({
    event: 'push',
    repo: 'octo/hello',
    changes: change,
    delivery_id: 'same',
    headers: { 'X-Hub-Signature-256': null },
  });
  assert.equal(first.id, 'same');
  assert.equal(receiver.got.at(-2).headers['x-hub-signature-256'], undefined);
});

test('git clones and pushes through the fake', async () => {
  const clone = path.join(repository.directory, 'clone');
  execFileSync('git', ['clone', '-q', fake.url.replace('://', '://x:ghp_fake@') + '/octo/hello.git', clone]);
  assert.equal(
    execFileSync('git', ['-C', clone, 'rev-parse', 'origin/main'], { encoding: 'utf8' }).trim(),
    repository.git('rev-parse', 'main'),
  );
});

test('the validator finds what is wrong', () => {
  const entry = { status: 201, headers: { 'user-agent': 'x' } };
  const problems = (method, where, body = '') =>
    validate('github', [{ ...entry, method, path: where, body: body && JSON.stringify(body) }]).map(
      ({ problem }) => problem,
    );
  const sha = 'a'.repeat(40);
  assert.deepEqual(problems('POST', `/repos/o/r/statuses/${sha}`, { state: 'success', context: 'x' }), []);
  assert.match(problems('POST', `/repos/o/r/statuses/${sha}`, { state: 'done' })[0], /state/);
  assert.match(problems('POST', `/repos/o/r/statuses/${sha}`, { context: 'x' })[0], /state/);
  assert.match(problems('POST', `/repos/o/r/statuses/${sha}`, { state: 'success', targetUrl: 'x' })[0], /targetUrl/);
  assert.match(problems('POST', `/repos/o/r/statuses/${sha}`)[0], /body is missing/);
  assert.match(problems('GET', '/repos/o/r/branches?perPage=1')[0], /perPage/);
  assert.match(problems('GET', '/repos/o/r/branches?per_page=many')[0], /whole number/);
  assert.match(problems('PUT', '/repos/o/r/hooks', {})[0], /no PUT/);
  assert.match(problems('GET', '/repo/o/r')[0], /does not have this path/);
});
