import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import azure from 'azure-devops-node-api';
import { Repository, noShared, startFake, startReceiver } from './helper.mjs';
import { validate } from './validate_diary.mjs';

const PREFIX = '/tfs/DefaultCollection';
const repository = new Repository();
let fake, receiver, connection, git, url;
before(async () => {
  fake = await startFake('ado_server.mjs', [
    '--context',
    '/tfs',
    '--api-version',
    '7.1',
    '--repo',
    `Shop/hello=${repository.bare}`,
    '--repo',
    `Shop/other=${repository.bare}`,
  ]);
  receiver = await startReceiver();
  url = fake.url + PREFIX;
  connection = new azure.WebApi(url, azure.getPersonalAccessTokenHandler('fake-pat'));
  git = await connection.getGitApi();
});
after(() => {
  fake.stop();
  receiver.stop();
  repository.remove();
});

const find = async () => (await git.getRepositories()).find(({ name }) => name === 'hello');

test('the client says who it is, and lists projects and repositories', async () => {
  assert.equal((await connection.connect()).authenticatedUser.providerDisplayName, 'Jamal Hartnett');
  assert.deepEqual(
    (await (await connection.getCoreApi()).getProjects()).map(({ name }) => name),
    ['Shop'],
  );
  const repo = await find();
  assert.equal(repo.defaultBranch, 'refs/heads/main');
  assert.equal((await git.getRepository(repo.id)).id, repo.id);
});

test('the client reads refs and commits of the real repository', async () => {
  const repo = await find();
  const refs = await git.getRefs(repo.id, undefined, 'heads/');
  assert.deepEqual(
    refs.map(({ name, objectId }) => [name, objectId]),
    [['refs/heads/main', repository.git('rev-parse', 'main')]],
  );
  assert.equal((await git.getCommit(refs[0].objectId, repo.id)).comment, 'change README.md');
});

test('the client sets a status, opens a pull request and comments', async () => {
  const repo = await find();
  const sha = repository.git('rev-parse', 'main');
  const status = {
    state: 2,
    description: 'Plan finished',
    targetUrl: 'https://runs.example/1',
    context: { name: 'plan/network', genre: 'runbridge' },
  };
  assert.equal((await git.createCommitStatus(status, sha, repo.id)).context.name, 'plan/network');
  assert.equal((await git.getStatuses(sha, repo.id)).length, 1);
  repository.commit('feature', 'vpc.tf', 'b');
  await fake.deliver({ event: 'push', repo: 'Shop/hello' });
  const pull = await git.createPullRequest(
    { title: 'VPC', sourceRefName: 'refs/heads/feature', targetRefName: 'refs/heads/main' },
    repo.id,
  );
  assert.equal(pull.lastMergeSourceCommit.commitId, repository.git('rev-parse', 'feature'));
  assert.equal((await git.createPullRequestStatus(status, repo.id, pull.pullRequestId)).id, 1);
  const thread = await git.createThread(
    { comments: [{ parentCommentId: 0, content: 'Plan: 1 to add', commentType: 1 }], status: 4 },
    repo.id,
    pull.pullRequestId,
  );
  await git.updateComment({ content: 'Plan: 2 to add' }, repo.id, pull.pullRequestId, thread.id, 1);
  assert.equal((await git.getThreads(repo.id, pull.pullRequestId))[0].comments[0].content, 'Plan: 2 to add');
  assert.deepEqual(
    (await git.getPullRequestIterationChanges(repo.id, pull.pullRequestId, 1)).changeEntries.map(
      ({ item }) => item.path,
    ),
    ['/vpc.tf'],
  );
});

test('a subscription is masked, delivers with Basic, and goes on probation', async () => {
  const repo = await find();
  const subscription = {
    publisherId: 'tfs',
    eventType: 'git.push',
    resourceVersion: '1.0',
    consumerId: 'webHooks',
    consumerActionId: 'httpRequest',
    publisherInputs: { projectId: repo.project.id, repository: repo.id, branch: '' },
    consumerInputs: {
      url: receiver.url,
      basicAuthUsername: 'bridge',
      basicAuthPassword: 'quiet',
      resourceDetailsToSend: 'all',
    },
  };
  const created = await connection.rest.create(`${url}/_apis/hooks/subscriptions?api-version=7.1`, subscription);
  assert.equal(created.statusCode, 200);
  assert.equal(created.result.consumerInputs.basicAuthPassword, '********');
  const sha = repository.commit('main', 'main.tf', 'a');
  const [sent] = await fake.deliver({ event: 'push', repo: 'Shop/hello' });
  assert.equal(sent.response.status, 202);
  const { headers, body } = receiver.got.at(-1);
  assert.equal(headers.authorization, `Basic ${Buffer.from('bridge:quiet').toString('base64')}`);
  assert.equal(JSON.parse(body).resource.refUpdates[0].newObjectId, sha);
  receiver.status = 401;
  repository.commit('main', 'main.tf', 'b');
  await fake.deliver({ event: 'push', repo: 'Shop/hello' });
  const one = `${url}/_apis/hooks/subscriptions/${created.result.id}?api-version=7.1`;
  assert.equal((await connection.rest.get(one)).result.status, 'onProbation');
  receiver.status = 202;
  repository.commit('main', 'main.tf', 'c');
  assert.equal((await fake.deliver({ event: 'push', repo: 'Shop/hello' }))[0].skipped, 'onProbation');
  await connection.rest.replace(one, { ...subscription, status: 'enabled' });
  assert.equal((await connection.rest.get(one)).result.status, 'enabled');
  assert.equal((await connection.rest.del(one)).statusCode, 204);
});

test('a version beyond the server is refused with the last it knows', async () => {
  const response = await fetch(`${url}/_apis/projects?api-version=7.2`, {
    headers: { authorization: `Basic ${Buffer.from(':fake-pat').toString('base64')}` },
  });
  assert.equal(response.status, 400);
  assert.match((await response.json()).message, /The latest REST API version this server supports is 7\.1\.$/);
});

test('a bad token shows in five ways', async () => {
  const ask = (headers = {}) =>
    fetch(`${url}/_apis/connectionData?api-version=5.0-preview`, {
      redirect: 'manual',
      headers: { authorization: 'Basic OmJhZA==', ...headers },
    });
  const refused = await ask();
  assert.equal(refused.status, 401);
  assert.ok(refused.headers.get('x-tfs-serviceerror'));
  await fake.set({ bad_token: '203' });
  assert.equal((await ask()).status, 203);
  await fake.set({ bad_token: '302' });
  assert.equal((await ask()).status, 302);
  assert.equal((await ask({ 'x-tfs-fedauthredirect': 'Suppress' })).status, 401);
  await fake.set({ bad_token: 'anonymous' });
  assert.match((await (await ask()).json()).authenticatedUser.descriptor, /^System:PublicAccess;a{8}/);
  await fake.set({ bad_token: '401', iis: true });
  const iis = await ask();
  assert.deepEqual(
    [iis.status, iis.headers.get('content-type'), iis.headers.get('x-tfs-processid')],
    [401, 'text/html', null],
  );
  await fake.set({ iis: false });
});

test("the diary keeps to the vendor's description", { skip: noShared }, async () => {
  const diary = (await fake.diary()).filter(({ path }) => !/api-version=7\.2|5\.0-preview/.test(path));
  assert.deepEqual(validate('ado_server', diary, PREFIX), []);
});
