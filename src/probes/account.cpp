#include "probes/account.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "crypto/hash.h"
#include "probes/small_step.h"

// Kubernetes ServiceAccounts of connections (kubernetes.io/docs/concepts/security/service-accounts).
namespace probes {
namespace {

using std::chrono::milliseconds;

constexpr const char* kConfig = "credentials.kubeconfig";  // what the verification captures
constexpr const char* kServer = "kube.server";
constexpr const char* kCore = "{{kube.server}}/api/v1/namespaces/{{namespace|default:default}}/";
constexpr const char* kRoles =
    "{{kube.server}}/apis/rbac.authorization.k8s.io/v1/namespaces/{{namespace|default:default}}/";
// Who may do anything in the namespace, and nothing to the namespace itself or outside of it.
constexpr const char* kRole = "admin";
constexpr milliseconds kBetweenLooks{250};

// The three things, in the order in which they are made.
enum Kind : std::size_t { kServiceAccount, kRoleBinding, kSecret };
struct Thing {
  const char *kind, *base, *resource;
};
constexpr std::array<Thing, 3> kThings{{{"ServiceAccount", kCore, "serviceaccounts"},
                                        {"RoleBinding", kRoles, "rolebindings"},
                                        {"Secret", kCore, "secrets"}}};

class Cluster {
 public:
  Cluster(Session& session, std::string name) : session_(session), name_(std::move(name)) {}

  // Fetches the kubeconfig to work with; what is wrong, or "".
  std::string enter() {
    const std::vector<std::string> wanted{kConfig, kServer};
    const Report report = run_all(session_, &wanted);
    const auto& captures = session_.facts.captures;
    if (captures.contains(kConfig) && captures.contains(kServer)) return {};
    return report.verdict.message.empty() ? "the service gives no kubeconfig" : in_words(report.verdict);
  }

  Done make(Kind kind) {
    json step = call("POST", std::string(kThings[kind].base) + kThings[kind].resource);
    step["body"] = body_of(kind);
    step["body_type"] = "json";
    step["expect"] = {{"status", {201, 409}}, {"json", {{"kind", "present"}, {"metadata", "present"}}}};
    return do_step(session_, step);
  }
  Done remove(Kind kind) {
    json step = call("DELETE", path_of(kind));
    step["expect"] = json::object({{"status", {200, 202, 404}}});
    return do_step(session_, step);
  }
  Done read_secret() {
    json step = call("GET", path_of(kSecret));
    step["expect"] = {{"status", json::array({200})}, {"json", {{"kind", "^Secret$"}, {"metadata", "present"}}}};
    return do_step(session_, step);
  }

  std::string namespace_name() const {
    const std::string given = session_.value("namespace");
    return given.empty() ? "default" : given;
  }
  std::string described(Kind kind) const {
    return std::string(kThings[kind].kind) + " " + namespace_name() + "/" + name_;
  }
  // No word about it counts as on: a binding too many does no harm.
  bool has_rbac() const {
    const auto entry = session_.facts.captures.find("cluster.rbac");
    return entry == session_.facts.captures.end() || entry->second.reveal() != "false";
  }
  std::string server() const { return session_.facts.captures.at(kServer).reveal(); }
  Session& session() { return session_; }

 private:
  std::string path_of(Kind kind) const {
    return std::string(kThings[kind].base) + kThings[kind].resource + "/" + name_;
  }

  static json call(const char* method, const std::string& url) {
    return {{"id", "account"},
            {"do", "http"},
            {"method", method},
            {"url", url},
            {"headers", {{"Accept", "application/json"}, {"X-Requested-By", "runbridge"}}},
            {"auth", {{"kind", "kubeconfig"}, {"from", std::string("{{") + kConfig + "}}"}}},
            {"errors",
             {{{"match", {{"status", json::array({401})}}},
               {"class", "unauthorized"},
               {"say", "The cluster does not accept the credentials that Azure gave for it."}},
              {{"match", {{"status", json::array({403})}}},
               {"class", "forbidden"},
               {"say",
                "The principal may not do that in the namespace {{namespace|default:default}}; it needs to manage "
                "service accounts, secrets and role bindings there (or use the cluster admin credentials)."}},
              {{"match", {{"status", json::array({404})}}},
               {"class", "not_found"},
               {"say", "namespace {{namespace|default:default}} of the cluster"}}}}};
  }

  json body_of(Kind kind) const {
    json body = {{"apiVersion", kind == kRoleBinding ? "rbac.authorization.k8s.io/v1" : "v1"},
                 {"kind", kThings[kind].kind},
                 {"metadata",
                  {{"name", name_},
                   {"namespace", namespace_name()},
                   {"labels", {{"app.kubernetes.io/managed-by", "runbridge"}, {"runbridge/connection", name_}}}}}};
    if (kind == kSecret) {
      // Not a TokenRequest: its tokens end, and the server says when. This one ends with the ServiceAccount.
      body["type"] = "kubernetes.io/service-account-token";
      body["metadata"]["annotations"] = json::object({{"kubernetes.io/service-account.name", name_}});
    }
    if (kind == kRoleBinding) {
      body["roleRef"] = {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "ClusterRole"}, {"name", kRole}};
      body["subjects"] = json::array({{{"kind", "ServiceAccount"}, {"name", name_}, {"namespace", namespace_name()}}});
    }
    return body;
  }

