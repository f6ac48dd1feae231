// The command line that every fake understands. `flags` names further options of one product: true for a switch,
// false for an option with a value.
export function parseOptions(argv, flags = {}) {
  const options = {
    port: 0,
    host: '127.0.0.1',
    repos: [],
    tokens: [],
    sshUrl: '',
    httpUrl: '',
    publicUrl: '',
    tls: null,
  };
  const values = { '--host': 'host', '--ssh-url': 'sshUrl', '--http-url': 'httpUrl', '--public-url': 'publicUrl' };
  for (let i = 0; i < argv.length; ++i) {
    const name = argv[i];
    const value = () => {
      if (i + 1 >= argv.length) throw new Error(`${name} needs a value`);
      return argv[++i];
    };
    if (name === '--port') options.port = Number(value());
    else if (name === '--repo') options.repos.push(parseRepo(value()));
    else if (name === '--token') options.tokens.push(value());
    else if (name === '--tls') options.tls = { cert: value(), key: value() };
    else if (name in values) options[values[name]] = value();
    else if (name in flags) options[camel(name)] = flags[name] ? true : value();
    else throw new Error(`unknown option ${name}`);
  }
  return options;
}

function camel(name) {
  return name.slice(2).replace(/-(.)/g, (_, letter) => letter.toUpperCase());
}

// "owner/name=/path/to/bare.git"
function parseRepo(text) {
  const equals = text.indexOf('=');
  const slash = text.lastIndexOf('/', equals);
  if (equals < 0 || slash < 0) throw new Error(`--repo ${text}: write OWNER/NAME=/path/to/bare.git`);
  return { owner: text.slice(0, slash), name: text.slice(slash + 1, equals), path: text.slice(equals + 1) };
}

// {path}, {owner} and {name} in a clone URL template.
export function fill(template, repo) {
  return template.replace(/\{(path|owner|name)\}/g, (_, key) => repo[key]);
}
