import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, test } from 'node:test';
import bitbucketModule from 'bitbucket';
import { Repository, noShared, startFake, startReceiver } from './helper.mjs';
import { validate } from './validate_diary.mjs';

const { Bitbucket } = bitbucketModule;
const where = { workspace: 'acme', repo_slug: 'hello' };
const repository = new Repository();
let fake, receiver, bitbucket;
before(async () => {
  fake = await startFake('bitbucket_cloud.mjs', [
    '--repo',
    `acme/hello=${repository.bare}`,
    '--repo',
    `acme/other=${repository.bare}`,
  ]);
  receiver = await startReceiver();
  bitbucket = new Bitbucket({
    baseUrl: `${fake.url}/2.0`,
    auth: { username: 'emma@example.com', password: 'ATATT-fake' },
    notice: false,
  });
});
after(() => {
  fake.stop();
  receiver.stop();
  repository.remove();
});

test('the client walks the pages of a workspace', async () => {
  assert.equal((await bitbucket.users.getAuthedUser({})).data.username, 'emmap');
  const first = await bitbucket.repositories.list({ workspace: 'acme', pagelen: 1 });
  assert.equal(first.data.values[0].full_name, 'acme/hello');
  const second = await bitbucket.getNextPage(first.data);
  assert.equal(second.data.values[0].full_name, 'acme/other');
  assert.equal(bitbucket.hasNextPage(second.data), false);
  await assert.rejects(bitbucket.repositories.listGlobal({}), { status: 410 });
});

test('the client reads branches and commits of the real repository', async () => {
  const sha = repository.git('rev-parse', 'main');
  assert.equal((await bitbucket.refs.getBranch({ ...where, name: 'main' })).data.target.hash, sha);
  assert.equal((await bitbucket.commits.get({ ...where, commit: sha.slice(0, 12) })).data.hash, sha);
});

test('a hook hides its secret and signs what a push delivers', async () => {
  const hook = {
    description: 'runbridge',
    url: receiver.url,
    active: true,
    secret: 'quiet',
    events: ['repo:push', 'pullrequest:created', 'pullrequest:updated'],
  };
  const { data: created } = await bitbucket.repositories.createWebhook({ ...where, _body: hook });
  assert.match(created.uuid, /^\{[0-9a-f-]{36}\}$/);
  assert.deepEqual([created.secret_set, 'secret' in created], [true, false]);
  assert.equal((await bitbucket.repositories.listWebhooks(where)).data.values.length, 1);
  const before = repository.git('rev-parse', 'main');
  const sha = repository.commit('main', 'main.tf', 'a');
  const [sent] = await fake.deliver({ event: 'push', repo: 'acme/hello' });
  assert.equal(sent.response.status, 202);
  const { headers, body } = receiver.got.at(-1);
  assert.equal(headers['x-hub-signature'], `sha256=${crypto.createHmac('sha256', 'quiet').update(body).digest('hex')}`);
  const [change] = JSON.parse(body).push.changes;
  assert.deepEqual([change.old.target.hash, change.new.target.hash, change.forced], [before, sha, false]);
  const { data: diffstat } = await bitbucket.repositories.listDiffStats({ ...where, spec: `${sha}..${before}` });
  assert.deepEqual(
    diffstat.values.map((each) => [each.status, each.new.path]),
    [['added', 'main.tf']],
  );
  await bitbucket.repositories.updateWebhook({ ...where, uid: created.uuid, _body: { ...hook, active: false } });
  assert.equal((await bitbucket.repositories.deleteWebhook({ ...where, uid: created.uuid })).status, 204);
});

test('a 5xx is tried twice more under the same id', async () => {
  const { data: hook } = await bitbucket.repositories.createWebhook({
    ...where,
    _body: { description: '', url: receiver.url, active: true, events: ['repo:push'] },
  });
  receiver.status = 503;
  repository.commit('main', 'main.tf', 'retry');
  const tries = await fake.deliver({ event: 'push', repo: 'acme/hello' });
  receiver.status = 202;
  assert.deepEqual(
    tries.map(({ request }) => request.headers['X-Attempt-Number']),
    ['1', '2', '3'],
  );
  assert.equal(new Set(tries.map(({ id }) => id)).size, 1);
  await bitbucket.repositories.deleteWebhook({ ...where, uid: hook.uuid });
});

test('a build status has its limits', async () => {
  const commit = repository.git('rev-parse', 'main');
  const status = {
    key: 'runbridge-network',
    state: 'INPROGRESS',
    name: 'network',
    url: 'https://runs.example/1',
    description: 'Plan runs',
    refname: 'main',
  };
  assert.equal((await bitbucket.commitstatuses.createBuildStatus({ ...where, commit, _body: status })).status, 201);
  await assert.rejects(
    bitbucket.commitstatuses.createBuildStatus({ ...where, commit, _body: { ...status, key: 'k'.repeat(41) } }),
    { status: 400 },
  );
  await assert.rejects(
    bitbucket.commitstatuses.createBuildStatus({ ...where, commit, _body: { ...status, url: undefined } }),
    { status: 400 },
  );
});

test('a pull request names twelve characters of its commit', async () => {
  const sha = repository.commit('feature', 'vpc.tf', 'b');
  await fake.deliver({ event: 'push', repo: 'acme/hello' });
  const { data: pull } = await bitbucket.pullrequests.create({
    ...where,
    _body: { title: 'VPC', source: { branch: { name: 'feature' } }, destination: { branch: { name: 'main' } } },
  });
  assert.equal(pull.source.commit.hash, sha.slice(0, 12));
  assert.equal(
    (
      await bitbucket.pullrequests.createComment({
        ...where,
        pull_request_id: pull.id,
        _body: { content: { raw: 'Plan: 1 to add' } },
      })
    ).data.content.raw,
    'Plan: 1 to add',
  );
});

test('scopes and access tokens are told apart', async () => {
  await fake.set({ tokens: { 'ATATT-weak': { scopes: ['read:user:bitbucket'] } } });
  const weak = new Bitbucket({
    baseUrl: `${fake.url}/2.0`,
    auth: { username: 'emma@example.com', password: 'ATATT-weak' },
    notice: false,
  });
  await assert.rejects(
    weak.repositories.get(where),
    (error) => error.status === 403 && error.error.error.detail.required[0] === 'read:repository:bitbucket',
  );
  const access = new Bitbucket({ baseUrl: `${fake.url}/2.0`, auth: { token: 'ATCTT-fake' }, notice: false });
  assert.equal((await access.repositories.get(where)).data.full_name, 'acme/hello');
  await assert.rejects(access.users.getAuthedUser({}), { status: 403 });
  const wrong = new Bitbucket({
    baseUrl: `${fake.url}/2.0`,
    auth: { username: 'emmap', password: 'ATATT-fake' },
    notice: false,
  });
  await assert.rejects(wrong.repositories.get(where), { status: 401 });
});

test("the diary keeps to the vendor's description", { skip: noShared }, async () => {
  assert.deepEqual(validate('bitbucket_cloud', await fake.diary(), '/2.0'), []);
});