  Session& session_;
  std::string name_;
};

// Once the cluster's controller has filled it in.
bool take_token(const Observation& seen, Account& account) {
  const auto data = seen.parsed ? seen.parsed->find("data") : json::const_iterator();
  if (!seen.parsed || data == seen.parsed->end() || !data->is_object()) return false;
  const auto text = [&](const char* name) {
    const auto entry = data->find(name);
    if (entry == data->end() || !entry->is_string()) return std::string();
    return base::from_base64(entry->get_ref<const std::string&>()).value_or("");
  };
  account.token = base::Secret(text("token"));
  account.authorities = text("ca.crt");
  return !account.token.empty();
}

// Waits for the token; what is wrong, or "". Leaves time to take back what was made.
std::string await_token(Cluster& cluster, Account& account) {
  Session& session = cluster.session();
  for (;;) {
    const Done done = cluster.read_secret();
    if (!done.seen.passed) return in_words(done.verdict);
    if (take_token(done.seen, account)) {
      session.mask.add(account.token);
      return {};
    }
    static_cast<void>(session.deadline.wait(-1, 0, kBetweenLooks));
    if (session.deadline.stop().stop_requested()) return "The call was stopped.";
    if (session.deadline.left() <= session.deadline.total() / 4) {
      return "The cluster made the " + cluster.described(kSecret) +
             " and puts no token into it. See whether its controller manager is well.";
    }
  }
}

// Nobody knows what became of a call whose answer did not come.
bool may_be_there(const Observation& seen) {
  const bool unanswered =
      seen.status == 0 && seen.network &&
      (seen.stage == Stage::kTimeout || seen.stage == Stage::kProtocol || seen.stage == Stage::kStopped);
  return unanswered || seen.status >= 500;
}

std::string refused(const Cluster& cluster, Kind kind, const Verdict& verdict) {
  return "The " + cluster.described(kind) + " could not be made. " + in_words(verdict);
}

// Newest first. With a time of its own: what is undone may be undone because there was none left.
std::vector<std::string> take_back(const Session& before, const std::string& name, const std::vector<Kind>& made) {
  std::vector<std::string> left;
  if (made.empty()) return left;
  Environment around = before.environment;
  around.stop = {};
  Session session(before.type, before.scheme, before.values, around);
  session.facts = before.facts;
  session.references = before.references;
  session.mask = before.mask;
  Cluster cluster(session, name);
  for (auto kind = made.rbegin(); kind != made.rend(); ++kind) {
    const Done done = cluster.remove(*kind);
    if (!done.seen.passed) left.push_back(cluster.described(*kind) + ": " + in_words(done.verdict));
  }
  return left;
}

}  // namespace

std::string account_name(std::string_view connection_id) {
  constexpr std::size_t kDigits = 20;
  return "runbridge-" + base::to_hex(crypto::sha256(connection_id)).substr(0, kDigits);
}

bool can_make_account(const catalogue::Scheme& scheme) {
  const auto& steps = scheme.verify.steps;
  const auto has = [&](std::string_view id) {
    return std::any_of(steps.begin(), steps.end(), [&](const auto& step) { return step.id == id; });
  };
  return !scheme.on_create.empty() && has("credentials") && has("kube");
}

AccountMade make_account(const catalogue::Type& type, const catalogue::Scheme& scheme, const catalogue::Values& values,
                         const Environment& environment, const std::string& name) {
  AccountMade result;
  Session session(type, scheme, values, environment);
  Cluster cluster(session, name);
  if (result.problem = cluster.enter(); !result.problem.empty()) return result;
  std::vector<Kind> wanted{kServiceAccount};
  if (cluster.has_rbac()) {
    wanted.push_back(kRoleBinding);
  } else {
    result.account.warnings.push_back("The cluster has no RBAC: the account reaches every namespace, not only '" +
                                      cluster.namespace_name() + "'.");
  }
  wanted.push_back(kSecret);
  std::vector<Kind> made;
  for (const Kind kind : wanted) {
    const Done done = cluster.make(kind);
    if (done.seen.passed && done.seen.status == 201) made.push_back(kind);
    if (done.seen.passed) continue;
    result.problem = refused(cluster, kind, done.verdict);
    if (may_be_there(done.seen)) made.push_back(kind);
    break;
  }
  if (result.problem.empty()) result.problem = await_token(cluster, result.account);
  if (!result.problem.empty()) {
    result.left = take_back(session, name, made);
    return result;
  }
  result.account.server = cluster.server();
  result.done = true;
  return result;
}

AccountRemoved remove_account(const catalogue::Type& type, const catalogue::Scheme& scheme,
                              const catalogue::Values& values, const Environment& environment,
                              const std::string& name) {
  AccountRemoved result;
  Session session(type, scheme, values, environment);
  Cluster cluster(session, name);
  const std::string problem = cluster.enter();
  for (const Kind kind : {kSecret, kRoleBinding, kServiceAccount}) {
    if (!problem.empty()) {
      result.left.push_back(cluster.described(kind) + ": " + problem);
      continue;
    }
    const Done done = cluster.remove(kind);
    if (done.seen.passed) {
      result.removed.push_back(cluster.described(kind));
    } else {
      result.left.push_back(cluster.described(kind) + ": " + in_words(done.verdict));
    }
  }
  return result;
}

}  // namespace probes
