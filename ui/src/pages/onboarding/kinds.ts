// What a person is told about each kind of provider. The server checks; these texts only say where to go.
export interface KindGuide {
  /** Where it usually lives; the shape of the HTTP URL. */
  example: string;
  urlHint: string;
  needsUrl: boolean;
  token: string;
  tokenPlaceholder: string;
  /** Scopes and rights, one a line. */
  rights: string[];
  warnings: string[];
  tokenPage: (httpUrl: string) => string | null;
  keyPage: (httpUrl: string) => string | null;
  repositoryExample: string;
}

const trimmed = (url: string) => url.replace(/\/+$/, "");

/** Only http(s) addresses become links; anything else is not ours to open. */
function below(url: string, path: string): string | null {
  try {
    const parsed = new URL(trimmed(url) + path);
    return parsed.protocol === "https:" || parsed.protocol === "http:" ? parsed.href : null;
  } catch {
    return null;
  }
}

const GITHUB_RIGHTS = [
  "Classic token: repo, admin:repo_hook",
  "Fine-grained token: Metadata and Contents read; Webhooks, Commit statuses and Pull requests read and write",
];

export const GUIDES = new Map<string, KindGuide>([
  [
    "ado_server",
    {
      example: "https://ado.example.com/DefaultCollection",
      urlHint: "With the collection, as in the browser's address bar up to the collection's name.",
      needsUrl: true,
      token: "Personal access token",
      tokenPlaceholder: "52 or 84 characters",
      rights: [
        "Scope Code: read",
        "Scope Code: status",
        "The token's owner may view and edit subscriptions in the projects to connect, as Project Administrators may: webhooks are service hook subscriptions",
      ],
      warnings: [
        "Basic Authentication must be off in IIS for the site: it swallows every token before Azure DevOps sees it.",
        "The token's expiry is set at the server when it is made, a year at most. The server does not tell it to anybody, so note it down.",
        "Use an account that stays when people leave.",
      ],
      tokenPage: (url) => below(url, "/_usersSettings/tokens"),
      keyPage: (url) => below(url, "/_usersSettings/keys"),
      repositoryExample: "Project/_git/infra",
    },
  ],
  [
    "github",
    {
      example: "https://github.com",
      urlHint: "",
      needsUrl: false,
      token: "Personal access token",
      tokenPlaceholder: "ghp_… or github_pat_…",
      rights: GITHUB_RIGHTS,
      warnings: [
        "Installing webhooks needs admin rights in the repositories to connect.",
        "An organization with single sign-on must authorize the token: its page at GitHub, Configure SSO.",
      ],
      tokenPage: () => "https://github.com/settings/tokens",
      keyPage: () => "https://github.com/settings/ssh/new",
      repositoryExample: "owner/infra",
    },
  ],
  [
    "github_enterprise",
    {
      example: "https://ghe.example.com",
      urlHint: "The server itself; the API URL is made from it.",
      needsUrl: true,
      token: "Personal access token",
      tokenPlaceholder: "ghp_… or github_pat_…",
      rights: GITHUB_RIGHTS,
      warnings: ["Installing webhooks needs admin rights in the repositories to connect."],
      tokenPage: (url) => below(url, "/settings/tokens"),
      keyPage: (url) => below(url, "/settings/ssh/new"),
      repositoryExample: "owner/infra",
    },
  ],
  [
    "bitbucket_hosted",
    {
      example: "https://bitbucket.org/workspace",
      urlHint: "Only a repository, project or workspace access token needs it: with the workspace, since such a token cannot tell it.",
      needsUrl: false,
      token: "API token with scopes, or access token",
      tokenPlaceholder: "you@example.com:ATATT… or ATCTT…",
      rights: [
        "API token: read user and workspace; read and write repository and pullrequest; read, write and delete webhook. Write it as e-mail:token",
        "Access token: repository, pullrequest:write, webhook",
      ],
      warnings: ["Bitbucket Cloud delivers to public addresses only: this server must be reachable from the Internet.", "App passwords no longer work."],
      tokenPage: () => "https://id.atlassian.com/manage-profile/security/api-tokens",
      keyPage: () => "https://bitbucket.org/account/settings/ssh-keys/",
      repositoryExample: "workspace/infra",
    },
  ],
  [
    "bitbucket_data_center",
    {
      example: "https://bitbucket.example.com",
      urlHint: "With its context path, if it has one: https://example.com/bitbucket.",
      needsUrl: true,
      token: "HTTP access token",
      tokenPlaceholder: "",
      rights: ["Permission Repository admin, which installs the webhooks", "Of a user who administers the repositories to connect"],
      warnings: ["The token's expiry is chosen when it is made; a year is a common limit."],
      tokenPage: (url) => below(url, "/plugins/servlet/access-tokens/manage"),
      keyPage: (url) => below(url, "/plugins/servlet/ssh/account/keys"),
      repositoryExample: "KEY/infra",
    },
  ],
]);

const PLAIN: KindGuide = {
  example: "https://git.example.com",
  urlHint: "",
  needsUrl: true,
  token: "Access token",
  tokenPlaceholder: "",
  rights: [],
  warnings: [],
  tokenPage: () => null,
  keyPage: () => null,
  repositoryExample: "owner/repository",
};

export const guideOf = (kind: string | undefined): KindGuide => GUIDES.get(kind ?? "") ?? PLAIN;
