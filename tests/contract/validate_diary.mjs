// Checks every request of a fake's diary against the vendor's own API description: path, method, query, JSON body.
//   node validate_diary.mjs API DIARY.json [PREFIX]     requests that the fake took
//   node validate_diary.mjs API --drivers DIRECTORY     what our driver sent, refused or not: all diaries in there
// API is one of READERS below; PREFIX is what stands before the API's own paths ("/api/v3",
// "/tfs/DefaultCollection"). Prints one line for each problem and exits 1 if there is any, 77 if the description is
// not on this machine.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { parse as parseYaml } from 'yaml';
import { SHARED } from './helper.mjs';
import { readTypes } from './typed_description.mjs';

const require = createRequire(import.meta.url);
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
const shared = (...parts) => path.join(SHARED, 'openapi', ...parts);
const pointer = (...parts) =>
  `#/${parts.map((part) => encodeURIComponent(part.replace(/~/g, '~0').replace(/\//g, '~1'))).join('/')}`;

// One description: its operations, and a compiler for its schemas.
class Description {
  constructor(name, document) {
    this.name = name;
    this.document = document;
    this.ajv = new Ajv({
      strict: false,
      allErrors: true,
      verbose: true,
      validateSchema: false,
      logger: false,
      coerceTypes: false,
    });
    addFormats(this.ajv);
    this.ajv.addSchema(document, name);
    this.operations = Object.entries(document.paths).map(([template, item]) => ({
      template,
      item,
      segments: template.split('/').slice(1),
    }));
  }

  follow(value) {
    let found = value;
    while (found?.$ref)
      found = found.$ref
        .slice(2)
        .split('/')
        .reduce((at, part) => at?.[decodeURIComponent(part).replace(/~1/g, '/').replace(/~0/g, '~')], this.document);
    return found;
  }

  // Operations whose template fits, the most literal first. A template's last parameter may hold slashes if it is a
  // path or the name of a ref.
  find(segments, { ignoreCase = false } = {}) {
    const same = (a, b) => (ignoreCase ? a.toLowerCase() === b.toLowerCase() : a === b);
    const isHole = (part) => part.includes('{');
    const fits = ({ segments: template }) => {
      const open = /^\{(path|ref|branch|name|basehead|spec)\}$/.test(template.at(-1) ?? '');
      if (template.length !== segments.length && !(open && segments.length > template.length)) return false;
      return template.every((part, i) => isHole(part) || same(part, segments[i]));
    };
    return this.operations
      .filter(fits)
      .sort(
        (a, b) =>
          b.segments.length - a.segments.length ||
          b.segments.filter((part) => !isHole(part)).length - a.segments.filter((part) => !isHole(part)).length,
      )[0];
  }

  parameters(found, operation) {
    return [...(found.item.parameters ?? []), ...(operation.parameters ?? [])].map((each) => this.follow(each));
  }

  // Names of the members that a schema lists; null where it leaves them open.
  members(schema) {
    const { properties, allOf, oneOf, anyOf, additionalProperties } = this.follow(schema) ?? {};
    if (oneOf || anyOf || additionalProperties) return null;
    const parts = [
      ...(allOf ?? []).map((part) => this.members(part)),
      ...(properties ? [new Set(Object.keys(properties))] : []),
    ];
    return parts.length === 0 || parts.includes(null) ? null : new Set(parts.flatMap((part) => [...part]));
  }

  bodyErrors(schemaPointer, schema, body, { ignoreRequired = [] } = {}) {
    const validate =
      this.ajv.getSchema(`${this.name}${schemaPointer}`) ?? this.ajv.compile({ $ref: `${this.name}${schemaPointer}` });
    validate(body);
    // Azure DevOps takes the number of an enumeration's value where its description has the name.
    const isNumberOfEnum = ({ keyword, data, parentSchema }) =>
      Number.isInteger(data) && (keyword === 'enum' || (keyword === 'type' && parentSchema.enum));
    const isTolerated = (error) =>
      isNumberOfEnum(error) || (error.keyword === 'required' && ignoreRequired.includes(error.params.missingProperty));
    const errors = (validate.errors ?? [])
      .filter((error) => !isTolerated(error))
      .map(({ instancePath, message }) => `body${instancePath} ${message}`);
    const known = this.members(schema);
    const unknown = known && !Array.isArray(body) ? Object.keys(body).filter((key) => !known.has(key)) : [];
    return [...errors, ...unknown.map((key) => `body has a member that the description does not know: ${key}`)];
  }
}

