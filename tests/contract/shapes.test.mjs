// Every member of a captured answer or delivery is in what the fakes send too, with a value of the same kind.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Repository, SHARED, noShared, startFake, startReceiver } from './helper.mjs';

const kindOf = (value) => (Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value);

// Members that `captured` has and `made` lacks or has in another kind. Null fits everything; of arrays the first entry counts.
function differences(captured, made, where = '') {
  const [a, b] = [kindOf(captured), kindOf(made)];
  if (a === 'null' || b === 'null') return [];
  if (a !== b) return [`${where || '/'}: ${a} there, ${b} here`];
  if (a === 'array') return captured.length && made.length ? differences(captured[0], made[0], `${where}/0`) : [];
  if (a !== 'object') return [];
  return Object.keys(captured).flatMap((key) =>
    key in made
      ? differences(captured[key], made[key], `${where}/${key}`)
      : captured[key] === null
        ? []
        : [`${where}/${key}: missing`],
  );
}

// Per product: how it starts, how a hook is made, which captured file each answer or delivery is compared with, and
// what is left out on purpose (personal data, features nobody reads, other ages of the product).
const PRODUCTS = {
  github: {
    program: 'github.mjs',
    args: ['--no-ping'],
    repo: 'octo/hello',
    folder: 'github',
    authorization: 'Bearer ghp_fake',
    api: '/repos/octo/hello',
    hook: (url) => [
      'POST',
      '/hooks',
      { events: ['push', 'pull_request'], config: { url, content_type: 'json', secret: 's' } },
    ],
    answers: {
      'api/create_hook.201.json': 'hook',
      'api/list_hooks.200.json': ['GET', '/hooks'],
      'api/get_repo.200.json': ['GET', ''],
      'api/create_status.201.json': (sha) => [
        'POST',
        `/statuses/${sha}`,
        { state: 'success', description: 'x', context: 'y', target_url: 'https://x' },
      ],
      'api/compare.200.json': (sha) => ['GET', `/compare/main...${sha}`],
    },
    deliveries: {
      'push.json': 'push',
      'pull_request.opened.json': 'opened',
      'pull_request.synchronize.json': 'updated',
    },
    except:
      /\/(temp_clone_token|subscribers_count|network_count|organization|template_repository|parent|source|delete_branch_on_merge|allow_\w+|license|mirror_url|starred_at|gravatar_id|squash_\w+|merge_commit_\w+|use_squash_pr_title_as_default|security_and_analysis|patch)(:|\/)|author\/username/,
  },
  ado_server: {
    program: 'ado_server.mjs',
    args: [],
    repo: 'Shop/hello',
    folder: 'azure-devops-services',
    authorization: `Basic ${Buffer.from(':fake-pat').toString('base64')}`,
    api: '/DefaultCollection/_apis',
    version: '7.0',
    hook: async (url, call) => {
      const [repo] = (await call('GET', '/git/repositories')).value;
      for (const eventType of ['git.pullrequest.created', 'git.pullrequest.updated'])
        await call('POST', '/hooks/subscriptions', adoHook(url, repo, eventType));
      return ['POST', '/hooks/subscriptions', adoHook(url, repo, 'git.push')];
    },
    answers: {
      '../azure-devops-server/api/create_subscription.200.json': 'hook',
      '../azure-devops-server/api/list_subscriptions.200.json': ['GET', '/hooks/subscriptions'],
      '../azure-devops-server/api/list_repositories.200.json': ['GET', '/git/repositories'],
    },
    deliveries: {
      'git.push.json': 'push',
      'git.pullrequest.created.json': 'opened',
      'git.pullrequest.updated.json': 'updated',
    },
    except:
      /resourceContainers\/account|publisherInputs\/(buildStatus|definitionName|hostId)|consumerInputs\/feedId|consumerInputs\/packageSourceId|lastMergeCommit|_links\/(web|statuses)|\/reviewers|resource\/_links|autoCompleteSetBy|completionOptions|labels/,
  },
  bitbucket_cloud: {
    program: 'bitbucket_cloud.mjs',
    args: [],
    repo: 'acme/hello',
    folder: 'bitbucket-cloud',
    authorization: `Basic ${Buffer.from('emma@example.com:ATATT-fake').toString('base64')}`,
    api: '/2.0/repositories/acme/hello',
    hook: (url) => [
      'POST',
      '/hooks',
      {
        description: 'x',
        url,
        active: true,
        secret: 's',
        events: ['repo:push', 'pullrequest:created', 'pullrequest:updated'],
      },
    ],
    answers: {
      'api/create_hook.201.json': 'hook',
      'api/get_repo.200.json': ['GET', ''],
      'api/list_branches.200.json': ['GET', '/refs/branches?pagelen=100'],
      'api/create_status.201.json': (sha) => [
        'POST',
        `/commit/${sha}/statuses/build`,
        { key: 'k', state: 'SUCCESSFUL', url: 'https://x', name: 'n', description: 'd' },
      ],
      'api/diffstat.200.json': (sha) => ['GET', `/diffstat/${sha}..main`],
    },
    deliveries: {
      'repo_push.update.json': 'push',
      'pullrequest_created.json': 'opened',
      'pullrequest_updated.json': 'updated',
    },
    except:
      /\/links(:|\/)|\/username|\/nickname|\/account_id|rendered\/(description|reason)|\/sync_strategies|\/website|\/override_settings|\/parent|owner\/type|\/committer|\/properties|\/rendered|\/size: number|\/queued/,
  },
  bitbucket_data_center: {
    program: 'bitbucket_data_center.mjs',
    args: [],
    repo: 'PRJ/hello',
    folder: 'bitbucket-datacenter',
    authorization: 'Bearer fake-http-token',
    api: '/rest/api/1.0/projects/PRJ/repos/hello',
    hook: (url) => [
      'POST',
      '/webhooks',
      {
        name: 'x',
        url,
        active: true,
        configuration: { secret: 's' },
        events: ['repo:refs_changed', 'pr:opened', 'pr:from_ref_updated'],
      },
    ],
    answers: {
      'api/create_webhook.201.json': 'hook',
      'api/list_webhooks.200.json': ['GET', '/webhooks'],
      'api/get_repo.200.json': ['GET', ''],
      'api/list_branches.200.json': ['GET', '/branches'],
      'api/compare_changes.200.json': (sha) => ['GET', `/compare/changes?from=${sha}&to=main`],
    },
    deliveries: {
      'repo_refs_changed.update.json': 'push',
      'pr_opened.json': 'opened',
      'pr_from_ref_updated.json': 'updated',
    },
    except:
      /configuration\/createdBy|\/description|(author|committer)\/(id|active|displayName|slug|type|links)|toCommit\/parents\/0\/|\/reviewers|\/participants|\/public: |\/extension|\/srcPath|\/lastReviewedCommit/,
  },
};

