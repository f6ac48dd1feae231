// Service hooks of Azure DevOps Server: subscriptions, their health, notifications and deliveries.
import crypto from 'node:crypto';
import { empty, json } from './fake.mjs';
import { post } from './deliver.mjs';
import { shortRef, testEvent } from './ado_shapes.mjs';

const EVENT_TYPES = [
  'git.push',
  'git.pullrequest.created',
  'git.pullrequest.updated',
  'git.pullrequest.merged',
  'build.complete',
  'workitem.created',
  'ms.vss-code.git-pullrequest-comment-event',
  'git.repo.created',
  'git.repo.renamed',
  'git.repo.deleted',
  'git.repo.forked',
  'git.repo.statuschanged',
];
const TRANSIENT = [408, 502, 503, 504];
const MASK = '********';

function eventTypes(server) {
  return server.maxVersion >= 7.1
    ? EVENT_TYPES
    : EVENT_TYPES.filter(
        (type) => !type.startsWith('git.repo.') && (server.maxVersion >= 6 || !type.startsWith('ms.')),
      );
}

function subscriptionShape(server, subscription) {
  const { consumerInputs, ...rest } = subscription;
  const { host } = new URL(consumerInputs.url);
  return {
    ...rest,
    url: `${server.collectionUrl}/_apis/hooks/subscriptions/${subscription.id}`,
    actionDescription: `To host ${host}`,
    eventDescription: 'Any branch',
    probationRetries: 0,
    createdBy: {
      displayName: server.user.name,
      id: server.user.id,
      uniqueName: server.user.unique,
      descriptor: server.user.descriptor,
    },
    modifiedBy: {
      displayName: server.user.name,
      id: server.user.id,
      uniqueName: server.user.unique,
      descriptor: server.user.descriptor,
    },
    lastProbationRetryDate: '0001-01-01T00:00:00',
    consumerInputs: { ...consumerInputs, ...(consumerInputs.basicAuthPassword && { basicAuthPassword: MASK }) },
    publisherInputs: { ...subscription.publisherInputs, tfsSubscriptionId: subscription.tfs_id },
    tfs_id: undefined,
    notifications: undefined,
  };
}

// The refusal of a body, or null.
function problem(server, call) {
  const body = call.json;
  const wrong = (message, typeKey = 'SubscriptionInputException', status = 400) =>
    server.error(status, message, typeKey);
  if (body.publisherId !== 'tfs')
    return wrong(`Publisher with id ${body.publisherId} does not exist.`, 'PublisherNotFoundException', 404);
  if (!eventTypes(server).includes(body.eventType))
    return wrong(
      `Publisher tfs does not have an event type with id ${body.eventType}.`,
      'EventTypeNotFoundException',
      404,
    );
  if (body.consumerId !== 'webHooks' || body.consumerActionId !== 'httpRequest')
    return wrong(`Consumer with id ${body.consumerId} does not exist.`, 'ConsumerNotFoundException', 404);
  const { url, basicAuthUsername: user = '', basicAuthPassword: password = '' } = body.consumerInputs ?? {};
  if (!/^https?:\/\/[^\s]+$/.test(url ?? '')) return wrong('The value for the input "url" is not a valid URL.');
  if (/\s/.test(user) || /\s/.test(password) || password.length > 256)
    return wrong('The value for the input "basicAuthPassword" is not valid.');
  const { projectId = '', repository = '' } = body.publisherInputs ?? {};
  if (!projectId)
    return wrong(
      `Access Denied: ${server.user.name} needs the following permission(s) on the resource PublisherSecurity to perform this action: Edit subscription`,
      'AccessCheckException',
      403,
    );
  if (!server.projects.some(({ id }) => id === projectId))
    return wrong(`The project with id ${projectId} does not exist.`, 'ProjectDoesNotExistException', 404);
  if (repository && !server.repos.some(({ id }) => id === repository))
    return wrong('The value for the input "repository" is not valid.');
  if (!call.token.edit_subscriptions)
    return wrong(
      `Access Denied: ${server.user.name} needs the following permission(s) on the resource PublisherSecurity/${projectId} to perform this action: Edit subscription`,
      'AccessCheckException',
      403,
    );
  return null;
}