function queryErrors(parameters, query, { known = [], ignoreCase = false } = {}) {
  const plain = (name) => (ignoreCase ? name.toLowerCase() : name).replace(/\[\]$/, '');
  const inQuery = parameters.filter((each) => each.in === 'query');
  const problems = [];
  for (const key of new Set([...query.keys()])) {
    if (!inQuery.some(({ name }) => plain(name) === plain(key)) && !known.includes(plain(key)))
      problems.push(`the query has a parameter that the description does not know: ${key}`);
  }
  for (const { name, required, schema, type, enum: direct } of inQuery) {
    const value = [...query.entries()].find(([key]) => plain(key) === plain(name))?.[1];
    if (value === undefined) {
      if (required && plain(name) !== 'api-version') problems.push(`the query lacks ${name}`);
      continue;
    }
    const allowed = schema?.enum ?? direct;
    if (allowed && !allowed.map(String).includes(value))
      problems.push(`query ${name}=${value} is none of ${allowed.join(', ')}`);
    if (['integer', 'number'].includes(schema?.type ?? type) && !/^-?\d+$/.test(value))
      problems.push(`query ${name}=${value} is not a whole number`);
  }
  return problems;
}

// ---- one reader for each vendor: (segments, entry) → problems

const loaded = new Map();
function load(name, make) {
  if (!loaded.has(name)) loaded.set(name, new Description(name, make()));
  return loaded.get(name);
}

function openApi3(description, entry, segments, options) {
  const found = description.find(segments, options);
  const operation = found?.item[entry.method.toLowerCase()];
  if (!operation)
    return [
      found
        ? `the description has no ${entry.method} for ${found.template}`
        : 'the description does not have this path',
    ];
  const problems = queryErrors(description.parameters(found, operation), entry.query, options);
  const content = description.follow(operation.requestBody)?.content?.['application/json'];
  if (entry.body === '')
    return description.follow(operation.requestBody)?.required ? [...problems, 'the body is missing'] : problems;
  if (!content) return options.bodyOptional ? problems : [...problems, 'the description knows no body here'];
  const at = operation.requestBody.$ref
    ? `${operation.requestBody.$ref}/content/application~1json/schema`
    : pointer(
        'paths',
        found.template,
        entry.method.toLowerCase(),
        'requestBody',
        'content',
        'application/json',
        'schema',
      );
  return [...problems, ...description.bodyErrors(at, content.schema, JSON.parse(entry.body), options)];
}

function github(file) {
  return (entry, segments) => {
    const description = load(file, () => readJson(require.resolve(`@octokit/openapi/generated/${file}.json`)));
    const problems = openApi3(description, entry, segments, { ignoreCase: true });
    if (!entry.headers['user-agent']) problems.push('no User-Agent: GitHub refuses that');
    return problems;
  };
}

// The files are cut by server version; the request's api-version says which.
function adoServer(entry, segments) {
  const version = entry.query.get('api-version') ?? /api-version=([^;,\s]+)/.exec(entry.headers.accept ?? '')?.[1];
  if (!version) return ['no api-version'];
  const [major, minor] = version.split('-')[0].split('.').map(Number);
  const server = `${major}.${major === 7 && minor >= 1 ? 1 : 0}`;
  const area = segments[segments.indexOf('_apis') + 1]?.toLowerCase();
  const [folder, label] = area === 'projects' ? ['core', '7.0'] : [area, server];
  const file = shared('azure-devops', `${folder}.azure-devops-server-${label}.json`);
  if (!existsSync(file)) return [`no description of the area ${area} for ${label}`];
  const description = load(path.basename(file), () => readJson(file));
  const project = segments.indexOf('_apis') === 0 ? ['p'] : [];
  const found =
    description.find(['c', ...segments], { ignoreCase: true }) ??
    description.find(['c', ...project, ...segments], { ignoreCase: true });
  const operation = found?.item[entry.method.toLowerCase()];
  if (!operation)
    return [
      found
        ? `the description has no ${entry.method} for ${found.template}`
        : 'the description does not have this path',
    ];
  const parameters = description.parameters(found, operation);
  const problems = queryErrors(parameters, entry.query, { ignoreCase: true, known: ['api-version'] });
  const index = (operation.parameters ?? []).findIndex((each) => description.follow(each).in === 'body');
  if (index < 0) return entry.body ? [...problems, 'the description knows no body here'] : problems;
  if (!entry.body) return [...problems, 'the body is missing'];
  const { schema } = description.follow(operation.parameters[index]);
  return [
    ...problems,
    ...description.bodyErrors(
      schema.$ref ??
        pointer('paths', found.template, entry.method.toLowerCase(), 'parameters', String(index), 'schema'),
      schema,
      JSON.parse(entry.body),
    ),
  ];
}

const CLOUD_QUERY = [
  'page',
  'pagelen',
  'sort',
  'q',
  'fields',
  'role',
  'topic',
  'state',
  'include',
  'exclude',
  'from_pullrequest_id',
];
function bitbucketCloud(entry, segments) {
  const description = load('bitbucket-cloud', () =>
    parseYaml(readFileSync(shared('bitbucket-cloud', 'openapi-2022.yml'), 'utf8')),
  );
  return openApi3(description, entry, segments, { known: CLOUD_QUERY, ignoreRequired: ['type'], bodyOptional: true });
}