const adoHook = (url, repo, eventType) => ({
  publisherId: 'tfs',
  eventType,
  resourceVersion: '1.0',
  consumerId: 'webHooks',
  consumerActionId: 'httpRequest',
  publisherInputs: { projectId: repo.project.id, repository: repo.id },
  consumerInputs: { url },
});

for (const [name, product] of Object.entries(PRODUCTS)) {
  describe(name, { skip: noShared }, () => {
    const repository = new Repository();
    const events = {};
    let fake, receiver, hook, sha;
    const call = async (method, where, body) => {
      const version = product.version ? `${where.includes('?') ? '&' : '?'}api-version=${product.version}` : '';
      const response = await fetch(fake.url + product.api + where + version, {
        method,
        body: body && JSON.stringify(body),
        headers: { authorization: product.authorization, 'user-agent': 'x', 'content-type': 'application/json' },
      });
      return response.json();
    };
    const delivered = (sent) => JSON.parse(sent[0].request.body);
    before(async () => {
      fake = await startFake(product.program, [...product.args, '--repo', `${product.repo}=${repository.bare}`]);
      receiver = await startReceiver();
      hook = await call(...(await product.hook(receiver.url, call)));
      sha = repository.commit('main', 'main.tf', 'a');
      events.push = delivered(await fake.deliver({ event: 'push', repo: product.repo }));
      sha = repository.commit('topic', 'topic.tf', 'a');
      await fake.deliver({ event: 'push', repo: product.repo });
      const opened = await fake.deliver({
        event: 'pull_request',
        repo: product.repo,
        source: 'topic',
        target: 'main',
        title: 'A change',
      });
      events.opened = delivered(opened);
      sha = repository.commit('topic', 'topic.tf', 'b');
      events.updated = JSON.parse(
        (await fake.deliver({ event: 'push', repo: product.repo })).find(({ event }) => /pull|pr:/.test(event)).request
          .body,
      );
    });
    after(() => {
      fake.stop();
      receiver.stop();
      repository.remove();
    });
    const captured = (file) => JSON.parse(readFileSync(path.join(SHARED, 'fixtures', product.folder, file), 'utf8'));
    const check = (file, made) =>
      assert.deepEqual(
        differences(captured(file), made).filter((line) => !product.except.test(line)),
        [],
      );
    for (const [file, ask] of Object.entries(product.answers)) {
      test(file, async () =>
        check(file, ask === 'hook' ? hook : await call(...(typeof ask === 'function' ? ask(sha) : ask))),
      );
    }
    for (const [file, event] of Object.entries(product.deliveries)) test(file, () => check(file, events[event]));
  });
}