export function addHookRoutes(server) {
  const { fake } = server;
  const on = (method, pattern, handler) =>
    fake.route(method, `/_apis/hooks${pattern}`, (call) => server.lacks(call, 'vso.code') ?? handler(call));
  const withOne = (handler) => (call) => {
    const subscription = server.subscriptions.find(({ id }) => id === call.params.id.toLowerCase());
    return subscription
      ? handler(call, subscription)
      : server.error(
          404,
          `The subscription with id ${call.params.id} does not exist.`,
          'SubscriptionNotFoundException',
        );
  };
  on('GET', '/subscriptions', (call) => {
    const wanted = ['publisherId', 'eventType', 'consumerId', 'consumerActionId']
      .map((name) => [name, call.query.get(name)])
      .filter(([, value]) => value);
    const found = call.token.view_subscriptions
      ? server.subscriptions.filter((each) => wanted.every(([name, value]) => each[name] === value))
      : [];
    return server.list(found.map((each) => subscriptionShape(server, each)));
  });
  on('POST', '/subscriptions', (call) => {
    const refusal = problem(server, call);
    if (refusal) return refusal;
    const created = new Date().toISOString();
    const { publisherId, eventType, consumerId, consumerActionId, publisherInputs, consumerInputs } = call.json;
    const subscription = {
      id: crypto.randomUUID(),
      status: 'enabled',
      publisherId,
      eventType,
      subscriber: null,
      resourceVersion: call.json.resourceVersion ?? '1.0',
      consumerId,
      consumerActionId,
      createdDate: created,
      modifiedDate: created,
      publisherInputs: { branch: '', repository: '', ...publisherInputs },
      consumerInputs,
      tfs_id: crypto.randomUUID(),
      notifications: [],
    };
    server.subscriptions.push(subscription);
    return json(200, subscriptionShape(server, subscription));
  });
  on('POST', '/subscriptionsquery', (call) => {
    const query = call.json;
    const equal = (each) =>
      ['publisherId', 'eventType', 'consumerId', 'consumerActionId'].every(
        (name) => !query[name] || each[name] === query[name],
      ) &&
      (query.publisherInputFilters ?? []).every(({ conditions }) =>
        conditions.every(({ inputId, inputValue }) => (each.publisherInputs[inputId] ?? '') === inputValue),
      );
    return json(200, {
      ...query,
      results: server.subscriptions.filter(equal).map((each) => subscriptionShape(server, each)),
    });
  });
  on(
    'GET',
    '/subscriptions/:id',
    withOne((call, subscription) => json(200, subscriptionShape(server, subscription))),
  );
  // Replaces all of it; a masked password is stored as it is.
  on(
    'PUT',
    '/subscriptions/:id',
    withOne((call, subscription) => {
      const refusal = problem(server, call);
      if (refusal) return refusal;
      const { eventType, publisherInputs, consumerInputs, status = 'enabled' } = call.json;
      Object.assign(subscription, {
        eventType,
        status,
        publisherInputs: { branch: '', repository: '', ...publisherInputs },
        consumerInputs,
        modifiedDate: new Date().toISOString(),
      });
      return json(200, subscriptionShape(server, subscription));
    }),
  );
  on(
    'DELETE',
    '/subscriptions/:id',
    withOne((call, subscription) => {
      if (!call.token.edit_subscriptions)
        return server.error(
          403,
          `Access Denied: ${server.user.name} needs the following permission(s) on the resource PublisherSecurity/${subscription.publisherInputs.projectId} to perform this action: Delete subscription`,
          'AccessCheckException',
        );
      server.subscriptions.splice(server.subscriptions.indexOf(subscription), 1);
      return empty();
    }),
  );
  on(
    'GET',
    '/subscriptions/:id/notifications',
    withOne((call, subscription) =>
      server.list(subscription.notifications.slice(-Number(call.query.get('maxResults') ?? 100)).reverse()),
    ),
  );
  on('GET', '/publishers/tfs/eventtypes', () =>
    server.list(
      eventTypes(server).map((id) => ({ publisherId: 'tfs', id, name: id, supportedResourceVersions: ['1.0'] })),
    ),
  );
  on('POST', '/testnotifications', async (call) => {
    const details = call.json.details ?? {};
    const stored = server.subscriptions.find(({ id }) => id === call.json.subscriptionId);
    const subscription = stored ?? {
      id: call.json.subscriptionId,
      eventType: details.eventType,
      consumerInputs: details.consumerInputs,
      notifications: [],
    };
    const record = await send(server, subscription, testEvent(subscription.eventType), {});
    return json(200, {
      subscriptionId: subscription.id,
      id: 1,
      status: 'completed',
      result: record.response?.status < 300 ? 'succeeded' : 'failed',
      details: {
        eventType: subscription.eventType,
        consumerInputs: { ...subscription.consumerInputs, basicAuthPassword: MASK },
      },
    });
  });
}