// Published as the types of a client. "latest" stands there for the version of the interface, which is 1.0.
function bitbucketDataCenter(entry, segments) {
  const description = load('bitbucket-data-center', () => {
    const client = path.dirname(require.resolve('@coderabbitai/bitbucket/server/openapi'));
    return readTypes(path.join(client, 'openapi-typescript.d.ts'));
  });
  const named = segments.map((part, i) => (i === 1 && part === '1.0' ? 'latest' : part));
  // Answered with "a page of webhooks", by its own description.
  const known = named.at(-1) === 'webhooks' ? ['start', 'limit'] : [];
  return openApi3(description, entry, named, { known });
}

const READERS = {
  github: github('api.github.com'),
  github_enterprise: github('ghes-3.19'),
  ado_server: adoServer,
  bitbucket_cloud: bitbucketCloud,
  bitbucket_data_center: bitbucketDataCenter,
};
const NEEDS_SHARED = ['ado_server', 'bitbucket_cloud'];

// What the descriptions do not have, and why a request of it is right all the same. `METHOD path`, behind the prefix.
const NOT_DESCRIBED = [
  {
    apis: Object.keys(READERS),
    request: /^(GET|POST) .*\/(info\/refs|git-(upload|receive)-pack)$/,
    why: "git's own protocol",
  },
  { apis: ['github', 'github_enterprise'], request: /^GET .*\/_codeload\//, why: 'where an archive is redirected to' },
  { apis: ['ado_server'], request: /^OPTIONS /, why: "how the vendor's client learns its routes" },
  {
    apis: ['ado_server'],
    request: /^GET \/_apis\/(connectionData|ResourceAreas)$/i,
    why: "the published files leave the location service out; the vendor's client calls it at every start",
  },
  {
    apis: ['bitbucket_cloud'],
    request: /^GET \/user\/workspaces(\/[^/]+\/permissions\/repositories)?$/,
    why: 'came in 2025, the description is of 2022 (Atlassian CHANGE-2770 removed the lists across workspaces)',
  },
];

export const available = (api) => !NEEDS_SHARED.includes(api) || existsSync(shared());

// [{ method, path, problem }] for the requests that were answered with success; of `refused` ones too if wished.
export function validate(api, diary, prefix = '', { refused = false } = {}) {
  const problems = [];
  for (const raw of diary.filter(({ status }) => refused || status < 400)) {
    const url = new URL(raw.path, 'http://fake.invalid');
    const inside = url.pathname.toLowerCase().startsWith(prefix.toLowerCase());
    const segments = (inside ? url.pathname.slice(prefix.length) : url.pathname)
      .split('/')
      .filter(Boolean)
      .map(decodeURIComponent);
    const entry = { ...raw, pathname: url.pathname, query: url.searchParams };
    const call = `${raw.method} /${segments.join('/')}`;
    if (NOT_DESCRIBED.some(({ apis, request }) => apis.includes(api) && request.test(call))) continue;
    for (const problem of READERS[api](entry, segments)) problems.push({ method: raw.method, path: raw.path, problem });
  }
  return problems;
}

// ---- diaries of our drivers: { kind, address, diary } as tests/vcs/provider_contract_test.cpp writes them

const DRIVERS = {
  github: ({ kind }) => kind === 'github' && '',
  github_enterprise: ({ kind }) => kind === 'github_enterprise' && '/api/v3',
  ado_server: ({ kind, address }) => kind === 'ado_server' && address,
  bitbucket_cloud: ({ kind }) => kind === 'bitbucket_hosted' && '/2.0',
  bitbucket_data_center: ({ kind, address }) => kind === 'bitbucket_data_center' && `${address}/rest`,
};

function validateDrivers(api, directory) {
  let requests = 0;
  const problems = [];
  for (const name of readdirSync(directory)) {
    const written = readJson(path.join(directory, name));
    const prefix = DRIVERS[api](written);
    if (prefix === false) continue;
    requests += written.diary.length;
    problems.push(...validate(api, written.diary, prefix, { refused: true }));
  }
  if (requests === 0) throw new Error(`no request of ${api} in ${directory}: did its cases of provider_contract run?`);
  console.log(`${requests} requests read`);
  return problems;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [api, file, last] = process.argv.slice(2);
  if (!(api in READERS) || !file || (file === '--drivers' && !last)) {
    console.error(`usage: validate_diary.mjs ${Object.keys(READERS).join('|')} DIARY.json [PREFIX]|--drivers DIRECTORY`);
    process.exit(2);
  }
  if (!available(api)) {
    console.log("skipped: the vendors' API descriptions (../shared/openapi) are not here");
    process.exit(77);
  }
  const problems = file === '--drivers' ? validateDrivers(api, last) : validate(api, readJson(file), last ?? '');
  const lines = problems.map(({ method, path: where, problem }) => `${method} ${where}: ${problem}`);
  for (const line of new Set(lines)) console.log(line);
  process.exit(problems.length > 0 ? 1 : 0);
}
