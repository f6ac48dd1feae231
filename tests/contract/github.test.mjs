import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, test } from 'node:test';
import { Octokit } from '@octokit/rest';
import { Repository, startFake, startReceiver } from './helper.mjs';
import { validate } from './validate_diary.mjs';

const PRODUCTS = [
  { name: 'GitHub', args: [], prefix: '', api: 'github' },
  { name: 'GitHub Enterprise Server', args: ['--enterprise', '3.14.0'], prefix: '/api/v3', api: 'github_enterprise' },
];

for (const { name, args, prefix, api } of PRODUCTS) {
  const repository = new Repository();
  const where = { owner: 'octo', repo: 'hello' };
  let fake, receiver, octokit;
  before(async () => {
    fake = await startFake('github.mjs', [
      ...args,
      '--no-ping',
      '--repo',
      `octo/hello=${repository.bare}`,
      '--repo',
      `octo/other=${repository.bare}`,
      '--repo',
      `acme/third=${repository.bare}`,
    ]);
    receiver = await startReceiver();
    octokit = new Octokit({
      auth: 'ghp_fake',
      baseUrl: fake.url + prefix,
      userAgent: 'contract',
      log: { debug() {}, info() {}, warn() {}, error() {} },
    });
  });
  after(() => {
    fake.stop();
    receiver.stop();
    repository.remove();
  });

  test(`${name}: octokit walks the pages of the repositories`, async () => {
    const all = await octokit.paginate(octokit.rest.repos.listForAuthenticatedUser, { per_page: 1, sort: 'full_name' });
    assert.deepEqual(
      all.map((repo) => repo.full_name),
      ['acme/third', 'octo/hello', 'octo/other'],
    );
    assert.equal((await octokit.rest.repos.get(where)).data.permissions.admin, true);
  });

  test(`${name}: octokit reads branches and commits of the real repository`, async () => {
    const { data } = await octokit.rest.repos.getBranch({ ...where, branch: 'main' });
    assert.equal(data.commit.sha, repository.git('rev-parse', 'main'));
    assert.equal(
      (await octokit.rest.repos.getCommit({ ...where, ref: data.commit.sha.slice(0, 10) })).data.sha,
      data.commit.sha,
    );
  });

  test(`${name}: a hook is made once, masked, and signs what a push delivers`, async () => {
    const hook = {
      ...where,
      name: 'web',
      events: ['push', 'pull_request'],
      config: { url: receiver.url, content_type: 'json', secret: 'quiet', insecure_ssl: '0' },
    };
    const created = await octokit.rest.repos.createWebhook(hook);
    assert.equal(created.data.config.secret, '********');
    await assert.rejects(
      octokit.rest.repos.createWebhook(hook),
      (error) => error.status === 422 && /already exists/.test(error.message),
    );
    assert.equal((await octokit.rest.repos.listWebhooks(where)).data.length, 1);
    const sha = repository.commit('main', 'main.tf', 'a');
    const [sent] = await fake.deliver({ event: 'push', repo: 'octo/hello' });
    assert.equal(sent.response.status, 202);
    const { headers, body } = receiver.got.at(-1);
    assert.equal(
      headers['x-hub-signature-256'],
      `sha256=${crypto.createHmac('sha256', 'quiet').update(body).digest('hex')}`,
    );
    assert.equal(JSON.parse(body).after, sha);
    assert.deepEqual(
      JSON.parse(body).commits.map((commit) => commit.added),
      [['main.tf']],
    );
    await octokit.rest.repos.updateWebhook({
      ...where,
      hook_id: created.data.id,
      config: { url: receiver.url, content_type: 'json' },
    });
    assert.equal(
      'secret' in (await octokit.rest.repos.getWebhook({ ...where, hook_id: created.data.id })).data.config,
      false,
    );
    await octokit.rest.repos.deleteWebhook({ ...where, hook_id: created.data.id });
  });

  test(`${name}: a status has its limits`, async () => {
    const sha = repository.git('rev-parse', 'main');
    const status = {
      ...where,
      sha,
      state: 'pending',
      context: 'runbridge/network',
      target_url: 'https://runs.example/1',
      description: 'Plan runs',
    };
    assert.equal((await octokit.rest.repos.createCommitStatus(status)).status, 201);
    await assert.rejects(
      octokit.rest.repos.createCommitStatus({ ...status, description: 'x'.repeat(141) }),
      /too long \(maximum is 140 characters\)/,
    );
    assert.equal(
      (await octokit.rest.repos.listCommitStatusesForRef({ ...where, ref: sha })).data[0].context,
      'runbridge/network',
    );
  });

  test(`${name}: a pull request, its files and comments`, async () => {
    repository.commit('feature', 'vpc.tf', 'b');
    await fake.deliver({ event: 'push', repo: 'octo/hello' });
    const { data: pull } = await octokit.rest.pulls.create({ ...where, title: 'VPC', head: 'feature', base: 'main' });
    const { data: files } = await octokit.rest.pulls.listFiles({ ...where, pull_number: pull.number });
    assert.deepEqual(
      files.map((file) => [file.status, file.filename]),
      [['added', 'vpc.tf']],
    );
    const { data: comment } = await octokit.rest.issues.createComment({
      ...where,
      issue_number: pull.number,
      body: 'Plan: 1 to add',
    });
    await octokit.rest.issues.updateComment({ ...where, comment_id: comment.id, body: 'Plan: 2 to add' });
    assert.equal(
      (await octokit.rest.issues.listComments({ ...where, issue_number: pull.number })).data[0].body,
      'Plan: 2 to add',
    );
  });

  test(`${name}: bad tokens look as they do there`, async () => {
    const as = (auth) =>
      new Octokit({ auth, baseUrl: fake.url + prefix, log: { debug() {}, info() {}, warn() {}, error() {} } });
    await fake.set({
      tokens: {
        weak: { scopes: ['read:user'] },
        sso: { sso: true },
        old: { expires: '2020-01-01T00:00:00Z' },
        soon: { expires: '2030-01-31T12:00:00Z' },
      },
    });
    await assert.rejects(as('unknown').rest.users.getAuthenticated(), { status: 401 });
    await assert.rejects(as('old').rest.users.getAuthenticated(), { status: 401 });
    await assert.rejects(
      as('sso').rest.users.getAuthenticated(),
      (error) => error.status === 403 && error.response.headers['x-github-sso'].startsWith('required; url='),
    );
    await assert.rejects(as('weak').rest.repos.listWebhooks(where), { status: 404 });
    const { headers } = await as('soon').rest.users.getAuthenticated();
    assert.equal(headers['github-authentication-token-expiration'], '2030-01-31 12:00:00 UTC');
    assert.equal(headers['x-oauth-scopes'], 'repo, admin:repo_hook, read:user');
  });

  test(`${name}: the diary keeps to the vendor's description and hides tokens`, async () => {
    const diary = await fake.diary();
    assert.deepEqual(validate(api, diary, prefix), []);
    assert.equal(JSON.stringify(diary).includes('ghp_fake'), false);
    assert.match(diary[0].headers.authorization, /^sha256:[0-9a-f]{64}$/);
  });
}
