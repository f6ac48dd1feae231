// The vendor has no client for Node.js and publishes no API description; the captured answers are the measure
// (shapes.test.mjs), this is the behaviour.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, test } from 'node:test';
import { Repository, startFake, startReceiver } from './helper.mjs';

const repository = new Repository();
let fake, receiver;
const repo = '/projects/PRJ/repos/hello';
before(async () => {
  fake = await startFake('bitbucket_data_center.mjs', [
    '--context',
    '/bitbucket',
    '--page-limit',
    '2',
    ...['hello', 'two', 'three'].flatMap((name) => ['--repo', `PRJ/${name}=${repository.bare}`]),
  ]);
  receiver = await startReceiver();
});
after(() => {
  fake.stop();
  receiver.stop();
  repository.remove();
});

async function call(method, path, body, token = 'fake-http-token') {
  const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) };
  const response = await fetch(`${fake.url}/bitbucket/rest/api/latest${path}`, {
    method,
    headers,
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, json: text.startsWith('{') ? JSON.parse(text) : null };
}

test('pages go by nextPageStart, and the server lowers the limit', async () => {
  const first = (await call('GET', '/repos?start=0&limit=100')).json;
  assert.deepEqual([first.limit, first.size, first.isLastPage, first.nextPageStart], [2, 2, false, 2]);
  const second = (await call('GET', `/repos?start=${first.nextPageStart}&limit=100`)).json;
  assert.deepEqual([second.size, second.isLastPage, second.nextPageStart], [1, true, null]);
});

test('only X-AUSERNAME tells whose token it is', async () => {
  assert.equal((await call('GET', '/projects?limit=1')).headers.get('x-ausername'), 'admin');
  assert.equal((await call('GET', '/projects?limit=1', undefined, 'bad')).status, 401);
  assert.equal((await call('GET', '/application-properties', undefined, 'bad')).status, 200);
  await fake.set({ anonymous: true });
  const anonymous = await call('GET', '/projects?limit=1', undefined, 'bad');
  assert.deepEqual(
    [anonymous.status, anonymous.json.size, anonymous.headers.get('x-ausername')],
    [200, 0, 'anonymous'],
  );
  await fake.set({ anonymous: false, tokens: { project: { user: false }, reader: { level: 'REPO_READ' } } });
  assert.equal((await call('GET', '/projects?limit=1', undefined, 'project')).headers.get('x-ausername'), null);
  assert.equal((await call('GET', `${repo}/webhooks`, undefined, 'reader')).status, 401);
});

test('a webhook signs a push of several refs in one delivery, and the test call is unsigned', async () => {
  const hook = {
    name: 'runbridge',
    url: receiver.url,
    active: true,
    events: ['repo:refs_changed', 'pr:opened', 'pr:from_ref_updated'],
    configuration: { secret: 'quiet' },
  };
  const created = await call('POST', `${repo}/webhooks`, hook);
  assert.equal(created.status, 201);
  assert.equal((await call('POST', `${repo}/webhooks`, { ...hook, events: ['repo:unknown'] })).status, 400);
  assert.equal(
    (await call('POST', `${repo}/webhooks/test?url=${encodeURIComponent(receiver.url)}`)).json.result.outcome,
    'SUCCESS',
  );
  assert.deepEqual(
    [receiver.got.at(-1).body, receiver.got.at(-1).headers['x-hub-signature']],
    ['{"test":true}', undefined],
  );
  const sha = repository.commit('feature', 'vpc.tf', 'b');
  repository.git('tag', 'v1');
  repository.git('push', '-q', 'origin', 'v1');
  const sent = await fake.deliver({ event: 'push', repo: 'PRJ/hello' });
  assert.equal(sent.length, 1);
  const { headers, body } = receiver.got.at(-1);
  assert.equal(headers['x-hub-signature'], `sha256=${crypto.createHmac('sha256', 'quiet').update(body).digest('hex')}`);
  assert.deepEqual(
    JSON.parse(body).changes.map(({ refId, type, toHash }) => [refId, type, toHash]),
    [
      ['refs/heads/feature', 'ADD', sha],
      ['refs/tags/v1', 'ADD', sha],
    ],
  );
  assert.equal((await call('DELETE', `${repo}/webhooks/${created.json.id}`)).status, 204);
});

test('a build status and a comment have their limits', async () => {
  const sha = repository.git('rev-parse', 'main');
  const build = { key: 'runbridge', state: 'INPROGRESS', url: 'https://runs.example/1', name: 'network' };
  assert.equal((await call('POST', `${repo}/commits/${sha}/builds`, build)).status, 204);
  assert.equal((await call('POST', `${repo}/commits/${sha}/builds`, { ...build, key: 'k'.repeat(256) })).status, 400);
  const { json: pull } = await call('POST', `${repo}/pull-requests`, {
    title: 'VPC',
    fromRef: { id: 'refs/heads/feature' },
    toRef: { id: 'refs/heads/main' },
  });
  const { json: comment } = await call('POST', `${repo}/pull-requests/${pull.id}/comments`, { text: 'Plan: 1 to add' });
  const update = (version) =>
    call('PUT', `${repo}/pull-requests/${pull.id}/comments/${comment.id}`, { text: 'Plan: 2 to add', version });
  assert.equal((await update(comment.version)).json.version, comment.version + 1);
  assert.equal((await update(comment.version)).status, 409);
  assert.equal(
    (await call('POST', `${repo}/pull-requests/${pull.id}/comments`, { text: 'x'.repeat(32768) })).status,
    400,
  );
});