function headersFor(subscription, secret) {
  const {
    basicAuthUsername: user = '',
    basicAuthPassword: password = '',
    httpHeaders = '',
  } = subscription.consumerInputs;
  const own = Object.fromEntries(
    httpHeaders
      .split(/\r?\n/)
      .filter((line) => line.includes(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  );
  return {
    'Content-Type': 'application/json; charset=utf-8',
    Expect: '100-continue',
    'User-Agent': 'VSServices/19.225.34309.2 (TfsJobAgent.exe)',
    'X-VSS-ActivityId': crypto.randomUUID(),
    'X-VSS-SubscriptionId': subscription.id,
    ...((user || password) && {
      Authorization: `Basic ${Buffer.from(`${user}:${secret ?? password}`).toString('base64')}`,
    }),
    ...own,
  };
}

function cutBy(event, { messages, detailed, resource }) {
  return {
    ...event,
    message: messages === 'none' ? null : event.message,
    detailedMessage: detailed === 'none' ? null : event.detailedMessage,
    resource: resource === 'none' ? null : resource === 'minimal' ? { url: event.resource.url } : event.resource,
  };
}

async function send(server, subscription, event, spec) {
  const {
    messagesToSend: messages,
    detailedMessagesToSend: detailed,
    resourceDetailsToSend: resource,
  } = subscription.consumerInputs;
  const notificationId = subscription.notifications.length + 1;
  const body = { subscriptionId: subscription.id, notificationId, ...cutBy(event, { messages, detailed, resource }) };
  const record = await post(
    subscription.consumerInputs.url,
    headersFor(subscription, spec.secret),
    JSON.stringify(body),
    { override: spec },
  );
  const status = record.response?.status ?? 0;
  const good = status >= 200 && status < 300;
  subscription.notifications.push({
    subscriptionId: subscription.id,
    id: notificationId,
    eventId: event.id,
    createdDate: event.createdDate,
    modifiedDate: new Date().toISOString(),
    status: 'completed',
    result: good ? 'succeeded' : 'failed',
    details: {
      eventType: event.eventType,
      publisherId: 'tfs',
      request: `Method: POST\nURI: ${subscription.consumerInputs.url}\n`,
      response: `Status Code: ${status}\n`,
      errorMessage: good ? null : (record.error ?? `Status ${status}`),
      event: body,
    },
  });
  // 410 ends a subscription, transient codes are tried again, anything else puts it on probation.
  if (good) subscription.status = 'enabled';
  else if (status === 410) subscription.status = 'disabledBySystem';
  else if (status !== 0 && !TRANSIENT.includes(status)) subscription.status = 'onProbation';
  return { hook: subscription.id, event: event.eventType, id: `${subscription.id}/${notificationId}`, ...record };
}

// To every subscription that wants it. What comes during probation is lost.
export async function deliverAll(server, repo, event, refs, spec) {
  const wants = ({ eventType, publisherInputs: { projectId, repository, branch } }) =>
    eventType === event.eventType &&
    projectId === repo.project.id &&
    (!repository || repository === repo.id) &&
    (!branch || refs.some((ref) => shortRef(ref) === shortRef(branch)));
  const sent = [];
  event.id ??= spec.delivery_id ?? crypto.randomUUID();
  for (const subscription of server.subscriptions.filter(wants)) {
    if (subscription.status !== 'enabled')
      sent.push({ hook: subscription.id, event: event.eventType, skipped: subscription.status });
    else sent.push(await send(server, subscription, event, spec));
  }
  return sent;
}
