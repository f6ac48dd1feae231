#include <algorithm>
#include <array>

#include "base/strings.h"
#include "keys/service_impl.h"

// "Does this key get in?", answered step by step, so that a person sees which one fails and what to do.
namespace keys {
namespace {

using State = vcs::Check::State;

constexpr std::array<const char*, 7> kSteps{"key",      "address",        "resolve",   "connect",
                                            "host-key", "authentication", "repository"};

class Steps {
 public:
  void pass(std::string message) { add(State::kPassed, std::move(message), {}); }

  // Ends it: the steps that are left are skipped.
  std::vector<vcs::Check> fail(std::string message, std::string remedy) {
    add(State::kFailed, std::move(message), std::move(remedy));
    while (checks_.size() < kSteps.size()) add(State::kSkipped, "not tried", {});
    return std::move(checks_);
  }
  std::vector<vcs::Check> finish() { return std::move(checks_); }

 private:
  void add(State state, std::string message, std::string remedy) {
    checks_.push_back({kSteps.at(checks_.size()), state, std::move(message), std::move(remedy)});
  }
  std::vector<vcs::Check> checks_;
};

std::string fingerprints(const std::vector<ssh::SeenHostKey>& seen) {
  std::vector<std::string> texts;
  for (const auto& key : seen) texts.push_back(key.algorithm + " " + key.fingerprint);
  return base::join(texts, ", ");
}

bool shows_a_confirmed_one(const std::vector<HostKey>& known, const std::vector<ssh::SeenHostKey>& seen) {
  return std::any_of(known.begin(), known.end(), [&](const HostKey& key) {
    return key.state == HostKeyState::kConfirmed &&
           std::any_of(seen.begin(), seen.end(), [&](const ssh::SeenHostKey& other) {
             return other.algorithm == key.algorithm && other.fingerprint == key.fingerprint;
           });
  });
}

std::string lines_of(const std::vector<HostKey>& known, const std::string& name) {
  std::string lines;
  for (const auto& key : known) {
    if (key.state == HostKeyState::kConfirmed) lines += name + " " + key.algorithm + " " + key.public_key + "\n";
  }
  return lines;
}

bool any_in(const std::vector<HostKey>& known, HostKeyState state) {
  return std::any_of(known.begin(), known.end(), [&](const HostKey& key) { return key.state == state; });
}

std::vector<vcs::Check> judge(Steps steps, const base::Status& outcome, const crypto::SshKey& key) {
  if (outcome) {
    steps.pass("the server accepts the key " + key.fingerprint());
    steps.pass("the repository can be read");
    return steps.finish();
  }
  const auto& error = outcome.error();
  switch (git::problem_of(error)) {
    case git::Problem::kNotFound:
      steps.pass("the server accepts the key " + key.fingerprint());
      return steps.fail(error.message, "check the path, and that the account of the key may read this repository");
    case git::Problem::kAuthentication:
      return steps.fail("the server does not accept the key " + key.fingerprint(),
                        "add this public key at the provider: " + key.public_line());
    case git::Problem::kAlgorithms:
      return steps.fail(error.message, "use an RSA key of 4096 bits if the server is old, or update the server");
    default: return steps.fail(error.message, "try again; if it stays so, look into the server's log");
  }
}

}  // namespace

std::vector<vcs::Check> Service::Impl::try_key(const Candidate& candidate) {
  Steps steps;
  steps.pass(std::string(crypto::ssh_key_type_name(candidate.key.type())) + " " + candidate.key.fingerprint());
  const auto url = git::parse_remote_url(candidate.url);
  if (!url) return steps.fail(url.error().message, "copy the SSH address from the repository's clone dialog");
  if (!url->is_ssh()) {
    return steps.fail("this is not an SSH address", "copy the SSH address from the repository's clone dialog");
  }
  const store::HostAddress address{candidate.organization, url->host, url->port};
  const std::string name = known_host_name(url->host, url->port);
  steps.pass(name);

  const auto addresses = dependencies.policy.resolve(url->host, url->port);
  if (!addresses) return steps.fail(addresses.error().message, "check the host name and --outbound-allow");
  steps.pass(base::join(*addresses, ", "));

  const auto seen = dependencies.probe.scan(url->host, url->port, *addresses);
  if (!seen) return steps.fail(seen.error().message, "check the port and the firewalls between here and the server");
  steps.pass("an SSH server answers");

  const auto known = record(address, *seen);
  if (!known) return steps.fail(known.error().message, "try again");
  if (any_in(*known, HostKeyState::kChanged)) {
    return steps.fail("the host key is not the pinned one; the server shows " + fingerprints(*seen),
                      "ask the server's operator for the fingerprint; if it is this one, confirm the new key");
  }
  if (!any_in(*known, HostKeyState::kConfirmed)) {
    return steps.fail("no host key is confirmed yet; the server shows " + fingerprints(*seen),
                      "compare the fingerprint with what the server's operator publishes and confirm the key");
  }
  if (!shows_a_confirmed_one(*known, *seen)) {
    return steps.fail("the server does not show the kind of key that is confirmed, but " + fingerprints(*seen),
                      "compare the fingerprint with what the server's operator publishes and confirm the key");
  }
  steps.pass("the host key is the confirmed one");

  git::FetchRequest request;
  request.repository = {candidate.organization.str(), "test", candidate.repository_id};
  request.url = url->text;
  request.ssh = git::SshAccess{candidate.key, lines_of(*known, name), candidate.legacy_algorithms};
  request.addresses = *addresses;
  return judge(std::move(steps), dependencies.mirrors.probe(request), candidate.key);
}

base::Result<std::vector<vcs::Check>> Service::test(const auth::Principal& who, const SshKeyId& id,
                                                    const std::string& url) {
  ASSIGN_OR_RETURN(const auto described, find(id));
  ASSIGN_OR_RETURN(const auto text, open(who, id, "test"));
  const auto key = crypto::SshKey::import(text);
  if (!key) return Steps().fail(key.error().message, "store a usable private key under a new name");
  return impl_->try_key({described.organization, *key, url, false, id.str()});
}

base::Result<std::vector<vcs::Check>> Service::test_provider_key(const auth::Principal& who,
                                                                 const providers::OAuthTokenId& token,
                                                                 const std::string& repository_path) {
  auto& needed = impl_->dependencies;
  ASSIGN_OR_RETURN(const auto info, needed.providers.find_token(token));
  RETURN_IF_ERROR(needed.database.write([&](storage::Transaction& transaction) {
    return impl_->audit(transaction, who, info.organization, "oauth-token.test-ssh-key", "oauth-tokens", token.str());
  }));
  ASSIGN_OR_RETURN(const auto text, needed.providers.ssh_private_key(token));
  if (!text) {
    return Steps().fail("this provider has no SSH key",
                        "generate one, or set one, and add its public half at the provider");
  }
  const auto key = crypto::SshKey::import(*text);
  if (!key) return Steps().fail(key.error().message, "set a usable private key");
  ASSIGN_OR_RETURN(const auto opened, needed.providers.open(token));
  ASSIGN_OR_RETURN(const auto repository, opened.provider->find_repository(repository_path));
  if (repository.ssh_clone_url.empty()) {
    Steps steps;
    steps.pass(key->fingerprint());
    return steps.fail("the provider offers no SSH address for this repository", "switch SSH on at the provider");
  }
  return impl_->try_key({info.organization, *key, repository.ssh_clone_url, info.kind == "ado_server", token.str()});
}

}  // namespace keys
